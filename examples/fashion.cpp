// Fashion-MNIST with infinitely wide networks, exactly: three architectures as types, their NNGP and NTK Grams on all
// pairs of images, kernel regression, and a table of what came out and what it took.
//
//     fashion --train 10000 --test 10000
//
// Each architecture is also said as run-time objects (benchmarks/naive/objects.hpp), on fewer images: the two have to
// agree, and what the type is worth is told as a ratio of their times.
#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <exception>
#include <memory>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <wide/run/progress_bar.hpp>
#include <wide/wide.hpp>

#include "../benchmarks/naive/objects.hpp"

namespace {

using namespace wide;
using In = Vector<784>;
constexpr std::size_t classes = 10;

// The widths are a finite network's: the exact kernels are those of infinite width, whatever is said here.

struct Shallow : Serial<Dense<2048, He>, Relu, Dense<classes>> {
    static constexpr const char* name = "1 hidden layer of 2048";
    static naive::objects::Layers as_objects() { return naive::objects::relu_network(1); }
};

struct Deep : Serial<Repeat<3, Dense<1024, He>, Relu>, Dense<classes>> {
    static constexpr const char* name = "3 hidden layers of 1024";
    static naive::objects::Layers as_objects() { return naive::objects::relu_network(3); }
};

/// Each block adds to what it reads (He et al. 2016, "Identity mappings in deep residual networks").
struct Residuals : Serial<Dense<512, He>, Repeat<10, Residual<Relu, Dense<512, Bias<0.1>>>>, Relu, Dense<classes>> {
    static constexpr const char* name = "10 residual blocks of 512";
    static naive::objects::Layers as_objects() {
        namespace objects = naive::objects;
        objects::Layers layers;
        layers.push_back(std::make_unique<objects::Dense>(std::numbers::sqrt2));
        for (int k = 0; k < 10; ++k) {
            objects::Layers branch;
            branch.push_back(std::make_unique<objects::Relu>());
            branch.push_back(std::make_unique<objects::Dense>(1, 0.1));
            layers.push_back(std::make_unique<objects::Residual>(std::move(branch)));
        }
        layers.push_back(std::make_unique<objects::Relu>());
        layers.push_back(std::make_unique<objects::Dense>());
        return layers;
    }
};

struct Arguments {
    std::size_t train = 10'000, test = 10'000, naive = 1500;
    double ridge = 0;
    int threads = 0;
    std::string data;
};

/// The type against run-time objects: how many times faster, and how far apart in units of the diagonal.
struct Comparison {
    double times_faster = 0, difference = 0;
};

struct Row {
    std::string name;
    std::size_t parameters = 0;
    double nngp_accuracy = 0, ntk_accuracy = 0;
    double gram_seconds = 0, solve_seconds = 0, predict_seconds = 0, pairs = 0;
    Comparison naive = {};
};

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The result of `work`, whose time is added to `seconds`.
template <class Work>
auto timed(double& seconds, Work work) {
    const auto start = std::chrono::steady_clock::now();
    auto result = work();
    seconds += seconds_since(start);
    return result;
}

double largest_difference(const Matrix<float>& K, const std::vector<double>& expected) {
    const std::size_t n = K.rows();
    double largest = 0;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            const double apart = std::abs(static_cast<double>(K(i, j)) - expected[i * n + j]) /
                                 std::sqrt(expected[i * n + i] * expected[j * n + j]);
            if (std::isnan(apart)) return apart;
            largest = std::max(largest, apart);
        }
    return largest;
}

/// One thread each, for the symmetric Gram of the same images, in processor time: other programs may be running.
/// Throws unless the results agree to 1e-5.
template <class Net>
Comparison compare_with_naive(const Rows<In, float>& x) {
    naive::objects::Rows copies;
    for (std::size_t i = 0; i < x.count; ++i) copies.emplace_back(x.data + i * x.width, x.data + (i + 1) * x.width);
    const naive::objects::Layers layers = Net::as_objects();
    const std::clock_t start = std::clock();
    const auto expected = naive::objects::gram(layers, copies);
    const std::clock_t between = std::clock();

    // Half a second says more than the few milliseconds of one run.
    const options alone{.threads = 1, .fill = fill::lower};
    Gram<float> result;
    int runs = 0;
    for (; std::clock() - between < CLOCKS_PER_SEC / 2; ++runs) result = gram<Net>(x, alone);
    const std::clock_t end = std::clock();

    const double difference =
        std::max(largest_difference(result.nngp, expected.nngp), largest_difference(result.ntk, expected.ntk));
    if (!(difference < 1e-5))
        throw error{fmt::format("{}: {:.1e} away from what the naive implementation finds", Net::name, difference)};
    return {runs * static_cast<double>(between - start) / static_cast<double>(end - between), difference};
}

