// Published data, the published protocol (Arora et al. 2020, "Harnessing the power of infinitely wide deep nets on small-data tasks"),
// and the figures that it gives: which of 15 kernels and seven C are chosen, by which validation accuracy, and the mean
// accuracy over four splits. The last figures are those of two other implementations, to all the digits that they print.
#include <wide/io/uci.hpp>

#include <string>
#include <vector>

#include <wide/infer/cross_validation.hpp>
#include <wide/wide.hpp>

#include "../catch.hpp"
#include "../skipped.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;

namespace {

template <int depth, int frozen>
struct Net : Serial<Repeat<frozen, Dense<512, Frozen>, Relu>, Repeat<depth - frozen, Dense<512>, Relu>, Dense<1>> {};
struct Kernels : Family<Net<0, 0>, Net<1, 0>, Net<1, 1>, Net<2, 0>, Net<2, 1>, Net<2, 2>, Net<3, 0>, Net<3, 1>, Net<3, 2>,
                        Net<3, 3>, Net<4, 0>, Net<4, 1>, Net<4, 2>, Net<4, 3>, Net<4, 4>> {};

struct Figures {
    const char* set;
    std::size_t kernel;
    double C, validation, accuracy;
};

Figures figures_of(const Tar& archive, const char* name) {
    const auto set = read_uci<double>(archive, name);
    auto K = ntk<Kernels>(rows<Vector<>>(set.samples.data(), set.samples.rows(), set.samples.cols()));
    Figures best{name, 0, 0, -1, 0};
    for (std::size_t k = 0; k < K.size(); ++k) {
        // The published kernels are of x.z, not of x.z / features.
        for (std::size_t e = 0; e < K[k].size(); ++e) K[k].data()[e] *= static_cast<double>(set.samples.cols());
        const auto tried = cross_validate(SvmRows(K[k]), set.labels, std::vector<Fold>{set.validation},
                                          {1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4});
        if (const double right = tried.mean(tried.best()); right > best.validation)
            best.kernel = k, best.C = tried.C[tried.best()], best.validation = right;
    }
    best.accuracy = cross_validate(SvmRows(K[best.kernel]), set.labels, set.splits, {best.C}).mean(0);
    return best;
}

}  // namespace

TEST_CASE("support vector machines on UCI sets: what is chosen, and how good it is") {
    const auto path = find_data(uci_archive);
    if (!path) {
        skipped(missing_uci("iris"));
        return;
    }
    const Tar archive = read_tar(*path);
    const Figures table[] = {{"trains", 0, 0.1, 60, 87.5},        {"balloons", 1, 1, 100, 100},
                             {"iris", 0, 0.1, 98.6667, 97.2973},  {"wine", 1, 0.1, 98.8764, 97.7273},
                             {"seeds", 0, 1e4, 93.3333, 92.7885}, {"ionosphere", 4, 1, 95.4286, 94.8864}};
    for (const Figures& expected : table) {
        INFO(expected.set);
        const Figures found = figures_of(archive, expected.set);
        CHECK(found.kernel == expected.kernel);
        CHECK(found.C == expected.C);
        CHECK_THAT(found.validation, WithinAbs(expected.validation, 5.1e-5));
        CHECK_THAT(found.accuracy, WithinAbs(expected.accuracy, 5.1e-5));
    }
}
