// Every operation of a Block, lane by lane, against the same operation on a number.
#include <wide/dsl/grammar/lane.hpp>
#include <wide/simd/block.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "../catch.hpp"

using namespace wide;

static_assert(Lane<Block<float, 4>> && Lane<Block<double, 4>> && Lane<Block<float, 1>>);

namespace {

template <class T, int count>
struct Numbers {
    static constexpr int size = count * lanes<T>;
    alignas(64) T number[size];
    Block<T, count> block() const { return Block<T, count>::load(number); }
};

template <class T, int count>
Numbers<T, count> numbers(int start) {
    Numbers<T, count> made;
    for (int i = 0; i < made.size; ++i)
        made.number[i] = T(0.625) * static_cast<T>((start + 5 * i) % 17 - 8) + T(0.01);
    return made;
}

template <class T, int count, class F>
void equals(const Block<T, count>& block, F expected) {
    Numbers<T, count> stored;
    block.store(stored.number);
    for (int i = 0; i < stored.size; ++i) {
        INFO("lane " << i);
        const T wanted = expected(i);
        CHECK((stored.number[i] == wanted || (std::isnan(stored.number[i]) && std::isnan(wanted))));
    }
}

template <class T, int count>
void check_operations() {
    using L = Block<T, count>;
    const auto x = numbers<T, count>(1), y = numbers<T, count>(8), z = numbers<T, count>(3);
    const L a = x.block(), b = y.block(), c = z.block();
    const T *p = x.number, *q = y.number, *r = z.number;
    equals(L(T(2.5)), [&](int) { return T(2.5); });
    equals(a + b, [&](int i) { return p[i] + q[i]; });
    equals(a - b, [&](int i) { return p[i] - q[i]; });
    equals(a * b, [&](int i) { return p[i] * q[i]; });
    equals(a / b, [&](int i) { return p[i] / q[i]; });
    equals(abs(a), [&](int i) { return std::abs(p[i]); });
    equals(sqrt(abs(a)), [&](int i) { return std::sqrt(std::abs(p[i])); });
    equals(sqrt(a), [&](int i) { return std::sqrt(p[i]); });
    equals(min(a, b), [&](int i) { return std::min(p[i], q[i]); });
    equals(max(a, b), [&](int i) { return std::max(p[i], q[i]); });
    equals(nearest(a), [&](int i) { return std::nearbyint(p[i]); });
    equals(nearest(a + L(T(100000))), [&](int i) { return std::nearbyint(p[i] + T(100000)); });
    equals(select(a < b, a, c), [&](int i) { return p[i] < q[i] ? p[i] : r[i]; });
    equals(select(a < a, b, c), [&](int i) { return r[i]; });
    L copy = a, assigned(T(0));
    assigned = copy;
    equals(assigned, [&](int i) { return p[i]; });
    CHECK(any(a < b));
    CHECK(!any(a < a));
    Numbers<T, count> one_small;
    for (int lane = 0; lane < one_small.size; ++lane) {
        for (int i = 0; i < one_small.size; ++i) one_small.number[i] = i == lane ? T(-1) : T(1);
        CHECK(any(one_small.block() < L(T(0))));
    }

    // Fused where the machine can: then rounded once, else twice.
    const T rounding = 2 * std::numeric_limits<T>::epsilon();
    Numbers<T, count> sum, difference;
    fma(a, b, c).store(sum.number);
    fnma(a, b, c).store(difference.number);
    for (int i = 0; i < sum.size; ++i) {
        INFO("lane " << i);
        const T size = std::abs(p[i] * q[i]) + std::abs(r[i]);
        CHECK(std::abs(sum.number[i] - std::fma(p[i], q[i], r[i])) <= rounding * size);
        CHECK(std::abs(difference.number[i] - std::fma(-p[i], q[i], r[i])) <= rounding * size);
    }
}

/// What Scalar does, with every exponent, and a number or none in either place of min and max.
template <class T, int count>
void check_powers_and_extremes() {
    using L = Block<T, count>;
    constexpr int smallest = std::numeric_limits<T>::min_exponent - 1, largest = std::numeric_limits<T>::max_exponent;
    const auto x = numbers<T, count>(1);
    for (int n = smallest; n < largest; ++n)
        equals(times_power_of_two(L(T(-0.75)), L(T(n))), [&](int) { return std::ldexp(T(-0.75), n); });
    equals(times_power_of_two(x.block(), L(T(smallest - 1))), [](int) { return T(0); });
    equals(times_power_of_two(L(T(0.5)), L(T(largest))), [](int) { return std::numeric_limits<T>::infinity(); });
    equals(times_power_of_two(x.block(), nearest(x.block())),
           [&](int i) { return std::ldexp(x.number[i], static_cast<int>(std::nearbyint(x.number[i]))); });
    const L none(std::numeric_limits<T>::quiet_NaN());
    equals(min(none, x.block()), [&](int i) { return x.number[i]; });
    equals(max(none, x.block()), [&](int i) { return x.number[i]; });
    equals(min(x.block(), none), [](int) { return std::numeric_limits<T>::quiet_NaN(); });
    equals(max(x.block(), none), [](int) { return std::numeric_limits<T>::quiet_NaN(); });
}

}  // namespace

TEMPLATE_TEST_CASE("a block's operations are those of its lanes", "", float, double) {
    check_operations<TestType, 1>();
    check_operations<TestType, 2>();
    check_operations<TestType, 4>();
}

TEMPLATE_TEST_CASE("a block's powers of two, minima and maxima, at the ends of what they take", "", float, double) {
    check_powers_and_extremes<TestType, 1>();
    check_powers_and_extremes<TestType, 4>();
}

TEMPLATE_TEST_CASE("a block from a function, and into two rows", "", float, double) {
    using T = TestType;
    const Block<T, 4> block([](int i) { return Batch<T>(static_cast<T>(i + 1)); });
    equals(block, [](int i) { return static_cast<T>(i / lanes<T> + 1); });
    constexpr std::size_t stride = 2 * static_cast<std::size_t>(lanes<T>) + 3;
    T rows[2 * stride];
    for (T& number : rows) number = -1;
    block.template store_rows<2>(rows, stride);
    for (std::size_t k = 0; k < 2 * stride; ++k) {
        const std::size_t column = k % stride, vector = column / static_cast<std::size_t>(lanes<T>);
        CHECK(rows[k] == (vector < 2 ? static_cast<T>(k / stride * 2 + vector + 1) : T(-1)));
    }
}

TEMPLATE_TEST_CASE("outer_fma adds one line of an outer product", "", float, double) {
    using T = TestType;
    const auto columns = numbers<T, 2>(4);
    const auto sum = numbers<T, 6>(2);
    const T factor[] = {T(2), T(-4), T(0.5)};  // exact products: fused or not, the sum is the same
    equals(outer_fma(factor, columns.block(), sum.block()), [&](int i) {
        const int vector = i / lanes<T>, lane = i % lanes<T>;
        return std::fma(factor[vector / 2], columns.number[vector % 2 * lanes<T> + lane], sum.number[i]);
    });
}
