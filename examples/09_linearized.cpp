// You learn: to train a finite network and its linearisation, and to set beside them what an infinitely wide one does at the
// same step. The wider a network is, the less its parameters have to move, and the closer the three columns are.
//
//     09_linearized --train 300 --epochs 60
//
// Full-batch gradient descent on squared loss, outputs centred, Fashion-MNIST's ten classes. The third column needs no
// training: what the infinite network does at a step is known from its kernel's eigenvalues.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <wide/finite/alignment.hpp>
#include <wide/finite/empirical.hpp>
#include <wide/finite/initial.hpp>
#include <wide/finite/relative_change.hpp>
#include <wide/finite/train.hpp>
#include <wide/infer/gradient_flow.hpp>
#include <wide/infer/max_learning_rate.hpp>
#include <wide/run/progress_bar.hpp>
#include <wide/wide.hpp>

namespace {

using namespace wide;
using In = Vector<784>;
constexpr std::size_t classes = 10;

struct Net : Serial<Dense<512, He>, Relu, Dense<512, He>, Relu, Dense<classes>> {};

struct Arguments {
    std::size_t train = 300, test = 300, epochs = 60;
    double rate = 0.5, momentum = 0.9;
    std::uint64_t from = 0;
    int threads = 0;
    std::string data, plot = "linearized.svg";
};

double loss_of(const Matrix<float>& outputs, const Matrix<float>& y) {
    return loss_and_cotangent(squared{}, outputs, y).value;
}

/// Losses after every epoch, and how the test images fare after the last.
struct Column {
    std::vector<double> train, test;
    double accuracy = 0;
};

void print(const std::vector<Column>& columns, std::size_t epochs) {
    fmt::print("\n{:>6} | {:^32} | {:^32}\n{:>6} | {:>10} {:>10} {:>10} | {:>10} {:>10} {:>10}\n", "", "loss, training images",
               "loss, test images", "epoch", "network", "linearised", "infinite", "network", "linearised", "infinite");
    // All of a short run; of a long one the epochs where something happens, and the last.
    constexpr std::size_t short_run = 25;
    for (std::size_t epoch = 1; epoch <= epochs;) {
        fmt::print("{:>6} |", epoch);
        for (const Column& column : columns) fmt::print(" {:>10.5f}", column.train[epoch - 1]);
        fmt::print(" |");
        for (const Column& column : columns) fmt::print(" {:>10.5f}", column.test[epoch - 1]);
        fmt::print("\n");
        if (epoch == epochs) break;
        const std::size_t next = epochs <= short_run ? epoch + 1 : std::max(epoch + 1, epoch * 5 / 4);
        epoch = std::min(next, epochs);
    }
}

/// A picture where gnuplot is installed, else the numbers for one. Says which.
void plot(const std::vector<Column>& columns, const std::string& path) {
    std::string numbers = "epoch,network,linearised,infinite,network test,linearised test,infinite test\n";
    for (std::size_t e = 0; e < columns[0].train.size(); ++e) {
        numbers += fmt::format("{}", e + 1);
        for (const Column& column : columns) numbers += fmt::format(",{:.8g}", column.train[e]);
        for (const Column& column : columns) numbers += fmt::format(",{:.8g}", column.test[e]);
        numbers += '\n';
    }
    if (std::system("gnuplot --version >/dev/null 2>&1") != 0) {
        const std::string table = path + ".csv";
        replace_file(table, numbers);
        fmt::print("gnuplot is not installed: the losses of every epoch are in {}\n", table);
        return;
    }
    const bool bitmap = path.ends_with(".png");
    std::string quoted;
    for (const char letter : path) quoted += letter == '\'' ? std::string("''") : std::string(1, letter);
    std::string script = fmt::format(
        "set terminal {} size 900,600\nset output '{}'\nset datafile separator ','\nset logscale y\nset xlabel 'epoch'\n"
        "set ylabel 'mean of 1/2 |f - y|^2'\nset key autotitle columnhead\n$losses << END\n{}END\nplot",
        bitmap ? "pngcairo" : "svg", quoted, numbers);
    const char* const colours[] = {"#1b9e77", "#d95f02", "#7570b3"};
    for (int k = 0; k < 6; ++k)
        script += fmt::format("{} $losses using 1:{} with lines lw 2 dt {} lc rgb '{}'", k > 0 ? "," : "", k + 2,
                              k < 3 ? 1 : 2, colours[k % 3]);
    std::FILE* const gnuplot = ::popen("gnuplot", "w");
    if (!gnuplot) throw error{"gnuplot could not be started"};
    std::fputs((script + "\n").c_str(), gnuplot);
    if (::pclose(gnuplot) != 0) throw error{"gnuplot could not draw " + path + ": see what it says above"};
    fmt::print("the losses of every epoch: {}\n", path);
}

int demo(const Arguments& arguments) {
    const auto start = std::chrono::steady_clock::now();
    const auto train_images = fashion_mnist<float>(data_split::train, arguments.data, arguments.train);
    const auto test_images = fashion_mnist<float>(data_split::test, arguments.data, arguments.test);
    if (!train_images || !test_images) {
        constexpr int skipped = 77;
        const auto missing = train_images ? data_split::test : data_split::train;
        fmt::print(stderr, "{}\n", missing_fashion_mnist(missing, arguments.data));
        return skipped;
    }
    const auto x = rows<In>(train_images->images), z = rows<In>(test_images->images);
    const Matrix<float> y = one_hot<float>(train_images->labels, classes, 0.9, -0.1);
    const Matrix<float> yz = one_hot<float>(test_images->labels, classes, 0.9, -0.1);
    const options quiet{.threads = arguments.threads};
    const auto bar = [&](const char* what) {
        return options{.threads = arguments.threads, .progress = progress_bar(fmt::format("{:<12}", what))};
    };

    // Of the infinitely wide network everything is known before anything is trained.
    const Matrix<float> K = ntk<Net>(x, quiet), Kz = ntk<Net>(z, x, quiet);
    const double stable = max_learning_rate(K);
    const double rate = arguments.rate * stable;

    std::vector<Column> columns(3);
    const auto theta = initial<Net, In>(seed{arguments.from});
    const Matrix<float> origin = forward<Net>(theta, z, quiet), K0 = empirical_ntk<Net>(theta, x, quiet);
    const auto watched = [&](Column& column, const auto& test_outputs) {
        return training{.epochs = arguments.epochs, .rate = rate, .momentum = arguments.momentum, .centred = true, .outputs = true,
                        .on_epoch = [&](const auto& done) {
                            column.train.push_back(loss_of(done.outputs, y));
                            const Matrix<float> f = test_outputs(done.parameters);
                            column.test.push_back(loss_of(f, yz));
                            column.accuracy = accuracy(f, test_images->labels);
                        }};
    };
    const auto of_network = [&](const Parameters<Net, In>& now) {
        Matrix<float> f = forward<Net>(now, z, quiet);
        for (std::size_t k = 0; k < f.size(); ++k) f.data()[k] -= origin.data()[k];
        return f;
    };
    const auto of_line = [&](const Parameters<Net, In>& delta) { return std::move(jvp<Net>(theta, delta, z, quiet).tangent); };
    const auto run = train<Net>(theta, x, y, watched(columns[0], of_network), bar("network"));
    const auto line = train_linearized<Net>(theta, x, y, watched(columns[1], of_line), bar("linearised"));
    // `train` takes the mean over samples, gradient_flow that over all entries of y.
    const auto infinite = gradient_flow(K, y, heavy_ball{rate * classes, arguments.momentum});
    for (std::size_t e = 1; e <= arguments.epochs; ++e) {
        columns[2].train.push_back(loss_of(infinite.train(steps{e}), y));
        columns[2].test.push_back(loss_of(infinite.test(Kz, steps{e}), yz));
    }
    columns[2].accuracy = accuracy(infinite.test(Kz, steps{arguments.epochs}), test_images->labels);
    const Matrix<float> last = regress(K, y, ridge{1e-6}).predict(Kz);

    print(columns, arguments.epochs);
    fmt::print("\ntest images right: network {:.1f} %, linearised {:.1f} %, infinite {:.1f} %; infinite, trained to the end "
               "(regress) {:.1f} %, loss {:.5f}\n",
               columns[0].accuracy, columns[1].accuracy, columns[2].accuracy, accuracy(last, test_images->labels),
               loss_of(last, yz));
    fmt::print("learning rate {:.3g}, {} of what is stable without momentum; from the beginning the network's parameters moved "
               "by {:.2g} of their norm, its kernel by {:.2g}, its alignment with the labels from {:.3g} to {:.3g}\n",
               rate, arguments.rate, relative_change(run.parameters, theta),
               relative_change(empirical_ntk<Net>(run.parameters, x, quiet), K0), alignment<Net>(theta, x, y, quiet),
               alignment<Net>(run.parameters, x, y, quiet));
    plot(columns, arguments.plot);
    fmt::print("{:.1f} seconds\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    for (const Column& column : columns)
        if (arguments.epochs > 1 && !(column.train.back() < column.train.front()))
            throw error{"a training loss did not fall: something is broken"};
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app{"A network, its linearisation, and the infinitely wide one, trained side by side on Fashion-MNIST"};
    app.add_option("--train", arguments.train, "training images")->check(CLI::Range(1, 10'000))->capture_default_str();
    app.add_option("--test", arguments.test, "test images")->check(CLI::Range(1, 10'000))->capture_default_str();
    app.add_option("--epochs", arguments.epochs, "steps of gradient descent, each of all training images")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--rate", arguments.rate, "learning rate, as a part of the largest that is stable without momentum")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--momentum", arguments.momentum, "what a step keeps of the one before")
        ->check(CLI::Range(0.0, 0.999))
        ->capture_default_str();
    app.add_option("--seed", arguments.from, "of the initial parameters")->capture_default_str();
    app.add_option("--threads", arguments.threads, "0: all cores")->check(CLI::Range(0, 1024))->capture_default_str();
    app.add_option("--data", arguments.data, "the directory that holds fashion-mnist/")->check(CLI::ExistingDirectory);
    app.add_option("--plot", arguments.plot, "the picture, .svg or .png")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        return demo(arguments);
    } catch (const std::exception& problem) {
        fmt::print(stderr, "09_linearized: {}\n", problem.what());
        return 1;
    }
}
