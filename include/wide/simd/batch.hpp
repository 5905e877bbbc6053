#pragma once
// One SIMD vector of this build's instruction set. The only header that includes xsimd, in any version from 8.1 on.
#include <string>
#include <type_traits>

// g++ 12's own <immintrin.h> says `__m512d __Y = __Y;`, and warns of it wherever AVX-512 code is inlined (GCC bug
// 105593): a warning that belongs to that header, so it is silenced there and nowhere else.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <xsimd/xsimd.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

namespace wide {

template <class T>
using Batch = xsimd::batch<T>;

/// Elements in one vector.
template <class T>
inline constexpr int lanes = static_cast<int>(Batch<T>::size);

/// What the register file allows. AVX-512 has 32 vector registers, the others here 16.
inline constexpr int vector_registers = std::is_base_of_v<xsimd::avx512f, xsimd::default_arch> ? 32 : 16;

/// The sum of a vector's elements. Version 8.1 of xsimd has another name for it than later ones.
template <class T>
T sum_of_lanes(const Batch<T>& v) {
    if constexpr (requires { reduce_add(v); }) return reduce_add(v);
    else return hadd(v);
}

/// The instruction set's name, for tables: "avx512bw", "fma3+avx2", "sse2", ...
inline std::string instruction_set() { return xsimd::default_arch::name(); }

}  // namespace wide
