#pragma once
// The Lane of several SIMD vectors in flight: one operation on it is `count` independent operations, so that their
// latencies overlap. Everything is expanded, nothing is a loop: the vectors live in registers.
//
//     Block<float, 4> t = Block<float, 4>::load(p);  t = sqrt(t) * t;  t.store(p);
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <wide/simd/batch.hpp>
#include <wide/simd/elementary.hpp>

// Everything here is a handful of instructions, but g++ 12 counts them as large and a large caller as full: one call
// that is not inlined would put every register on the stack. (Lambdas take no standard attribute in C++20.)
#define WIDE_INLINE __attribute__((always_inline))

namespace wide {

/// The same bits as numbers of another type. Version 8.1 of xsimd wants the batch named, later ones its element.
template <class To, class From>
WIDE_INLINE inline Batch<To> same_bits(Batch<From> from) {
    if constexpr (requires {
                      { xsimd::bitwise_cast<To>(from) } -> std::same_as<Batch<To>>;
                  })
        return xsimd::bitwise_cast<To>(from);
    else return xsimd::bitwise_cast<Batch<To>>(from);
}

/// 2^n for the integers n that times_power_of_two takes.
template <class T>
WIDE_INLINE inline Batch<T> power_of_two(Batch<T> n) {
    using Bits = std::conditional_t<sizeof(T) == sizeof(float), std::uint32_t, std::uint64_t>;
    constexpr int mantissa = sizeof(T) == sizeof(float) ? 23 : 52;
    return same_bits<T>(same_bits<Bits>(n + Batch<T>(exponent_field<T>)) << mantissa);
}

/// x y + z and z - x y, rounded once. Version 8.1 of xsimd knows no such instruction of AVX-512: it would multiply, then
/// add, and only g++ makes one of the two again.
template <class T>
WIDE_INLINE inline Batch<T> multiply_add(Batch<T> x, Batch<T> y, Batch<T> z) {
#ifdef __AVX512F__
    if constexpr (sizeof(Batch<T>) == 64 && std::is_same_v<T, float>)
        return Batch<T>(_mm512_fmadd_ps(x, y, z));
    else if constexpr (sizeof(Batch<T>) == 64)
        return Batch<T>(_mm512_fmadd_pd(x, y, z));
    else
#endif
        return xsimd::fma(x, y, z);
}
template <class T>
WIDE_INLINE inline Batch<T> negated_multiply_add(Batch<T> x, Batch<T> y, Batch<T> z) {
#ifdef __AVX512F__
    if constexpr (sizeof(Batch<T>) == 64 && std::is_same_v<T, float>)
        return Batch<T>(_mm512_fnmadd_ps(x, y, z));
    else if constexpr (sizeof(Batch<T>) == 64)
        return Batch<T>(_mm512_fnmadd_pd(x, y, z));
    else
#endif
        return xsimd::fnma(x, y, z);
}

template <class T, int count>
struct Block {
    using value_type = T;
    using Register = Batch<T>;
    static constexpr auto indices = std::make_integer_sequence<int, count>{};

    struct Mask {
        typename Register::batch_bool_type v[count];
    };

    Register v[count];

    // Copied vector by vector: as plain memory, g++ 12 would move them through the stack in halves.
    Block() = default;
    WIDE_INLINE Block(const Block& other) : Block([&](int i) WIDE_INLINE { return other.v[i]; }) {}
    WIDE_INLINE Block& operator=(const Block& other) {
        each([&, this](int i) WIDE_INLINE { v[i] = other.v[i]; });
        return *this;
    }
    WIDE_INLINE explicit Block(T number) : Block([=](int) WIDE_INLINE { return Register(number); }) {}

    /// From a function of the vector's number.
    template <class F>
    requires requires(F f) { f(0).store_aligned(static_cast<T*>(nullptr)); }
    WIDE_INLINE explicit Block(F f) : Block(f, indices) {}

    WIDE_INLINE static Block load(const T* aligned) {
        return Block([=](int i) WIDE_INLINE { return Register::load_aligned(aligned + i * lanes<T>); });
    }
    WIDE_INLINE void store(T* aligned) const {
        each([=, this](int i) WIDE_INLINE { v[i].store_aligned(aligned + i * lanes<T>); });
    }
    /// `width` vectors to one row, the next to the next; no alignment asked.
    template <int width>
    WIDE_INLINE void store_rows(T* row, std::size_t stride) const {
        each([=, this](int i) WIDE_INLINE {
            v[i].store_unaligned(row + static_cast<std::size_t>(i / width) * stride + i % width * lanes<T>);
        });
    }

