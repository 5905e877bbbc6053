// You learn: to put a support vector machine on a network's kernel in place of a linear one, where there are one to eight
// labels a class and features from elsewhere.
//
// Arora et al. 2020, "Harnessing the power of infinitely wide deep nets on small-data tasks" (1910.01663), section 6: features of
// VOC07's images from a ResNet-50, k labels a class, linear SVMs replaced by SVMs on neural tangent kernels: "consistently improves".
// Neither VOC07 nor a pre-trained network is here. What stands in are two embeddings that know no labels: principal
// components of Fashion-MNIST, and a random convolutional layer (a finite network that nobody trained) of CIFAR-10.
//
//     SvmRows(ntk<Net>(features)).train(labels, some rows, soft_margin{.C = C})        a network of no hidden layers: the linear SVM
//
// Depth and C are chosen by rows that are reported nowhere, for each k, as the linear machine's C is. What comes out: with one label
// a class there is nothing to gain, on rows of length 1 exactly nothing; with more there is, the more the less linear features are.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wide/infer/cross_validation.hpp>
#include <wide/infer/svm.hpp>
#include <wide/wide.hpp>

#include "data.hpp"
#include "study.hpp"

namespace {

using namespace wide;
using namespace wide::examples;
using Places = std::vector<std::size_t>;
constexpr std::size_t classes = 10;
/// One to eight as published, then some more.
constexpr std::size_t labels_a_class[] = {1, 2, 3, 4, 5, 6, 7, 8, 16, 32};

template <int layers>
struct Net : Serial<Repeat<layers, Dense<512, He>, Relu>, Dense<classes>> {};
struct Depths : Family<Net<0>, Net<1>, Net<2>, Net<3>> {};

/// Rows in three parts, one after the other: those that labels are drawn from, those that choose, those that are reported.
struct Embedded {
    std::string name;
    Matrix<double> features;
    std::vector<int> labels;
    std::size_t pool, choosing;

    [[nodiscard]] Places between(std::size_t first, std::size_t last) const {
        Places places;
        for (std::size_t i = first; i < last; ++i) places.push_back(i);
        return places;
    }
    [[nodiscard]] Places chooses() const { return between(pool, pool + choosing); }
    [[nodiscard]] Places reported() const { return between(pool + choosing, labels.size()); }
};

/// Columns lose their mean, rows get length 1, as is usual before a linear SVM.
Matrix<double> normalised(Matrix<double> features) {
    ChannelMoments moments = channel_moments(features, features.cols());
    moments.deviation.assign(features.cols(), 1);
    standardize(features, moments);
    for (std::size_t i = 0; i < features.rows(); ++i) {
        double square = 0;
        for (const double value : features.row(i)) square += value * value;
        for (double& value : features.row(i)) value /= std::sqrt(square);
    }
    return features;
}

/// One set of labelled images behind another.
LabelledImages<float> joined(const LabelledImages<float>& a, const LabelledImages<float>& b) {
    LabelledImages<float> both{Matrix<float>(a.images.rows() + b.images.rows(), a.images.cols()), a.labels};
    std::copy_n(a.images.data(), a.images.size(), both.images.data());
    std::copy_n(b.images.data(), b.images.size(), both.images.data() + a.images.size());
    both.labels.insert(both.labels.end(), b.labels.begin(), b.labels.end());
    return both;
}

/// The projections onto the first principal components of all rows: eigenvectors of their linear kernel, which knows no labels.
Embedded components_of_fashion(const Study& study, std::size_t pool, std::size_t choosing, std::size_t test) {
    constexpr std::size_t components = 64;
    const TrainAndTest<float> data = fashion<float>(study, pool + choosing, test);
    LabelledImages<float> all = joined(data.train, data.test);
    ChannelMoments moments = channel_moments(all.images, all.images.cols());
    moments.deviation.assign(all.images.cols(), 1);
    standardize(all.images, moments);
    const auto [values, vectors] = top_eigenpairs(converted<double>(nngp<Net<0>>(rows<Vector<784>>(all.images))), components);
    Matrix<double> projected(all.labels.size(), components);
    for (std::size_t i = 0; i < projected.rows(); ++i)
        for (std::size_t k = 0; k < components; ++k) projected(i, k) = std::sqrt(values[k]) * vectors(k, i);
    return {fmt::format("Fashion-MNIST, {} principal components", components), normalised(std::move(projected)), std::move(all.labels), pool, choosing};
}

/// A layer of random filters that nobody trained, pooled to 4 x 4 positions.
struct RandomLayer : Serial<Conv<128, Filter<6, 6>, Same, He>, Relu, AvgPool<Window<8, 8>, Stride<8, 8>>, Flatten> {};

Embedded random_layer_of_cifar(const Study& study, std::size_t pool, std::size_t choosing, std::size_t test) {
    const TrainAndTest<float> data = cifar<float>(study);
    LabelledImages<float> all = joined(some_of(data.train, 0, pool + choosing), some_of(data.test, 0, test));
    using In = Image<32, 32, 3>;
    const auto features = forward<RandomLayer>(initial<RandomLayer, In>(seed{0}), rows<In>(all.images), study.options("random layer"));
    return {fmt::format("CIFAR-10, {} features of a random layer", features.cols()), normalised(converted<double>(features)),
            std::move(all.labels), pool, choosing};
}

/// `count` times `shots` rows of each class out of the pool; the same rows judge each.
std::vector<Fold> draws(const Embedded& data, std::size_t shots, std::size_t count, const Places& judges, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Places> members(classes);
    for (std::size_t i = 0; i < data.pool; ++i) members[static_cast<std::size_t>(data.labels[i])].push_back(i);
    std::vector<Fold> folds(count);
    for (Fold& fold : folds) {
        fold.held_out = judges;
        for (Places& of_class : members)
            for (std::size_t k = 0; k < shots; ++k) {
                std::swap(of_class.at(k), of_class[k + static_cast<std::size_t>(random() % (of_class.size() - k))]);
                fold.train.push_back(of_class[k]);
            }
    }
    return folds;
}

/// A depth and a C, and the mean accuracy that they were chosen by.
struct Machine {
    std::size_t layers = 0;
    double C = 0, chosen_by = -1;
};

/// A mean and its standard error.
struct Mean {
    double value = 0, error = 0;

