// You learn: that an infinitely wide network, trained to the end, is a kernel machine, the model of the 1990s; and that such
// machines fit labels that mean nothing as exactly as labels that do, which says nothing of how they generalise.
//
// "A new link to an old model could crack the mystery of deep learning" (A. Ananthaswamy, Quanta 2021) tells how it came to that:
// Boser, Guyon, Vapnik 1992 (kernels and margins), Neal 1994 and Lee et al. 2018 (wide networks are Gaussian processes), Zhang et al.
// 2017 (networks fit random labels), Jacot et al. 2018 (trained wide networks are kernel machines). The model, old and new:
//
//     f(z) = sum_i w_i k(z, x_i),   with w from ridge regression, or of the widest margin,   and k from a network or from 1992
//
// `interpolate` is that model in one line; every other line is about which kernel, which labels and how many are right.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wide/infer/choose_ridge.hpp>
#include <wide/infer/cross_validation.hpp>
#include <wide/infer/folds.hpp>
#include <wide/infer/radial_kernel.hpp>
#include <wide/infer/svm.hpp>
#include <wide/wide.hpp>

#include "data.hpp"
#include "study.hpp"

namespace {

using namespace wide;
using namespace wide::examples;
using In = Vector<784>;
using Labels = std::vector<int>;
constexpr std::size_t classes = 10;

template <int layers>
struct Net : Serial<Repeat<layers, Dense<256, He>, Relu>, Dense<classes>> {};
/// A network without hidden layers: its kernel is x z / 784.
struct Linear : Serial<Dense<classes>> {};

/// All pairs of training images, and each test image with each of them.
struct Kernel {
    Matrix<double> K, Kz;
};

template <class Profile>
Kernel radial(const TrainAndTest<double>& data, const Profile& profile) {
    const Points x(data.train.images), z(data.test.images);
    return {radial_values(x, 0, x.count(), x, profile), radial_values(z, 0, z.count(), x, profile)};
}

/// Both kernels of a network.
template <class Architecture>
std::pair<Kernel, Kernel> of_network(const TrainAndTest<double>& data, const options& how) {
    const auto x = rows<In>(data.train.images), z = rows<In>(data.test.images);
    auto train = gram<Architecture>(x, how), cross = gram<Architecture>(z, x, how);
    return {Kernel{std::move(train.nngp), std::move(cross.nngp)}, Kernel{std::move(train.ntk), std::move(cross.ntk)}};
}

Fit<double> interpolate(const Matrix<double>& K, const Labels& labels) {
    return regress(K, one_hot<double>(labels, classes, 0.9, -0.1));
}

std::string percent(double value) { return fmt::format("{:.2f}", value); }

/// Accuracies that another program computed for interpolation without ridge; deterministic.
struct Reference {
    const char* data;
    double nngp[4], ntk[4], gaussian, laplace;  ///< 1, 2, 3, 5 layers
};
constexpr Reference of_mnist{"MNIST", {96.68, 96.78, 96.88, 96.90}, {96.50, 96.50, 96.48, 96.28}, 97.06, 96.30};
constexpr Reference of_fashion{"Fashion-MNIST", {85.26, 85.53, 85.70, 86.04}, {85.93, 86.12, 85.95, 85.83}, 85.49, 85.62};

void interpolation(Study& study, const TrainAndTest<double>& data, const Reference& reference) {
    Table& table = study.table(fmt::format("{}: {} training images interpolated, per cent of {} test images right (reference in brackets)",
                                           reference.data, data.train.labels.size(), data.test.labels.size()),
                               {"kernel", "1 layer", "2", "3", "5"});
    double furthest = 0;
    const auto cell = [&](const Kernel& kernel, double expected) {
        const double right = accuracy(interpolate(kernel.K, data.train.labels).predict(kernel.Kz), data.test.labels);
        furthest = std::max(furthest, std::abs(right - expected));
        return fmt::format("{:.2f} ({:.2f})", right, expected);
    };
    std::vector<std::string> nngp{"NNGP"}, ntk{"NTK"};
    const auto depth = [&]<int layers>(std::size_t k) {
        const auto [first, second] = of_network<Net<layers>>(data, study.options(fmt::format("{}, {} layers", reference.data, layers)));
        nngp.push_back(cell(first, reference.nngp[k]));
        ntk.push_back(cell(second, reference.ntk[k]));
    };
    depth.template operator()<1>(0), depth.template operator()<2>(1), depth.template operator()<3>(2), depth.template operator()<5>(3);
    table.row(nngp);
    table.row(ntk);
    table.row("Gaussian, width 5", cell(radial(data, gaussian{5}), reference.gaussian), "", "", "");
    table.row("Laplace, width 10", cell(radial(data, laplace{10}), reference.laplace), "", "", "");
    study.claim(furthest <= 0.1, "{}: all ten accuracies within 0.1 points of the reference, the furthest {:.2f}", reference.data, furthest);
}

/// Drawn so that they say nothing of the true labels: in each class as many of every label as it has room for.
Labels random_labels(const Labels& truth) {
    std::mt19937_64 random(0);
    Labels drawn(truth.size());
    for (std::size_t c = 0; c < classes; ++c) {
        std::vector<std::size_t> members;
        for (std::size_t i = 0; i < truth.size(); ++i)
            if (truth[i] == static_cast<int>(c)) members.push_back(i);
        for (std::size_t i = members.size(); i > 1; --i) std::swap(members[i - 1], members[static_cast<std::size_t>(random() % i)]);
        for (std::size_t k = 0; k < members.size(); ++k) drawn[members[k]] = static_cast<int>((k + c) % classes);
    }
    return drawn;
}

/// Accuracy on the images trained on, and on test images.
struct Right {
    double train = 0, test = 0;
};

/// One kernel, both ways to fit it, true labels and random ones.
class OldModel {
public:
    OldModel(Study& study, const TrainAndTest<double>& data)
        : study_{study}, data_{data}, random_{random_labels(data.train.labels)},
          table_{study.table(fmt::format("Fashion-MNIST, {} training and {} test images: per cent right", data.train.labels.size(),
                                         data.test.labels.size()),
                             {"model", "SVM: C", "test", "ridge", "test", "random labels: SVM train", "test", "no ridge: train", "test"})} {}

