// Finite networks: forward beside the bare products of its layers, derivatives and gradients beside forward, small nets a
// call beside the naive run-time implementation, and empirical kernels beside the peak of the multiply-adds they are made of.
#include <cblas.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <wide/dsl.hpp>
#include <wide/finite/empirical.hpp>
#include <wide/finite/explain.hpp>
#include <wide/finite/initial.hpp>

#include "../kernel/registers.hpp"
#include "../kernel/samples.hpp"
#include "../measure.hpp"
#include "../naive/networks.hpp"
#include "../report.hpp"

using namespace wide;
using namespace wide::benchmark_table;

namespace {

std::size_t allocations = 0;

template <std::size_t width, std::size_t outputs>
struct Mlp : Serial<Dense<width, He>, Relu, Dense<width, He>, Relu, Dense<outputs>> {};
struct SmallCnn : Serial<Conv<16, Filter<3, 3>, Same, He>, Relu, Conv<32, Filter<3, 3>, Same, Stride<2, 2>, He>, Relu, Flatten,
                         Dense<1>> {};

const options alone{.threads = 1};

/// Forward, derivative along a direction and gradient of one network on one batch.
template <class Net, class In>
struct Case {
    using N = Network<Net, In>;
    static constexpr FiniteCost cost = cost_of_sample(N::plan);
    std::string name;
    std::size_t count;
    Parameters<Net, In> theta = initial<Net, In>(seed{1}), direction = initial<Net, In>(seed{2}), gradient{};
    std::vector<float> samples = gaussian_rows<float>(count, N::inputs);
    Matrix<float> outputs{count, N::outputs}, cotangent{count, N::outputs};
    ValueAndTangent<float> moving{Matrix<float>(count, N::outputs), Matrix<float>(count, N::outputs)};
    std::vector<std::vector<float>> products{};

    Case(std::string called, std::size_t samples_of_it) : name{std::move(called)}, count{samples_of_it} {
        for (std::size_t k = 0; k < cotangent.size(); ++k) cotangent.data()[k] = 1;
    }
    [[nodiscard]] Rows<In, float> z() const { return rows<In>(samples.data(), count); }
    void forward() { forward_into<Net>(outputs, theta, z(), alone); }
    void derivative() { jvp_into<Net>(moving, theta, direction, z(), alone); }
    void back() { vjp_into<Net>(gradient, theta, z(), cotangent, alone); }

    /// What OpenBLAS alone takes for the layers, neither scaled nor bent.
    void bare_products() {
        products.resize(static_cast<std::size_t>(N::plan.leaves));
        const float* from = samples.data();
        for (int i = 0; i < N::plan.leaves; ++i) {
            const Leaf& leaf = N::plan.leaf[i];
            auto& to = products[static_cast<std::size_t>(i)];
            to.resize(count * leaf.columns);
            const auto size = [](std::size_t n) { return static_cast<blasint>(n); };
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size(count), size(leaf.columns), size(leaf.rows), 1, from,
                        size(leaf.rows), theta.leaf(i).data(), size(leaf.columns), 0, to.data(), size(leaf.columns));
            from = to.data();
        }
    }

    void time(Measure& measure) {
        measure.time(name + " forward", [this] { forward(); });
        measure.time(name + " jvp", [this] { derivative(); });
        measure.time(name + " vjp", [this] { back(); });
    }
    [[nodiscard]] double seconds(const Measure& measure, const std::string& what) const {
        return measure.seconds(name + " " + what);
    }
};

template <class Net, class In>
naive::networks::Network<float> naive_twin(const Parameters<Net, In>& theta) {
    naive::networks::Network<float> net;
    for (int i = 0; i < theta.leaves; ++i) {
        const Leaf& leaf = theta.plan.leaf[i];
        net.add<naive::networks::Dense<float>>(leaf.rows, leaf.columns,
                                               std::vector<float>(theta.leaf(i).begin(), theta.leaf(i).end()),
                                               std::vector<float>{}, static_cast<float>(leaf.factor), 0.0f);
        if (i + 1 < theta.leaves) net.add<naive::networks::Relu<float>>();
    }
    return net;
}

template <class Call>
double allocations_of(Call call) {
    call();
    const std::size_t before = allocations;
    for (int i = 0; i < 10; ++i) call();
    return static_cast<double>(allocations - before) / 10;
}

/// As many multiply-adds as registers hold sums, and nothing else.
constexpr int peak_turns = 20000, peak_sums = 12;
void multiply_adds_only() {
    using Sums = Block<float, peak_sums>;
    wide::Batch<float> factor(0.5f), one(0.25f);
    keep_in_register<float>(factor);
    keep_in_register<float>(one);
    Sums sum(1.0f);
    for (int turn = 0; turn < peak_turns; ++turn) {
        sum = Sums([&](int i) __attribute__((always_inline)) { return multiply_add<float>(sum.v[i], factor, one); });
        keep_in_registers(sum);
    }
}

