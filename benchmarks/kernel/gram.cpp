// The fused Gram beside what bounds it and what it replaces: OpenBLAS's GEMM alone on the same triangle, the dual
// alone in registers, the multiply-adds alone, and the two naive run-time implementations.
#include <cblas.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <wide/kernel/gram.hpp>

#include "../measure.hpp"
#include "../naive/objects.hpp"
#include "../naive/passes.hpp"
#include "../report.hpp"
#include "registers.hpp"
#include "samples.hpp"

using namespace wide;
using namespace wide::benchmark_table;

namespace {

template <std::size_t layers>
struct Net : Serial<Repeat<layers, Dense<512, He>, Relu>, Dense<1>> {};

constexpr std::size_t n = 4096, few = 384;
constexpr double pairs = n * (n + 1) / 2.0, few_pairs = few * (few + 1) / 2.0;
const options alone{.threads = 1, .fill = fill::lower};
const options layer_by_layer{.threads = 1, .fill = fill::lower, .schedule = schedule::direct};

void gemm(int m, int k, int width, const float* a, const float* b, float* c) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, k, width, 1, a, width, b, width, 0, c, n);
}
void gemm(int m, int k, int width, const double* a, const double* b, double* c) {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, k, width, 1, a, width, b, width, 0, c, n);
}

/// The lower triangle by GEMM alone, in blocks of rows.
template <class T>
void gemm_triangle(const std::vector<T>& x, std::size_t width, std::size_t block, Matrix<T>& c) {
    for (std::size_t i = 0; i < n; i += block)
        gemm(static_cast<int>(block), static_cast<int>(i + block), static_cast<int>(width), &x[i * width], x.data(),
             &c(i, 0));
}

/// One multiply-add after the other on values that stay in registers.
template <class T>
void multiply_adds_only() {
    Block<T, 4> a(T(0.1)), b(T(0.2)), c(T(0.3));
    const Block<T, 4> factor(T(0.5));
    for (int i = 0; i < turns; ++i) {
        a = fma(a, factor, factor);
        b = fma(b, factor, factor);
        c = fma(c, factor, factor);
        keep_in_registers(a);
        keep_in_registers(b);
        keep_in_registers(c);
    }
}

}  // namespace

