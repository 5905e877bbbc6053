#include <wide/infer/regress.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {
template <class T>
constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();
template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();
template <class T>
constexpr double eps = static_cast<double>(std::numeric_limits<T>::epsilon());

/// The error that a call throws; a call that throws nothing, or another type, fails the test.
template <class Error, class Call>
Error thrown_by(Call call) {
    try {
        call();
    } catch (const Error& e) {
        return e;
    }
    FAIL("no error was thrown");
    throw error{"unreachable"};
}

bool says(const std::exception& e, const std::string& part) {
    INFO(e.what());
    const bool found = std::string{e.what()}.find(part) != std::string::npos;
    CHECK(found);
    return found;
}

template <class T>
bool same_bits(const Matrix<T>& A, const Matrix<T>& B) {
    if (A.rows() != B.rows() || A.cols() != B.cols()) return false;
    for (std::size_t k = 0; k < A.size(); ++k)
        if (!(A.data()[k] == B.data()[k] || (std::isnan(A.data()[k]) && std::isnan(B.data()[k])))) return false;
    return true;
}

/// Largest element of |(K + lambda I) W - Y| relative to sqrt(K_ii K_jj) |W_j| summed over j: what Cholesky promises
/// to be a few ulps (Higham, Accuracy and Stability of Numerical Algorithms, 10.1), however large the weights are.
template <class T>
double backward_error(const Matrix<T>& K, double lambda, const Matrix<T>& W, const Matrix<T>& Y) {
    const std::size_t n = K.rows();
    double worst = 0;
    for (std::size_t o = 0; o < Y.cols(); ++o)
        for (std::size_t i = 0; i < n; ++i) {
            double residual = -static_cast<double>(Y(i, o)), size = 0;
            for (std::size_t j = 0; j < n; ++j) {
                const double weight = static_cast<double>(W(j, o));
                residual += (static_cast<double>(K(std::max(i, j), std::min(i, j))) + (i == j ? lambda : 0)) * weight;
                size += std::sqrt(static_cast<double>(K(i, i)) * static_cast<double>(K(j, j))) * std::abs(weight);
            }
            worst = std::max(worst, std::abs(residual) / size);
        }
    return worst;
}

template <class T>
Matrix<T> with_equal_rows(std::size_t n, std::size_t first, std::size_t second) {
    Matrix<T> X = normal<T>(n, 2 * n, 21);
    for (std::size_t k = 0; k < X.cols(); ++k) X(second, k) = X(first, k);
    return gram_of(X);
}
}  // namespace

TEMPLATE_TEST_CASE("weights and predictions agree with elimination in long double", "", float, double) {
    for (std::size_t n = 1; n <= 20; ++n)
        for (std::size_t outputs : {1u, 3u, 10u}) {
            const auto K = well_conditioned<TestType>(n, static_cast<unsigned>(n));
            const auto Y = normal<TestType>(n, outputs, 50), Kz = normal<TestType>(6, n, 51);
            const auto fit = regress(K, Y, absolute_ridge{0.125});
            const auto expected = reference_solution(K, 0.125, Y);
            REQUIRE(fit.ridge() == 0.125);
            REQUIRE(fit.weights().rows() == n);
            REQUIRE(fit.weights().cols() == outputs);
            for (std::size_t k = 0; k < Y.size(); ++k)
                REQUIRE_THAT(static_cast<double>(fit.weights().data()[k]),
                             WithinAbs(static_cast<double>(expected.data()[k]), 1000 * eps<TestType>));
            const auto predictions = fit.predict(Kz);
            REQUIRE(predictions.rows() == 6);
            REQUIRE(predictions.cols() == outputs);
            for (std::size_t i = 0; i < 6; ++i)
                for (std::size_t o = 0; o < outputs; ++o) {
                    long double sum = 0;
                    for (std::size_t j = 0; j < n; ++j) sum += Kz(i, j) * expected(j, o);
                    REQUIRE_THAT(static_cast<double>(predictions(i, o)),
                                 WithinAbs(static_cast<double>(sum), 5000 * eps<TestType>));
                }
        }
}

TEMPLATE_TEST_CASE("without a ridge the training outputs come back", "", float, double) {
    const auto K = well_conditioned<TestType>(15, 1), Y = normal<TestType>(15, 2, 2);
    const auto fit = regress(K, Y);
    CHECK(fit.ridge() == 0);
    const auto again = fit.predict(K);
    for (std::size_t k = 0; k < Y.size(); ++k)
        CHECK_THAT(static_cast<double>(again.data()[k]),
                   WithinAbs(static_cast<double>(Y.data()[k]), 1000 * eps<TestType>));
}

