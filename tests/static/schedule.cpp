// How a recursion is run.
#include <wide/dsl.hpp>

using namespace wide;

struct Net : Serial<Dense<512, He>, Relu, Dense<512, He>, Relu, Dense<1>> {};
constexpr Schedule shallow = schedule_of<Net, Vector<784>>;
static_assert(shallow.steps == 5 && shallow.code_steps == 5 && shallow.segments == 1 && shallow.loops == 0);
static_assert(shallow.slots == 1 && shallow.full_range_duals == 1 && shallow.half_range_duals == 1);

template <std::size_t depth>
struct Deep : Serial<Repeat<depth, Dense<8>, Relu>, Dense<1>> {};
constexpr Schedule deep = schedule_of<Deep<50>, Vector<3>>;
static_assert(deep.steps == 101 && deep.loops == 1 && deep.code_steps <= 13);
static_assert(deep.full_range_duals == 1 && deep.half_range_duals == 49);
static_assert(deep.duals_in_range[0] == 1 && deep.duals_in_range[1] == 1 && deep.duals_in_range[4] > 40);
static_assert(schedule_of<Deep<100>, Vector<3>>.code_steps == deep.code_steps);

struct Odd : Serial<Repeat<4, Dense<8>, Erf>, Dense<1>> {};
static_assert(schedule_of<Odd, Vector<3>>.full_range_duals == 4 && schedule_of<Odd, Vector<3>>.half_range_duals == 0);

struct Branched : Serial<Dense<8>, Residual<Relu, Dense<8>>, Dense<1>> {};
static_assert(schedule_of<Branched, Vector<3>>.slots == 2);

// A flat Serial without a name for its repetition is looped over all the same.
struct Flat : Serial<Dense<8>, Relu, Dense<8>, Relu, Dense<8>, Relu, Dense<8>, Relu, Dense<8>, Relu, Dense<8>, Relu,
                     Dense<8>, Relu, Dense<8>, Relu, Dense<1>> {};
static_assert(schedule_of<Flat, Vector<3>>.loops == 1 && schedule_of<Flat, Vector<3>>.steps == 17);
static_assert(schedule_of<Serial<>, Vector<3>>.steps == 0 && schedule_of<Serial<>, Vector<3>>.segments == 0);
