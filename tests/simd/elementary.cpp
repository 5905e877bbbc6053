// The elementary functions against those of the standard library in long double: the errors that elementary.hpp
// states, on numbers and on vectors.
#include <wide/simd/block.hpp>
#include <wide/simd/scalar.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "../catch.hpp"

using namespace wide;

namespace {

template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();

/// The unit in the last place of a T of this size.
template <class T>
long double unit_of(long double size) {
    int exponent;
    std::frexp(size, &exponent);
    return std::ldexp(1.0L,
                      std::max(exponent, std::numeric_limits<T>::min_exponent) - std::numeric_limits<T>::digits);
}

struct Range {
    long double from, to;
};

/// What a function is compared on and with. Its error is in units in the last place, or in epsilons if `absolute`.
template <class T, class F, class R>
void agrees(F function, R reference, Range range, bool absolute = false) {
    constexpr int points = 1 << 16, size = 4 * lanes<T>;
    long double worst = 0, apart = 0;
    T where = 0;
    alignas(64) T x[size], y[size];
    for (int start = 0; start < points; start += size) {
        for (int i = 0; i < size; ++i)
            x[i] = static_cast<T>(range.from + (range.to - range.from) * (start + i) / (points - 1));
        function(Block<T, 4>::load(x)).store(y);
        for (int i = 0; i < size; ++i) {
            const long double expected = reference(static_cast<long double>(x[i]));
            const T scalar = function(Scalar<T>(x[i])).value;
            const long double unit =
                absolute ? static_cast<long double>(std::numeric_limits<T>::epsilon()) : unit_of<T>(expected);
            apart = std::max(apart, std::abs(static_cast<long double>(y[i]) - scalar) / unit);
            for (const T value : {scalar, y[i]}) {
                const long double error = std::abs(value - expected) / unit;
                if (!(error <= worst)) worst = error, where = x[i];
            }
        }
    }
    INFO("from " << range.from << " to " << range.to << ": " << worst << " at " << where << ", scalar and vector "
                 << apart << " apart");
    CHECK(worst <= 2);
    CHECK(apart <= 2);
}

/// On a number, and in every lane of a vector, the function of x is exactly y.
template <class F, class T>
void is(F function, T x, T y) {
    INFO("at " << x);
    const auto same = [&](T value) { return value == y || (std::isnan(value) && std::isnan(y)); };
    CHECK(same(function(Scalar<T>(x)).value));
    alignas(64) T values[4 * lanes<T>];
    function(Block<T, 4>(x)).store(values);
    for (const T value : values) CHECK(same(value));
}

const auto wide_exp = [](auto x) { return exp(x); };
const auto wide_expm1 = [](auto x) { return expm1(x); };
const auto wide_log1p = [](auto x) { return log1p(x); };
const auto wide_tanh = [](auto x) { return tanh(x); };
const auto wide_erf = [](auto x) { return erf(x); };
const auto wide_sin = [](auto x) { return sin(x); };
const auto wide_cos = [](auto x) { return cos(x); };

/// The arguments between which e^x is a normal number, with one power of two to spare below.
template <class T>
constexpr Range exponents = sizeof(T) == sizeof(float) ? Range{-86.6L, 88.722L} : Range{-707.7L, 709.782L};

/// Where sin and cos keep their promise.
template <class T>
constexpr long double angles = sizeof(T) == sizeof(float) ? 3000 : 1e6L;

}  // namespace

TEMPLATE_TEST_CASE("exp is right to 2 units in the last place", "", float, double) {
    using T = TestType;
    const auto reference = [](long double x) { return std::exp(x); };
    agrees<T>(wide_exp, reference, exponents<T>);
    agrees<T>(wide_exp, reference, {-1, 1});
    agrees<T>(wide_exp, reference, {-1e-3L, 1e-3L});
    is(wide_exp, T(0), T(1));
}