TEMPLATE_TEST_CASE("a relative ridge is an absolute one times the mean of the diagonal", "", float, double) {
    const auto K = well_conditioned<TestType>(18, 3), Y = normal<TestType>(18, 2, 4);
    double trace = 0;
    for (std::size_t i = 0; i < 18; ++i) trace += static_cast<double>(K(i, i));
    const auto relative = regress(K, Y, ridge{1e-2}), absolute = regress(K, Y, absolute_ridge{1e-2 * (trace / 18)});
    CHECK(relative.ridge() == absolute.ridge());
    CHECK(same_bits(relative.weights(), absolute.weights()));
}

TEMPLATE_TEST_CASE("one output: a vector, a span and a column are the same", "", float, double) {
    auto K = well_conditioned<TestType>(9, 5);
    const auto column = normal<TestType>(9, 1, 6);
    const std::vector<TestType> vector(column.data(), column.data() + 9);
    const auto expected = regress(K, column, ridge{0.1});
    CHECK(same_bits(expected.weights(), regress(K, vector, ridge{0.1}).weights()));
    CHECK(same_bits(expected.weights(), regress(K, std::span<const TestType>{vector}, ridge{0.1}).weights()));
    CHECK(same_bits(regress(K, column).weights(), regress(K, vector).weights()));
    const auto Kz = normal<TestType>(4, 9, 7);
    CHECK(same_bits(expected.predict(Kz), regress(std::move(K), vector, ridge{0.1}).predict(Kz)));
    CHECK(expected.predict(Kz).rows() == 4);
    CHECK(expected.predict(Kz).cols() == 1);
}

TEMPLATE_TEST_CASE("only the lower triangle is read, and an lvalue stays as it is", "", float, double) {
    const std::size_t n = 300;
    auto K = gram_of(normal<TestType>(n, 400, 8));
    const auto Y = normal<TestType>(n, 3, 9);
    const auto expected = regress(K, Y, ridge{1e-3});
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = i + 1; j < n; ++j) K(i, j) = not_a_number<TestType>;
    const auto before = K.copy();
    const auto fit = regress(K, Y, ridge{1e-3});
    CHECK(same_bits(K, before));
    CHECK(same_bits(fit.weights(), expected.weights()));
    CHECK(same_bits(regress(std::move(K), Y, ridge{1e-3}).weights(), expected.weights()));
}

TEMPLATE_TEST_CASE("an rvalue is factorised in its own memory", "", float, double) {
    auto K = well_conditioned<TestType>(12, 10);
    const auto Y = normal<TestType>(12, 1, 11);
    const auto fit = regress(std::move(K), Y);
    CHECK(K.empty());
    CHECK(fit.weights().rows() == 12);
}

TEMPLATE_TEST_CASE("n = 1500 solves to a small backward error", "", float, double) {
    const std::size_t n = 1500;
    const auto X = normal<TestType>(n, 1600, 12);
    Matrix<TestType> K(n, n);
    lapack::gemm('T', 'N', 1500, 1500, 1600, X.data(), 1600, X.data(), 1600, K.data(), 1500);
    const auto Y = normal<TestType>(n, 2, 13);
    const auto fit = regress(K, Y, ridge{1e-3});
    CHECK(backward_error(K, fit.ridge(), fit.weights(), Y) < 30 * eps<TestType>);
}

TEMPLATE_TEST_CASE("nothing to learn from is legal", "", float, double) {
    const auto fit = regress(Matrix<TestType>(0, 0), Matrix<TestType>(0, 3), ridge{0.1});
    CHECK(fit.weights().rows() == 0);
    CHECK(fit.ridge() == 0);
    const auto predictions = fit.predict(Matrix<TestType>(5, 0));
    REQUIRE(predictions.rows() == 5);
    REQUIRE(predictions.cols() == 3);
    for (std::size_t k = 0; k < predictions.size(); ++k) CHECK(predictions.data()[k] == 0);
    const auto one = regress(Matrix<TestType>(0, 0), std::vector<TestType>{});
    CHECK(one.predict(Matrix<TestType>(2, 0)).cols() == 1);
    CHECK(regress(well_conditioned<TestType>(3, 1), Matrix<TestType>(3, 0)).predict(Matrix<TestType>(2, 3)).empty());
}

TEST_CASE("no test rows, no predictions") {
    const auto fit = regress(well_conditioned<double>(3, 1), std::vector<double>{1, 2, 3});
    const auto predictions = fit.predict(Matrix<double>(0, 3));
    CHECK(predictions.rows() == 0);
    CHECK(predictions.cols() == 1);
}

