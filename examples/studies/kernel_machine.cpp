// You learn: that an infinitely wide network, trained to the end, is a kernel machine, the model of the 1990s; and
// that such machines fit labels that mean nothing as exactly as labels that do, which says nothing of how they
// generalise.
//
// "A new link to an old model could crack the mystery of deep learning" (A. Ananthaswamy, Quanta 2021) tells how it
// came to that: Boser, Guyon, Vapnik 1992 (kernels and margins), Neal 1994 and Lee et al. 2018 (wide networks are
// Gaussian processes), Zhang et al. 2017 (networks fit random labels), Jacot et al. 2018 (trained wide networks are
// kernel machines). The model, old and new:
//
//     f(z) = sum_i w_i k(z, x_i),   w from ridge regression, or of the widest margin,   k from a network, or from 1992
//
// `interpolate` (data.hpp) is that model in one line; every other line is about which kernel, which labels and how many are
// right.
//
// The pages of this chapter: kernel_machine/kernels.hpp, models.hpp (five kernels, two machines, and the network),
// random_labels.hpp.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <wide/wide.hpp>

#include "data.hpp"
#include "kernel_machine/kernels.hpp"
#include "kernel_machine/models.hpp"
#include "kernel_machine/random_labels.hpp"
#include "known_accuracies.hpp"
#include "study.hpp"

namespace {

using namespace wide;
using namespace wide::examples;

void interpolation(Study& study, const TrainAndTest<double>& data, const KnownAccuracies& reference) {
    Table& table = study.table(
        fmt::format("{}: {} training images interpolated, per cent of {} test images right (reference in brackets)",
                    reference.data, data.train.labels.size(), data.test.labels.size()),
        {"kernel", "1 layer", "2", "3", "5"});
    double furthest = 0;
    const auto cell = [&](const Kernel& kernel, double expected) {
        const double right = accuracy(interpolate(kernel.K, data.train.labels).predict(kernel.Kz), data.test.labels);
        furthest = std::max(furthest, std::abs(right - expected));
        return fmt::format("{:.2f} ({:.2f})", right, expected);
    };
    std::vector<std::string> nngp{"NNGP"}, ntk{"NTK"};
    const auto depth = [&]<int layers>(std::size_t k) {
        const auto [first, second] =
            of_network<Net<layers>>(data, study.options(fmt::format("{}, {} layers", reference.data, layers)));
        nngp.push_back(cell(first, reference.nngp[k]));
        ntk.push_back(cell(second, reference.ntk[k]));
    };
    depth.template operator()<1>(0), depth.template operator()<2>(1), depth.template operator()<3>(2),
        depth.template operator()<5>(3);
    table.row(nngp);
    table.row(ntk);
    table.row("Gaussian, width 5", cell(radial(data, gaussian{5}), reference.gaussian), "", "", "");
    table.row("Laplace, width 10", cell(radial(data, laplace{10}), reference.laplace), "", "", "");
    study.claim(furthest <= 0.1, "{}: all ten accuracies within 0.1 points of the reference, the furthest {:.2f}",
                reference.data, furthest);
}

void body(Study& study) {
    interpolation(study, mnist_halves<double>(study, 5000, 5000, 5000), known_of_mnist);
    interpolation(study, fashion<double>(study, 5000, 10'000), known_of_fashion);

    const auto count = study.size<std::size_t>({.quick = 1000, .usual = 3000, .full = 10'000});
    const auto data =
        fashion<double>(study, count, study.size<std::size_t>({.quick = 2000, .usual = 10'000, .full = 10'000}));
    const Kernel linear = of_network<Linear>(data, study.options()).first, bell = radial(data, gaussian{5}),
                 tent = radial(data, laplace{10});
    const auto [nngp, ntk] = of_network<Net<3>>(data, study.options());
    if (study.cores() > 1) {
        const TrainAndTest<double> some{some_of(data.train, 0, 500), some_of(data.test, 0, 500)};
        const auto by = [&](int threads) { return of_network<Net<3>>(some, options{.threads = threads}).second.Kz; };
        const Matrix<double> one = by(1), two = by(2);
        study.claim(std::equal(one.data(), one.data() + one.size(), two.data()),
                    "nothing of a kernel is drawn: by one thread and by two the same bits");
    }
    Models table(study, data);
    table.add("linear", linear, false);
    table.add("Gaussian, width 5", bell, true);
    table.add("Laplace, width 10", tent, true);
    table.add("NNGP, 3 layers", nngp, true);
    table.add("NTK, 3 layers", ntk, true);
    table.add_network(1000);
    from_clean_to_random(study, data, {{"Gaussian", &bell}, {"Laplace", &tent}, {"NNGP", &nngp}, {"NTK", &ntk}});
    study.difference(
        "the article has no figures; {} training images are what a support vector machine of ten classes does in "
        "minutes; MNIST is halves of its 10,000 test images; the finite network's pixels are standardised",
        count);
}

}  // namespace

int main(int argc, char** argv) {
    return run_study({"kernel_machine", "The old model beside the new one: five kernels, two machines and a network",
                      "Quanta 2021"},
                     argc, argv, body);
}