TEMPLATE_TEST_CASE("exp is 0 or infinite where its result is no normal number", "", float, double) {
    using T = TestType;
    for (const T x : {T(exponents<T>.from - 1), T(-800), T(-1e6), std::numeric_limits<T>::lowest(), -infinity<T>})
        is(wide_exp, x, T(0));
    for (const T x : {T(exponents<T>.to + 0.01L), T(exponents<T>.to + 0.5L), T(exponents<T>.to + 1), T(800), T(1e6),
                      std::numeric_limits<T>::max(), infinity<T>})
        is(wide_exp, x, infinity<T>);
    is(wide_exp, std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::quiet_NaN());
}

TEMPLATE_TEST_CASE("expm1 is right to 2 units in the last place", "", float, double) {
    using T = TestType;
    const auto reference = [](long double x) { return std::expm1(x); };
    agrees<T>(wide_expm1, reference, {-50, exponents<T>.to});
    agrees<T>(wide_expm1, reference, {-2, 2});
    agrees<T>(wide_expm1, reference, {0.3L, 0.4L});
    agrees<T>(wide_expm1, reference, {-1e-3L, 1e-3L});
    agrees<T>(wide_expm1, reference, {-1e-20L, 1e-20L});
    is(wide_expm1, T(0), T(0));
    for (const T x : {T(-100), T(-800), std::numeric_limits<T>::lowest(), -infinity<T>}) is(wide_expm1, x, T(-1));
    for (const T x : {T(exponents<T>.to + 0.01L), T(exponents<T>.to + 0.5L), T(exponents<T>.to + 1), T(800),
                      std::numeric_limits<T>::max(), infinity<T>})
        is(wide_expm1, x, infinity<T>);
    is(wide_expm1, std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::quiet_NaN());
}

TEMPLATE_TEST_CASE("log1p is right to 2 units in the last place, on [0, 1]", "", float, double) {
    using T = TestType;
    const auto reference = [](long double x) { return std::log1p(x); };
    agrees<T>(wide_log1p, reference, {0, 1});
    agrees<T>(wide_log1p, reference, {0, 1e-3L});
    agrees<T>(wide_log1p, reference, {0, 1e-20L});
    is(wide_log1p, T(0), T(0));
}

TEMPLATE_TEST_CASE("tanh is right to 2 units in the last place", "", float, double) {
    using T = TestType;
    const auto reference = [](long double x) { return std::tanh(x); };
    agrees<T>(wide_tanh, reference, {-25, 25});
    agrees<T>(wide_tanh, reference, {-1.2L, 1.2L});
    agrees<T>(wide_tanh, reference, {0.55L, 0.6L});
    agrees<T>(wide_tanh, reference, {-1e-3L, 1e-3L});
    is(wide_tanh, T(0), T(0));
    for (const T x : {T(20), T(1e6), std::numeric_limits<T>::max(), infinity<T>}) {
        is(wide_tanh, x, T(1));
        is(wide_tanh, -x, T(-1));
    }
    is(wide_tanh, std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::quiet_NaN());
}

TEMPLATE_TEST_CASE("erf is right to 2 units in the last place", "", float, double) {
    using T = TestType;
    const auto reference = [](long double x) { return std::erf(x); };
    agrees<T>(wide_erf, reference, {-7, 7});
    agrees<T>(wide_erf, reference, {-2, 2});
    agrees<T>(wide_erf, reference, {0.9L, 1.1L});
    agrees<T>(wide_erf, reference, {-1e-3L, 1e-3L});
    agrees<T>(wide_erf, reference, {-1e-20L, 1e-20L});
    is(wide_erf, T(0), T(0));
    for (const T x : {T(6), T(1e6), std::numeric_limits<T>::max(), infinity<T>}) {
        is(wide_erf, x, T(1));
        is(wide_erf, -x, T(-1));
    }
    is(wide_erf, std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::quiet_NaN());
}

TEMPLATE_TEST_CASE("sin and cos are right to 2 epsilons", "", float, double) {
    using T = TestType;
    const auto sine = [](long double x) { return std::sin(x); };
    const auto cosine = [](long double x) { return std::cos(x); };
    for (const long double far : {4.0L, 100.0L, angles<T>}) {
        agrees<T>(wide_sin, sine, {-far, far}, true);
        agrees<T>(wide_cos, cosine, {-far, far}, true);
    }
    agrees<T>(wide_sin, sine, {-1e-3L, 1e-3L});
    is(wide_sin, T(0), T(0));
}
