// You learn: to ask an architecture before anything runs. Whoever breaks one of these promises is told by the
// compiler.
#include <concepts>
#include <cstdio>

#include <wide/kernel_at.hpp>
using namespace wide;

struct Net : Serial<Dense<512, He>, Relu, Dense<512, He>, Relu, Dense<1>> {};
using In = Vector<784>;

// Which inputs fit, what comes out, and how many numbers a finite Net would have to learn.
static_assert(accepts<Net, In>);
static_assert(!accepts<Net, Image<28, 28, 1>>, "a Dense reads a Vector");
static_assert(!accepts<Serial<Relu, Dense<1>>, In>, "a Relu wants Gaussian inputs: a Dense goes before it");
static_assert(std::same_as<output_of<Net, In>, Vector<1>>);
static_assert(parameters_of<Net, In> == 784 * 512 + 512 * 512 + 512);
static_assert(cost_of<Net, In>.duals == 2);

// The kernel itself, at dot(x,x)/d = 1, dot(x,z)/d = 0.9, dot(z,z)/d = 2.25. The compiler computes it and compares it
// with a published number.
constexpr KernelValue golden = kernel_at<Net>(Moments{.xx = 1.0, .xz = 0.9, .zz = 2.25});
static_assert(near(golden.ntk, 2.31662445101582, 1e-13));

// A function for those architectures only that turn this input into one number; others do not see it.
template <class Architecture, class Input>
requires accepts<Architecture, Input> && std::same_as<output_of<Architecture, Input>, Vector<1>>
constexpr double scalar_ntk(const Moments& moments) { return kernel_at<Architecture, Input>(moments).ntk; }

template <class Architecture>
concept Scalar784 = requires(Moments moments) {
    scalar_ntk<Architecture, In>(moments);
};
static_assert(Scalar784<Net> && !Scalar784<Serial<Dense<10>>>);

int main() {
    const double now = scalar_ntk<Net, In>({1.0, 0.9, 2.25});
    std::printf("NTK at compile time %.15g, at run time %.15g\n", golden.ntk, now);
    return near(now, golden.ntk, 1e-13) ? 0 : 1;
}
