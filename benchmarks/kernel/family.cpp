// The fifteen kernels of the UCI benchmark (Arora et al. 2020): depth 0 to 4, the first 0 to depth layers not
// trained. One pass over the data for all of them, beside the deepest alone.
#include <fmt/core.h>
#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <type_traits>
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

using Fifteen = Family<Net<0, 0>,                                   //
                       Net<1, 0>, Net<1, 1>,                        //
                       Net<2, 0>, Net<2, 1>, Net<2, 2>,             //
                       Net<3, 0>, Net<3, 1>, Net<3, 2>, Net<3, 3>,  //
                       Net<4, 0>, Net<4, 1>, Net<4, 2>, Net<4, 3>, Net<4, 4>>;
using Deepest = Net<4, 0>;

const options direct{.threads = 1, .fill = fill::lower, .schedule = schedule::direct};

/// Without the page faults of fresh matrices.
template <class Net, class Samples>
void into_memory(const Samples& x) {
    static std::map<std::size_t, Grams<Net, float>> memory;
    gram_as<Net, Wanted::ntk>(memory[x.count].data(), x, direct);
}

/// One number of samples of one width.
template <std::size_t width>
class Case {
public:
    Case(Measure& measure, std::size_t n)
        : n_{n}, x_{gaussian_rows<float>(n, width)}, what_{fmt::format("n = {}, d = {}", n, width)} {
        measure.time(label("family"), [this] { into_memory<Fifteen>(samples()); });
        measure.time(label("deepest"), [this] { into_memory<Deepest>(samples()); });
        measure.time(label("fresh family"), [this] { benchmark::DoNotOptimize(ntk<Fifteen>(samples(), direct)); });
        measure.time(label("fresh deepest"), [this] { benchmark::DoNotOptimize(ntk<Deepest>(samples(), direct)); });
        measure.time(label("fresh one by one"), [this] { one_by_one(Fifteen::members{}); });
    }
    Case(const Case&) = delete;
    Case& operator=(const Case&) = delete;

    void report(Report& to, const Measure& measure, Goal goal = {}) const {
        const auto seconds = [&](const char* which) { return measure.seconds(label(which)); };
        to.row(what_, "fifteen / deepest alone", seconds("fresh family") / seconds("fresh deepest"), "ratio", goal);
        to.row(what_, "the same into memory that is there", seconds("family") / seconds("deepest"), "ratio");
        to.row(what_, "one by one / in one pass", seconds("fresh one by one") / seconds("fresh family"), "times");
        to.row(what_, "fifteen, into memory that is there", 1e9 * seconds("family") / pairs(), "ns a pair");
        to.row(what_, "deepest, into memory that is there", 1e9 * seconds("deepest") / pairs(), "ns a pair");
        to.row(what_, "disagreement with single calls", disagreement(Fifteen::members{}, Indices{}), "relative",
               at_most(2e-6));
    }

private:
    using Indices = std::make_index_sequence<static_cast<std::size_t>(results_of<Fifteen>)>;

    [[nodiscard]] std::string label(const char* which) const { return fmt::format("{}, {}", what_, which); }
    [[nodiscard]] double pairs() const { return static_cast<double>(n_ * (n_ + 1)) / 2; }
    [[nodiscard]] auto samples() const { return rows<Vector<width>>(x_); }

    template <class... Nets>
    void one_by_one(Parts<Nets...>) const {
        (benchmark::DoNotOptimize(ntk<Nets>(samples(), direct)), ...);
    }
    template <class... Nets, std::size_t... member>
    [[nodiscard]] double disagreement(Parts<Nets...>, std::index_sequence<member...>) const {
        const auto all = ntk<Fifteen>(samples(), direct);
        return std::max({difference(n_, all[member], ntk<Nets>(samples(), direct))...});
    }

    std::size_t n_;
    std::vector<float> x_;
    std::string what_;
};

}  // namespace

int main(int argc, char** argv) {
    mallopt(M_MMAP_THRESHOLD, 1 << 16);  // else one matrix would lie in memory that is there, fifteen would not
    Report report("family", argc, argv);
    Measure measure(report.repetitions());
    const Case<10> few_10(measure, 500), some_10(measure, 1000), many_10(measure, 4096);
    const Case<32> few_32(measure, 500), some_32(measure, 1000), many_32(measure, 4096);
    const Case<784> few_784(measure, 500), some_784(measure, 1000), many_784(measure, 4096);
    measure.run();

    report.section(fmt::format("{}, {}: fifteen NTKs in one pass, lower triangle, one thread's CPU time",
                               instruction_set(), compiler()));
    few_10.report(report, measure);
    some_10.report(report, measure);
    many_10.report(report, measure);
    few_32.report(report, measure);
    some_32.report(report, measure, at_most(2));
    many_32.report(report, measure);
    few_784.report(report, measure);
    some_784.report(report, measure);
    many_784.report(report, measure);
    return report.finish();
}
