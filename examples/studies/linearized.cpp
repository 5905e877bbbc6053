// You learn: what the linearisation of a network at its initial parameters says about the network.
//
//   Tasks        Eigenvectors v_j of the empirical NTK's Gram give tasks sign(v_j) of falling alignment with the
//   kernel,
//                alpha(y) = y^T Theta y / y^T y. The linearisation learns the first ones best, and so does the
//                network: the kernel ranks tasks for both. On these tasks the linearisation wins, on classes of
//                images the network.
//   Rotation     Training turns the kernel towards its target: the target's alignment grows many times more than that
//   of
//                the other eigenvectors. A kernel that has turned is a better one: linearised at trained parameters,
//                the same network learns more than at the initial ones.
//   Directions   The same along directions in input space: the neural anisotropy directions are right singular
//   vectors of
//                the mixed derivative of f by input and parameters at x = 0, so eigenvectors of
//                d^2 Theta / dx dx' (0, 0); tasks that differ along the first are easy for both, along the last for
//                neither.
//
// Ortiz-Jimenez, Moosavi-Dezfooli, Frossard 2021, "What can linearized neural networks actually say about
// generalization?"
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wide/wide.hpp>

#include "data.hpp"
#include "study.hpp"

namespace {

using namespace wide;
using namespace wide::examples;

/// 317,501 parameters, and 136,121.
struct Perceptron
    : Serial<Dense<100, Standard, Bias<0>>, Relu, Dense<100, Standard, Bias<0>>, Relu, Dense<1, Standard, Bias<0>>> {};
template <class Phi>
struct LeNet : Serial<Conv<6, Filter<5, 5>, Same, Standard, Bias<0>>, Phi, AvgPool<Window<2, 2>, Stride<2, 2>>,
                      Conv<16, Filter<5, 5>, Same, Standard, Bias<0>>, Phi, AvgPool<Window<2, 2>, Stride<2, 2>>, Flatten,
                      Dense<120, Standard, Bias<0>>, Phi, Dense<84, Standard, Bias<0>>, Phi, Dense<1, Standard, Bias<0>>> {};
static_assert(parameters_of<Perceptron, Vector<3072>> == 317'501);
static_assert(parameters_of<LeNet<Relu>, Image<32, 32, 3>> == 136'121);

/// Training and test samples, one behind the other; a label of -1 or 1 for each.
struct Task {
    const Matrix<float>& images;
    std::size_t train;
    Matrix<float> labels;

    template <class In>
    [[nodiscard]] Rows<In, float> train_rows() const {
        return rows<In>(images.data(), train);
    }
    template <class In>
    [[nodiscard]] Rows<In, float> test_rows() const {
        return rows<In>(images.row(train).data(), images.rows() - train);
    }
    [[nodiscard]] Matrix<float> train_labels() const {
        Matrix<float> some(train, 1);
        std::copy_n(labels.data(), train, some.data());
        return some;
    }
    /// Per cent of test samples on the right side.
    [[nodiscard]] double accuracy(const Matrix<float>& outputs) const {
        std::size_t right = 0;
        for (std::size_t i = 0; i < outputs.rows(); ++i) right += outputs(i, 0) * labels(train + i, 0) > 0;
        return 100 * static_cast<double>(right) / static_cast<double>(outputs.rows());
    }
};

/// Descent with momentum 0.9 in batches of 128, the rate falling to zero step by step.
auto recipe(std::size_t samples, std::size_t epochs, double rate = 0.05) {
    constexpr std::size_t batch = 128;
    const auto steps = static_cast<double>(epochs * ((samples + batch - 1) / batch));
    const auto falling = [rate, steps](TrainingStep at) { return rate * (1 - static_cast<double>(at.step) / steps); };
    return training{.epochs = epochs, .batch = batch, .rate = falling, .momentum = 0.9, .loss = logistic{}};
}

/// A network and its linearisation, trained on the same task in the same way.
template <class Net, class In>
struct Both {
    Parameters<Net, In> trained;
    double network = 0, linearised = 0;  ///< test accuracies
};

template <class Net, class In>
Both<Net, In> learn(const Parameters<Net, In>& theta, const Task& task, std::size_t epochs, const Study& study,
                    const std::string& name) {
    const auto x = task.train_rows<In>(), z = task.test_rows<In>();
    const auto y = task.train_labels();
    auto run = train<Net>(theta, x, y, recipe(x.count, epochs), study.options(name + ", network"));
    const auto line = train_linearized<Net>(theta, x, y, recipe(x.count, epochs), study.options(name + ", linearised"));
    const double network = task.accuracy(forward<Net>(run.parameters, z)),
                 linearised = task.accuracy(linearize<Net>(theta)(line.parameters, z));
    return {std::move(run.parameters), network, linearised};
}

/// y^T K y / y^T y for every row of labels -1 and 1.
std::vector<double> alignments(const Matrix<float>& K, const Matrix<float>& labels) {
    const Matrix<float> along = product_of(labels, K);
    std::vector<double> made(labels.rows());
    for (std::size_t j = 0; j < made.size(); ++j) {
        for (std::size_t i = 0; i < K.rows(); ++i)
            made[j] += static_cast<double>(along(j, i)) * static_cast<double>(labels(j, i));
        made[j] /= static_cast<double>(K.rows());
    }
    return made;
}

Matrix<float> column(std::span<const float> row) {
    Matrix<float> made(row.size(), 1);
    std::copy(row.begin(), row.end(), made.data());
    return made;
}

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

/// Spearman's rank correlation: that of ranks, equal values sharing theirs.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
    const auto ranks = [](const std::vector<double>& of) {
        std::vector<double> rank;
        for (const double one : of) {
            double below = 0;
            for (const double other : of) below += other < one ? 1 : other == one ? 0.5 : 0;
            rank.push_back(below - static_cast<double>(of.size()) / 2);
        }
        return rank;
    };
    const auto p = ranks(a), q = ranks(b);
    double pq = 0, pp = 0, qq = 0;
    for (std::size_t k = 0; k < p.size(); ++k) pq += p[k] * q[k], pp += p[k] * p[k], qq += q[k] * q[k];
    return pq / std::sqrt(pp * qq);
}

/// What the reference run says of task j; j = 0: the classes of images.
struct Reference {
    std::size_t index;
    double network, linearised, alignment, target, others;
};

/// After 100 epochs on the same images.
std::vector<Reference> perceptron_reference() {
    return {{1, 97.0, 98.6, .521, 134, 20},    {2, 95.0, 98.2, .383, 253, 42},    {5, 90.2, 96.6, .103, 100, 24},
            {10, 91.1, 98.0, .0525, 156, 18},  {20, 87.7, 96.9, .0242, 222, 23},  {50, 79.3, 92.8, .0116, 277, 27},
            {100, 73.4, 93.8, .0063, 265, 28}, {200, 69.1, 90.7, .0038, 331, 29}, {0, 64.2, 58.8, .0131, 72, 22}};
}

using Tasks = std::vector<std::size_t>;  ///< which eigenvectors, from one

struct Model {
    const char* name;
    Tasks tasks;
    std::size_t epochs, epochs_of_classes;  ///< of eigenvector tasks, and of CIFAR2
    std::vector<Reference> reference;
};

// ---------------------------------------------------------------------------------------------------------------------------
// Eigenvectors as tasks, and how the kernel turns. Returns the parameters trained on classes of images.

template <class Net, class In>
Parameters<Net, In> eigenvector_tasks(Study& study, const Matrix<float>& images, std::size_t train_count,
                                      const Matrix<float>& classes, const Model& model) {
    constexpr std::size_t eigenvectors = 200;
    const auto theta = initial<Net, In>(seed{42});
    const auto all = rows<In>(images);
    const auto kernel = [&](const Parameters<Net, In>& at) {
        return empirical_ntk<Net>(at, all, study.options(fmt::format("{}, kernel", model.name)));
    };
    const Matrix<float> K = kernel(theta);
    const Eigenpairs<float> spectrum = top_eigenpairs(K, std::min(eigenvectors, K.rows()));
    Matrix<float> labels = spectrum.vectors.copy();
    for (std::size_t k = 0; k < labels.size(); ++k) labels.data()[k] = labels.data()[k] > 0 ? 1.0f : -1.0f;
    const std::vector<double> before = alignments(K, labels);
    const auto largest = static_cast<double>(spectrum.values[0]);

    Table& table = study.table(
        fmt::format("{}: tasks sign(v_j) of the initial kernel's eigenvectors, and CIFAR2 (the first "
                    "five classes against the others); {} training and {} test "
                    "images, {} epochs ({} of CIFAR2). Test accuracy in per cent; alignment before training, in units "
                    "of the largest eigenvalue, and how many times it grows: of the target, "
                    "and median of the other eigenvectors. Reference: 100 epochs",
                    model.name, train_count, all.count - train_count, model.epochs, model.epochs_of_classes),
        {"task", "network", "reference", "linearised", "reference", "alignment", "reference", "target grows", "reference",
         "others", "reference"});
    std::vector<double> js, network, linearised, aligned;
    double least_win = 1e9, least_turn = 1e9;
    std::optional<Both<Net, In>> by_class;
    const auto learn_task = [&](std::size_t j, const Matrix<float>& target) {
        const std::string name = j > 0 ? fmt::format("j = {}", j) : "CIFAR2";
        Both<Net, In> both =
            learn<Net, In>(theta, {images, train_count, target.copy()}, j > 0 ? model.epochs : model.epochs_of_classes, study,
                           fmt::format("{} {}", model.name, name));
        const Matrix<float> turned = kernel(both.trained);
        const std::vector<double> after = alignments(turned, labels);
        std::vector<double> others;
        for (std::size_t k = 0; k < after.size(); ++k)
            if (k + 1 != j) others.push_back(after[k] / before[k]);
        const double start = j > 0 ? before[j - 1] : alignment<Net>(theta, all, target),
                     grown = alignment<Net>(both.trained, all, target) / start;
        const double usual = median(others);
        least_turn = std::min(least_turn, grown / usual);
        std::vector<std::string> cells{name};
        const auto known =
            std::find_if(model.reference.begin(), model.reference.end(), [j](const Reference& one) { return one.index == j; });
        const auto cell = [&](const std::string& ours, const std::string& theirs) {
            cells.push_back(ours), cells.push_back(known == model.reference.end() ? "" : theirs);
        };
        const Reference other = known == model.reference.end() ? Reference{} : *known;
        cell(fmt::format("{:.1f}", both.network), fmt::format("{:.1f}", other.network));
        cell(fmt::format("{:.1f}", both.linearised), fmt::format("{:.1f}", other.linearised));
        cell(fmt::format("{:.3g}", start / largest), fmt::format("{:.3g}", other.alignment));
        cell(fmt::format("{:.0f}-fold", grown), fmt::format("{:.0f}-fold", other.target));
        cell(fmt::format("{:.0f}-fold", usual), fmt::format("{:.0f}-fold", other.others));
        table.row(std::move(cells));
        if (j > 0) {
            js.push_back(static_cast<double>(j));
            network.push_back(both.network), linearised.push_back(both.linearised), aligned.push_back(start);
            least_win = std::min(least_win, both.linearised - both.network);
        } else {
            by_class = std::move(both);
        }
    };
    for (const std::size_t j : model.tasks) learn_task(j, column(labels.row(j - 1)));
    learn_task(0, classes);

    const double ranked_network = rank_correlation(network, aligned), ranked_linearised = rank_correlation(linearised, aligned);
    const double gain = by_class->network - by_class->linearised;
    study.claim(ranked_network >= 0.8 && ranked_linearised >= 0.8,
                "{}: alignment ranks the tasks for both: rank correlation with accuracy {:.2f} (network), {:.2f} "
                "(linearised), at least 0.8",
                model.name, ranked_network, ranked_linearised);
    study.picture({.title = fmt::format("{}: eigenvectors of the initial kernel as tasks", model.name),
                   .x = "eigenvector",
                   .y = "test accuracy, %",
                   .log_x = true,
                   .curves = {{"network", js, network, false, true}, {"linearised", js, linearised, true, true}}});
    // Who wins depends on the architecture, and where there is no reference nothing says by how much.
    if (model.reference.empty()) return std::move(by_class->trained);
    study.claim(least_win > 0, "{}: the linearisation wins on every eigenvector task, by {:.1f} points at least", model.name,
                least_win);
    study.claim(gain >= 2, "{}: on CIFAR2 the network wins, by {:.1f} points, at least 2", model.name, gain);
    study.claim(least_turn >= 3, "{}: the target's alignment grows at least threefold the others': {:.1f}-fold", model.name,
                least_turn);
    return std::move(by_class->trained);
}

// ---------------------------------------------------------------------------------------------------------------------------
// Linearised at trained parameters

template <class Net, class In>
void linearised_at_trained(Study& study, const Task& task, const Parameters<Net, In>& trained, std::size_t epochs) {
    const auto theta = initial<Net, In>(seed{42});
    const auto x = task.train_rows<In>(), z = task.test_rows<In>();
    const auto y = task.train_labels();
    const auto rates = study.size<std::vector<double>>({{0.005}, {0.05, 0.005, 0.0005}, {0.05, 0.005, 0.0005}});
    Table& table = study.table("Perceptron on CIFAR2, linearised without its outputs, J delta: test accuracy in per cent",
                               {"learning rate", "at the initial parameters", "reference", "at trained ones", "reference"});
    double worst = 1e9;
    Plot plot{.title = "Linearised at initial and at trained parameters", .x = "epoch", .y = "training loss"};
    for (const double rate : rates) {
        const auto at = [&](const Parameters<Net, In>& where, const char* name) {
            auto how = recipe(x.count, epochs, rate);
            how.centred = true;
            const auto line = train_linearized<Net>(where, x, y, how, study.options(fmt::format("{}, rate {}", name, rate)));
            Curve curve{fmt::format("{}, rate {}", name, rate), {}, line.loss, where.data() == theta.data()};
            for (std::size_t e = 0; e < line.loss.size(); ++e) curve.x.push_back(static_cast<double>(e + 1));
            plot.curves.push_back(std::move(curve));
            return task.accuracy(jvp<Net>(where, line.parameters, z).tangent);
        };
        const double at_initial = at(theta, "initial"), at_trained = at(trained, "trained");
        worst = std::min(worst, at_trained - at_initial);
        table.row(rate, fmt::format("{:.1f}", at_initial), "58.9-60.3", fmt::format("{:.1f}", at_trained), "62.3-64.2");
    }
    study.claim(worst > 0,
                "linearised at trained parameters it learns CIFAR2 better than at the initial ones, by {:.1f} points "
                "at least",
                worst);
    study.picture(std::move(plot));
}

// ---------------------------------------------------------------------------------------------------------------------------
// How many images the network needs to win

template <class Net, class In>
void gap_by_images(Study& study, const Matrix<float>& images, std::size_t train_count, const Matrix<float>& classes,
                   std::size_t epochs) {
    const auto theta = initial<Net, In>(seed{42});
    Table& table = study.table("Perceptron on CIFAR2 by the number of training images: test accuracy in per cent",
                               {"images", "network", "linearised", "gap"});
    for (std::size_t count : {std::size_t{500}, std::size_t{1500}, train_count}) {
        if (count > train_count) continue;
        const std::size_t tests = images.rows() - train_count;
        Matrix<float> some(count + tests, images.cols()), labels(count + tests, 1);
        for (std::size_t i = 0; i < some.rows(); ++i) {
            const std::size_t from = i < count ? i : train_count + i - count;
            std::copy_n(images.row(from).data(), images.cols(), some.row(i).data());
            labels(i, 0) = classes(from, 0);
        }
        const auto both =
            learn<Net, In>(theta, {some, count, std::move(labels)}, epochs, study, fmt::format("{} images", count));
        table.row(count, fmt::format("{:.1f}", both.network), fmt::format("{:.1f}", both.linearised),
                  fmt::format("{:+.1f}", both.network - both.linearised));
    }
}

// ---------------------------------------------------------------------------------------------------------------------------
// Neural anisotropy directions

template <std::size_t side>
using Gray = Image<side, side, 1>;

/// Directions, one a row, and their squared singular values. The mixed derivative of f by parameters and pixel i is a
/// difference of gradients at +h e_i and -h e_i; inner products of gradients are the empirical NTK.
template <class Net, std::size_t side>
Eigenpairs<double> anisotropy_directions(const Parameters<Net, Gray<side>, double>& theta, const options& how) {
    constexpr std::size_t pixels = side * side;
    constexpr double h = 1e-3;
    Matrix<double> around(2 * pixels, pixels);
    for (std::size_t i = 0; i < pixels; ++i) around(i, i) = h, around(pixels + i, i) = -h;
    const Matrix<double> K = empirical_ntk<Net>(theta, rows<Gray<side>>(around), how);
    Matrix<double> mixed(pixels, pixels);
    for (std::size_t i = 0; i < pixels; ++i)
        for (std::size_t j = 0; j < pixels; ++j)
            mixed(i, j) = (K(i, j) - K(pixels + i, j) - K(i, pixels + j) + K(pixels + i, pixels + j)) / (4 * h * h);
    return top_eigenpairs(mixed, pixels);
}

/// x = y v / 2 + noise of deviation 1 across v.
std::pair<Matrix<float>, Matrix<float>> two_sides(std::span<const double> v, std::size_t count, std::uint64_t from) {
    const Matrix<double> noise = normal_numbers<double>(count, v.size() + 1, seed{from});
    Matrix<float> samples(count, v.size()), labels(count, 1);
    for (std::size_t i = 0; i < count; ++i) {
        const double y = noise(i, v.size()) > 0 ? 1 : -1;
        double along = 0;
        for (std::size_t k = 0; k < v.size(); ++k) along += noise(i, k) * v[k];
        for (std::size_t k = 0; k < v.size(); ++k) samples(i, k) = static_cast<float>(noise(i, k) + (y / 2 - along) * v[k]);
        labels(i, 0) = static_cast<float>(y);
    }
    return {std::move(samples), std::move(labels)};
}

template <std::size_t side>
void directions(Study& study) {
    using Net = LeNet<Gelu>;
    const auto exact = initial<Net, Gray<side>, double>(seed{42});
    const auto theta = initial<Net, Gray<side>>(seed{42});
    const auto [squares, vectors] = anisotropy_directions<Net, side>(exact, study.options("directions"));
    const auto indices = study.size<std::vector<std::size_t>>(
        {{1, 16, side * side - 1}, {1, 4, 16, 64, side * side - 1}, {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, side * side - 1}});
    const auto train_count = study.size<std::size_t>({2000, 5000, 10'000}),
               test_count = study.size<std::size_t>({1000, 2000, 10'000});
    const auto epochs = study.size<std::size_t>({10, 20, 100});
    Table& table = study.table(fmt::format("Neural anisotropy directions of LeNet with GeLU, {0} x {0}: two classes "
                                           "along one direction, {1} training and {2} test samples, {3} epochs. "
                                           "Test accuracy in per cent",
                                           side, train_count, test_count, epochs),
                               {"direction", "singular value", "network", "linearised"});
    std::vector<double> js, network, linearised, values;
    for (const std::size_t j : indices) {
        auto [samples, labels] = two_sides(vectors.row(j - 1), train_count + test_count, j);
        const auto both = learn<Net, Gray<side>>(theta, {samples, train_count, std::move(labels)}, epochs, study,
                                                 fmt::format("direction {}", j));
        js.push_back(static_cast<double>(j)), network.push_back(both.network), linearised.push_back(both.linearised);
        values.push_back(std::sqrt(std::max(squares[j - 1], 0.0) / squares[0]));
        table.row(j, values.back(), fmt::format("{:.1f}", both.network), fmt::format("{:.1f}", both.linearised));
    }
    const double ranked = std::min(rank_correlation(network, values), rank_correlation(linearised, values));
    study.claim(ranked >= 0.8,
                "directions: singular values rank them for both, rank correlation with accuracy {:.2f}, at least 0.8", ranked);
    const double apart = std::min(network.front() - network.back(), linearised.front() - linearised.back());
    study.claim(apart >= 25, "both learn the first direction better than the last, by {:.1f} points, at least 25", apart);
    study.picture({.title = "LeNet: neural anisotropy directions",
                   .x = "direction",
                   .y = "test accuracy, %",
                   .log_x = true,
                   .curves = {{"network", js, network, false, true}, {"linearised", js, linearised, true, true}}});
}

}  // namespace

int main(int argc, char** argv) {
    return run_study(
        {"linearized", "What linearised networks say about generalisation", "Ortiz-Jimenez, Moosavi-Dezfooli, Frossard 2021"},
        argc, argv, [](Study& study) {
            const auto [train, test] = cifar<float>(study);
            const std::size_t train_count = train.labels.size(), tests = test.labels.size();
            Matrix<float> images(train_count + tests, train.images.cols()), classes(train_count + tests, 1);
            std::copy_n(train.images.data(), train.images.size(), images.data());
            std::copy_n(test.images.data(), test.images.size(), images.row(train_count).data());
            for (std::size_t i = 0; i < images.rows(); ++i)
                classes(i, 0) = (i < train_count ? train.labels[i] : test.labels[i - train_count]) <= 4 ? 1.0f : -1.0f;

            using Flat = Vector<3072>;
            const auto epochs = study.size<std::size_t>({25, 100, 100});
            const auto trained = eigenvector_tasks<Perceptron, Flat>(
                study, images, train_count, classes,
                {"perceptron",
                 study.size<Tasks>({{1, 10, 100}, {1, 2, 5, 10, 20, 50, 100, 200}, {1, 2, 5, 10, 20, 50, 100, 200}}), epochs,
                 100, perceptron_reference()});
            linearised_at_trained<Perceptron, Flat>(study, {images, train_count, classes.copy()}, trained, epochs);
            if (study.run() != Study::Run::quick) {
                gap_by_images<Perceptron, Flat>(study, images, train_count, classes, epochs);
                const auto of_images = study.size<std::size_t>({0, 15, 100});
                (void)eigenvector_tasks<LeNet<Relu>, Image<32, 32, 3>>(
                    study, images, train_count, classes,
                    {"LeNet",
                     study.size<Tasks>({{}, {1, 10, 100}, {1, 2, 5, 10, 20, 50, 100, 200}}),
                     of_images,
                     of_images,
                     {}});
            }
            if (study.run() == Study::Run::full) directions<32>(study);
            else directions<16>(study);
            study.difference(
                "{} training and {} test images of CIFAR-10's 50,000 and 10,000, 200 eigenvectors of 1,000, no "
                "ResNet-18; MNIST inputs are left out",
                train_count, tests);
            if (study.run() != Study::Run::full)
                study.difference("directions of 16 x 16 inputs, published are 32 x 32 and 10,000 samples");
            study.difference("the last batch of an epoch is not dropped; initial weights are normal, not truncated");
            study.difference(
                "the published results are figures: the reference is an independent run of the same size as the "
                "usual one, of another seed");
        });
}
