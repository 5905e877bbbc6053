// You learn: a model with as many numbers as it takes to fit its data is the worst of all; with many more it is good
// again, and best at infinity, where it is a kernel machine.
//
// N random features phi(x) and the linear model on top of them are a network whose first layer is not trained. Below
// the threshold, where features are as many as samples, least squares decide; beyond it the samples are fitted
// exactly, and of all weights that do so those of least norm are taken (Belkin et al. 2018, arXiv:1812.11118):
//
//     W = phi(X)^+ Y:    (phi^T phi)^-1 phi^T Y below,   phi^T (phi phi^T)^-1 Y beyond
//
// phi phi^T is a kernel of N random numbers a pair, which tends to the network's NNGP: cosines and sines to the
// Gaussian kernel, ReLU to the arc-cosine kernel. At the threshold it is all but singular, so that the norm of W
// explodes, and the test error with it.
//
// How bad, is known exactly where features are independent normal numbers, of which the model sees p of D (Belkin,
// Hsu, Xu 2019, arXiv:1903.07571): see `risk` below. And networks that are trained in both layers do it, too, where
// their parameters are as many as the numbers they learn, n for each class.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wide/infer/classes.hpp>
#include <wide/infer/max_learning_rate.hpp>
#include <wide/infer/product.hpp>
#include <wide/wide.hpp>

#include "data.hpp"
#include "study.hpp"

