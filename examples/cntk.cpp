// Images with infinitely wide convolutional networks, exactly: what four architectures, each a type, learn from a few
// hundred images of CIFAR-10 or Fashion-MNIST, and what their kernels take.
//
//     cntk --train 160 --test 400 --dataset cifar --only CNTK-GAP
//
// The protocol is that of Arora et al. 2019, "On exact computation with an infinitely wide neural net": channels
// standardised by the training set, labels one-hot less a tenth, kernels in float, solved in double without a ridge.
// Here the training images are the first of each class in turn, so that any number of them is balanced.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <wide/run/progress_bar.hpp>
#include <wide/wide.hpp>

namespace {

using namespace wide;
constexpr std::size_t classes = 10;

// The widths are a finite network's: the exact kernels are those of infinite width, whatever is said here.

template <class... Options>
using Layer = Conv<64, Filter<3, 3>, Same, He, Options...>;
using Halve = AvgPool<Window<2, 2>, Stride<2, 2>>;

struct Dense3 : Serial<Flatten, Repeat<3, Dense<1024, He>, Relu>, Dense<classes>> {
    static constexpr const char* name = "dense, 3 hidden";
};

/// Five convolutions that end position by position: pixels are compared with pixels at the same place.
struct CntkV : Serial<Repeat<5, Layer<>, Relu>, Flatten, Dense<classes>> {
    static constexpr const char* name = "CNTK-V 6";
};

/// The same and a mean over all positions; as published, neither the first nor the last layer is trained.
struct CntkGap : Serial<Layer<Frozen>, Relu, Repeat<4, Layer<>, Relu>, GlobalAvgPool, Dense<classes, Frozen>> {
    static constexpr const char* name = "CNTK-GAP 6";
};

/// Shankar et al. 2020, "Neural kernels without tangents"; its last three pools of 8 x 8 positions are one of all.
struct Myrtle5
    : Serial<Repeat<2, Layer<>, Relu>, Halve, Layer<>, Relu, Halve, Layer<>, Relu, GlobalAvgPool, Dense<classes>> {
    static constexpr const char* name = "Myrtle-5";
};

struct Arguments {
    std::size_t train = 120, test = 120;
    std::string dataset = "cifar", data, only;
    double ridge = 0;
    int threads = 0;
};

struct Row {
    std::string name;
    double gram_seconds = 0, pairs = 0, solve_seconds = 0, accuracy = 0;
};

using Images = LabelledImages<float>;

/// The result of `work`, whose time is added to `seconds`.
template <class Work>
auto timed(double& seconds, Work work) {
    const auto start = std::chrono::steady_clock::now();
    auto result = work();
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

/// `count` images, or all if there are fewer: the first of class 0, of class 1 ... 9, the second of class 0, and on.
Images class_by_class(const Images& all, std::size_t count) {
    std::vector<std::vector<std::size_t>> members(classes);
    for (std::size_t i = 0; i < all.labels.size(); ++i) members[static_cast<std::size_t>(all.labels[i])].push_back(i);
    count = std::min(count, all.labels.size());
    Images chosen{Matrix<float>(count, all.images.cols()), {}};
    for (std::size_t k = 0; chosen.labels.size() < count; ++k)
        for (const std::vector<std::size_t>& of_class : members) {
            if (k >= of_class.size() || chosen.labels.size() == count) continue;
            std::ranges::copy(all.images.row(of_class[k]), chosen.images.row(chosen.labels.size()).begin());
            chosen.labels.push_back(all.labels[of_class[k]]);
        }
    return chosen;
}

Matrix<double> in_double(const Matrix<float>& K) {
    Matrix<double> copy(K.rows(), K.cols());
    std::copy_n(K.data(), K.size(), copy.data());
    return copy;
}

template <class Net, class In>
Row learn(const Images& train, const Images& test, const Arguments& arguments) {
    Row row{.name = Net::name};
    const auto how = [&](const char* what) {
        return options{.threads = arguments.threads,
                       .fill = fill::lower,
                       .progress = progress_bar(fmt::format("{:<16} {:<12}", Net::name, what))};
    };
    const auto x = rows<In>(train.images), z = rows<In>(test.images);
    const auto K = timed(row.gram_seconds, [&] { return ntk<Net>(x, how("train")); });
    const auto Kz = timed(row.gram_seconds, [&] { return ntk<Net>(z, x, how("test x train")); });
    // A kernel of images may need more digits than float has to be solved, not to be known.
    const auto y = one_hot<double>(train.labels, classes, 0.9, -0.1);
    const auto fit =
        timed(row.solve_seconds, [&] { return regress(in_double(K), y, ridge{arguments.ridge}); });
    row.accuracy = accuracy(fit.predict(in_double(Kz)), test.labels);
    const auto n = static_cast<double>(x.count), m = static_cast<double>(z.count);
    row.pairs = n * (n + 1) / 2 + m * n;
    return row;
}

void print(const std::vector<Row>& table) {
    fmt::print("\n{:<16} {:>9} {:>12} {:>8} {:>11}\n", "architecture", "Gram s", "us a pair", "solve s",
               "accuracy %");
    for (const Row& row : table)
        fmt::print("{:<16} {:>9.2f} {:>12.2f} {:>8.2f} {:>11.2f}\n", row.name, row.gram_seconds,
                   1e6 * row.gram_seconds / row.pairs, row.solve_seconds, row.accuracy);
    fmt::print(R"(
Gram s      every pair of training images and every test image with every training image, on all threads
us a pair   the same divided by the number of pairs
accuracy    of the test images classified right
)");
}

template <class In, class... Nets>
void compare(const Images& train, const Images& test, const Arguments& arguments) {
    std::vector<Row> table;
    const auto add = [&]<class Net>() {
        if (std::string(Net::name).find(arguments.only) != std::string::npos)
            table.push_back(learn<Net, In>(train, test, arguments));
    };
    (add.template operator()<Nets>(), ...);
    if (table.empty()) throw error{fmt::format("no architecture has '{}' in its name", arguments.only)};
    print(table);
}

int demo(const Arguments& arguments) {
    const bool cifar = arguments.dataset == "cifar";
    const auto load = [&](data_split part, std::size_t limit) {
        return cifar ? cifar10<float>(part, arguments.data, limit)
                     : fashion_mnist<float>(part, arguments.data, limit);
    };
    const auto whole = load(data_split::train, all_samples);
    auto test = load(data_split::test, arguments.test);
    if (!whole || !test) {
        constexpr int skipped = 77;
        const auto missing = whole ? data_split::test : data_split::train;
        fmt::print(stderr, "{}\n",
                   cifar ? missing_cifar10(missing, arguments.data) : missing_fashion_mnist(missing, arguments.data));
        return skipped;
    }
    const ChannelMoments moments = channel_moments(whole->images, cifar ? 3 : 1);
    Images train = class_by_class(*whole, arguments.train);
    standardize(train.images, moments);
    standardize(test->images, moments);

    fmt::print("{}: {} of {} training images and {} test images, ridge {}\n", cifar ? "CIFAR-10" : "Fashion-MNIST",
               train.labels.size(), whole->labels.size(), test->labels.size(), arguments.ridge);
    std::fflush(stdout);
    if (cifar) compare<Image<32, 32, 3>, Dense3, CntkV, Myrtle5, CntkGap>(train, *test, arguments);
    else compare<Image<28, 28, 1>, Dense3, CntkV, Myrtle5, CntkGap>(train, *test, arguments);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app{"Images with the exact kernels of infinitely wide convolutional networks"};
    app.add_option("--dataset", arguments.dataset, "cifar or fashion")
        ->check(CLI::IsMember({"cifar", "fashion"}))
        ->capture_default_str();
    app.add_option("--train", arguments.train, "training images")
        ->check(CLI::Range(1, 60'000))
        ->capture_default_str();
    app.add_option("--test", arguments.test, "test images")->check(CLI::Range(1, 10'000))->capture_default_str();
    app.add_option("--only", arguments.only, "architectures with this in their name");
    app.add_option("--ridge", arguments.ridge, "added to the diagonal, relative to its mean")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--threads", arguments.threads, "0: all cores")->check(CLI::Range(0, 1024))->capture_default_str();
    app.add_option("--data", arguments.data, "the directory that holds cifar10/ or fashion-mnist/")
        ->check(CLI::ExistingDirectory);
    CLI11_PARSE(app, argc, argv);
    try {
        return demo(arguments);
    } catch (const std::exception& problem) {
        fmt::print(stderr, "cntk: {}\n", problem.what());
        return 1;
    }
}