TEST_CASE("one training row is a division") {
    Matrix<double> K(1, 1);
    K(0, 0) = 4;
    const auto fit = regress(K, std::vector<double>{6}, ridge{0.25});
    CHECK(fit.ridge() == 1);
    CHECK_THAT(fit.weights()(0, 0), WithinRel(6.0 / 5.0, 1e-15));
}

TEMPLATE_TEST_CASE("a number in K that is not finite is named", "", float, double) {
    const struct {
        TestType value;
        std::size_t row, column;
        const char* says;
    } cases[] = {
        {not_a_number<TestType>, 4, 4, "regress: K holds nan at row 4, column 4: look at these two training rows"},
        {not_a_number<TestType>, 6, 2, "regress: K holds nan at row 6, column 2: look at these two training rows"},
        {infinity<TestType>, 0, 0, "regress: K holds inf at row 0, column 0: look at these two training rows"},
        {-infinity<TestType>, 7, 0, "regress: K holds -inf at row 7, column 0: look at these two training rows"}};
    const std::vector<TestType> y(8, 1);
    for (const auto& bad : cases) {
        auto K = well_conditioned<TestType>(8, 14);
        K(bad.row, bad.column) = bad.value;
        const auto e = thrown_by<not_finite>([&] { (void)regress(K, y, ridge{1}); });
        CHECK(e.row == bad.row);
        CHECK(e.column == bad.column);
        CHECK(std::string{e.what()} == bad.says);
        CHECK_THROWS_AS(regress(std::move(K), y, ridge{1}), not_finite);
    }
}

TEMPLATE_TEST_CASE("a number in y that is not finite is named", "", float, double) {
    const auto K = well_conditioned<TestType>(5, 15);
    Matrix<TestType> Y(5, 3);
    Y(3, 2) = infinity<TestType>;
    const auto e = thrown_by<not_finite>([&] { (void)regress(K, Y); });
    CHECK(e.row == 3);
    CHECK(e.column == 2);
    CHECK(std::string{e.what()} == "regress: y holds inf at row 3, column 2: mend or leave out this training row");
    const std::vector<TestType> y{1, not_a_number<TestType>, 3, 4, 5};
    const auto f = thrown_by<not_finite>([&] { (void)regress(K, y); });
    CHECK(f.row == 1);
    CHECK(f.column == 0);
}

TEMPLATE_TEST_CASE("a number in Kz that is not finite is named", "", float, double) {
    const auto K = well_conditioned<TestType>(5, 16);
    for (const TestType bad : {not_a_number<TestType>, infinity<TestType>}) {
        for (std::size_t outputs : {1u, 4u}) {
            // Zero weights must not hide it.
            const auto fit = regress(K, Matrix<TestType>(5, outputs));
            auto Kz = normal<TestType>(7, 5, 17);
            Kz(6, 3) = bad;
            const auto e = thrown_by<not_finite>([&] { (void)fit.predict(Kz); });
            CHECK(e.row == 6);
            CHECK(e.column == 3);
            CHECK(says(e, "at row 6, column 3: look at these two rows"));
        }
    }
}

TEST_CASE("sizes that disagree are both named") {
    const auto K = well_conditioned<double>(4, 18);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)regress(Matrix<double>(4, 5), std::vector<double>(4)); }),
               "regress: K is 4 x 5, but has to be square: pass the Gram of the training rows"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)regress(K, std::vector<double>(3)); }),
               "regress: y has 3 rows, but K is 4 x 4: pass one row of y for each training row"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)regress(K, Matrix<double>(2, 4)); }),
               "regress: y has 2 rows, but K is 4 x 4"));
    const auto fit = regress(K, std::vector<double>(4));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)fit.predict(Matrix<double>(4, 3)); }),
               "predict: Kz is 4 x 3, but 4 rows were trained on: pass test rows by training rows, ntk<Net>(z, x)"));
}

TEST_CASE("a ridge that is negative or not finite is refused") {
    const auto K = well_conditioned<double>(4, 19);
    const std::vector<double> y(4);
    CHECK(says(thrown_by<error>([&] { (void)regress(K, y, ridge{-0.5}); }),
               "regress: a ridge of -0.5 is refused: pass a finite number, zero or more"));
    CHECK(says(thrown_by<error>([&] { (void)regress(K, y, absolute_ridge{-1}); }), "a ridge of -1 is refused"));
    CHECK(says(thrown_by<error>([&] { (void)regress(K, y, absolute_ridge{infinity<double>}); }), "a ridge of inf"));
    CHECK(says(thrown_by<error>([&] { (void)regress(K, y, ridge{not_a_number<double>}); }), "a ridge of nan"));
}