/// Float and no ridge: of the 10,000 test images, after 5,000 training images, double gets at most one more or one
/// less right.
template <class Net>
Row learn(const LabelledImages<float>& train, const LabelledImages<float>& test, const Arguments& arguments) {
    Row row{.name = Net::name, .parameters = parameters_of<Net, In>};
    const auto bar = [](const char* what) { return progress_bar(fmt::format("{:<25} {:<12}", Net::name, what)); };
    const auto how = [&](const char* what) {
        return options{.threads = arguments.threads, .fill = fill::lower, .progress = bar(what)};
    };
    const auto x = rows<In>(train.images), z = rows<In>(test.images);
    const auto y = one_hot<float>(train.labels, classes, 0.9, -0.1);

    auto K = timed(row.gram_seconds, [&] { return gram<Net>(x, how("train")); });
    auto solving = bar("solve");
    solving(0, 2);
    const auto nngp = timed(row.solve_seconds, [&] { return regress(std::move(K.nngp), y, ridge{arguments.ridge}); });
    solving(1, 2);
    const auto ntk = timed(row.solve_seconds, [&] { return regress(std::move(K.ntk), y, ridge{arguments.ridge}); });
    solving(2, 2);

    const auto Kz = timed(row.gram_seconds, [&] { return gram<Net>(z, x, how("test x train")); });
    row.nngp_accuracy = accuracy(timed(row.predict_seconds, [&] { return nngp.predict(Kz.nngp); }), test.labels);
    row.ntk_accuracy = accuracy(timed(row.predict_seconds, [&] { return ntk.predict(Kz.ntk); }), test.labels);
    if (arguments.train >= 100 && !(std::min(row.nngp_accuracy, row.ntk_accuracy) > 50))
        throw error{fmt::format("{}: more than half of the test images wrong: something is broken", Net::name)};

    const auto n = static_cast<double>(x.count), m = static_cast<double>(z.count);
    row.pairs = n * (n + 1) / 2 + m * n;

    auto comparing = bar("naive");
    comparing(0, 1);
    row.naive = compare_with_naive<Net>(rows<In>(train.images.data(), std::min(arguments.naive, x.count)));
    comparing(1, 1);
    return row;
}

void print(const std::vector<Row>& table, const Arguments& arguments) {
    double difference = 0;
    fmt::print("\n{:<25} {:>10} {:>7} {:>7} {:>7} {:>8} {:>10} {:>8} {:>8}\n", "architecture", "parameters", "NNGP %",
               "NTK %", "Gram s", "solve s", "predict s", "ns/pair", "x naive");
    for (const Row& row : table) {
        fmt::print("{:<25} {:>10} {:>7.2f} {:>7.2f} {:>7.2f} {:>8.2f} {:>10.2f} {:>8.1f} {:>8.0f}\n", row.name,
                   row.parameters, row.nngp_accuracy, row.ntk_accuracy, row.gram_seconds, row.solve_seconds,
                   row.predict_seconds, 1e9 * row.gram_seconds / row.pairs, row.naive.times_faster);
        difference = std::max(difference, row.naive.difference);
    }
    fmt::print(R"(
parameters  of a finite network of these widths
%           of the test images classified right
Gram s      both kernels, every pair of training images and every test image with every training image
ns/pair     the same divided by the number of pairs, on all threads
solve s, predict s   for both kernels
x naive     processor time of one thread against one: how many times faster than an object a layer behind a virtual
            interface, on the first {} training images; results agree to {:.0e} of the diagonal
)",
               std::min(arguments.naive, arguments.train), difference);
}

int demo(const Arguments& arguments) {
    const auto start = std::chrono::steady_clock::now();
    const auto train = fashion_mnist<float>(data_split::train, arguments.data, arguments.train);
    const auto test = fashion_mnist<float>(data_split::test, arguments.data, arguments.test);
    if (!train || !test) {
        constexpr int skipped = 77;
        const auto missing = train ? data_split::test : data_split::train;
        fmt::print(stderr, "{}\n", missing_fashion_mnist(missing, arguments.data));
        return skipped;
    }
    if (arguments.threads > 0) openblas_set_num_threads(arguments.threads);
    fmt::print("Fashion-MNIST: {} training and {} test images, float, ridge {}; OpenBLAS runs its {} kernels\n",
               train->images.rows(), test->images.rows(), arguments.ridge, openblas_get_corename());
    std::fflush(stdout);
    print({learn<Shallow>(*train, *test, arguments), learn<Deep>(*train, *test, arguments),
           learn<Residuals>(*train, *test, arguments)},
          arguments);
    fmt::print("{:.0f} seconds in all\n", seconds_since(start));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app{"Fashion-MNIST with the exact kernels of infinitely wide networks"};
    app.add_option("--train", arguments.train, "training images")
        ->check(CLI::Range(1, 60'000))
        ->capture_default_str();
    app.add_option("--test", arguments.test, "test images")->check(CLI::Range(1, 10'000))->capture_default_str();
    app.add_option("--naive", arguments.naive, "training images that the naive implementation is measured on")
        ->check(CLI::Range(1, 60'000))
        ->capture_default_str();
    app.add_option("--ridge", arguments.ridge, "added to the diagonal, relative to its mean")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--threads", arguments.threads, "0: all cores")->check(CLI::Range(0, 1024))->capture_default_str();
    app.add_option("--data", arguments.data, "the directory that holds fashion-mnist/")
        ->check(CLI::ExistingDirectory);
    CLI11_PARSE(app, argc, argv);
    try {
        return demo(arguments);
    } catch (const std::exception& problem) {
        fmt::print(stderr, "fashion: {}\n", problem.what());
        return 1;
    }
}
