// You learn: what infinitely wide convolutional networks learn from images, exactly, and what their kernels cost.
//
// Two networks of 3 x 3 filters, d layers deep, from Arora et al. 2019, "On exact computation with an infinitely wide neural
// net" (1904.11955). They differ in how they end: CNTK-V compares positions with the same position, CNTK-GAP means with means, so
// that it does not matter where something is. The law, with K0 = x z summed over channels, box = sums over a filter's 9 offsets:
//
//     Sigma = box(K),  K = sqrt(Sigma_xx Sigma_zz) kappa1(rho) / 9,  Theta = box(kappa0(rho) / 9 * Theta + K),   layer by layer
//
// The network trained to the end on squared loss is Theta(z, x) Theta(x, x)^-1 y. As published: channels standardised by the training
// set, kernels in float, labels 0.9 and -0.1, no ridge. `accuracy_of` below is all of it.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
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
using In = Image<32, 32, 3>;
using Images = LabelledImages<float>;
using Places = std::vector<std::size_t>;
constexpr std::size_t classes = cifar10_classes;

template <class... Options>
using Layer = Conv<64, Filter<3, 3>, Same, He, Options...>;

template <int depth>
struct CntkV : Serial<Repeat<depth - 1, Layer<>, Relu>, Flatten, Dense<classes>> {
    static std::string name() { return fmt::format("CNTK-V {}", depth); }
};
/// As published, neither the first nor the last layer is trained.
template <int depth>
struct CntkGap : Serial<Layer<Frozen>, Relu, Repeat<depth - 2, Layer<>, Relu>, GlobalAvgPool, Dense<classes, Frozen>> {
    static std::string name() { return fmt::format("CNTK-GAP {}", depth); }
};

/// A network's kernels of training images with each other and with test images, and the labels of both.
struct Kernels {
    Matrix<float> train, cross;
    std::vector<int> labels, test_labels;
};

/// Some rows and columns, in double: a kernel of images may need more digits than float has to be solved, not to be known.
Matrix<double> part(const Matrix<float>& K, std::span<const std::size_t> down, std::span<const std::size_t> across) {
    Matrix<double> some(down.size(), across.size());
    for (std::size_t i = 0; i < down.size(); ++i)
        for (std::size_t j = 0; j < across.size(); ++j) some(i, j) = static_cast<double>(K(down[i], across[j]));
    return some;
}

/// Per cent of the test images that are classified right after training on the images at these places.
double accuracy_of(const Kernels& K, const Places& places) {
    std::vector<int> labels;
    for (const std::size_t i : places) labels.push_back(K.labels[i]);
    const auto fit = regress(part(K.train, places, places), one_hot<double>(labels, classes, 0.9, -0.1));
    return accuracy(fit.predict(part(K.cross, all_places(K.cross.rows()), places)), K.test_labels);
}
double accuracy_of(const Kernels& K, std::size_t first) { return accuracy_of(K, all_places(first)); }

class Clock {
public:
    explicit Clock(Study& study)
        : study_{study}, table_{study.table("What the kernels cost on this machine, every pair once",
                                            {"network", "pairs", "seconds", "us a pair", "hours for all pairs of 60,000"})} {}

    template <class Net>
    Kernels kernels(const Images& train, const Images& test) {
        const auto x = rows<In>(train.images), z = rows<In>(test.images);
        const double begin = study_.seconds();
        Kernels made{ntk<Net>(x, study_.options(Net::name() + " train")), ntk<Net>(z, x, study_.options(Net::name() + " test")),
                     train.labels, test.labels};
        const double seconds = study_.seconds() - begin;
        const auto n = static_cast<double>(x.count), m = static_cast<double>(z.count);
        const double pairs = n * (n + 1) / 2 + m * n, all = 60'000.0 * 60'001 / 2;
        table_.row(Net::name(), fmt::format("{:.0f}", pairs), fmt::format("{:.1f}", seconds),
                   fmt::format("{:.2f}", 1e6 * seconds / pairs), fmt::format("{:.3g}", seconds / pairs * all / 3600));
        return made;
    }

private:
    Study& study_;
    Table& table_;
};