namespace {

using namespace wide;
using namespace wide::examples;
using In = Vector<784>;
constexpr std::size_t classes = 10;

/// Least squares, and of several solutions that of least norm: W = phi^+ y.
Matrix<double> least_norm(const Matrix<double>& phi, const Matrix<double>& y) {
    using namespace rowmajor;
    if (phi.cols() <= phi.rows())
        return regress(transposed_product(phi, phi), transposed_product(phi, y)).weights().copy();
    return transposed_product(phi, regress(product_transposed(phi, phi), y).weights());
}

// ---- Random features of digits

/// Units that are drawn together. Each has one weight for a pixel of standard deviation `deviation`.
constexpr std::size_t block = 1000;
/// exp(i <v, x>) as cosine and sine, v ~ N(0, 1/25): the Gaussian kernel exp(-|x - z|^2 / 50).
struct Fourier : Serial<Dense<block, Weight<28.0 / 5>>, Concat<Cos<sqrt2>, Sin<sqrt2>>> {
    static constexpr std::size_t features_of_a_unit = 2;
};
/// max(0, <v, x>), v ~ N(0, 1/784), about as long as one.
struct Rectified : Serial<Dense<block>, Relu> {
    static constexpr std::size_t features_of_a_unit = 1;
};

struct Digits {
    Matrix<double> x, z, y;  ///< training and test images; one-hot
    std::vector<int> train, test;
};

/// The features of some units of block b, so that their products tend to the NNGP as `units` of all of them grow.
template <class Net>
Matrix<double> features(const Parameters<Net, In, double>& theta, const Matrix<double>& images, std::size_t some,
                        std::size_t units, const options& how) {
    const Matrix<double> all = forward<Net>(theta, rows<In>(images), how);
    const double factor = 1 / std::sqrt(static_cast<double>(Net::features_of_a_unit * units));
    Matrix<double> phi(images.rows(), Net::features_of_a_unit * some);
    for (std::size_t i = 0; i < phi.rows(); ++i)
        for (std::size_t branch = 0; branch < Net::features_of_a_unit; ++branch)
            for (std::size_t u = 0; u < some; ++u) phi(i, branch * some + u) = factor * all(i, branch * block + u);
    return phi;
}

/// What a model does with the digits: errors in per cent, and the norm of W.
struct Outcome {
    double test = 0, train = 0, norm = 0;
};

double norm_of(const Matrix<double>& of) {
    double sum = 0;
    for (std::size_t k = 0; k < of.size(); ++k) sum += of.data()[k] * of.data()[k];
    return std::sqrt(sum);
}

void add(Matrix<double>& sum, const Matrix<double>& term) {
    for (std::size_t k = 0; k < term.size(); ++k) sum.data()[k] += term.data()[k];
}

/// A kernel that fits all samples: |W|^2 = Y^T K^-1 Y.
Outcome interpolate(Matrix<double> K, const Matrix<double>& Kz, const Digits& of) {
    const Matrix<double> fitted = K.copy();
    const auto fit = regress(std::move(K), of.y);
    double square = 0;
    for (std::size_t k = 0; k < of.y.size(); ++k) square += of.y.data()[k] * fit.weights().data()[k];
    return {100 - accuracy(fit.predict(Kz), of.test), 100 - accuracy(fit.predict(fitted), of.train),
            std::sqrt(square)};
}

template <class Net>
Outcome with_features(const Digits& of, std::size_t units, std::uint64_t draw, const options& how) {
    const bool fits_all = units * Net::features_of_a_unit > of.x.rows();
    Matrix<double> K, Kz, phi, phi_z;
    if (fits_all) K = Matrix<double>(of.x.rows(), of.x.rows()), Kz = Matrix<double>(of.z.rows(), of.x.rows());
    else
        phi = Matrix<double>(of.x.rows(), units * Net::features_of_a_unit),
        phi_z = Matrix<double>(of.z.rows(), phi.cols());
    for (std::size_t first = 0; first < units; first += block) {
        const std::size_t some = std::min(block, units - first);
        const auto theta = initial<Net, In, double>(seed{(draw << 32) + first / block});
        const Matrix<double> part = features<Net>(theta, of.x, some, units, how),
                             part_z = features<Net>(theta, of.z, some, units, how);
        if (fits_all) {
            add(K, rowmajor::product_transposed(part, part));
            add(Kz, rowmajor::product_transposed(part_z, part));
        } else {
            const std::size_t at = first * Net::features_of_a_unit;
            for (std::size_t i = 0; i < part.rows(); ++i)
                std::ranges::copy(part.row(i), phi.row(i).begin() + static_cast<std::ptrdiff_t>(at));
            for (std::size_t i = 0; i < part_z.rows(); ++i)
                std::ranges::copy(part_z.row(i), phi_z.row(i).begin() + static_cast<std::ptrdiff_t>(at));
        }
    }
    if (fits_all) return interpolate(std::move(K), Kz, of);
    const Matrix<double> W = least_norm(phi, of.y);
    return {100 - accuracy(rowmajor::product(phi_z, W), of.test), 100 - accuracy(rowmajor::product(phi, W), of.train),
            norm_of(W)};
}

Digits digits(const Study& study) {
    // MNIST's test images are all there is of it here; the published number of training images is had from
    // Fashion-MNIST.
    auto images = study.run() == Study::Run::full ? fashion<double>(study, 10'000, 10'000)
                                                  : mnist_halves<double>(study, 1000, 1000, 2000);
    Matrix<double> y = one_hot<double>(images.train.labels, classes);
    return {std::move(images.train.images), std::move(images.test.images), std::move(y),
            std::move(images.train.labels), std::move(images.test.labels)};
}

/// What several draws of the features have, at one number of them.
struct Draws {
    std::vector<double> test, norm;
    double train = 0;

