// What an architecture may be fed with, and the way back from a shape to its input type.
#include <type_traits>

#include <wide/dsl/grammar/input.hpp>
#include <wide/dsl/words/inputs.hpp>

using namespace wide;

static_assert(Input<Vector<784>> && Input<Vector<>> && Input<Signal<100, 4>> && Input<Image<32, 32, 3>> &&
              Input<Volume<8, 8, 8, 1>>);
struct Stranger {};
static_assert(!Input<int> && !Input<Stranger>);

static_assert(Vector<784>::shape == Shape{0, {1, 1, 1}, 784});
static_assert(Vector<>::shape.channels == dynamic);
static_assert(Signal<100, 4>::shape == Shape{1, {100, 1, 1}, 4});
static_assert(Image<30, 20, 3>::shape == Shape{2, {30, 20, 1}, 3});
static_assert(Volume<4, 5, 6, 7>::shape == Shape{3, {4, 5, 6}, 7});
static_assert(!(Image<30, 20, 3>::shape == Image<20, 30, 3>::shape));

template <class In>
constexpr bool there_and_back() {
    constexpr Shape s = In::shape;
    return std::is_same_v<typename input_with<s.axes, s.extents[0], s.extents[1], s.extents[2], s.channels>::type,
                          In>;
}
static_assert(there_and_back<Vector<784>>() && there_and_back<Vector<>>() && there_and_back<Signal<100, 4>>() &&
              there_and_back<Image<30, 20, 3>>() && there_and_back<Volume<4, 5, 6, 7>>());