int main(int argc, char** argv) {
    Report report("gram", argc, argv);
    Measure measure(report.repetitions());
    openblas_set_num_threads(1);
    const bool wide_registers = vector_registers == 32;
    const auto x784 = gaussian_rows<float>(n, 784), x64 = gaussian_rows<float>(n, 64),
               x10 = gaussian_rows<float>(n, 10);
    const auto d784 = gaussian_rows<double>(n, 784);
    Gram<float> G;
    Gram<double> D;
    Matrix<float> c(n, n);
    Matrix<double> e(n, n);

    measure.time("multiply-adds", multiply_adds_only<float>);
    measure.time("duals", [] { duals_only<Relu, float>(); });
    measure.time("half-range duals", [] { duals_only<Relu, float, 0.0>(); });
    measure.time("duals f64", [] { duals_only<Relu, double>(); });
    for (const std::size_t block : {std::size_t{256}, std::size_t{1024}}) {
        const std::string of = " " + std::to_string(block);
        measure.time("sgemm 784" + of, [&, block] { gemm_triangle(x784, 784, block, c); });
        measure.time("sgemm 64" + of, [&, block] { gemm_triangle(x64, 64, block, c); });
        measure.time("sgemm 10" + of, [&, block] { gemm_triangle(x10, 10, block, c); });
        measure.time("dgemm 784" + of, [&, block] { gemm_triangle(d784, 784, block, e); });
    }
    const auto gemm_seconds = [&](const std::string& what) {
        return std::min(measure.seconds(what + " 256"), measure.seconds(what + " 1024"));
    };
    const auto r784 = rows<Vector<784>>(x784), r784_few = rows<Vector<784>>(x784.data(), few);
    const auto r64 = rows<Vector<64>>(x64);
    const auto r10 = rows<Vector<10>>(x10), r10_few = rows<Vector<10>>(x10.data(), few);
    measure.time("784 L=0", [&] { gram_into<Net<0>>(G, r784, alone); });
    measure.time("784 L=1", [&] { gram_into<Net<1>>(G, r784, alone); });
    measure.time("784 L=3", [&] { gram_into<Net<3>>(G, r784, alone); });
    measure.time("784 L=10", [&] { gram_into<Net<10>>(G, r784, alone); });
    measure.time("64 L=3", [&] { gram_into<Net<3>>(G, r64, alone); });
    measure.time("10 L=10", [&] { gram_into<Net<10>>(G, r10, alone); });
    measure.time("10 L=10 direct", [&] { gram_into<Net<10>>(G, r10, layer_by_layer); });
    measure.time("784 L=3 f64", [&] { gram_into<Net<3>>(D, rows<Vector<784>>(d784), alone); });
    measure.time("784 L=3 fresh memory", [&] { benchmark::DoNotOptimize(gram<Net<3>>(r784, alone)); });
    measure.time(
        "784 L=3 wall", [&] { gram_into<Net<3>>(G, r784, alone); }, false);
    measure.time(
        "784 L=3 two threads", [&] { gram_into<Net<3>>(G, r784, options{.threads = 2, .fill = fill::lower}); },
        false);

    const naive::objects::Layers objects3 = naive::objects::relu_network(3),
                                 objects10 = naive::objects::relu_network(10);
    const auto few_rows = [&](const std::vector<float>& from, std::size_t width) {
        naive::objects::Rows rows;
        for (std::size_t i = 0; i < few; ++i)
            rows.emplace_back(from.begin() + static_cast<std::ptrdiff_t>(i * width),
                              from.begin() + static_cast<std::ptrdiff_t>((i + 1) * width));
        return rows;
    };
    const auto o784 = few_rows(x784, 784), o10 = few_rows(x10, 10);
    const naive::passes::Layers passes3 = naive::passes::relu_network(3), passes10 = naive::passes::relu_network(10);
    naive::passes::Gram<float> P;
    measure.time("objects 784 L=3", [&] { benchmark::DoNotOptimize(naive::objects::gram(objects3, o784)); });
    measure.time("objects 10 L=10", [&] { benchmark::DoNotOptimize(naive::objects::gram(objects10, o10)); });
    measure.time("passes 784 L=3", [&] { naive::passes::gram(passes3, {x784.data(), n, 784}, P); });
    measure.time("passes 10 L=10", [&] { naive::passes::gram(passes10, {x10.data(), n, 10}, P); });
    measure.run();

    const auto seconds = [&](const char* what) { return measure.seconds(what); };
    report.section(fmt::format("{}, {}: N = {}, lower triangle, one thread's CPU time; OpenBLAS runs its {} kernels",
                               instruction_set(), compiler(), n, openblas_get_corename()));
    const double peak = turns * 12.0 * lanes<float> / seconds("multiply-adds");
    const double dual = seconds("duals") / elements<float>, layer = seconds("10 L=10 direct") / (10 * pairs);
    report.row("registers only", "multiply-adds", 2e-9 * peak, "GF/s");
    report.row("registers only", "ReLU dual, both kernels", 1e9 * dual, "ns/element");
    report.row("registers only", "the same, correlation >= 0", 1e9 * seconds("half-range duals") / elements<float>,
               "ns/element");
    report.row("registers only", "ReLU dual, f64", 1e9 * seconds("duals f64") / elements<double>, "ns/element");
    report.row("sgemm alone, d=784", "rate", 2e-9 * 784 * pairs / gemm_seconds("sgemm 784"), "GF/s");
    report.row("d=784, L=0", "share of the multiply-add peak", 784 * pairs / seconds("784 L=0") / peak, "ratio",
               at_least(0.75));
    report.row("d=784, L=1", "time / sgemm alone", seconds("784 L=1") / gemm_seconds("sgemm 784"), "ratio");
    report.row("d=784, L=3", "time / sgemm alone", seconds("784 L=3") / gemm_seconds("sgemm 784"), "ratio",
               at_most(wide_registers ? 1.25 : 1.20));
    report.row("d=784, L=10", "time / sgemm alone", seconds("784 L=10") / gemm_seconds("sgemm 784"), "ratio",
               at_most(wide_registers ? 1.42 : 1.45));
    report.row("d=64, L=3", "time / sgemm alone", seconds("64 L=3") / gemm_seconds("sgemm 64"), "ratio",
               at_most(wide_registers ? 1.55 : 2.1));
    report.row("d=10, L=10, layer by layer", "per pair and layer / dual alone", layer / dual, "ratio", at_most(1.1));
    report.row("d=10, L=10, layer by layer", "per pair and layer", 1e9 * layer, "ns");
    report.row("d=10, L=10", "ns a pair", 1e9 * seconds("10 L=10") / pairs, "ns");
    report.row("d=784, L=3, f64", "time / dgemm alone", seconds("784 L=3 f64") / gemm_seconds("dgemm 784"), "ratio",
               at_most(1.5));
    report.row("d=784, L=3", "ns a pair", 1e9 * seconds("784 L=3") / pairs, "ns");
    report.row("d=784, L=3", "into fresh memory / reused", seconds("784 L=3 fresh memory") / seconds("784 L=3"),
               "ratio");
    report.row("d=784, L=3", "speed of two threads / one", seconds("784 L=3 wall") / seconds("784 L=3 two threads"),
               "ratio", at_least(1.8), 2);
    report.row("d=784, L=3", "faster than naive objects",
               seconds("objects 784 L=3") / few_pairs / (seconds("784 L=3") / pairs), "times",
               at_least(wide_registers ? 80 : 40));
    report.row("d=10, L=10", "faster than naive objects",
               seconds("objects 10 L=10") / few_pairs / (seconds("10 L=10") / pairs), "times");
    report.row("d=784, L=3", "faster than passes over matrices", seconds("passes 784 L=3") / seconds("784 L=3"),
               "times");
    report.row("d=10, L=10", "faster than passes over matrices", seconds("passes 10 L=10") / seconds("10 L=10"),
               "times", at_least(6));

    const auto fused3 = gram<Net<3>>(r784_few, alone), fused10 = gram<Net<10>>(r10_few, alone);
    const auto naive3 = naive::objects::gram(objects3, o784), naive10 = naive::objects::gram(objects10, o10);
    const auto passes_few = naive::passes::gram(passes10, naive::passes::Rows<float>{x10.data(), few, 10});
    const auto entry = [](const auto& matrix) {
        return [&matrix](std::size_t i, std::size_t j) { return matrix[i * few + j]; };
    };
    const double apart =
        difference(few, fused3.ntk, entry(naive3.ntk)) + difference(few, fused3.nngp, entry(naive3.nngp)) +
        difference(few, fused10.ntk, entry(naive10.ntk)) + difference(few, fused10.nngp, entry(naive10.nngp)) +
        difference(few, fused10.ntk, entry(passes_few.ntk)) + difference(few, fused10.nngp, entry(passes_few.nngp));
    report.row("objects and passes, summed", "disagreement / diagonal", apart, "relative", at_most(1e-5));
    const int written = report.finish();
    return apart <= 1e-5 ? written : 1;
}
