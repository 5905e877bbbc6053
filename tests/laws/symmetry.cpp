#include <wide/kernel/gram.hpp>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "nets.hpp"
#include "symmetric.hpp"

using namespace wide;

namespace {

template <class Net, class T>
void check_symmetry() {
    const auto data = random_rows<T>(131, 9, 1);
    const auto x = rows<Vector<9>>(data);
    const auto own = gram<Net>(x), cross = gram<Net>(x, x);
    const auto D = diagonal<Net>(x);
    check_symmetric(own, cross, D);
    const auto K = nngp<Net>(x), Theta = ntk<Net>(x);
    for (std::size_t k = 0; k < K.size(); ++k)
        if (K.data()[k] != own.nngp.data()[k] || Theta.data()[k] != own.ntk.data()[k]) FAIL("entry " << k);
}

}  // namespace

TEMPLATE_TEST_CASE("a Gram is bit-symmetric, its diagonal is diagonal's, one kernel alone is the same", "", float,
                   double) {
    check_symmetry<Shallow, TestType>();
    check_symmetry<Biased, TestType>();
    check_symmetry<Branching, TestType>();
    check_symmetry<Normal, TestType>();
    check_symmetry<Looped, TestType>();
}