/// calls(std::integral_constant<int, depth>) for each depth.
template <int... depths, class Call>
void for_depths(std::integer_sequence<int, depths...>, Call call) {
    (call(std::integral_constant<int, depths>{}), ...);
}

struct PublishedDepth {
    int depth;
    double v, gap;                        ///< all of CIFAR-10
    double v_of_2000, gap_of_2000;        ///< recalled from the paper
    double here_of_2000, here_of_4660;    ///< CNTK-V by another program on these very images; 0: not known
};
constexpr PublishedDepth published[] = {{3, 64.67, 70.47, 40.94, 49.71, 39.38, 47.00},
                                        {4, 65.52, 75.93, 42.54, 51.06, 40.77, 48.28},
                                        {6, 66.03, 76.73, 43.43, 51.73, 42.06, 49.03},
                                        {11, 65.90, 77.43, 43.42, 51.92, 43.56, 48.71},
                                        {21, 64.09, 77.08, 42.53, 52.22, 0, 0}};

struct PublishedSize {
    std::size_t n;
    double gap3, gap6, v3, v6;                   ///< by another program on these very images; 0: not known
    double resnet, gap[4];                       ///< recalled from Arora et al. 2020; 5, 8, 11, 14 layers
};
constexpr PublishedSize small[] = {{10, 17.00, 18.50, 15.25, 15.50, 14.59, {15.08, 15.24, 15.31, 15.33}},
                                   {20, 19.50, 18.75, 17.00, 16.75, 17.50, {18.03, 18.50, 18.69, 18.79}},
                                   {40, 19.00, 21.75, 18.25, 18.75, 19.52, {20.83, 21.07, 21.23, 21.34}},
                                   {80, 24.50, 22.75, 18.75, 20.00, 23.32, {24.82, 25.18, 25.40, 25.48}},
                                   {160, 28.75, 28.75, 20.25, 22.25, 28.30, {29.63, 30.17, 30.46, 30.48}},
                                   {320, 0, 0, 0, 0, 33.15, {35.26, 36.05, 36.44, 36.57}},
                                   {640, 0, 0, 0, 0, 41.66, {41.24, 42.10, 42.44, 42.63}},
                                   {1280, 0, 0, 0, 0, 49.14, {47.21, 48.22, 48.67, 48.86}}};

std::string percent(double value) { return fmt::format("{:.2f}", value); }
std::string known(double value) { return value > 0 ? percent(value) : "-"; }

/// CNTK-V by depth, on the first images in file order and on all.
void by_depth(Study& study, Clock& clock, const TrainAndTest<float>& data, bool subset) {
    const bool quick = study.run() == Study::Run::quick;
    const std::size_t first = std::min<std::size_t>(2000, data.train.labels.size());
    const Images train = some_of(data.train, 0, quick ? first : data.train.labels.size());
    Table& table = study.table(
        fmt::format("CNTK-V by depth: accuracy, per cent of {} test images", data.test.labels.size()),
        {"depth", "first 2,000", "reference", "published 2K (recalled)", "all here", "reference", "published, 50,000"});
    Curve curves[] = {{"CNTK-V, 2,000 images", {}, {}, false, true},
                      {"CNTK-V, all images here", {}, {}, false, true},
                      {"CNTK-V, published, 50,000", {}, {}, true, true},
                      {"CNTK-GAP, published, 50,000", {}, {}, true, true}};
    const auto one = [&](auto depth) {
        const auto& line = *std::ranges::find(published, int{depth}, &PublishedDepth::depth);
        const Kernels K = clock.kernels<CntkV<depth>>(train, data.test);
        const double of_2000 = accuracy_of(K, first), of_all = quick ? 0 : accuracy_of(K, train.labels.size());
        table.row(int{depth}, percent(of_2000), known(line.here_of_2000), percent(line.v_of_2000), known(of_all),
                  known(line.here_of_4660), percent(line.v));
        const auto claim = [&](const char* images, double ours, double reference) {
            if (subset && ours > 0 && reference > 0)
                study.claim(std::abs(ours - reference) <= 0.5, "CNTK-V, {} layers, {} images: {:.2f} %, within 0.5 points of {:.2f} %",
                            int{depth}, images, ours, reference);
        };
        claim("the first 2,000", of_2000, line.here_of_2000);
        claim("all", of_all, line.here_of_4660);
        const double values[] = {of_2000, of_all, line.v, line.gap};
        for (std::size_t k = 0; k < std::size(values); ++k)
            if (values[k] > 0) curves[k].x.push_back(depth), curves[k].y.push_back(values[k]);
    };
    if (quick) for_depths(std::integer_sequence<int, 3, 4, 6>{}, one);
    else for_depths(std::integer_sequence<int, 3, 4, 6, 11, 21>{}, one);
    Plot plot{.title = "CIFAR-10 by depth", .x = "layers", .y = "accuracy, %"};
    for (Curve& curve : curves)
        if (!curve.x.empty()) plot.curves.push_back(std::move(curve));
    study.picture(std::move(plot));
}

