// You learn: in high dimension an infinitely wide network can be no more than a linear model, and which one it is can
// be read off its type.
//
// Let samples x = Sigma^{1/2} (independent numbers) have p dimensions, tau = tr Sigma / p, and let n and p grow
// together. A kernel K(x, z) = g(|x|^2/p, <x,z>/p, |z|^2/p) then looks at correlations near zero alone, where it is a
// straight line, and at its diagonal (El Karoui 2010; Sahraee-Ardakan et al. 2022, arXiv:2201.08082):
//
//     K(X, X) ~ c0 I + c1 1 1^T + c2 X X^T / p        c0 = g(tau, tau, tau) - g(tau, 0, tau) - tau g'(tau, 0, tau)
//     K(z, X) ~        c1 1^T + c2 z X^T / p          c1 = g(tau, 0, tau) + g''(tau, 0, tau) tr Sigma^2 / (2 p^2)
//                                                     c2 = g'(tau, 0, tau)
//
//     struct Student : Serial<Dense<1, He>, Relu, Dense<1>> {};               // c0, c1, c2: from kernel_at<Student>
//     struct Linear : Serial<Dense<1, Weight<constant_sqrt(c2)>, Bias<constant_sqrt(c1)>>> {};
//     auto network = regress(ntk<Student>(x), y, absolute_ridge{lambda});
//     auto linear  = regress(ntk<Linear>(x), y, absolute_ridge{lambda + c0});
//     network.predict(ntk<Student>(z, x)), linear.predict(ntk<Linear>(z, x))  // are the same
//
// So the network learns what a linear model with bias learns that is held back by a ridge c0, however small its own
// ridge is, all along its training. That model is a network, too: one layer, whose deviations the compiler computes
// below from the deep one.
//
// The pages of this chapter: linear_equivalence/constants.hpp (the compiler), samples.hpp (what is learnt),
// students.hpp (E1 and E2: networks), processes.hpp (E3 and E4: whether it is the best that can be learnt).
#include <cstddef>
#include <utility>

#include "linear_equivalence/constants.hpp"
#include "linear_equivalence/processes.hpp"
#include "linear_equivalence/students.hpp"
#include "study.hpp"

using namespace wide::examples;

int main(int argc, char** argv) {
    const Title title{"linear_equivalence", "In high dimension wide networks learn linear models",
                      "Sahraee-Ardakan et al. 2022"};
    return run_study(title, argc, argv, [](Study& study) {
        constants(study);
        kernel_against_linear(study, std::index_sequence<100, 200, 400, 800>{});
        if (study.run() == Study::Run::quick) {
            sample_sweep<200, 4000>(study, {40, 100, 200, 400}, 1, 150);
            training_curves<200>(study, 600, std::index_sequence<1000, 4000>{});
        } else if (study.run() == Study::Run::usual) {
            sample_sweep<200, 4000>(study, {40, 53, 67, 80, 107, 133, 160, 200, 267, 400, 533, 667}, 2, 300);
            training_curves<200>(study, 600, std::index_sequence<1000, 4000, 16000>{});
        } else {
            sample_sweep<1500, 20000>(
                study, {300, 400, 500, 600, 800, 1000, 1200, 1500, 2000, 3000, 4000, 5000, 7500, 10000, 12500, 15000},
                3, 150);
            training_curves<1000>(study, 3000, std::index_sequence<10000>{});
        }
        bayes_optimality(study);
        failure_case(study);
        study.difference(
            "networks are trained without their ridge of {:g}, which against p c0 changes nothing that is shown; "
            "their limits have it",
            ridge_of_network);
    });
}