/// Whether OpenBLAS took kernels of the instruction set that this program is built for: where it does not know the
/// processor it takes its oldest, and a ratio to those says nothing.
bool same_instruction_set() {
    const std::string core = openblas_get_corename();
    const std::vector<std::string> alike = vector_registers == 32
                                               ? std::vector<std::string>{"SkylakeX", "Cooperlake", "Sapphirerapids"}
                                               : std::vector<std::string>{"Haswell", "Zen"};
    return std::find(alike.begin(), alike.end(), core) != alike.end();
}

/// Multiply-adds a pair of samples, of the ways taken.
template <class Net, class In>
double contraction_of_a_pair() {
    constexpr auto& plan = Network<Net, In>::plan;
    double sum = 0;
    for (int s = 0; s < plan.steps; ++s) {
        const ContractionCost cost = contraction_of(plan, plan.step[s], false);
        if (cost.way != Contraction::none) sum += cost.way == Contraction::structure ? cost.structure : cost.gradients;
    }
    return sum;
}

/// Multiply-adds a sample, of the pass forward and of the one back.
template <class Net, class In>
double passes_of_a_sample() {
    constexpr auto& plan = Network<Net, In>::plan;
    double sum = 0;
    for (int s = 0; s < plan.steps; ++s) {
        const NetworkStep& step = plan.step[s];
        if (step.op != Op::affine) continue;
        const double layer = static_cast<double>(positions_of(step.out_shape) * plan.leaf[step.weights].size());
        sum += plan.moves[step.left] ? 2 * layer : layer;
    }
    return sum;
}

}  // namespace

// Every allocation of C++ is counted, and what matrices take (glibc's). Not inlined: g++ 12 would take what it sees of one of a
// pair for a mismatch.
extern "C" void* __libc_calloc(std::size_t count, std::size_t size);
extern "C" void* calloc(std::size_t count, std::size_t size) {
    ++allocations;
    return __libc_calloc(count, size);
}
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* const made = std::malloc(size)) return made;
    throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
    ++allocations;
    const auto a = static_cast<std::size_t>(alignment);
    if (void* const made = std::aligned_alloc(a, (size + a - 1) / a * a)) return made;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* made) noexcept { std::free(made); }
[[gnu::noinline]] void operator delete(void* made, std::size_t) noexcept { std::free(made); }
[[gnu::noinline]] void operator delete(void* made, std::align_val_t) noexcept { std::free(made); }
[[gnu::noinline]] void operator delete(void* made, std::size_t, std::align_val_t) noexcept { std::free(made); }

