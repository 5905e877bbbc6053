// Inference on a matrix that is there, and on one that is not: regression beside the bare LAPACK calls that it amounts to, and a factorisation in float,
// refined, beside one in double, with the residuals of both; support vector machines for a grid of C; products with kernels that are not stored.
#include <cblas.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <utility>

#include <wide/infer/lapack.hpp>
#include <wide/infer/refined.hpp>
#include <wide/infer/regress.hpp>
#include <wide/infer/residual.hpp>

#include "../report.hpp"
#include "fastest.hpp"
#include "operator.hpp"
#include "svm.hpp"

using namespace wide;
using namespace wide::benchmark_table;

extern "C" void dpotrs_(const char* uplo, const int* n, const int* outputs, const double* a, const int* lda, double* b,
                        const int* ldb, int* info, std::size_t);

namespace {

/// X X^T of normal rows, a tenth more columns than rows: the spectrum reaches down to a thousandth of its mean.
Matrix<double> gram_of_normal_rows(std::size_t n) {
    std::mt19937 random(1);
    const std::size_t width = n + n / 10;
    std::normal_distribution<double> normal(0, 1 / std::sqrt(static_cast<double>(width)));
    Matrix<double> X(n, width), K(n, n);
    for (std::size_t k = 0; k < X.size(); ++k) X.data()[k] = normal(random);
    const int rows = lapack::size(n), columns = lapack::size(width);
    lapack::gemm('T', 'N', rows, rows, columns, X.data(), columns, X.data(), columns, K.data(), rows);
    return K;
}

/// What LAPACK takes: A is factorised in place, each row of Y one right-hand side.
void potrf_and_potrs(Matrix<double>& A, Matrix<double>& Y) {
    const int n = lapack::size(A.rows()), outputs = lapack::size(Y.rows());
    int info = lapack::potrf('U', n, A.data(), n);
    if (info == 0) dpotrs_("U", &n, &outputs, A.data(), &n, Y.data(), &n, &info, 1);
    if (info != 0) throw error{"the benchmark's matrix is not positive definite"};
}

void regression_rows(Report& report, std::size_t n, std::size_t outputs) {
    const Matrix<double> K = gram_of_normal_rows(n);
    Matrix<double> y(n, outputs), columns(outputs, n);
    std::mt19937 random(2);
    std::normal_distribution<double> normal;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t o = 0; o < outputs; ++o) y(i, o) = normal(random);
    const ridge rule{1e-3};

    Fastest bare, consumed, kept, in_float;
    double lambda = 0, refinement = 0;
    int steps = 0;
    // In turn, so that a noisy neighbour hits all of them alike. Copies that are used up are made outside of the time.
    for (int repetition = 0; repetition < report.repetitions(); ++repetition) {
        kept.time([&] { lambda = regress(K, y, rule).ridge(); });
        Matrix<double> A = K.copy();
        consumed.time([&] { lambda = regress(std::move(A), y, rule).ridge(); });
        A = K.copy();
        for (std::size_t i = 0; i < n; ++i) {
            A(i, i) += lambda;
            for (std::size_t o = 0; o < outputs; ++o) columns(o, i) = y(i, o);
        }
        bare.time([&] { potrf_and_potrs(A, columns); });
        A = {};
        in_float.time([&] {
            const RefinedFit fit = regress(K, y, rule, refined{});
            if (fit.fell_back()) throw error{"the benchmark's matrix is too ill-conditioned for float"};
            refinement = fit.residual(), steps = fit.steps();
        });
    }
    const auto fit = regress(K, y, rule);
    const double exact = relative_residual(K, fit.ridge(), fit.weights(), y);

    const std::string what = fmt::format("{} rows, {} outputs", n, outputs);
    report.section(fmt::format("{}: regression in double, one thread's CPU time; OpenBLAS runs its {} kernels", compiler(),
                               openblas_get_corename()));
    report.row(what, "potrf + potrs, in place", 1e3 * bare.seconds(), "ms");
    report.row(what, "regress, K used up", 1e3 * consumed.seconds(), "ms");
    report.row(what, "regress, K kept", 1e3 * kept.seconds(), "ms");
    report.row(what, "regress, refined in float", 1e3 * in_float.seconds(), "ms");
    report.row(what, "regress / potrf + potrs", consumed.seconds() / bare.seconds(), "ratio", at_most(1.10));
    report.row(what, "regress / refined, K kept by both", kept.seconds() / in_float.seconds(), "times", at_least(1.3));
    report.row(what, "residual, double", exact, "relative");
    report.row(what, "residual, refined", refinement, "relative");
    report.row(what, "refined / double, residuals", refinement / exact, "ratio", at_most(2));
    report.row(what, "refinement steps", steps, "steps");
}

}  // namespace

int main(int argc, char** argv) {
    Report report("infer", argc, argv);
    openblas_set_num_threads(1);
    regression_rows(report, 5000, 10);
    support_vector_rows(report, 2000, 20);
    Measure measure(report.repetitions());
    OperatorCases operators;
    operators.time(measure);
    measure.run();
    operators.tell(report, measure);
    return report.finish();
}
