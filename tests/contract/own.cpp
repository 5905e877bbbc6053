// A nonlinearity that the library does not know, written as a user would: the example of
// dsl/grammar/nonlinearity.hpp.
#include "nonlinearity.hpp"

struct Square {
    static constexpr int hoisted = 0;
    static constexpr double flops = 6;
    template <class L>
    static constexpr L value(L x) {
        return x * x;
    }
    template <class L>
    static constexpr L slope(L x) {
        return x + x;
    }
    static constexpr double lowest_correlation(double) { return 0; }
    template <class L>
    static constexpr L variance(L q, L*) {
        return L(3) * q * q;
    }
    template <bool nonnegative, class L, class Left, class Right>
    static constexpr wide::Dual<L> dual(L t, Left, Right) {
        using T = typename L::value_type;
        const L w = abs(t), rho = select(t < L(0), w - L(1), L(1) - w);
        return {w * (L(2) - w) * L(T(2.0 / 3)), rho * L(T(4.0 / 3))};
    }
};

TEST_CASE("a user's own nonlinearity keeps the contract") { check_nonlinearity<Square>(); }
