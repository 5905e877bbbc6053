// Where windows look: how many outputs an axis has, and where the first window begins.
#include <wide/dsl.hpp>

using namespace wide;

constexpr Taps taps(std::size_t size, std::size_t stride, Padding padding) {
    Taps along;
    along.axes = 1;
    along.size[0] = size;
    along.stride[0] = stride;
    along.padding = padding;
    return along;
}
constexpr std::size_t outputs(std::size_t n, std::size_t size, std::size_t stride, Padding padding) {
    return outputs_along(taps(size, stride, padding), 0, n);
}
constexpr std::size_t before(std::size_t n, std::size_t size, std::size_t stride, Padding padding) {
    return first_tap_along(taps(size, stride, padding), 0, n);
}
constexpr Padding valid = Padding::valid, same = Padding::same, circular = Padding::circular;

static_assert(Taps{}.axes == 0 && Taps{}.count() == 1 && Taps{}.padding == valid);
static_assert(taps(5, 2, same).count() == 5);

// Windows inside of the input.
static_assert(outputs(5, 3, 1, valid) == 3 && outputs(5, 5, 1, valid) == 1 && outputs(5, 1, 1, valid) == 5);
static_assert(outputs(5, 3, 2, valid) == 2 && outputs(6, 3, 2, valid) == 2 && outputs(7, 3, 2, valid) == 3);
static_assert(outputs(6, 2, 3, valid) == 2 && outputs(5, 2, 5, valid) == 1 && outputs(6, 1, 5, valid) == 2);
static_assert(outputs(5, 6, 1, valid) == 0 && outputs(5, 6, 2, valid) == 0);
static_assert(before(5, 3, 1, valid) == 0 && before(7, 3, 2, valid) == 0);

// As many outputs as the stride allows; an odd number of zeros has the larger half at the end.
static_assert(outputs(5, 3, 1, same) == 5 && outputs(5, 9, 1, same) == 5 && outputs(1, 3, 1, same) == 1);
static_assert(outputs(5, 3, 2, same) == 3 && outputs(6, 3, 2, same) == 3 && outputs(7, 3, 3, same) == 3);
static_assert(outputs(2, 3, 5, same) == 1);
static_assert(before(5, 3, 1, same) == 1 && before(5, 5, 1, same) == 2 && before(5, 1, 1, same) == 0);
static_assert(before(5, 2, 1, same) == 0 && before(5, 4, 1, same) == 1);
static_assert(before(5, 3, 2, same) == 1 && before(6, 3, 2, same) == 0 && before(6, 4, 2, same) == 1);
static_assert(before(1, 3, 1, same) == 1 && before(2, 9, 1, same) == 4);
// A stride larger than the window leaves positions out, and nothing is padded.
static_assert(before(5, 1, 2, same) == 0 && before(7, 2, 3, same) == 0 && before(6, 1, 3, same) == 0);

// On a torus the same.
static_assert(outputs(5, 3, 2, circular) == 3 && outputs(2, 5, 1, circular) == 2);
static_assert(before(5, 3, 2, circular) == 1 && before(2, 5, 1, circular) == 2 && before(6, 3, 2, circular) == 0);

// Every axis has its own.
constexpr Taps three{.axes = 3, .size = {3, 2, 1}, .stride = {1, 2, 3}, .padding = valid};
static_assert(three.count() == 6);
static_assert(shape_through(three, Volume<4, 5, 6, 7>::shape) == Volume<2, 2, 2, 7>::shape);
constexpr Taps two{.axes = 2, .size = {3, 5, 1}, .stride = {2, 3, 1}, .padding = same};
static_assert(shape_through(two, Image<7, 5, 3>::shape) == Image<4, 2, 3>::shape);
static_assert(shape_through(Taps{}, Image<7, 5, 3>::shape) == Image<7, 5, 3>::shape);
static_assert(Taps{} == Taps{} && !(two == three) && !(taps(3, 1, same) == taps(3, 1, valid)));
