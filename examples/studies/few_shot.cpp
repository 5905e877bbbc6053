// You learn: to put a support vector machine on a network's kernel in place of a linear one, where there are one to
// eight labels a class and features from elsewhere.
//
// Arora et al. 2020, "Harnessing the power of infinitely wide deep nets on small-data tasks" (1910.01663), section 6:
// features of VOC07's images from a ResNet-50, k labels a class, linear SVMs replaced by SVMs on neural tangent
// kernels: "consistently improves". Neither VOC07 nor a pre-trained network is here. What stands in are two
// embeddings that know no labels: principal components of Fashion-MNIST, and a random convolutional layer (a finite
// network that nobody trained) of CIFAR-10.
//
//     SvmRows machines(ntk<Net<layers>>(rows<Vector<>>(features)));          // no layers: the linear machine
//     machines.predict(machines.train(labels, few, {.C = C}), others);
//
// Depth and C are chosen by rows that are reported nowhere, for each k, as the linear machine's C is. What comes out:
// with one label a class there is nothing to gain, on rows of length 1 exactly nothing; with more there is, the more
// the less linear features are.
//
// The page of this chapter: few_shot/embeddings.hpp.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wide/infer/cross_validation.hpp>
#include <wide/infer/svm.hpp>
#include <wide/wide.hpp>

#include "data.hpp"
#include "few_shot/embeddings.hpp"
#include "study.hpp"

namespace {

using namespace wide;
using namespace wide::examples;
/// One to eight as published, then some more.
constexpr std::size_t labels_a_class[] = {1, 2, 3, 4, 5, 6, 7, 8, 16, 32};

template <int layers>
struct Net : Serial<Repeat<layers, Dense<512, He>, Relu>, Dense<1>> {};
struct Depths : Family<Net<0>, Net<1>, Net<2>, Net<3>> {};

/// `count` times `shots` rows of each class out of the pool; the same rows judge each.
std::vector<Fold> draws(const Embedded& data, std::size_t shots, std::size_t count, const Places& judges, seed from) {
    std::vector<Fold> folds;
    for (std::size_t k = 0; k < count; ++k)
        folds.push_back({drawn_of_each_class(std::span(data.labels).first(data.pool), shots, from, k), judges});
    return folds;
}

/// What each draw gains, mean over numbers of labels a class.
class Gains {
public:
    void add(const std::vector<double>& by_draw) {
        sums_.resize(by_draw.size());
        for (std::size_t k = 0; k < by_draw.size(); ++k) sums_[k] += by_draw[k];
        ++terms_;
    }
    [[nodiscard]] Spread spread() const {
        std::vector<double> means = sums_;
        for (double& one : means) one /= terms_;
        return Spread(means);
    }

private:
    std::vector<double> sums_;
    double terms_ = 0;
};

/// A depth and a C, and the mean accuracy that they were chosen by.
struct Machine {
    std::size_t layers = 0;
    double C = 0, chosen_by = -1;
};

std::string text(const std::vector<double>& accuracies) {
    const Spread spread(accuracies);
    return percent(spread.mean, spread.error);
}

void compare(Study& study, const Embedded& data) {
    const auto repeats = study.size<std::size_t>({.quick = 40, .usual = 100, .full = 400});
    std::vector<SvmRows> of_depth;
    for (const auto& K : ntk<Depths>(rows<Vector<>>(data.features))) {
        // Diagonals of 1, so that a C means the same at each depth.
        Matrix<double> unit(K.rows(), K.cols());
        for (std::size_t k = 0; k < K.size(); ++k) unit.data()[k] = K.data()[k] / K(0, 0);
        of_depth.emplace_back(unit);
    }
    Table& table =
        study.table(fmt::format("{}: per cent of {} test images right, mean and standard error over {} draws",
                                data.name, data.reported().size(), repeats),
                    {"labels a class", "linear SVM", "NTK SVM", "difference", "layers", "C"});
    Plot plot{
        .title = data.name,
        .x = "labels a class",
        .y = fmt::format("accuracy, mean of {} draws, %", repeats),
        .log_x = true,
        .curves = {{.name = "linear SVM", .dashed = true, .points = true}, {.name = "NTK SVM", .points = true}}};
    Gains as_published, more;
    for (const std::size_t shots : labels_a_class) {
        const auto choose = draws(data, shots, repeats, data.chooses(), seed{2 * shots}),
                   report = draws(data, shots, repeats, data.reported(), seed{2 * shots + 1});
        Machine linear, network;
        for (std::size_t layers = 0; layers < of_depth.size(); ++layers) {
            const auto tried = cross_validate(of_depth[layers], data.labels, choose, {0.01, 0.1, 1, 10, 100},
                                              study.options(fmt::format("{} labels, {} layers", shots, layers)));
            Machine& best = layers == 0 ? linear : network;
            if (const double right = tried.mean(tried.best()); right > best.chosen_by)
                best = {layers, tried.C[tried.best()], right};
        }
        const auto by_draw = [&](const Machine& chosen) {
            const auto tried =
                cross_validate(of_depth[chosen.layers], data.labels, report, {chosen.C}, study.options());
            return std::vector<double>(tried.accuracy.row(0).begin(), tried.accuracy.row(0).end());
        };
        const std::vector<double> old = by_draw(linear), with = by_draw(network);
        std::vector<double> gains;
        for (std::size_t k = 0; k < repeats; ++k) gains.push_back(with[k] - old[k]);
        if (shots == 1)
            study.claim(std::ranges::all_of(gains, [](double gain) { return gain == 0; }),
                        "{}: of one label a class any kernel that falls with the angle makes the machine of the "
                        "nearest one, accuracies are equal",
                        data.name);
        else (shots <= 8 ? as_published : more).add(gains);
        table.row(shots, text(old), text(with), text(gains), network.layers, network.C);
        plot.curves[0].add(static_cast<double>(shots), Spread(old).mean);
        plot.curves[1].add(static_cast<double>(shots), Spread(with).mean);
    }
    const Spread few = as_published.spread(), many = more.spread();
    study.claim(many.mean > 2 * many.error,
                "{}: with 16 and 32 labels a class the NTK improves by {:.2f} points, standard error {:.2f}",
                data.name, many.mean, many.error);
    study.claim(few.mean > 2 * few.error,
                "{}: with two to eight, as published, by {:.2f} points, standard error {:.2f}", data.name, few.mean,
                few.error);
    study.picture(std::move(plot));
}

void body(Study& study) {
    const auto test = study.size<std::size_t>({.quick = 2000, .usual = 2000, .full = 5000});
    compare(study, components_of_fashion(study, 1000, 1000, test));
    compare(study, random_layer_of_cifar(study, 1000, 1000, std::min<std::size_t>(test, 900)));
    study.difference(
        "draws share a pool of 1,000 labelled images, so that standard errors are of draws from this pool; principal "
        "components are those of all images, test images too, without labels");
    study.difference(
        "VOC07 and features of a pre-trained ResNet-50 are not available: embeddings that know no labels stand in");
    study.difference(
        "classes are told apart one against one, where the paper has one against all and average precision");
}

}  // namespace

int main(int argc, char** argv) {
    return run_study(
        {"few_shot", "Few labels: support vector machines on features, linear and on neural tangent kernels",
         "Arora et al. 2020"},
        argc, argv, body);
}