    void add(const std::string& name, const Kernel& kernel, bool interpolates) {
        const Labels& labels = data_.train.labels;
        const auto path = ridge_path(kernel.K, one_hot<double>(labels, classes, 0.9, -0.1));
        const ChosenRidge chosen = choose_ridge(path, criterion::leave_one_out, ridge_range{1e-9, 1});
        const double with_ridge = accuracy(path.fit(chosen.rule).predict(kernel.Kz), data_.test.labels);

        // The price of an error in units of the kernel, so that it means the same for each.
        const double unit = 1 / path.mean_diagonal();
        const SvmRows rows(kernel.K);
        const auto tried = cross_validate(rows, labels, make_folds(labels, 5, 0), {unit, 10 * unit, 100 * unit, 1000 * unit},
                                          study_.options(name + ", 5 folds"));
        const double C = tried.C[tried.best()];
        const double margin = accuracy(rows.train(labels, {.C = C}).predict(kernel.Kz), data_.test.labels);

        const Svm hard = rows.train(random_, {.C = 1e6 * unit});
        const Right svm{accuracy(hard.predict(kernel.K), random_), accuracy(hard.predict(kernel.Kz), data_.test.labels)};
        // A kernel of rank 784 cannot be inverted for more images; the least ridge that can is as near as it comes.
        const auto fit = interpolates ? interpolate(kernel.K, random_)
                                      : regress(kernel.K, one_hot<double>(random_, classes, 0.9, -0.1), ridge{1e-9});
        const Right regression{accuracy(fit.predict(kernel.K), random_), accuracy(fit.predict(kernel.Kz), data_.test.labels)};
        table_.row(name, fmt::format("{:.0f}", C / unit), percent(margin), fmt::format("{:.1e}", chosen.rule.value), percent(with_ridge),
                   percent(svm.train), percent(svm.test), percent(regression.train), percent(regression.test));
        if (!interpolates) return;
        study_.claim(svm.train == 100 && regression.train == 100, "{}: SVM and regression fit {} random labels exactly", name, random_.size());
        study_.claim(std::max(std::abs(svm.test - 10), std::abs(regression.test - 10)) < 5,
                     "{}: what they learnt from them is worth nothing, {:.1f} and {:.1f} % of the test images", name, svm.test, regression.test);
    }

