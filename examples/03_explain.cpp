// You learn: to see what the compiler made of an architecture, and what it says about one that makes no sense.
#include <cstdio>
#include <string>

#include <wide/kernel/explain.hpp>
using namespace wide;

struct Small : Serial<Dense<512, He>, Relu, Dense<10>> {};
struct Deep : Serial<Dense<512, He>, Repeat<4, Residual<Relu, Dense<512, Bias<0.1>>>>, Relu, Dense<10>> {};

// explain<Small, Image<28, 28, 1>>() does not compile, and the error holds a sentence, why, where and what:
//
//     static assertion failed due to requirement 'rejected<layer_expects_a_vector, at_layer<0, Dense<512, He>>,
//     received<Image<28, 28, 1>>>::value': the sentence names the reason, the layer and the shape it received
static_assert(!accepts<Small, Image<28, 28, 1>>);

int main() {
    const std::string small = explain<Small, Vector<784>>(), deep = explain<Deep, Vector<>>();
    std::printf("Small\n%s\nDeep\n%s", small.c_str(), deep.c_str());
    // Four equal blocks stand in the code once, as a loop.
    return small.find("0 loops") != std::string::npos && deep.find("1 loop") != std::string::npos ? 0 : 1;
}
