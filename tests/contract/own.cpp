// Nonlinearities that the library does not know, written as a user would: the example of
// dsl/grammar/nonlinearity.hpp, and the same with a lie in it. Each lie has to be found.
#include "check.hpp"

enum class Lie { none, dual, slope, bound, order, itself };

template <Lie lie>
struct SquareWith {
    static constexpr int hoisted = 1;
    static constexpr double flops = 6;
    template <class L>
    static constexpr L value(L x) {
        return x * x;
    }
    template <class L>
    static constexpr L slope(L x) {
        return lie == Lie::slope ? x : x + x;
    }
    static constexpr double lowest_correlation(double) { return lie == Lie::bound ? 0.4 : 0; }
    template <class L>
    static constexpr L variance(L q, L* numbers) {
        numbers[0] = q;
        return L(3) * q * q;
    }
    template <double lowest, class L, class Left, class Right>
    static constexpr wide::Dual<L> dual(L t, Left left, Right right) {
        using T = typename L::value_type;
        const L w = abs(t), rho = select(t < L(0), w - L(1), L(1) - w);
        L deficit = w * (L(2) - w) * L(T(2.0 / 3));
        if (lie == Lie::dual) deficit = deficit * L(T(1 - 1e-9));
        if (lie == Lie::itself) deficit = deficit + L(T(1e-12));
        if (lie == Lie::order) deficit = select(left[0] < right[0], deficit, deficit * L(T(1 - 1e-12)));
        return {deficit, rho * L(T(4.0 / 3))};
    }
};

using Square = SquareWith<Lie::none>;
KEEPS_CONTRACT(Square)

TEST_CASE("the contract finds what a word gets wrong") {
    const auto broken = [](const wide::Report& report) {
        std::string names;
        for (const wide::Promise& promise : report.promises)
            if (!promise.kept()) names += promise.name + ".";
        return names;
    };
    CHECK(broken(wide::contract<SquareWith<Lie::dual>>()) == "dual.");
    CHECK(broken(wide::contract<SquareWith<Lie::slope>>()) == "slope.dual's slope.ends.");
    CHECK(broken(wide::contract<SquareWith<Lie::bound>>()) == "lowest correlation.");
    CHECK(broken(wide::contract<SquareWith<Lie::order>>()) == "symmetry.positive Gram.");
    CHECK(broken(wide::contract<SquareWith<Lie::itself>>()) == "itself.");
}