    /// The network itself, by stochastic gradient descent.
    void add_network(std::size_t epochs) {
        TrainAndTest<double> scaled{some_of(data_.train, 0, data_.train.labels.size()), some_of(data_.test, 0, data_.test.labels.size())};
        const ChannelMoments moments = channel_moments(scaled.train.images, 1);
        standardize(scaled.train.images, moments);
        standardize(scaled.test.images, moments);
        const auto train_images = converted<float>(scaled.train.images), test_images = converted<float>(scaled.test.images);
        const auto learn = [&](const Labels& labels, const std::string& what) {
            const auto x = rows<In>(train_images);
            const auto run = train<Net<3>>(initial<Net<3>, In>(seed{0}), x, one_hot<float>(labels, classes),
                                           training{.epochs = epochs, .batch = 64, .rate = 0.1, .momentum = 0.9, .loss = softmax{},
                                                    // A label that is missed costs log 2 at least: until none can be.
                                                    .on_epoch = [&](const auto& done) {
                                                        const bool all = done.loss * static_cast<double>(labels.size()) < 0.5;
                                                        return all ? after_epoch::stop : after_epoch::go_on;
                                                    }},
                                           study_.options(what));
            return Right{accuracy(forward<Net<3>>(run.parameters, x), labels),
                         accuracy(forward<Net<3>>(run.parameters, rows<In>(test_images)), data_.test.labels)};
        };
        const Right clean = learn(data_.train.labels, "network"), noise = learn(random_, "network, random labels");
        table_.row("finite network, 3 x 256", "", "", "descent", percent(clean.test), "", "", percent(noise.train), percent(noise.test));
        study_.claim(noise.train == 100, "the finite network fits {} random labels: {:.2f} %", random_.size(), noise.train);
    }

private:
    Study& study_;
    const TrainAndTest<double>& data_;
    Labels random_;
    Table& table_;
};

/// From labels that mean something to labels that don't: the same kernel, all at once as columns of one y.
void from_clean_to_random(Study& study, const TrainAndTest<double>& data, const std::vector<std::pair<std::string, const Kernel*>>& kernels) {
    constexpr std::size_t levels = 5;
    const Labels noise = random_labels(data.train.labels);
    std::vector<Labels> labels(levels, data.train.labels);
    Matrix<double> y(noise.size(), levels * classes);
    std::vector<double> shares;
    for (std::size_t level = 0; level < levels; ++level) {
        shares.push_back(100 * static_cast<double>(level) / (levels - 1));
        // Images come in no order: the first of them are as good as any.
        std::copy_n(noise.begin(), noise.size() * level / (levels - 1), labels[level].begin());
        const auto columns = one_hot<double>(labels[level], classes, 0.9, -0.1);
        for (std::size_t i = 0; i < y.rows(); ++i) std::ranges::copy(columns.row(i), y.row(i).begin() + static_cast<std::ptrdiff_t>(level * classes));
    }
    const auto of_level = [](const Matrix<double>& outputs, std::size_t level) {
        Matrix<double> columns(outputs.rows(), classes);
        for (std::size_t i = 0; i < outputs.rows(); ++i) std::copy_n(outputs.row(i).data() + level * classes, classes, columns.row(i).data());
        return columns;
    };
    Table& table = study.table("Part of the labels random, interpolated without ridge: per cent of the test images right; of the "
                               "training images all are",
                               {"kernel", "0 % random", "25 %", "50 %", "75 %", "100 %"});
    Plot plot{.title = "Fashion-MNIST: test images right, training images all right", .x = "random labels, %", .y = "accuracy, %"};
    double least = 100;
    for (const auto& [name, kernel] : kernels) {
        const auto fit = regress(kernel->K, y);
        const Matrix<double> train = fit.predict(kernel->K), test = fit.predict(kernel->Kz);
        std::vector<std::string> cells{name};
        Curve curve{name, shares, {}, false, true};
        for (std::size_t level = 0; level < levels; ++level) {
            least = std::min(least, accuracy(of_level(train, level), labels[level]));
            curve.y.push_back(accuracy(of_level(test, level), data.test.labels));
            cells.push_back(percent(curve.y.back()));
        }
        table.row(cells);
        plot.curves.push_back(std::move(curve));
    }
    study.claim(least == 100, "whatever part of the labels is random, every training image is fitted: {:.2f} % at least", least);
    study.picture(std::move(plot));
}

void body(Study& study) {
    interpolation(study, mnist_halves<double>(study, 5000, 5000, 5000), of_mnist);
    interpolation(study, fashion<double>(study, 5000, 10'000), of_fashion);

    const auto count = study.size<std::size_t>({.quick = 1000, .usual = 3000, .full = 10'000});
    const auto data = fashion<double>(study, count, study.size<std::size_t>({.quick = 2000, .usual = 10'000, .full = 10'000}));
    const Kernel linear = of_network<Linear>(data, study.options()).first, bell = radial(data, gaussian{5}), tent = radial(data, laplace{10});
    const auto [nngp, ntk] = of_network<Net<3>>(data, study.options());
    OldModel table(study, data);
    table.add("linear", linear, false);
    table.add("Gaussian, width 5", bell, true);
    table.add("Laplace, width 10", tent, true);
    table.add("NNGP, 3 layers", nngp, true);
    table.add("NTK, 3 layers", ntk, true);
    table.add_network(1000);
    from_clean_to_random(study, data, {{"Gaussian", &bell}, {"Laplace", &tent}, {"NNGP", &nngp}, {"NTK", &ntk}});
    study.difference("the article has no figures; {} training images are what a support vector machine of ten classes does in minutes",
                     count);
}

}  // namespace

int main(int argc, char** argv) {
    return run_study({"kernel_machine", "The old model beside the new one: five kernels, two machines and a network", "Quanta 2021"},
                     argc, argv, body);
}
