#pragma once
// Real numbers in the language may be written as they come: Weight<1.5>, Weight<2>, ABRelu<-1, 1>.
#include <concepts>

namespace wide {

template <class T>
concept Number = std::integral<T> || std::floating_point<T>;

}  // namespace wide
