#pragma once
// The i-th of a list of types, by overload resolution on indexed bases instead of recursion: the way back from an
// index among plain values to a type.
//
//     using Second = nth<1, char, int, long>::type;      // int
#include <utility>

namespace wide {

template <int i, class T>
struct Indexed {
    using type = T;
};
template <class Sequence, class... Ts>
struct IndexedList;
template <int... i, class... Ts>
struct IndexedList<std::integer_sequence<int, i...>, Ts...> : Indexed<i, Ts>... {};
template <int i, class T>
Indexed<i, T> at_index(const Indexed<i, T>&);

template <int i, class... Ts>
struct nth {
    using list = IndexedList<std::make_integer_sequence<int, sizeof...(Ts)>, Ts...>;
    using type = typename decltype(wide::at_index<i>(list{}))::type;
};

}  // namespace wide
