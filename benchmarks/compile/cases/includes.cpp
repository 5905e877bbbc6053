// The language's headers and nothing asked: what `questions` and `deep` stand on.
#include <type_traits>

#include <wide/dsl.hpp>