/// Few images, the same number of each class: pooled against flattened.
void few_images(Study& study, Clock& clock, const TrainAndTest<float>& data, bool subset) {
    const auto most = study.size<std::size_t>({.quick = 80, .usual = 160, .full = 160});
    const Images train = class_by_class(data.train, most), test = some_of(data.test, 0, 400);
    const Kernels gap3 = clock.kernels<CntkGap<3>>(train, test), gap6 = clock.kernels<CntkGap<6>>(train, test);
    const Kernels v3 = clock.kernels<CntkV<3>>(train, test), v6 = clock.kernels<CntkV<6>>(train, test);
    Table& table = study.table(
        "Few training images, one draw: accuracy, per cent of 400 test images (reference in brackets)",
        {"images", "GAP 3", "GAP 6", "V 3", "V 6", "published, 20 draws: GAP 5 to 14 (recalled)", "ResNet-34"});
    Curve ours{"CNTK-GAP, 6 layers", {}, {}, false, true}, flat{"CNTK-V, 6 layers", {}, {}, false, true};
    Curve theirs{"CNTK-GAP, 14 layers, published", {}, {}, true, true}, resnet{"ResNet-34, published", {}, {}, true, true};
    for (const PublishedSize& line : small) {
        if (line.n > most) break;
        const double right[] = {accuracy_of(gap3, line.n), accuracy_of(gap6, line.n), accuracy_of(v3, line.n),
                                accuracy_of(v6, line.n)};
        const double reference[] = {line.gap3, line.gap6, line.v3, line.v6};
        const auto cell = [&](std::size_t k) { return fmt::format("{:.2f} ({:.2f})", right[k], reference[k]); };
        table.row(line.n, cell(0), cell(1), cell(2), cell(3), fmt::format("{:.2f} to {:.2f}", line.gap[0], line.gap[3]),
                  percent(line.resnet));
        for (const auto& [curve, value] : {std::pair{&ours, right[1]}, {&flat, right[3]}, {&theirs, line.gap[3]}, {&resnet, line.resnet}})
            curve->x.push_back(static_cast<double>(line.n)), curve->y.push_back(value);
        double furthest = 0;
        for (std::size_t k = 0; k < std::size(right); ++k) furthest = std::max(furthest, std::abs(right[k] - reference[k]));
        if (subset)
            study.claim(furthest <= 1, "{} images: all four kernels within 1 point of the reference, the furthest {:.2f}", line.n, furthest);
        if (line.n == 80 || line.n == 160) {
            const double least = line.n == 80 ? 2 : 4, above = std::min(right[0] - right[2], right[1] - right[3]);
            study.claim(above >= least, "{} images: pooling is worth {:.2f} points, at least {:.0f}", line.n, above, least);
        }
    }
    study.picture({.title = "CIFAR-10, few images", .x = "training images", .y = "accuracy, %", .log_x = true,
                   .curves = {std::move(ours), std::move(flat), std::move(theirs), std::move(resnet)}});
    study.difference("few images: one draw, the first of each class, and 400 test images (standard error 2.2 points), where the paper "
                     "draws 20 times and tests on 10,000");
}

