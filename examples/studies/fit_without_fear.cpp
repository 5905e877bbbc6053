// You learn: four things that make it safe to fit training data exactly.
//
// Interpolation. A kernel machine that fits noisy labels exactly stays close to the Bayes error, though its norm
// grows (Belkin, Ma, Mandal 2018). It is one solve without a ridge:
//
//     auto fit = regress(radial_matrix(x, x, laplace{5}), y);      // or ntk<Net>(x)
//     auto f   = fit.predict(radial_matrix(z, x, laplace{5}));
//
// EigenPro. Descent over a kernel is slow because its eigenvalues fall fast: plain steps are as short as the largest
// allows. Shorten the gradient along the first q eigenvectors, and steps may be as long as eigenvalue q + 1 allows
// (Ma, Belkin 2019):
//
//     auto fit = regress(radial_kernel(x, gaussian{5}), y, eigenpro{.epochs = 5, .batch = 256});
//
// Linearity. A wide network is linear in its parameters within the ball that training stays in: its Hessian is
// 1 / sqrt(width) of its gradient, for f = v relu(U x / sqrt(d)) / sqrt(m) exactly |H| = |x| / sqrt(m d). Not so with
// a nonlinear output or a bottleneck (Liu, Zhu, Belkin 2020):
//
//     auto run   = train<Net>(theta, x, y, training{.epochs = 100, .rate = 0.1 * max_learning_rate(K)});
//     auto norm  = hessian_norm<Net>(theta, x, cotangent);
//     auto moved = relative_change(empirical_ntk<Net>(run.parameters, x), empirical_ntk<Net>(theta, x));
//
// Catapult. Above the learning rate 2 / lambda_max(Theta) a linear model diverges. A network's loss grows, until the
// curvature has fallen below what that rate allows, and then goes to zero (Lewkowycz et al. 2020); so does that of
// its quadratic model f + J delta + delta^T H delta / 2 (Zhu et al. 2022):
//
//     auto run  = train<Net>(theta, x, y, training{.rate = 1.5 * max_learning_rate(K)});
//     auto line = train_linearized<Net>(theta, x, y, training{.rate = 1.5 * max_learning_rate(K)});
//     auto [f, Jd, dHd] = taylor<Net>(theta, delta, x);
//
// Together: Belkin 2021, "Fit without fear", Acta Numerica.
//
// The pages of this chapter: fit_without_fear/samples.hpp (two classes), interpolation.hpp, eigenpro.hpp,
// linearity.hpp, catapult.hpp.
#include "fit_without_fear/catapult.hpp"
#include "fit_without_fear/eigenpro.hpp"
#include "fit_without_fear/interpolation.hpp"
#include "fit_without_fear/linearity.hpp"
#include "study.hpp"

int main(int argc, char** argv) {
    using namespace wide::examples;
    const Title title{"fit_without_fear", "Interpolation, EigenPro, transition to linearity, catapult",
                      "Belkin 2021; Belkin, Ma, Mandal 2018; Liu, Zhu, Belkin 2020"};
    return run_study(title, argc, argv, [](Study& study) {
        interpolation_of_two_classes(study);
        interpolation_of_images(study);
        eigenpro_against_descent(study);
        transition_to_linearity(study);
        catapult(study);
    });
}
