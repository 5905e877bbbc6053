// The fifteen kernels of the UCI benchmark (Arora et al. 2020): depth 0 to 4, the first 0 to depth layers not trained.
// One pass over the data for all of them, beside the deepest alone.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <wide/kernel/gram.hpp>

#include "../measure.hpp"
#include "../report.hpp"
#include "samples.hpp"

using namespace wide;
using namespace wide::benchmark_table;

namespace {

template <bool frozen>
using Affine = std::conditional_t<frozen, Dense<512, Frozen>, Dense<512>>;

/// `depth` hidden layers; the first `frozen` layers are not trained. With frozen = depth the NTK is the NNGP.
template <std::size_t depth, std::size_t frozen, class = std::make_index_sequence<depth>>
struct Net;
template <std::size_t depth, std::size_t frozen, std::size_t... layer>
struct Net<depth, frozen, std::index_sequence<layer...>>
    : Serial<Serial<Affine<(layer < frozen)>, Relu>..., Affine<(depth < frozen)>> {};

using Fifteen = Family<Net<0, 0>,                                             //
                       Net<1, 0>, Net<1, 1>,                                  //
                       Net<2, 0>, Net<2, 1>, Net<2, 2>,                       //
                       Net<3, 0>, Net<3, 1>, Net<3, 2>, Net<3, 3>,            //
                       Net<4, 0>, Net<4, 1>, Net<4, 2>, Net<4, 3>, Net<4, 4>>;
using Deepest = Net<4, 0>;

const options direct{.threads = 1, .fill = fill::lower, .schedule = schedule::direct};

/// Into memory that is there already, so that the page faults of fifteen fresh matrices are not what is measured.
template <class Net, std::size_t width>
void reused(const std::vector<float>& x) {
    static Grams<Net, float> memory;
    gram_as<Net, Wanted::ntk>(memory, rows<Vector<width>>(x), direct);
}

template <std::size_t width, std::size_t... member, class... Nets>
double largest_difference(std::size_t n, const std::vector<float>& x, std::index_sequence<member...>, Parts<Nets...>) {
    const auto r = rows<Vector<width>>(x);
    const auto all = ntk<Family<Nets...>>(r, direct);
    return std::max({difference(n, all[member], ntk<Nets>(r, direct))...});
}

/// Samples of one width in one number.
template <std::size_t width>
class Case {
public:
    Case(Measure& measure, std::size_t n)
        : measure_{measure}, n_{n}, x_{gaussian_rows<float>(n, width)}, what_{fmt::format("n = {}, d = {}", n, width)} {
        const auto& x = x_;
        measure.time(what_ + " family", [&x] { reused<Fifteen, width>(x); });
        measure.time(what_ + " deepest", [&x] { reused<Deepest, width>(x); });
        measure.time(what_ + " family, fresh", [&x] { benchmark::DoNotOptimize(ntk<Fifteen>(rows<Vector<width>>(x), direct)); });
        measure.time(what_ + " deepest, fresh", [&x] { benchmark::DoNotOptimize(ntk<Deepest>(rows<Vector<width>>(x), direct)); });
    }
    Case(const Case&) = delete;
    Case& operator=(const Case&) = delete;
};

}  // namespace
int main() {}
