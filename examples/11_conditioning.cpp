// You learn: how near to singular kernels of real images are, what float can still solve, and what ridge the rest needs.
//
//     11_conditioning --train 240 --dense 1000
//
// Images of CIFAR-10 are halved to 16 x 16: with 32 x 32 the same is seen, and takes sixteen times as long.
//
// Cholesky in a precision of eps solves a kernel that is off by about eps times its largest eigenvalue. Whatever the kernel
// says along eigenvectors whose eigenvalues are smaller than that is noise, and the weights, which divide by it, are noise
// times a large number; once a pivot drowns, factorisation stops, and regress says not_positive_definite. A ridge of that
// size or more takes the noise away: the smallest one that does is what the last columns tell.
//
// A mean over all positions at the end (GAP) makes images more alike: all cosines are close to 1, the largest eigenvalue
// takes nearly the whole trace, and what tells images apart lives in the rest. The more images, the smaller the smallest.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <wide/wide.hpp>

namespace {

using namespace wide;
constexpr std::size_t classes = 10;

struct Dense3 : Serial<Repeat<3, Dense<1024, He>, Relu>, Dense<classes>> {
    static constexpr const char* name = "dense, 3 hidden";
};

template <class Padding, class End>
using Convolutions = Serial<Repeat<5, Conv<64, Filter<3, 3>, Padding, He>, Relu>, End, Dense<classes>>;

struct Flat : Convolutions<Same, Flatten> {
    static constexpr const char* name = "5 conv, flat";
};

struct Gap : Convolutions<Same, GlobalAvgPool> {
    static constexpr const char* name = "5 conv, GAP";
};

/// Without edges, so that an image moved is the same image to the end.
struct RoundGap : Convolutions<Circular, GlobalAvgPool> {
    static constexpr const char* name = "the same, round";
};

using Images = LabelledImages<float>;

/// Means over 2 x 2 pixels of 32 x 32 images.
Matrix<float> halved(const Matrix<float>& images) {
    constexpr std::size_t side = 16, channels = 3;
    Matrix<float> made(images.rows(), side * side * channels);
    for (std::size_t i = 0; i < images.rows(); ++i)
        for (std::size_t y = 0; y < 2 * side; ++y)
            for (std::size_t k = 0; k < 2 * side * channels; ++k) {
                const std::size_t x = k / channels / 2, c = k % channels;
                made(i, (y / 2 * side + x) * channels + c) += images(i, y * 2 * side * channels + k) / 4;
            }
    return made;
}

/// The first images, each followed by itself moved by one pixel to the right, around the edge: usual augmentation.
Images with_shifts(const Images& data, std::size_t count) {
    constexpr std::size_t row = 16 * 3, channels = 3;
    Images made{Matrix<float>(2 * count, data.images.cols()), {}};
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t k = 0; k < data.images.cols(); ++k) {
            made.images(2 * i, k) = data.images(i, k);
            made.images(2 * i + 1, k / row * row + (k + channels) % row) = data.images(i, k);
        }
        made.labels.insert(made.labels.end(), 2, data.labels[i]);
    }
    return made;
}

/// One-hot less a tenth.
template <class T>
Matrix<T> targets(const std::vector<int>& labels, std::size_t count) {
    return one_hot<T>(std::span(labels).first(count), classes, 0.9, -0.1);
}

/// The first n rows and columns of a kernel, scaled to a diagonal of ones, so that conditions may be compared.
template <class T>
Matrix<T> cosines(const Matrix<float>& K, std::size_t n) {
    Matrix<T> made(n, n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j)
            made(i, j) = static_cast<T>(static_cast<double>(K(i, j)) /
                                        std::sqrt(static_cast<double>(K(i, i)) * static_cast<double>(K(j, j))));
    return made;
}

/// How far float's weights are from double's under the same ridge, relative to these; infinite where one breaks down.
double float_error(const Matrix<float>& K, const Matrix<double>& exact, const std::vector<int>& labels, double r) {
    try {
        const auto fit = regress(K, targets<float>(labels, K.rows()), ridge{r});
        const auto truth = regress(exact, targets<double>(labels, K.rows()), ridge{r});
        double error = 0, size = 0;
        for (std::size_t k = 0; k < truth.weights().size(); ++k) {
            const double weight = truth.weights().data()[k];
            const double off = static_cast<double>(fit.weights().data()[k]) - weight;
            error += off * off, size += weight * weight;
        }
        return std::sqrt(error / size);
    } catch (const not_positive_definite&) {
        return std::numeric_limits<double>::infinity();
    }
}

/// The first of these ridges under which float keeps three digits of the weights.
double ridge_for_three_digits(const Matrix<float>& K, const Matrix<double>& exact, const std::vector<int>& labels) {
    for (const double r : {0.0, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2})
        if (float_error(K, exact, labels, r) < 1e-3) return r;
    return 1;
}

