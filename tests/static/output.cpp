// The type of what an architecture returns.
#include <type_traits>

#include <wide/dsl.hpp>

using namespace wide;

static_assert(std::is_same_v<output_of<Dense<10>, Vector<784>>, Vector<10>>);
static_assert(std::is_same_v<output_of<Dense<10>, Vector<>>, Vector<10>>);
static_assert(std::is_same_v<output_of<Serial<Dense<5>, Relu>, Vector<784>>, Vector<5>>);
static_assert(std::is_same_v<output_of<Serial<>, Vector<784>>, Vector<784>>);
static_assert(std::is_same_v<output_of<Identity, Vector<>>, Vector<>>);
static_assert(std::is_same_v<output_of<Identity, Volume<4, 5, 6, 7>>, Volume<4, 5, 6, 7>>);
static_assert(std::is_same_v<output_of<Dropout<.5>, Signal<9, 2>>, Signal<9, 2>>);
