// (K + ridge I)^-1 y. Every repetition has a K of its own, which is used up; the copy is not timed.
#include <wide/infer/refined.hpp>
#include <wide/infer/regress.hpp>

#include "case.hpp"

using namespace wide;

int main(int argc, char** argv) {
    return peers::in_both_precisions(argc, argv, []<class T>(peers::Case<T>& given) {
        const Matrix<T> K = given.array("k"), y = given.array("y");
        const absolute_ridge rule{given.template parameter<double>("ridge")};
        const auto weights = [&](const auto& fit) { given.answer("weights", fit.weights()); };
        if (given.template parameter<std::string>("setting") == "refined") {
            if constexpr (std::same_as<T, double>) given.time([&] { return regress(K, y, rule, refined{}); }, weights);
            else throw error{"only a solve in double is refined"};
        } else {
            given.time([&] { return K.copy(); }, [&](Matrix<T>& used) { return regress(std::move(used), y, rule); }, weights);
        }
    });
}
