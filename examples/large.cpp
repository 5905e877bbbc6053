// Kernel regression on all of Fashion-MNIST: 60,000 training images, whose Gram would take 14 GB in float, in the memory
// of a laptop. The kernel is an operator: its products are computed tile by tile, and nothing of it is stored.
//
//     large --train 60000 --test 10000
//     large --method eigenpro --epochs 10          large --method nystrom --rank 5000
//
// What decides how long conjugate gradients take is how many of the kernel's large eigenvalues the preconditioner knows. A
// column of its low-rank factor costs 60,000 entries of the kernel, a product 1.8 billion: so the rank may go to thousands.
#include <cblas.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <wide/run/progress_bar.hpp>
#include <wide/wide.hpp>

namespace {

using namespace wide;
using In = Vector<784>;
constexpr std::size_t classes = 10;

struct Net : Serial<Repeat<3, Dense<1024, He>, Relu>, Dense<classes>> {};

struct Arguments {
    std::size_t train = 60'000, test = 10'000, rank = 3000, epochs = 10, iterations = 500;
    double tolerance = 1e-3, ridge = 0;
    int threads = 0;
    std::string method = "cg", data;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Bytes of memory that this program has had at most.
std::uint64_t peak_memory() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
}

/// The residual falls by about the same factor in every iteration: its logarithm tells the time left.
std::function<void(std::size_t, double)> bar_of_residuals(double tolerance) {
    return [bar = progress_bar("conjugate gradients"), tolerance, done = 0.0](std::size_t iteration, double residual) mutable {
        fmt::print("    iteration {:>3}   residual {:.3e}\n", iteration, residual);
        std::fflush(stdout);
        const double reached = std::clamp(std::log(std::max(residual, 1e-300)) / std::log(tolerance), 0.0, 1.0);
        if (iteration == 0 || reached <= done) return;
        done = reached;
        constexpr double whole = 1e6;
        bar(static_cast<std::uint64_t>(std::max(whole * done, 1.0)), static_cast<std::uint64_t>(whole));
    };
}

/// What came out, and what of the test images.
template <class Fit>
void tell(const Fit& fit, std::chrono::steady_clock::time_point start, const Rows<In, float>& z,
          const std::vector<int>& labels) {
    const double trained = seconds_since(start);
    fmt::print("{}: residual {:.2e} after {} iterations, {:.1f} s\n", text_of(fit.stopped()), fit.residual(),
               fit.iterations(), trained);
    const auto asked = std::chrono::steady_clock::now();
    const double right = accuracy(fit.predict(z), labels);
    fmt::print("{:.2f} % of the test images right; predicted in {:.1f} s\n", right, seconds_since(asked));
    if (labels.size() >= 100 && !(right > 50)) throw error{"more than half of the test images wrong: something is broken"};
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
    const auto x = rows<In>(train->images), z = rows<In>(test->images);
    const auto y = one_hot<float>(train->labels, classes, 0.9, -0.1);
    fmt::print("Fashion-MNIST: {} training and {} test images, the NTK of 3 ReLU layers, float, ridge {}\n", x.count,
               z.count, arguments.ridge);
    fmt::print("The Gram would take {}.\n", readable_bytes(std::uint64_t{x.count} * x.count * sizeof(float)));
    std::fflush(stdout);

    const auto begun = std::chrono::steady_clock::now();
    const auto K = kernel_of<Net>(x, options{.threads = arguments.threads});
    const std::size_t rank = std::min(arguments.rank, x.count);
    const ridge rule{arguments.ridge};
    if (arguments.method == "cg") {
        const auto fit = regress(K, y, rule,
                                 conjugate_gradients{.tolerance = arguments.tolerance,
                                                     .iterations = arguments.iterations,
                                                     .rank = rank,
                                                     .report = bar_of_residuals(arguments.tolerance),
                                                     .progress = progress_bar("preconditioner")});
        tell(fit, begun, z, test->labels);
    } else if (arguments.method == "nystrom") {
        tell(regress(K, y, rule, nystrom{.landmarks = rank, .progress = progress_bar("landmarks")}), begun, z,
             test->labels);
    } else {
        progress_bar bar("EigenPro");
        const auto fit = regress(K, y, eigenpro{.epochs = arguments.epochs},
                                 [&](std::size_t epoch, double residual, const Matrix<float>&) {
                                     bar(epoch, arguments.epochs);
                                     fmt::print("    epoch {:>3}   residual on the way {:.3e}\n", epoch, residual);
                                     std::fflush(stdout);
                                 });
        tell(fit, begun, z, test->labels);
    }
    fmt::print("{:.1f} s in all, at most {} of memory\n", seconds_since(start), readable_bytes(peak_memory()));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app{"All of Fashion-MNIST with an exact kernel that is never stored"};
    app.add_option("--train", arguments.train, "training images")->check(CLI::Range(1, 60'000))->capture_default_str();
    app.add_option("--test", arguments.test, "test images")->check(CLI::Range(1, 10'000))->capture_default_str();
    app.add_option("--method", arguments.method, "cg: conjugate gradients; eigenpro; nystrom")
        ->check(CLI::IsMember({"cg", "eigenpro", "nystrom"}))
        ->capture_default_str();
    app.add_option("--rank", arguments.rank, "of the preconditioner (0: none), or landmarks of nystrom")
        ->check(CLI::Range(0, 60'000))
        ->capture_default_str();
    app.add_option("--tolerance", arguments.tolerance, "relative residual where conjugate gradients end")
        ->check(CLI::Range(1e-12, 0.999))
        ->capture_default_str();
    app.add_option("--iterations", arguments.iterations, "of conjugate gradients, at most")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--epochs", arguments.epochs, "of eigenpro")->check(CLI::Range(1, 10'000))->capture_default_str();
    app.add_option("--ridge", arguments.ridge, "added to the diagonal, relative to its mean; not of eigenpro")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--threads", arguments.threads, "0: all cores")->check(CLI::Range(0, 1024))->capture_default_str();
    app.add_option("--data", arguments.data, "the directory that holds fashion-mnist/")
        ->check(CLI::ExistingDirectory);
    CLI11_PARSE(app, argc, argv);
    try {
        return demo(arguments);
    } catch (const std::exception& problem) {
        fmt::print(stderr, "large: {}\n", problem.what());
        return 1;
    }
}