    [[nodiscard]] double least() const { return *std::ranges::min_element(test); }
    [[nodiscard]] double most() const { return *std::ranges::max_element(test); }
    [[nodiscard]] static double mean(const std::vector<double>& of) {
        double sum = 0;
        for (const double one : of) sum += one / static_cast<double>(of.size());
        return sum;
    }
};

template <class Net>
std::vector<Draws> sweep(Study& study, const Digits& of, const std::vector<std::size_t>& counts, std::uint64_t draws,
                         const char* name) {
    std::vector<Draws> made(counts.size());
    const options bar = study.options(name);
    for (std::size_t k = 0; k < counts.size(); ++k)
        for (std::uint64_t draw = 0; draw < draws; ++draw) {
            const Outcome found = with_features<Net>(of, counts[k], draw, study.options());
            made[k].test.push_back(found.test), made[k].norm.push_back(found.norm);
            made[k].train = std::max(made[k].train, found.train);
            bar.progress(k * draws + draw + 1, counts.size() * draws);
        }
    return made;
}

/// The kernel at infinity is the NNGP of the same type.
template <class Net>
Outcome at_infinity(const Digits& of, const options& how) {
    const auto x = rows<In>(of.x), z = rows<In>(of.z);
    return interpolate(nngp<Net>(x, how), nngp<Net>(z, x, how), of);
}

std::string range_of(const std::vector<double>& values, int digits) {
    const auto [least, most] = std::ranges::minmax_element(values);
    return *least == *most ? fmt::format("{:.{}f}", *least, digits)
                           : fmt::format("{:.{}f}-{:.{}f}", *least, digits, *most, digits);
}

void picture(Study& study, const std::string& what, const std::vector<std::size_t>& counts,
             const std::vector<Draws>& found, const Outcome& limit) {
    Curve error{.name = "test error, %", .x = {}, .y = {}, .points = true},
        norm{.name = "norm of the weights", .x = {}, .y = {}, .points = true};
    for (std::size_t k = 0; k < counts.size(); ++k) {
        error.x.push_back(static_cast<double>(counts[k])), norm.x.push_back(static_cast<double>(counts[k]));
        error.y.push_back(Draws::mean(found[k].test)), norm.y.push_back(Draws::mean(found[k].norm));
    }
    const std::vector<double> ends{error.x.front(), error.x.back()};
    study.picture(
        {.title = what,
         .x = "random features N",
         .y = "per cent; norm",
         .log_x = true,
         .log_y = true,
         .curves = {error,
                    norm,
                    {.name = "test error of the kernel", .x = ends, .y = {limit.test, limit.test}, .dashed = true},
                    {.name = "norm of the kernel", .x = ends, .y = {limit.norm, limit.norm}, .dashed = true}}});
}

void fourier_features(Study& study, const Digits& of, std::uint64_t draws) {
    const bool full = study.run() == Study::Run::full;
    const std::vector<std::size_t> counts =
        full ? std::vector<std::size_t>{500,  1000, 2000, 3000, 4000,   4500,   4800,   5000,
                                        5200, 5500, 6000, 8000, 10'000, 20'000, 40'000, 60'000}
             : std::vector<std::size_t>{50, 100, 200, 300, 400, 450, 480, 500, 520, 550, 600, 800, 1000, 2000, 4000};
    const std::vector<const char*> errors{"30-34", "24-26",     "22.7-23.6", "26-29",     "38-39",
                                          "49",    "65",        "87.6-89.5", "61",        "48",
                                          "34-36", "18.6-19.5", "14.0-15.6", "10.0-10.5", "8.5-9.2"},
        norms{"", "", "17.1", "28", "49", "", "", "1e3-6e4", "", "", "56", "38", "32.6", "", "24.5"};
    const std::vector<Draws> found = sweep<Fourier>(study, of, counts, draws, "Fourier features");
    const Outcome limit = at_infinity<Fourier>(of, study.options());

    Table& table = study.table(
        fmt::format(
            "Random Fourier features, cosine and sine of each: {} images, so the threshold is N = {}; {} draws",
            of.x.rows(), of.x.rows() / 2, draws),
        {"N", "test error, %", "reference", "norm", "reference", "train error, %"});
    for (std::size_t k = 0; k < counts.size(); ++k)
        table.row(counts[k], range_of(found[k].test, 1), full ? "" : errors[k], range_of(found[k].norm, 1),
                  full ? "" : norms[k], fmt::format("{:.1f}", found[k].train));
    table.row("kernel", fmt::format("{:.2f}", limit.test), full ? "" : "8.35", fmt::format("{:.3f}", limit.norm),
              full ? "" : "22.818", fmt::format("{:.1f}", limit.train));
    picture(study, "Random Fourier features and the Gaussian kernel", counts, found, limit);

    const auto at = [&](std::size_t N) -> const Draws& {
        return found[static_cast<std::size_t>(std::ranges::find(counts, N) - counts.begin())];
    };
    const std::size_t threshold = of.x.rows() / 2;
    bool falls = true, fits = true;
    for (std::size_t k = 0; k < counts.size(); ++k) {
        fits = fits && (counts[k] < threshold || found[k].train == 0);
        if (counts[k] * 10 < threshold * 12 || k + 1 == counts.size()) continue;
        falls = falls && Draws::mean(found[k + 1].test) < Draws::mean(found[k].test) &&
                Draws::mean(found[k + 1].norm) < Draws::mean(found[k].norm);
    }
    study.claim(falls, "from 1.2 times the threshold on, error and norm fall with every further feature");
    study.claim(fits, "from the threshold on, every training image is fitted");
    if (full) {
        study.claim(
            at(threshold).least() > 2 * at(1000).most() && at(threshold).least() > 2 * at(60'000).most(),
            "at the threshold the error is {:.1f} %, more than twice that below ({:.1f} %) and beyond ({:.1f} %)",
            at(threshold).least(), at(1000).most(), at(60'000).most());
    } else {
        study.claim(at(500).least() > 80, "at the threshold, N = 500, the error is {:.1f} %, above 80",
                    at(500).least());
        study.claim(at(200).most() < 26, "with 200 features it is {:.1f} %, below 26", at(200).most());
        study.claim(at(4000).most() < 10, "with 4000 features it is {:.1f} %, below 10", at(4000).most());
        study.claim(std::abs(limit.test - 8.35) < 1e-9,
                    "the Gaussian kernel gets {:.2f} % wrong, the reference 8.35 exactly", limit.test);
        study.claim(std::abs(limit.norm - 22.818) < 1e-3, "its norm is {:.3f}, that of the reference 22.818",
                    limit.norm);
    }
}

void rectified_features(Study& study, const Digits& of, std::uint64_t draws) {
    const bool full = study.run() == Study::Run::full;
    std::vector<std::size_t> counts{100,  200,  400,  600,  800,  900,  960, 1000,
                                    1040, 1100, 1200, 1600, 2000, 4000, 8000};
    if (full)
        for (std::size_t& N : counts) N *= of.x.rows() / 1000;
    const std::vector<Draws> found = sweep<Rectified>(study, of, counts, draws, "ReLU features");
    const Outcome limit = at_infinity<Rectified>(of, study.options());
    Table& table = study.table(fmt::format("Random ReLU features: {} images, the threshold is N = {}; {} draws",
                                           of.x.rows(), of.x.rows(), draws),
                               {"N", "test error, %", "norm", "train error, %"});
    for (std::size_t k = 0; k < counts.size(); ++k)
        table.row(counts[k], range_of(found[k].test, 1), range_of(found[k].norm, 1),
                  fmt::format("{:.1f}", found[k].train));
    table.row("kernel", fmt::format("{:.2f}", limit.test), fmt::format("{:.3f}", limit.norm),
              fmt::format("{:.1f}", limit.train));
    picture(study, "Random ReLU features and the arc-cosine kernel", counts, found, limit);

    std::size_t worst = 0;
    for (std::size_t k = 0; k < counts.size(); ++k)
        if (Draws::mean(found[k].test) > Draws::mean(found[worst].test)) worst = k;
    study.claim(counts[worst] == of.x.rows(),
                "ReLU features: the error is largest at N = {}, where features are as many as images", counts[worst]);
    study.claim(found[worst].least() > 2 * found.back().most() && found[worst].least() > 2 * found[2].most(),
                "there it is {:.1f} %, more than twice that with {} features ({:.1f} %) and with {} ({:.1f} %)",
                found[worst].least(), counts[2], found[2].most(), counts.back(), found.back().most());
    study.claim(found.back().most() < limit.test + 2,
                "with {} features it is {:.1f} %, within 2 points of the kernel's {:.2f} %", counts.back(),
                found.back().most(), limit.test);
}

// ---- Independent normal features: the exact law

constexpr std::size_t samples = 40, dimensions = 100;
constexpr double noise_variance = 0.25;

/// E (y - <x, w>)^2 for a new x, where y = <x, beta> + noise, beta has D equal entries and length 1, and w is fitted
/// on p of x's D numbers. Infinite for n - 1 <= p <= n + 1.
double risk(std::size_t p) {
    const double n = samples, fitted = static_cast<double>(p), seen = fitted / dimensions,
                 rest = 1 - seen + noise_variance;
    if (p + 2 <= samples) return rest * (1 + fitted / (n - fitted - 1));
    if (p >= samples + 2) return seen * (1 - n / fitted) + rest * (1 + n / (fitted - n - 1));
    return std::numeric_limits<double>::infinity();
}

void exact_law(Study& study) {
    const std::uint64_t draws = study.size<std::uint64_t>({.quick = 4000, .usual = 20'000, .full = 200'000});
    const std::vector<std::size_t> counts{10, 20, 30, 36, 45, 60, 80, 100};
    const char* const reference[] = {"1.548 .003", "2.141 .008", "4.10 .03",   "11.9 .3",
                                     "8.74 .12",   "2.206 .009", "1.313 .003", "1.022 .001"};
    const double beta = 1 / std::sqrt(static_cast<double>(dimensions));
    std::vector<double> sum(counts.size()), square(counts.size());
    const options bar = study.options("independent features");
    for (std::uint64_t draw = 0; draw < draws; ++draw) {
        const Matrix<double> x = normal_numbers<double>(samples, dimensions, seed{draw}, 0),
                             noise = normal_numbers<double>(samples, 1, seed{draw}, 1);
        Matrix<double> y(samples, 1);
        for (std::size_t i = 0; i < samples; ++i) {
            y(i, 0) = std::sqrt(noise_variance) * noise(i, 0);
            for (const double one : x.row(i)) y(i, 0) += beta * one;
        }
        for (std::size_t k = 0; k < counts.size(); ++k) {
            Matrix<double> seen(samples, counts[k]);
            for (std::size_t i = 0; i < samples; ++i) std::copy_n(x.row(i).data(), counts[k], seen.row(i).data());
            const Matrix<double> w = least_norm(seen, y);
            double error = noise_variance + static_cast<double>(dimensions - counts[k]) * beta * beta;
            for (std::size_t j = 0; j < counts[k]; ++j) error += (w(j, 0) - beta) * (w(j, 0) - beta);
            sum[k] += error, square[k] += error * error;
        }
        bar.progress(draw + 1, draws);
    }
    Table& table = study.table(
        fmt::format(
            "Independent normal features, {} samples, p of {} features, noise {}: mean of {} draws against the law",
            samples, dimensions, noise_variance, draws),
        {"p", "law", "ours", "standard error", "reference (4000 draws)"});
    Curve law{.name = "law", .x = {}, .y = {}}, measured{.name = "ours", .x = {}, .y = {}, .points = true};
    double worst = 0;
    for (std::size_t k = 0; k < counts.size(); ++k) {
        const double count = static_cast<double>(draws), mean = sum[k] / count,
                     deviation = std::sqrt((square[k] / count - mean * mean) / count);
        table.row(counts[k], fmt::format("{:.4f}", risk(counts[k])), fmt::format("{:.4f}", mean),
                  fmt::format("{:.4f}", deviation), reference[k]);
        worst = std::max(worst, std::abs(mean - risk(counts[k])) / deviation);
        measured.x.push_back(static_cast<double>(counts[k])), measured.y.push_back(mean);
    }
    study.claim(worst < 4, "the exact law holds: no mean is more than {:.1f} standard errors away, at most 4", worst);
    for (std::size_t p = 5; p <= dimensions; ++p)
        if (std::isfinite(risk(p)) && risk(p) < 100)
            law.x.push_back(static_cast<double>(p)), law.y.push_back(risk(p));
    study.picture({.title = "Least norm on p of 100 independent features, 40 samples",
                   .x = "features p",
                   .y = "risk",
                   .log_y = true,
                   .curves = {law, measured}});
}

// ---- Networks that are trained

template <std::size_t width>
struct TwoLayers : Serial<Dense<width, He, Bias<0.1>>, Relu, Dense<classes, Bias<0.1>>> {};

/// Means of squares of side by side pixels.
Matrix<float> shrunk(const Matrix<float>& images, std::size_t side) {
    constexpr std::size_t before = 28;
    const std::size_t square = before / side;
    Matrix<float> made(images.rows(), side * side);
    for (std::size_t i = 0; i < images.rows(); ++i)
        for (std::size_t r = 0; r < before; ++r)
            for (std::size_t c = 0; c < before; ++c)
                made(i, r / square * side + c / square) +=
                    images(i, r * before + c) / static_cast<float>(square * square);
    return made;
}

/// Digits, some of whose labels say anything.
struct Labelled {
    Matrix<float> x, z, y, yz;
    std::vector<int> test;

    Labelled(const TrainAndTest<float>& digits, std::size_t side, double share_of_noise)
        : x{shrunk(digits.train.images, side)}, z{shrunk(digits.test.images, side)}, test{digits.test.labels} {
        std::vector<int> labels = digits.train.labels;
        const Random random(seed{5});
        constexpr std::uint64_t parts = 1000;
        for (std::size_t i = 0; i < labels.size(); ++i)
            if (static_cast<double>(random.below(parts, i)) < share_of_noise * parts)
                labels[i] = static_cast<int>(random.below(classes, labels.size() + i));
        y = one_hot<float>(labels, classes);
        yz = one_hot<float>(test, classes);
    }
};

/// Squared errors of a sample, and wrong test images in per cent.
struct Fitted {
    double train = 0, test = 0, wrong = 0;
};

double squared_error(const Matrix<float>& f, const Matrix<float>& y) {
    return 2 * loss_and_cotangent(squared{}, f, y).value;
}

/// Stochastic gradient descent of f - f0, so that what is not learnt stays zero, with a rate that falls to zero.
template <class Net, class Pixels>
Fitted fit_network(const Labelled& of, std::size_t epochs, std::uint64_t draw, const options& how) {
    const options quiet{.threads = how.threads};
    const auto x = rows<Pixels>(of.x), z = rows<Pixels>(of.z);
    const double rate = 0.04 * max_learning_rate(ntk<Net>(x, quiet));
    const auto falling = [&](TrainingStep at) {
        return rate * (1 - static_cast<double>(at.epoch) / static_cast<double>(epochs));
    };
    const auto theta = initial<Net, Pixels>(seed{draw});
    const auto run =
        train<Net>(theta, x, of.y,
                   training{.epochs = epochs, .batch = 50, .rate = falling, .momentum = 0.95, .centred = true}, how);
    const auto learnt = [&](const auto& images) {
        Matrix<float> f = forward<Net>(run.parameters, images, quiet);
        const Matrix<float> f0 = forward<Net>(theta, images, quiet);
        for (std::size_t k = 0; k < f.size(); ++k) f.data()[k] -= f0.data()[k];
        return f;
    };
    const Matrix<float> f = learnt(x), fz = learnt(z);
    return {squared_error(f, of.y), squared_error(fz, of.yz), 100 - accuracy(fz, of.test)};
}

template <std::size_t side, std::size_t... width>
void networks(Study& study, std::size_t images, std::size_t epochs, std::index_sequence<width...>) {
    using Pixels = Vector<side * side>;
    const std::uint64_t draws = study.size<std::uint64_t>({.quick = 1, .usual = 3, .full = 1});
    const auto of = mnist_halves<float>(study, images, 5000,
                                        study.size<std::size_t>({.quick = 2000, .usual = 2000, .full = 5000}));
    const double goal = static_cast<double>(images * classes);
    for (const double noise :
         study.run() == Study::Run::quick ? std::vector<double>{0.2} : std::vector<double>{0, 0.2}) {
        const Labelled labelled(of, side, noise);
        Curve test{.name = "test", .x = {}, .y = {}, .points = true},
            trained{.name = "training", .x = {}, .y = {}, .points = true};
        Table& table = study.table(
            fmt::format("Two-layer networks, {} images of {} x {} pixels, {:.0f} % of the labels are random; {} "
                        "epochs, mean of {} networks",
                        images, side, side, 100 * noise, epochs, draws),
            {"width", "parameters / (n classes)", "squared error, training", "squared error, test", "test error, %"});
        const auto add_width = [&]<std::size_t H>(std::integral_constant<std::size_t, H>) {
            Fitted mean;
            for (std::uint64_t draw = 0; draw < draws; ++draw) {
                const Fitted found = fit_network<TwoLayers<H>, Pixels>(
                    labelled, epochs, draw, study.options(fmt::format("width {}, noise {}", H, noise)));
                const double share = 1 / static_cast<double>(draws);
                mean.train += share * found.train, mean.test += share * found.test, mean.wrong += share * found.wrong;
            }
            const double size = static_cast<double>(parameters_of<TwoLayers<H>, Pixels>) / goal;
            table.row(H, fmt::format("{:.2f}", size), fmt::format("{:.4f}", mean.train),
                      fmt::format("{:.3f}", mean.test), fmt::format("{:.1f}", mean.wrong));
            for (Curve* const curve : {&test, &trained}) curve->x.push_back(size);
            test.y.push_back(mean.test), trained.y.push_back(mean.train);
        };
        (add_width(std::integral_constant<std::size_t, width>{}), ...);

        const auto x = rows<Pixels>(labelled.x), z = rows<Pixels>(labelled.z);
        const Matrix<float> limit = regress(ntk<TwoLayers<1>>(x), labelled.y).predict(ntk<TwoLayers<1>>(z, x));
        table.row("NTK", "", "", fmt::format("{:.3f}", squared_error(limit, labelled.yz)),
                  fmt::format("{:.1f}", 100 - accuracy(limit, labelled.test)));
        study.picture({.title = fmt::format("Two-layer networks, {:.0f} % random labels", 100 * noise),
                       .x = "parameters / (n classes)",
                       .y = "squared error",
                       .log_x = true,
                       .curves = {test, trained}});
        if (noise == 0) continue;

        const auto peak = static_cast<std::size_t>(std::ranges::max_element(test.y) - test.y.begin());
        const double before =
            *std::min_element(test.y.begin(), test.y.begin() + static_cast<std::ptrdiff_t>(peak) + 1);
        study.claim(
            test.x[peak] > 0.5 && test.x[peak] < 2,
            "networks err most where they have {:.2f} parameters for each number they learn, between 0.5 and 2",
            test.x[peak]);
        study.claim(test.y[peak] > 1.2 * before && test.y[peak] > 1.2 * test.y.back(),
                    "there their squared error is {:.3f}; narrower ones get down to {:.3f}, the widest to {:.3f}, "
                    "both at least a sixth less",
                    test.y[peak], before, test.y.back());
    }
}

}  // namespace

int main(int argc, char** argv) {
    return run_study(
        {"double_descent", "Test error across the interpolation threshold",
         "Belkin et al. 2018, Belkin, Hsu, Xu 2019"},
        argc, argv, [](Study& study) {
            const Digits of = digits(study);
            const std::uint64_t draws = study.size<std::uint64_t>({.quick = 2, .usual = 4, .full = 1});
            fourier_features(study, of, draws);
            rectified_features(study, of, draws);
            exact_law(study);
            if (study.run() == Study::Run::full)
                networks<28>(study, 4000, 6000, std::index_sequence<5, 10, 20, 30, 40, 50, 60, 80, 120, 250>{});
            else networks<7>(study, 500, 3000, std::index_sequence<8, 16, 32, 64, 80, 96, 128, 256, 512>{});
            study.difference(
                "ReLU features are normal numbers, as a network has them at its beginning, not points of the sphere: "
                "of 784 dimensions their lengths differ by 3 %");
            if (study.run() == Study::Run::full) {
                study.difference(
                    "random features learn Fashion-MNIST, since of MNIST only the test images are here; networks are "
                    "trained without the weights of the next smaller one");
            } else {
                study.difference(
                    "MNIST's test images stand for both parts, 1,000 are learnt in place of 10,000; --full learns "
                    "10,000 of Fashion-MNIST, and N goes up to 60,000");
                study.difference(
                    "networks learn 500 images of 7 x 7 pixels in place of 4,000 of 28 x 28, none begins with the "
                    "weights of the next smaller one, and the peak is "
                    "asserted where a fifth of the labels are random");
            }
        });
}