    explicit Mean(const std::vector<double>& values) {
        const auto count = static_cast<double>(values.size());
        for (const double v : values) value += v / count;
        for (const double v : values) error += (v - value) * (v - value) / (count * (count - 1));
        error = std::sqrt(error);
    }
    [[nodiscard]] std::string text() const { return fmt::format("{:.2f} +- {:.2f}", value, error); }
};

/// `improves`: as published, with two to eight labels a class.
void compare(Study& study, const Embedded& data, bool improves) {
    const auto repeats = study.size<std::size_t>({.quick = 10, .usual = 40, .full = 200});
    std::vector<SvmRows> of_depth;
    for (const auto& K : ntk<Depths>(rows<Vector<>>(data.features))) {
        // Diagonals of 1, so that a C means the same at each depth.
        Matrix<double> unit(K.rows(), K.cols());
        for (std::size_t k = 0; k < K.size(); ++k) unit.data()[k] = K.data()[k] / K(0, 0);
        of_depth.emplace_back(unit);
    }
    Table& table = study.table(fmt::format("{}: per cent of {} test images right, mean and standard error over {} draws", data.name,
                                           data.reported().size(), repeats),
                               {"labels a class", "linear SVM", "NTK SVM", "difference", "layers", "C"});
    Plot plot{.title = data.name, .x = "labels a class", .y = "accuracy, %",
              .curves = {{"linear SVM", {}, {}, true, true}, {"NTK SVM", {}, {}, false, true}}};
    std::vector<double> as_published, more;
    for (const std::size_t shots : labels_a_class) {
        const auto choose = draws(data, shots, repeats, data.chooses(), 2 * shots), report = draws(data, shots, repeats, data.reported(), 2 * shots + 1);
        Machine linear, network;
        for (std::size_t layers = 0; layers < of_depth.size(); ++layers) {
            const auto tried = cross_validate(of_depth[layers], data.labels, choose, {0.01, 0.1, 1, 10, 100},
                                              study.options(fmt::format("{} labels, {} layers", shots, layers)));
            Machine& best = layers == 0 ? linear : network;
            if (const double right = tried.mean(tried.best()); right > best.chosen_by) best = {layers, tried.C[tried.best()], right};
        }
        const auto by_draw = [&](const Machine& chosen) {
            const auto tried = cross_validate(of_depth[chosen.layers], data.labels, report, {chosen.C});
            return std::vector<double>(tried.accuracy.row(0).begin(), tried.accuracy.row(0).end());
        };
        const std::vector<double> old = by_draw(linear), with = by_draw(network);
        std::vector<double> gains;
        for (std::size_t k = 0; k < repeats; ++k) gains.push_back(with[k] - old[k]);
        if (shots == 1)
            study.claim(std::ranges::all_of(gains, [](double gain) { return gain == 0; }),
                        "{}: of one label a class any kernel that falls with the angle makes the machine of the nearest one, accuracies are equal",
                        data.name);
        else if (shots <= 8) as_published.insert(as_published.end(), gains.begin(), gains.end());
        else more.insert(more.end(), gains.begin(), gains.end());
        table.row(shots, Mean(old).text(), Mean(with).text(), Mean(gains).text(), network.layers, network.C);
        plot.curves[0].x.push_back(static_cast<double>(shots)), plot.curves[0].y.push_back(Mean(old).value);
        plot.curves[1].x.push_back(static_cast<double>(shots)), plot.curves[1].y.push_back(Mean(with).value);
    }
    const Mean few(as_published), many(more);
    study.claim(many.value > 2 * many.error, "{}: with 16 and 32 labels a class the NTK improves by {:.2f} points, standard error {:.2f}",
                data.name, many.value, many.error);
    if (improves) study.claim(few.value > 2 * few.error, "{}: with two to eight, by {:.2f} points, standard error {:.2f}", data.name, few.value, few.error);
    else study.difference("{}: with two to eight labels a class the NTK changes accuracy by {:.2f} points, standard error {:.2f}, where the paper "
                          "improves on its features", data.name, few.value, few.error);
    study.picture(std::move(plot));
}

void body(Study& study) {
    const auto test = study.size<std::size_t>({.quick = 900, .usual = 2000, .full = 5000});
    compare(study, components_of_fashion(study, 1000, 1000, test), false);
    compare(study, random_layer_of_cifar(study, 1000, 1000, std::min<std::size_t>(test, 900)), true);
    study.difference("VOC07 and features of a pre-trained ResNet-50 are not available: embeddings that know no labels stand in");
    study.difference("classes are told apart one against one, where the paper has one against all and average precision");
}

}  // namespace

int main(int argc, char** argv) {
    return run_study({"few_shot", "Few labels: support vector machines on features, linear and on neural tangent kernels", "Arora et al. 2020"},
                     argc, argv, body);
}
