// You learn: a model with as many numbers as it takes to fit its data is the worst of all; with many more it is good
// again, and best at infinity, where it is a kernel machine.
//
// N random features phi(x) and the linear model on top of them are a network whose first layer is not trained. Below
// the threshold, where features are as many as samples, least squares decide; beyond it the samples are fitted
// exactly, and of all weights that do so those of least norm are taken (Belkin et al. 2018, arXiv:1812.11118):
//
//     W = phi(X)^+ Y:    (phi^T phi)^-1 phi^T Y below,   phi^T (phi phi^T)^-1 Y beyond
//
//     struct Fourier : Serial<Dense<1000, Weight<28.0 / 5>>, Concat<Cos<sqrt2>, Sin<sqrt2>>> {};
//     auto theta = initial<Fourier, In, double>(seed{draw});
//     auto W     = least_norm(forward<Fourier>(theta, x), y);                // the model
//     auto f     = rowmajor::product(forward<Fourier>(theta, z), W);
//     auto limit = regress(nngp<Fourier>(x), y).predict(nngp<Fourier>(z, x));  // infinitely many features
//
// phi phi^T is a kernel of N random numbers a pair, which tends to the network's NNGP: cosines and sines to the
// Gaussian kernel, ReLU to the arc-cosine kernel. At the threshold it is all but singular, so that the norm of W
// explodes, and the test error with it.
//
// How bad, is known exactly where features are independent normal numbers, of which the model sees p of D (Belkin,
// Hsu, Xu 2019, arXiv:1903.07571). And networks that are trained in both layers do it, too, where their parameters
// are as many as the numbers they learn, n for each class:
//
//     auto run = train<Net>(theta, x, y, training{.epochs = 3000, .batch = 50, .rate = falling, .centred = true});
//
// The pages of this chapter: double_descent/features.hpp (the model), sweeps.hpp (more and
// more features of digits), exact_law.hpp (independent ones), networks.hpp (both layers trained).
#include "double_descent/exact_law.hpp"
#include "double_descent/networks.hpp"
#include "double_descent/sweeps.hpp"
#include "study.hpp"

int main(int argc, char** argv) {
    using namespace wide::examples;
    const Title title{"double_descent", "Test error across the interpolation threshold",
                      "Belkin et al. 2018, Belkin, Hsu, Xu 2019"};
    return run_study(title, argc, argv, [](Study& study) {
        random_features(study);
        exact_law(study);
        networks(study);
    });
}