/// CNTK-GAP by depth, on as many images as the run affords.
void gap_by_depth(Study& study, Clock& clock, const TrainAndTest<float>& data) {
    const bool full = study.run() == Study::Run::full;
    const Images train = full ? some_of(data.train, 0, 2000) : class_by_class(data.train, 160);
    const Images test = full ? some_of(data.test, 0, data.test.labels.size()) : some_of(data.test, 0, 400);
    Table& table = study.table(fmt::format("CNTK-GAP by depth: {} training images, {} test images, accuracy, per cent",
                                           train.labels.size(), test.labels.size()),
                               {"depth", "ours", "published 2K (recalled)", "published, 50,000"});
    for_depths(std::integer_sequence<int, 3, 4, 6, 11, 21>{}, [&](auto depth) {
        const auto& line = *std::ranges::find(published, int{depth}, &PublishedDepth::depth);
        const Kernels K = clock.kernels<CntkGap<depth>>(train, test);
        const double right = accuracy_of(K, train.labels.size());
        table.row(int{depth}, percent(right), percent(line.gap_of_2000), percent(line.gap));
        // Two samples of a binomial: four standard errors of this test set.
        const double error = 4 * std::sqrt(50 * 50 / static_cast<double>(test.labels.size()));
        if (full)
            study.claim(std::abs(right - line.gap_of_2000) <= error, "CNTK-GAP, {} layers, 2,000 images: {:.2f} %, within {:.1f} points of {:.2f} %",
                        int{depth}, right, error, line.gap_of_2000);
    });
}

/// `n` places, the same number of each class, in ascending order.
Places draw(const std::vector<int>& labels, std::size_t n, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Places> members(classes);
    for (std::size_t i = 0; i < labels.size(); ++i) members[static_cast<std::size_t>(labels[i])].push_back(i);
    Places drawn;
    for (Places& of_class : members)
        for (std::size_t k = 0; k < n / classes; ++k) {
            std::swap(of_class.at(k), of_class[k + static_cast<std::size_t>(random() % (of_class.size() - k))]);
            drawn.push_back(of_class[k]);
        }
    std::ranges::sort(drawn);
    return drawn;
}

/// The published protocol of few images: 20 draws of each size, four depths. Hours.
void few_images_as_published(Study& study, Clock& clock, const TrainAndTest<float>& data) {
    constexpr int draws = 20;
    const Images train = class_by_class(data.train, 2000);
    Table& table = study.table(fmt::format("CNTK-GAP, few training images: mean accuracy and its deviation over {} draws, per cent", draws),
                               {"images", "layers", "ours", "published (recalled)", "ResNet-34 (recalled)"});
    std::size_t column = 0;
    for_depths(std::integer_sequence<int, 5, 8, 11, 14>{}, [&](auto depth) {
        const Kernels K = clock.kernels<CntkGap<depth>>(train, data.test);
        for (const PublishedSize& line : small) {
            double sum = 0, squares = 0;
            for (int k = 0; k < draws; ++k) {
                const double right = accuracy_of(K, draw(K.labels, line.n, static_cast<std::uint64_t>(k)));
                sum += right, squares += right * right;
            }
            const double mean = sum / draws;
            table.row(line.n, int{depth}, fmt::format("{:.2f} +- {:.2f}", mean, std::sqrt(std::max(squares / draws - mean * mean, 0.0))),
                      percent(line.gap[column]), percent(line.resnet));
        }
        ++column;
    });
    study.difference("{} draws out of 2,000 images and {} test images, where the paper draws out of 50,000 and tests on 10,000", draws,
                     data.test.labels.size());
}

void body(Study& study) {
    const TrainAndTest<float> data = cifar<float>(study);
    // What the references were computed on: the first 932 images of each batch.
    const bool subset = data.train.labels.size() == 4660 && data.test.labels.size() == 932;
    Clock clock(study);
    by_depth(study, clock, data, subset);
    few_images(study, clock, data, subset);
    if (study.run() != Study::Run::quick) gap_by_depth(study, clock, data);
    if (study.run() == Study::Run::full) few_images_as_published(study, clock, data);
    study.difference("{} training and {} test images of CIFAR-10 (standard error 1.6 points for 932), where the paper has 50,000 and "
                     "10,000; its kernels took 1,000 hours of a V100 by its author, CNTK-GAP 3 alone 244 hours of an H100 by its code",
                     data.train.labels.size(), data.test.labels.size());
}

}  // namespace

int main(int argc, char** argv) {
    return run_study({"cntk", "Exact kernels of infinitely wide convolutional networks on CIFAR-10", "Arora et al. 2019, 2020"},
                     argc, argv, body);
}