TEST_CASE("what the element type cannot hold is refused, not returned") {
    const auto K = well_conditioned<float>(4, 19);
    CHECK(says(thrown_by<error>([&] { (void)regress(K, std::vector<float>(4), absolute_ridge{1e39}); }),
               "overflows: scale the kernel down, or compute in double"));
    Matrix<float> small(1, 1);
    small(0, 0) = 1e-10f;
    CHECK(says(thrown_by<error>([&] { (void)regress(small, std::vector<float>{1e30f}); }),
               "regress: the weight of row 0, output 0 overflows"));
    Matrix<float> one(1, 1), large(1, 1);
    one(0, 0) = 1, large(0, 0) = 1e30f;
    CHECK(says(thrown_by<error>([&] { (void)regress(one, std::vector<float>{1e30f}).predict(large); }),
               "predict: row 0 overflows"));
}

TEMPLATE_TEST_CASE("equal rows without a ridge: the error's ridge cures it", "", float, double) {
    for (std::size_t n : {2u, 10u, 300u}) {
        const auto K = with_equal_rows<TestType>(n, n / 3, n - 1);
        const auto Y = normal<TestType>(n, 2, 22);
        const auto e = thrown_by<not_positive_definite>([&] { (void)regress(K, Y); });
        CHECK(e.pivot == n - 1);
        CHECK_THAT(e.value, WithinAbs(0, 16 * eps<TestType> * static_cast<double>(K(n - 1, n - 1))));
        CHECK(says(e,
                   "regress: K with a ridge of 0 is not positive definite: pivot " + std::to_string(n - 1) + " is "));
        CHECK(says(e, ": pass absolute_ridge{"));
        CHECK(says(e, "which is ridge{"));
        CHECK(says(e, "leave out equal and collinear training rows"));
        CHECK(e.suggested_ridge > 0);
        CHECK(e.suggested_ridge < 1000 * eps<TestType> * static_cast<double>(n));
        const auto fit = regress(K, Y, absolute_ridge{e.suggested_ridge});
        CHECK(backward_error(K, fit.ridge(), fit.weights(), Y) < 30 * eps<TestType>);
    }
}

TEMPLATE_TEST_CASE("a slightly indefinite matrix: the error's ridge cures it", "", float, double) {
    for (std::size_t n : {10u, 400u}) {
        auto K = with_equal_rows<TestType>(n, 0, n - 2);
        // Two equal rows and a diagonal smaller by s: one eigenvalue below zero, at least -s.
        const double s = 1e-3;
        K(n - 2, n - 2) -= static_cast<TestType>(s);
        const auto Y = normal<TestType>(n, 1, 23);
        const auto e = thrown_by<not_positive_definite>([&] { (void)regress(K, Y); });
        CHECK(e.pivot == n - 2);
        CHECK_THAT(e.value, WithinRel(-s, 0.05));
        CHECK(e.suggested_ridge < 10 * s);
        CHECK_NOTHROW(regress(K, Y, absolute_ridge{e.suggested_ridge}));
        auto consumed = K.copy();
        const auto f = thrown_by<not_positive_definite>([&] { (void)regress(std::move(consumed), Y); });
        CHECK(f.suggested_ridge == e.suggested_ridge);

        // A ridge too small is refused in the same way, and one is suggested that replaces it.
        const auto g = thrown_by<not_positive_definite>([&] { (void)regress(K, Y, absolute_ridge{s / 100}); });
        CHECK(g.suggested_ridge > s / 100);
        CHECK(says(g, "K with a ridge of 1e-05 is not positive definite"));
        CHECK_NOTHROW(regress(K, Y, absolute_ridge{g.suggested_ridge}));
    }
}

TEST_CASE("the smallest eigenvalue is told") {
    Matrix<double> K(2, 2);
    K(0, 0) = 1, K(1, 0) = 2, K(1, 1) = 1;
    const auto e = thrown_by<not_positive_definite>([&] { (void)regress(K, std::vector<double>{1, 1}); });
    CHECK(e.pivot == 1);
    CHECK(e.value == -3);
    CHECK(says(e, "pivot 1 is -3, which does not exceed rounding error; the smallest eigenvalue of K is about -1:"));
    CHECK(e.suggested_ridge > 1);
    CHECK(e.suggested_ridge < 3);
}

TEST_CASE("a matrix that no ridge cures is told to be so") {
    Matrix<float> K(2, 2);
    K(1, 0) = std::numeric_limits<float>::max() / 2;
    const auto e = thrown_by<not_positive_definite>([&] { (void)regress(K, std::vector<float>{1, 1}); });
    CHECK(std::isinf(e.suggested_ridge));
    CHECK(says(e, "no ridge cures it, look at the scale of K"));
}