/// One line for the first n images; the condition.
double print(const char* net, const char* kernel, const Matrix<float>& K, std::size_t n, const std::vector<int>& labels) {
    const Matrix<float> in_float = cosines<float>(K, n);
    const Matrix<double> exact = cosines<double>(K, n);
    const auto values = top_eigenpairs(exact, n).values;
    const double smallest = values.back(), largest = values.front(), condition = largest / std::max(smallest, 0.0);
    const double alone = float_error(in_float, exact, labels, 0);
    fmt::print("{:<16} {:<5} {:>5} {:>10.2g} {:>9.4g} {:>10.2g} {:>12.1g} {:>14} {:>12.0e}\n", net, kernel, n, smallest, largest,
               condition, std::numeric_limits<float>::epsilon() * largest,
               std::isinf(alone) ? "breaks down" : fmt::format("{:.1e}", alone), ridge_for_three_digits(in_float, exact, labels));
    if (std::isinf(alone)) try {
            (void)regress(in_float, targets<float>(labels, n));
        } catch (const not_positive_definite& refused) {
            fmt::print("{:<16} {}\n", "", refused.what());
        }
    std::fflush(stdout);
    return condition;
}

/// A net's two kernels on the first images of each count; the condition of its NNGP kernel on the most.
template <class Net, class In>
double examine(const Images& data, const std::vector<std::size_t>& counts) {
    const auto start = std::chrono::steady_clock::now();
    const auto K = gram<Net>(rows<In>(data.images.data(), counts.back()), options{.fill = fill::lower});
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    double condition = 0;
    for (const std::size_t n : counts) {
        print(Net::name, "NTK", K.ntk, n, data.labels);
        condition = print(Net::name, "NNGP", K.nngp, n, data.labels);
    }
    fmt::print("{:<16} {:.1f} seconds for both kernels of {} images\n", "", seconds, counts.back());
    return condition;
}

int demo(std::size_t train, std::size_t dense, const std::string& directory) {
    auto cifar = cifar10<float>(data_split::train, directory, train);
    const auto fashion = fashion_mnist<float>(data_split::train, directory, dense);
    if (!cifar || !fashion) {
        constexpr int skipped = 77;
        fmt::print(stderr, "{}\n", cifar ? missing_fashion_mnist(data_split::train, directory)
                                         : missing_cifar10(data_split::train, directory));
        return skipped;
    }
    cifar->images = halved(cifar->images);
    standardize(cifar->images, channel_moments(cifar->images, 3));
    fmt::print("{:<16} {:<5} {:>5} {:>10} {:>9} {:>10} {:>12} {:>14} {:>12}\n", "", "", "n", "smallest", "largest", "condition",
               "float noise", "float's error", "ridge");
    fmt::print("Fashion-MNIST\n");
    const double tame = examine<Dense3, Vector<784>>(*fashion, {dense / 4, dense});
    fmt::print("CIFAR-10, 16 x 16\n");
    using In = Image<16, 16, 3>;
    const double flat = examine<Flat, In>(*cifar, {train / 4, train}), gap = examine<Gap, In>(*cifar, {train / 4, train});
    fmt::print("CIFAR-10, 16 x 16, half of the images the other half moved by a pixel\n");
    const Images augmented = with_shifts(*cifar, train / 4);
    const double shifted = examine<Gap, In>(augmented, {train / 4 * 2});
    const double round = examine<RoundGap, In>(augmented, {train / 4 * 2});
    fmt::print(R"(
smallest, largest   eigenvalues, of the kernel scaled to a diagonal of ones
float noise         float's eps times the largest: what an eigenvalue has to exceed to mean anything in float
float's error       of float's regression weights, against double's on the same kernel, without a ridge
ridge               the first of 0, 1e-7, 1e-6 ... under which float keeps three digits of the weights
)");
    fmt::print("\nNNGP, condition: dense {:.1e}, flat {:.1e}, GAP {:.1e}, with shifts {:.1e}, round {:.1e}\n", tame, flat, gap, shifted,
               round);
    return gap > 10 * flat && round > 1e6 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t train = 240, dense = 1000;
    std::string directory;
    CLI::App app{"Condition numbers of kernels on real images, and the ridge that float needs"};
    app.add_option("--train", train, "images of CIFAR-10")->check(CLI::Range(8, 4'000))->capture_default_str();
    app.add_option("--dense", dense, "images of Fashion-MNIST")->check(CLI::Range(8, 10'000))->capture_default_str();
    app.add_option("--data", directory, "the directory that holds cifar10/ and fashion-mnist/")->check(CLI::ExistingDirectory);
    CLI11_PARSE(app, argc, argv);
    try {
        return demo(train, dense, directory);
    } catch (const std::exception& problem) {
        fmt::print(stderr, "11_conditioning: {}\n", problem.what());
        return 1;
    }
}
