#include <wide/kernel/gram.hpp>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "nets.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;

namespace {

template <class Net, class T>
void check_symmetry() {
    const auto data = random_rows<T>(131, 9, 1);
    const auto x = rows<Vector<9>>(data);
    const auto own = gram<Net>(x), cross = gram<Net>(x, x);
    const auto D = diagonal<Net>(x);
    const double rounding = sizeof(T) == sizeof(float) ? 4e-6 : 1e-13;
    for (std::size_t i = 0; i < x.count; ++i) {
        CHECK(own.nngp(i, i) == D.nngp[i]);
        CHECK(own.ntk(i, i) == D.ntk[i]);
        for (std::size_t j = 0; j < i; ++j) {
            if (own.nngp(i, j) != own.nngp(j, i) || own.ntk(i, j) != own.ntk(j, i)) FAIL(i << ", " << j);
            const double nngp = std::sqrt(static_cast<double>(D.nngp[i]) * static_cast<double>(D.nngp[j]));
            const double ntk = std::sqrt(static_cast<double>(D.ntk[i]) * static_cast<double>(D.ntk[j]));
            CHECK_THAT(static_cast<double>(cross.nngp(i, j) - own.nngp(i, j)), WithinAbs(0, rounding * nngp));
            CHECK_THAT(static_cast<double>(cross.ntk(i, j) - own.ntk(i, j)), WithinAbs(0, rounding * ntk));
            CHECK_THAT(static_cast<double>(cross.ntk(j, i) - own.ntk(i, j)), WithinAbs(0, rounding * ntk));
        }
    }
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