    WIDE_INLINE friend Block operator+(Block a, Block b) {
        return Block([&](int i) WIDE_INLINE { return a.v[i] + b.v[i]; });
    }
    WIDE_INLINE friend Block operator-(Block a, Block b) {
        return Block([&](int i) WIDE_INLINE { return a.v[i] - b.v[i]; });
    }
    WIDE_INLINE friend Block operator*(Block a, Block b) {
        return Block([&](int i) WIDE_INLINE { return a.v[i] * b.v[i]; });
    }
    WIDE_INLINE friend Block operator/(Block a, Block b) {
        return Block([&](int i) WIDE_INLINE { return a.v[i] / b.v[i]; });
    }
    WIDE_INLINE friend Mask operator<(Block a, Block b) {
        return mask([&](int i) WIDE_INLINE { return a.v[i] < b.v[i]; }, indices);
    }
    WIDE_INLINE friend Block fma(Block a, Block b, Block c) {
        return Block([&](int i) WIDE_INLINE { return multiply_add<T>(a.v[i], b.v[i], c.v[i]); });
    }
    WIDE_INLINE friend Block fnma(Block a, Block b, Block c) {
        return Block([&](int i) WIDE_INLINE { return negated_multiply_add<T>(a.v[i], b.v[i], c.v[i]); });
    }
    WIDE_INLINE friend Block sqrt(Block a) {
        return Block([&](int i) WIDE_INLINE { return xsimd::sqrt(a.v[i]); });
    }
    /// a / b to a relative error of 2^-22 in float, where a division takes as long as ten multiplications: the
    /// machine's estimate of 1 / b, and one step of Newton's iteration on the quotient.
    WIDE_INLINE friend Block quotient_estimate(Block a, Block b) {
        if constexpr (sizeof(T) == sizeof(float)) {
            const Block inverse([&](int i) WIDE_INLINE { return xsimd::reciprocal(b.v[i]); });
            const Block first = a * inverse;
            return fma(fnma(b, first, a), inverse, first);
        } else {
            return a / b;
        }
    }
    WIDE_INLINE friend Block abs(Block a) {
        return Block([&](int i) WIDE_INLINE { return xsimd::abs(a.v[i]); });
    }
    WIDE_INLINE friend Block select(Mask condition, Block yes, Block no) {
        return Block([&](int i) WIDE_INLINE { return xsimd::select(condition.v[i], yes.v[i], no.v[i]); });
    }
    WIDE_INLINE friend Block min(Block a, Block b) {
        return Block([&](int i) WIDE_INLINE {
            return second_for_nan ? xsimd::min(a.v[i], b.v[i]) : xsimd::min(b.v[i], a.v[i]);
        });
    }
    WIDE_INLINE friend Block max(Block a, Block b) {
        return Block([&](int i) WIDE_INLINE {
            return second_for_nan ? xsimd::max(a.v[i], b.v[i]) : xsimd::max(b.v[i], a.v[i]);
        });
    }
    WIDE_INLINE friend Block nearest(Block a) {
        return Block([&](int i) WIDE_INLINE { return xsimd::nearbyint(a.v[i]); });
    }
    WIDE_INLINE friend Block times_power_of_two(Block a, Block n) {
        return Block([&](int i) WIDE_INLINE { return a.v[i] * power_of_two(n.v[i]); });
    }
    WIDE_INLINE friend bool any(Mask condition) {
        bool found = false;
        for (int i = 0; i < count; ++i) found = found || xsimd::any(condition.v[i]);
        return found;
    }

private:
    /// Whether xsimd's min and max give the second of their arguments where one is no number, as x86 does; from
    /// version 14 on, they give the first.
    static constexpr bool second_for_nan = XSIMD_VERSION_MAJOR < 14;

    template <class F, int... i>
    WIDE_INLINE Block(F& f, std::integer_sequence<int, i...>) : v{f(i)...} {}

    template <class F, int... i>
    WIDE_INLINE static Mask mask(F f, std::integer_sequence<int, i...>) {
        return {{f(i)...}};
    }

    template <class F>
    WIDE_INLINE static void each(F f) {
        [&]<int... i>(std::integer_sequence<int, i...>) WIDE_INLINE { (f(i), ...); }
        (indices);
    }
};

/// The same two numbers, known from here on. clang 19 orders the sums of an unrolled loop by the operand that they share:
/// all of one column first, with the factors of all rows kept, and not enough registers to keep them in.
template <class T>
WIDE_INLINE inline void settle([[maybe_unused]] Batch<T>& one, [[maybe_unused]] Batch<T>& other) {
#if defined(__clang__) && defined(__x86_64__)
    asm volatile("" : "+v"(one.data), "+v"(other.data));
#endif
}

/// One line of an outer product: vector i of the result is factor[i / width] * columns[i % width] + sum[i].
template <class T, int width, int count>
WIDE_INLINE inline Block<T, count> outer_fma(const T* factor, const Block<T, width>& columns,
                                             const Block<T, count>& sum) {
    return Block<T, count>(
        [&](int i) WIDE_INLINE { return multiply_add<T>(Batch<T>(factor[i / width]), columns.v[i % width], sum.v[i]); });
}

}  // namespace wide

#undef WIDE_INLINE
