#pragma once
// The two networks, what they learn, and what their kernels cost.
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wide/wide.hpp>

#include "../data.hpp"
#include "../study.hpp"

namespace wide::examples {

using In = Image<32, 32, 3>;
using Images = LabelledImages<float>;
constexpr std::size_t classes = cifar10_classes;

template <class... Options>
using Layer = Conv<64, Filter<3, 3>, Same, He, Options...>;

template <int depth>
struct CntkV : Serial<Repeat<depth - 1, Layer<>, Relu>, Flatten, Dense<classes>> {
    static std::string name() { return fmt::format("CNTK-V {}", depth); }
};
/// As published, neither the first nor the last layer is trained.
template <int depth>
struct CntkGap
    : Serial<Layer<Frozen>, Relu, Repeat<depth - 2, Layer<>, Relu>, GlobalAvgPool, Dense<classes, Frozen>> {
    static std::string name() { return fmt::format("CNTK-GAP {}", depth); }
};

/// A network's kernels of training images with each other and with test images, and the labels of both.
struct Kernels {
    Matrix<float> train, cross;
    std::vector<int> labels, test_labels;
};

/// In double: a kernel of images may need more digits than float has to be solved, not to be known.
inline Matrix<double> part(const Matrix<float>& K, const Places& down, const Places& across) {
    Matrix<double> some(down.size(), across.size());
    for (std::size_t i = 0; i < down.size(); ++i)
        for (std::size_t j = 0; j < across.size(); ++j) some(i, j) = static_cast<double>(K(down[i], across[j]));
    return some;
}

/// Per cent of the first test images that are classified right after training on the images at these places.
inline double accuracy_of(const Kernels& K, const Places& places, std::size_t tests) {
    std::vector<int> labels;
    for (const std::size_t i : places) labels.push_back(K.labels[i]);
    const auto fit = interpolate(part(K.train, places, places), labels);
    return accuracy(fit.predict(part(K.cross, all_places(tests), places)), std::span(K.test_labels).first(tests));
}
inline double accuracy_of(const Kernels& K, std::size_t first) {
    return accuracy_of(K, all_places(first), K.test_labels.size());
}

class Clock {
public:
    explicit Clock(Study& study)
        : study_{study},
          table_{study.table(fmt::format("What the kernels cost on {} cores, every pair once", study.cores()),
                             {"network", "pairs", "seconds", "us a pair", "hours for all pairs of 60,000"})} {}

    template <class Net>
    Kernels kernels(const Images& train, const Images& test) {
        const auto x = rows<In>(train.images), z = rows<In>(test.images);
        const double begin = study_.seconds();
        Kernels made{ntk<Net>(x, study_.options(Net::name() + " train")),
                     ntk<Net>(z, x, study_.options(Net::name() + " test")), train.labels, test.labels};
        const double seconds = study_.seconds() - begin;
        const auto n = static_cast<double>(x.count), m = static_cast<double>(z.count);
        const double pairs = n * (n + 1) / 2 + m * n, all = 60'000.0 * 60'001 / 2;
        table_.row(Net::name(), fmt::format("{:.0f}", pairs), fmt::format("{:.1f}", seconds),
                   percent(1e6 * seconds / pairs), fmt::format("{:.3g}", seconds / pairs * all / 3600));
        return made;
    }

private:
    Study& study_;
    Table& table_;
};

/// call(std::integral_constant<int, depth>) for each depth.
template <int... depths, class Call>
void for_depths(std::integer_sequence<int, depths...>, Call call) {
    (call(std::integral_constant<int, depths>{}), ...);
}

}  // namespace wide::examples
