// You learn: what a network becomes when it gets wide, and how fast.
//
// At its random beginning a network of width m has two kernels of its own: that of what its last hidden layer says
// about two samples, h(x) h(z), and that of its gradients. They are random numbers; with m they settle on the NNGP
// (Neal 1994; Lee et al. 2017, arXiv:1711.00165) and the NTK (Jacot et al. 2018, arXiv:1806.07572), an error of the
// order of 1/sqrt(m) away. Both limits are computed here from the type of the network alone.
//
// In training, the wider the network, the less its parameters have to move: the change is spread over m units, and in
// units of what they were it is of the order of 1/sqrt(m) (one hidden layer). So the kernel stays what it was, and
// the outputs go where a network that is linear in its parameters would take them (Lee et al. 2019,
// arXiv:1902.06720),
//
//     f_t(z) = f_0(z) + Theta(z, x) Theta(x, x)^-1 (1 - exp(-eta Theta t)) (y - f_0(x)),
//
// which is known before anything is trained.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wide/infer/gradient_flow.hpp>
#include <wide/infer/max_learning_rate.hpp>
#include <wide/wide.hpp>

#include "data.hpp"
#include "study.hpp"

namespace {

using namespace wide;
using namespace wide::examples;

// What the last hidden layer says, and the network on top of it.
template <std::size_t width>
struct Features : Serial<Repeat<2, Dense<width, He>, Relu>> {};
template <std::size_t width>
struct Deep : Serial<Repeat<2, Dense<width, He>, Relu>, Dense<1>> {};
template <std::size_t width>
struct Shallow : Serial<Dense<width, He>, Relu, Dense<1>> {};

/// How far kernels of random networks are from those of infinite width.
struct Distance {
    double nngp = 0, ntk = 0;
};

/// Mean over some networks. All widths have the same limit: a width does not enter it.
template <std::size_t width, class X>
Distance distance(const X& x, std::uint64_t networks, const options& how) {
    constexpr std::size_t any = 1;
    using In = Vector<10>;
    const Matrix<float> nngp_limit = nngp<Features<any>>(x), ntk_limit = ntk<Deep<any>>(x);
    Distance mean;
    for (std::uint64_t k = 0; k < networks; ++k) {
        const auto features = initial<Features<width>, In>(seed{k});
        const auto theta = initial<Deep<width>, In>(seed{k});
        mean.nngp += relative_change(empirical_nngp<Features<width>>(features, x, x), nngp_limit) /
                     static_cast<double>(networks);
        mean.ntk += relative_change(empirical_ntk<Deep<width>>(theta, x), ntk_limit) / static_cast<double>(networks);
        if (how.progress) how.progress(k + 1, networks);
    }
    return mean;
}

/// Directions in ten dimensions, all equally likely.
Matrix<float> on_the_sphere(std::size_t count) {
    Matrix<float> x = normal_numbers<float>(count, 10, seed{1});
    to_length_one(x);
    return x;
}

/// The law 1 / sqrt(width), through the first point of a curve.
Curve inverse_root(const Curve& from) {
    Curve law{.name = "1 / root of the width", .dashed = true};
    for (const double m : from.x) law.add(m, from.y.front() * std::sqrt(from.x.front() / m));
    return law;
}

template <std::size_t... width>
void kernels_of_random_networks(Study& study, std::index_sequence<width...>) {
    const std::uint64_t networks = study.size<std::uint64_t>({.quick = 12, .usual = 12, .full = 50});
    const Matrix<float> samples = on_the_sphere(20);
    const auto x = rows<Vector<10>>(samples);
    // Mean over 12 networks of the reference computation.
    const std::vector<double> nngp_reference{.398, .276, .203, .150, .099, .073, .057},
        ntk_reference{.332, .250, .181, .132, .087, .064, .050};

    Curve nngp_curve{.name = "NNGP", .points = true}, ntk_curve{.name = "NTK", .points = true};
    Table& table = study.table(
        fmt::format("Relative distance of a random network's kernels from the infinite ones: two hidden ReLU "
                    "layers, 20 points on the sphere in 10 dimensions, mean of {} networks",
                    networks),
        {"width", "NNGP", "reference", "NTK", "reference"});
    const auto add = [&]<std::size_t m>(std::integral_constant<std::size_t, m>) {
        const Distance found = distance<m>(x, networks, study.options(fmt::format("random, width {}", m)));
        const std::size_t k = nngp_curve.x.size();
        nngp_curve.add(static_cast<double>(m), found.nngp);
        ntk_curve.add(static_cast<double>(m), found.ntk);
        const auto reference = [k](const std::vector<double>& of) {
            return k < of.size() ? fmt::format("{:.3f}", of[k]) : "";
        };
        table.row(m, fmt::format("{:.3f}", found.nngp), reference(nngp_reference), fmt::format("{:.3f}", found.ntk),
                  reference(ntk_reference));
    };
    (add(std::integral_constant<std::size_t, width>{}), ...);

    const double nngp_slope = slope_of_logarithms(nngp_curve.x, nngp_curve.y),
                 ntk_slope = slope_of_logarithms(ntk_curve.x, ntk_curve.y);
    table.row("slope", fmt::format("{:.3f}", nngp_slope), "-0.475", fmt::format("{:.3f}", ntk_slope), "-0.472");
    const auto falls = [](double slope) { return slope >= -0.60 && slope <= -0.40; };
    study.claim(falls(nngp_slope), "the NNGP's error falls as width^{:.3f}, expected -0.5, allowed -0.60 to -0.40",
                nngp_slope);
    study.claim(falls(ntk_slope), "the NTK's error falls as width^{:.3f}, expected -0.5, allowed -0.60 to -0.40",
                ntk_slope);
    study.claim(nngp_curve.y.back() < 0.08 && ntk_curve.y.back() < 0.08,
                "at the largest width the errors are {:.3f} and {:.3f}, below 0.08", nngp_curve.y.back(),
                ntk_curve.y.back());

    study.picture({.title = "Kernels of random networks, and how far they are from the infinite ones",
                   .x = "width",
                   .y = "relative distance",
                   .log_x = true,
                   .log_y = true,
                   .curves = {nngp_curve, ntk_curve, inverse_root(ntk_curve)}});
}

/// Whether a digit is even, as +1 and -1.
Matrix<float> parity(const std::vector<int>& digits) {
    Matrix<float> y(digits.size(), 1);
    for (std::size_t i = 0; i < digits.size(); ++i) y(i, 0) = digits[i] % 2 == 0 ? 1.0f : -1.0f;
    return y;
}

/// What happened while networks of one width were trained.
struct Training {
    double moved = 0, apart = 0;                   ///< parameters, relative; outputs, from the closed form
    std::vector<double> step, network, predicted;  ///< mean square error on test images, of the first network
};

template <std::size_t width>
Training watch(const TrainAndTest<float>& digits, std::size_t epochs, std::uint64_t networks, const options& how) {
    using In = Vector<784>;
    const options quiet{.threads = how.threads};
    const auto x = rows<In>(digits.train.images), z = rows<In>(digits.test.images);
    const Matrix<float> y = parity(digits.train.labels), yz = parity(digits.test.labels);
    const Matrix<float> K = ntk<Shallow<width>>(x, quiet), Kz = ntk<Shallow<width>>(z, x, quiet);
    const double rate = 0.25 * max_learning_rate(K);
    const std::size_t every = std::max<std::size_t>(epochs / 60, 1);

    Training mean;
    for (std::uint64_t k = 0; k < networks; ++k) {
        const auto theta = initial<Shallow<width>, In>(seed{k});
        const Matrix<float> f0z = forward<Shallow<width>>(theta, z, quiet);
        const auto flow = gradient_flow(K, y, learning_rate{rate}, ridge{}, forward<Shallow<width>>(theta, x, quiet));
        double apart = 0;
        const auto run = train<Shallow<width>>(
            theta, x, y,
            training{.epochs = epochs,
                     .rate = rate,
                     .on_epoch =
                         [&](const auto& done) {
                             if ((done.epoch + 1) % every != 0) return;
                             const Matrix<float> network = forward<Shallow<width>>(done.parameters, z, quiet);
                             const Matrix<float> predicted = flow.test(Kz, steps{done.epoch + 1}, f0z);
                             apart = std::max(apart, std::sqrt(mean_square(network, predicted)));
                             if (k > 0) return;
                             mean.step.push_back(static_cast<double>(done.epoch + 1));
                             mean.network.push_back(mean_square(network, yz));
                             mean.predicted.push_back(mean_square(predicted, yz));
                         }},
            quiet);
        mean.moved += relative_change(run.parameters, theta) / static_cast<double>(networks);
        mean.apart += apart / static_cast<double>(networks);
        if (how.progress) how.progress(k + 1, networks);
    }
    return mean;
}

template <std::size_t... width>
void trained_networks(Study& study, std::index_sequence<width...>) {
    const std::size_t images = study.size<std::size_t>({.quick = 100, .usual = 200, .full = 1000});
    const std::size_t epochs = study.size<std::size_t>({.quick = 200, .usual = 400, .full = 2000});
    const std::uint64_t networks = study.size<std::uint64_t>({.quick = 3, .usual = 3, .full = 10});
    const auto digits =
        mnist_halves<float>(study, images, 5000, study.size<std::size_t>({.quick = 200, .usual = 500, .full = 2000}));

    Curve moved{.name = "movement of the parameters", .points = true},
        apart{.name = "outputs from the closed form", .points = true};
    std::vector<Curve> paths;
    Table& table = study.table(
        fmt::format("Networks with one hidden layer after {} steps on {} digits, even or odd; mean of {} networks",
                    epochs, images, networks),
        {"width", "parameters moved, relative", "largest distance of test outputs from f_t on the way, labels are 1 and -1"});
    const auto add = [&]<std::size_t m>(std::integral_constant<std::size_t, m>) {
        const Training found = watch<m>(digits, epochs, networks, study.options(fmt::format("trained, width {}", m)));
        moved.add(static_cast<double>(m), found.moved);
        apart.add(static_cast<double>(m), found.apart);
        table.row(m, fmt::format("{:.4f}", found.moved), fmt::format("{:.4f}", found.apart));
        paths.push_back({.name = fmt::format("width {}", m), .x = found.step, .y = found.network});
        paths.push_back({.name = fmt::format("width {}, closed form", m),
                         .x = found.step,
                         .y = found.predicted,
                         .dashed = true,
                         .same_colour = true});
    };
    (add(std::integral_constant<std::size_t, width>{}), ...);

    const double slope = slope_of_logarithms(moved.x, moved.y), outputs_slope = slope_of_logarithms(apart.x, apart.y);
    table.row("slope", fmt::format("{:.3f}", slope), fmt::format("{:.3f}", outputs_slope));
    study.claim(std::is_sorted(moved.y.rbegin(), moved.y.rend()),
                "the wider the network, the less its parameters move: {:.4f} to {:.4f}", moved.y.front(),
                moved.y.back());
    study.claim(slope >= -0.60 && slope <= -0.40,
                "their movement falls as width^{:.3f}, expected -0.5, allowed -0.60 to -0.40", slope);
    study.claim(std::is_sorted(apart.y.rbegin(), apart.y.rend()) && apart.y.back() < 0.1,
                "networks in training approach the closed form: test outputs are never more than {:.3f} away at the smallest "
                "width, {:.3f} at the largest (below 0.1)",
                apart.y.front(), apart.y.back());

    study.picture({.title = "Networks in training: how far parameters move, and outputs stray from the closed form",
                   .x = "width",
                   .y = "relative distance",
                   .log_x = true,
                   .log_y = true,
                   .curves = {moved, apart, inverse_root(moved)}});
    // The narrowest and the widest.
    study.picture({.title = "Digits, even or odd: a network while it is trained, and what was known of it before",
                   .x = "step",
                   .y = "mean square error, test images",
                   .curves = {paths[0], paths[1], paths[paths.size() - 2], paths.back()}});
}

}  // namespace

int main(int argc, char** argv) {
    return run_study(
        {"infinite_limit", "Kernels of random and of trained networks tend to those of infinite width",
         "Neal 1994, Lee et al. 2017, Jacot et al. 2018, Lee et al. 2019"},
        argc, argv, [](Study& study) {
            kernels_of_random_networks(study, std::index_sequence<64, 128, 256, 512, 1024, 2048, 4096>{});
            trained_networks(study, std::index_sequence<64, 256, 1024, 4096>{});
            study.difference(
                "the sources show figures of other data; the widths and the reference here are those of "
                "an independent computation of 12 other networks, and the trained networks learn MNIST's test images");
        });
}