int main(int argc, char** argv) {
    Report report("finite", argc, argv);
    openblas_set_num_threads(1);
    constexpr bool avx512 = vector_registers == 32;

    Case<Mlp<512, 10>, Vector<784>> large{"784-512-512-10, 1024", 1024};
    Case<Mlp<2048, 10>, Vector<784>> huge{"784-2048-2048-10, 1024", 1024};
    using Small = Mlp<64, 1>;
    Case<Small, Vector<64>> one{"64-64-64-1, 1", 1}, some{"64-64-64-1, 32", 32}, many{"64-64-64-1, 1024", 1024};
    const double allocated[] = {allocations_of([&] { one.forward(); }), allocations_of([&] { one.derivative(); }),
                                allocations_of([&] { one.back(); })};

    Measure measure(report.repetitions());
    large.time(measure), huge.time(measure), one.time(measure), some.time(measure), many.time(measure);
    measure.time("sgemm 512", [&] { large.bare_products(); });
    measure.time("sgemm 2048", [&] { huge.bare_products(); });
    measure.time("fma", [] { multiply_adds_only(); });

    const auto plain = naive_twin(one.theta);
    naive::networks::Leaves<float> moves;
    for (int i = 0; i < one.direction.leaves; ++i) moves.emplace_back(one.direction.leaf(i).begin(), one.direction.leaf(i).end());
    std::vector<float> naive_output;
    measure.time("naive forward", [&] { naive_output = plain.forward(one.samples); });
    measure.time("naive jvp", [&] { benchmark::DoNotOptimize(plain.jvp(moves, one.samples)); });
    measure.time("naive vjp", [&] { benchmark::DoNotOptimize(plain.vjp(one.samples, {1.0f})); });

    using Readout = Mlp<512, 1>;
    const auto theta = initial<Readout, Vector<784>>(seed{1});
    const auto x = gaussian_rows<float>(512, 784), images = gaussian_rows<float>(64, 32 * 32 * 3);
    const auto of_cnn = initial<SmallCnn, Image<32, 32, 3>>(seed{1});
    const auto vectors = rows<Vector<784>>(x);
    const auto pictures = rows<Image<32, 32, 3>>(images);
    measure.time("dense ntk symmetric", [&] { benchmark::DoNotOptimize(empirical_ntk<Readout>(theta, vectors, alone)); });
    measure.time("dense ntk cross", [&] { benchmark::DoNotOptimize(empirical_ntk<Readout>(theta, vectors, vectors, alone)); });
    measure.time("conv ntk symmetric", [&] { benchmark::DoNotOptimize(empirical_ntk<SmallCnn>(of_cnn, pictures, alone)); });
    measure.time("conv ntk cross", [&] { benchmark::DoNotOptimize(empirical_ntk<SmallCnn>(of_cnn, pictures, pictures, alone)); });
    measure.run();

    const double peak = peak_turns * static_cast<double>(peak_sums * lanes<float>) / measure.seconds("fma");
    report.section(fmt::format("{}, {}: float, one thread's CPU time; OpenBLAS runs its {} kernels{}", instruction_set(),
                               compiler(), openblas_get_corename(),
                               same_instruction_set() ? "" : ", of another instruction set: say OPENBLAS_CORETYPE"));
    report.row("registers only", "multiply-adds", 2e-9 * peak, "GF/s");
    const auto batch = [&](const auto& net, const std::string& products) {
        const double forward = net.seconds(measure, "forward");
        report.row(net.name, "forward", 1e3 * forward, "ms");
        report.row(net.name, "forward / sgemm alone", forward / measure.seconds(products), "ratio",
                   same_instruction_set() ? at_most(1.10) : Goal{});
        report.row(net.name, "jvp / forward", net.seconds(measure, "jvp") / forward, "ratio", at_most(2.5));
        report.row(net.name, "the same of their multiply-adds alone", net.cost.tangent / net.cost.forward, "ratio");
        report.row(net.name, "vjp / forward", net.seconds(measure, "vjp") / forward, "ratio", at_most(2.7));
        report.row(net.name, "the same of their multiply-adds alone", net.cost.gradient / net.cost.forward, "ratio");
    };
    batch(large, "sgemm 512");
    batch(huge, "sgemm 2048");

    report.section("Small nets, a call");
    const auto call = [&](const auto& net, Goal forward, Goal derivative, Goal back) {
        report.row(net.name, "forward", 1e6 * net.seconds(measure, "forward"), "us", forward);
        report.row(net.name, "jvp", 1e6 * net.seconds(measure, "jvp"), "us", derivative);
        report.row(net.name, "vjp", 1e6 * net.seconds(measure, "vjp"), "us", back);
    };
    const double slower = avx512 ? 1 : 2;
    call(one, at_most(slower * 0.4), at_most(slower * 0.9), at_most(slower * 1.5));
    // The best of JAX and torch, known on AVX-512 alone.
    const auto known = [&](double seconds) { return avx512 ? at_most(seconds) : Goal{}; };
    call(some, known(9.3), known(18.3), known(25.1));
    call(many, known(105), known(324), known(312));
    const char* const kinds[] = {"forward", "jvp", "vjp"};
    for (std::size_t k = 0; k < 3; ++k) {
        const std::string kind = kinds[k];
        report.row(one.name, "allocations, " + kind, allocated[k], "a call", at_most(0));
        report.row(one.name, "faster than naive layers, " + kind, measure.seconds("naive " + kind) / one.seconds(measure, kind),
                   "times", at_least(20));
    }
    one.forward();
    report.row(one.name, "disagreement with naive layers",
               std::abs(static_cast<double>(naive_output.at(0) / one.outputs(0, 0)) - 1), "relative", at_most(1e-4));

    report.section("Empirical NTK");
    const auto kernel = [&]<class Net, class In>(const std::string& what, const std::string& timed, double samples, double pairs,
                                                 double goal) {
        const double seconds = measure.seconds(timed);
        const double products = samples * passes_of_a_sample<Net, In>() + pairs * contraction_of_a_pair<Net, In>();
        report.row(what, "time", 1e3 * seconds, "ms", avx512 ? at_most(goal) : Goal{});
        report.row(what, "time / multiply-adds at their peak", seconds / (products / peak), "ratio");
    };
    kernel.operator()<Readout, Vector<784>>("784-512-512-1, 512 symmetric", "dense ntk symmetric", 512, 512 * 513 / 2, 15);
    kernel.operator()<Readout, Vector<784>>("784-512-512-1, 512 x 512", "dense ntk cross", 2 * 512, 512 * 512, 15);
    kernel.operator()<SmallCnn, Image<32, 32, 3>>("conv, 64 symmetric", "conv ntk symmetric", 64, 64 * 65 / 2, 20);
    kernel.operator()<SmallCnn, Image<32, 32, 3>>("conv, 64 x 64", "conv ntk cross", 2 * 64, 64 * 64, 20);
    return report.finish();
}
