// A vector has no positions: a Flatten of it changes not a single bit.
#include <wide/kernel/gram.hpp>
#include <wide/kernel/scale_gradient.hpp>
#include <wide/kernel_at.hpp>

#include <cstddef>
#include <cstring>
#include <vector>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "nets.hpp"

using namespace wide;

namespace {

template <class T>
bool same_bits(const Matrix<T>& a, const Matrix<T>& b) {
    return a.rows() == b.rows() && a.cols() == b.cols() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// A ReLU's range is known behind a Flatten, too; a small correlation stays apart.
struct Plain : Serial<Dense<8, He>, Relu, Dense<8, He>, Relu, Dense<8, He>, Monomial<3>, Dense<1>> {};
struct Flattened : Serial<Flatten, Dense<8, He>, Relu, Flatten, Dense<8, He>, Flatten, Relu, Dense<8, He>, Flatten,
                          Monomial<3>, Flatten, Dense<1>, Flatten> {};

template <class Net, class FlatNet, class T>
void flatten_changes_nothing() {
    using In = Vector<17>;
    const auto data = random_rows<T>(70, 17, 1), other = random_rows<T>(40, 17, 2);
    const auto x = rows<In>(data), z = rows<In>(other);
    for (const schedule chosen : {schedule::direct, schedule::cheapest}) {
        const options how{.schedule = chosen};
        const auto expected = gram<Net>(x, how), found = gram<FlatNet>(x, how);
        CHECK(same_bits(found.nngp, expected.nngp));
        CHECK(same_bits(found.ntk, expected.ntk));
        CHECK(same_bits(ntk<FlatNet>(z, x, how), ntk<Net>(z, x, how)));
        CHECK(same_bits(nngp<FlatNet>(z, x, how), nngp<Net>(z, x, how)));
    }
    const auto expected = diagonal<Net>(x), found = diagonal<FlatNet>(x);
    CHECK(found.nngp == expected.nngp);
    CHECK(found.ntk == expected.ntk);
}

}  // namespace

TEMPLATE_TEST_CASE("a Flatten of vectors changes no bit of a kernel", "", float, double) {
    flatten_changes_nothing<Biased, Serial<Flatten, Biased>, TestType>();
    flatten_changes_nothing<Branching, Serial<Flatten, Branching>, TestType>();
    flatten_changes_nothing<Normal, Serial<Flatten, Normal>, TestType>();
    flatten_changes_nothing<Looped, Serial<Flatten, Looped>, TestType>();
    flatten_changes_nothing<Plain, Flattened, TestType>();
}

TEST_CASE("a Flatten of vectors changes no bit of a kernel's derivatives") {
    const auto data = random_rows<double>(20, 5, 1);
    const auto x = rows<Vector<5>>(data);
    const auto expected = scale_gradient<Biased>(x), found = scale_gradient<Serial<Flatten, Biased>>(x);
    for (std::size_t word = 0; word < expected.weight.size(); ++word) {
        CHECK(same_bits(found.weight[word].ntk, expected.weight[word].ntk));
        CHECK(same_bits(found.bias[word].nngp, expected.bias[word].nngp));
    }
}

// Known to the compiler: what is known of correlations, and the kernels.
static_assert(draft<Flattened>.step[6].op == Op::nonlinearity && draft<Flattened>.step[6].nonnegative());
static_assert(cost_of<Flattened, Vector<17>>.flops == cost_of<Plain, Vector<17>>.flops);
static_assert(kernel_at<Flattened>({.xx = 1.0, .xz = 0.9, .zz = 2.25}).ntk ==
              kernel_at<Plain>({.xx = 1.0, .xz = 0.9, .zz = 2.25}).ntk);
// Of an image it is a mean over positions, of which no more than the sign is known.
using Positions = Serial<Conv<8, Filter<3, 3>>, Relu, Conv<8, Filter<1, 1>>, Flatten, Dense<8>, Relu>;
static_assert(draft<Positions>.step[5].op == Op::nonlinearity && draft<Positions>.step[5].lowest() == 0);
