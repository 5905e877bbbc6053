// What the compiler evaluates and what runs agree, in one translation unit: g++ 12 lets the one disturb how the other's
// arrays begin.
#include <wide/kernel/gram.hpp>
#include <wide/kernel_at.hpp>

#include "../catch.hpp"

using namespace wide;

namespace {

/// Steps that note nothing, between nonlinearities that do.
struct Net : Serial<Dense<8, He>, LayerNorm, Relu, Dense<8, He>, LayerNorm, Relu, Dense<1>> {};

constexpr KernelValue by_the_compiler = kernel_at<Net>({.xx = 1.0, .xz = 0.9, .zz = 2.25});

}  // namespace

TEST_CASE("a kernel that was evaluated by the compiler runs as well") {
    const double samples[] = {1.4142135623730951, 0, 1.2727922061357855, 1.697056274847714};  // of these moments
    const auto found = gram<Net>(rows<Vector<2>>(samples, 2));
    CHECK_THAT(found.ntk(0, 1), Catch::Matchers::WithinRel(by_the_compiler.ntk, 1e-12));
    CHECK_THAT(found.nngp(0, 1), Catch::Matchers::WithinRel(by_the_compiler.nngp, 1e-12));
}
