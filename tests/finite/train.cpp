#include <wide/finite/train.hpp>

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>
#include <string>
#include <vector>

#include <wide/dsl.hpp>
#include <wide/finite/empirical.hpp>
#include <wide/finite/initial.hpp>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "../thrown.hpp"

namespace {
std::atomic<std::size_t> allocations{0};
}

// What matrices take (glibc's; a sanitizer has its own).
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WIDE_TEST_SANITIZED
#endif
#endif
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(WIDE_TEST_SANITIZED)
extern "C" void* __libc_calloc(std::size_t count, std::size_t size);
extern "C" void* calloc(std::size_t count, std::size_t size) {
    ++allocations;
    return __libc_calloc(count, size);
}
#endif

// Not inline: g++ would take what it sees of one without the other for a mistake.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    ++allocations;
    if (void* const made = std::malloc(bytes)) return made;
    throw std::bad_alloc{};
}
[[gnu::noinline]] void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(bytes);
}
[[gnu::noinline]] void operator delete(void* made) noexcept { std::free(made); }
[[gnu::noinline]] void operator delete(void* made, std::size_t) noexcept { std::free(made); }

using namespace wide;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

using In = Vector<6>;
struct Net : Serial<Dense<32, He, Bias<.1>>, Relu, Dense<24, He>, Erf, Dense<2, Bias<.1>>> {};
struct Line : Serial<Dense<2, Bias<.5>>> {};
struct One : Serial<Dense<1>> {};
struct Small : Serial<Dense<8, He>, Erf, Dense<1>> {};
struct Pictures : Serial<Conv<4, Filter<3>, Same, He>, Relu, Flatten, Dense<2>> {};

template <class P>
double largest_difference(const P& a, const P& b) {
    double largest = 0;
    for (int i = 0; i < a.leaves; ++i)
        for (std::size_t k = 0; k < a.leaf(i).size(); ++k)
            largest = std::max(largest, std::abs(static_cast<double>(a.leaf(i)[k]) - static_cast<double>(b.leaf(i)[k])));
    return largest;
}

}  // namespace

TEMPLATE_TEST_CASE("training makes every loss small", "", float, double) {
    using T = TestType;
    const auto theta = initial<Net, In, T>(seed{1});
    const auto before = theta.copy();
    const auto x = random_rows<T>(40, 6, 1);
    const auto y = random_rows<T>(40, 2, 2);
    Matrix<T> classes(40, 1);
    for (std::size_t i = 0; i < 40; ++i) classes(i, 0) = y(i, 0) > 0 ? T(1) : T(0);
    const auto z = rows<In>(x);
    const auto far = train<Net>(theta, z, y, training{.epochs = 200, .batch = 16, .rate = 0.2, .momentum = 0.8});
    CHECK(far.loss.size() == 200);
    CHECK(far.steps == 200 * 3);
    CHECK(far.loss.back() < 0.05 * far.loss.front());
    const auto by_class =
        train<Net>(theta, z, classes, training{.epochs = 100, .batch = 16, .rate = 0.5, .loss = softmax{}});
    CHECK(by_class.loss.back() < 0.2 * by_class.loss.front());
    const auto line = train_linearized<Net>(theta, z, y, training{.epochs = 200, .batch = 16, .rate = 0.2, .momentum = 0.8});
    CHECK(line.loss.back() < 0.05 * line.loss.front());
    CHECK(far.loss.front() != line.loss.front());

    for (std::size_t i = 0; i < 40; ++i) classes(i, 0) = y(i, 0) > 0 ? T(1) : T(-1);
    const auto small = initial<Small, In, T>(seed{1});
    const auto sign = train<Small>(small, z, classes, training{.epochs = 300, .rate = 1.0, .loss = logistic{}});
    CHECK(sign.loss.back() < 0.5 * sign.loss.front());
    CHECK(largest_difference(theta, before) == 0);
}

TEST_CASE("the same seed, the same bits, with one thread and with two") {
    // Large enough that a gradient is made in parts.
    struct Wider : Serial<Dense<128, He, Bias<.1>>, Relu, Dense<96, He>, Erf, Dense<2, Bias<.1>>> {};
    static_assert(parameters_of<Wider, In> * 128 > 1 << 20);
    const auto theta = initial<Wider, In>(seed{3});
    const auto x = random_rows<float>(300, 6, 1), y = random_rows<float>(300, 2, 2);
    const auto z = rows<In>(x);
    const training how{.epochs = 3, .batch = 128, .rate = 0.1, .momentum = 0.9, .from = seed{7}};
    const auto one = train<Wider>(theta, z, y, how, {.threads = 1}), two = train<Wider>(theta, z, y, how, {.threads = 2});
    CHECK(largest_difference(one.parameters, two.parameters) == 0);
    CHECK(one.loss == two.loss);
    const auto line = train_linearized<Wider>(theta, z, y, how, {.threads = 1});
    CHECK(largest_difference(line.parameters, train_linearized<Wider>(theta, z, y, how, {.threads = 2}).parameters) == 0);
    training other = how;
    other.from = seed{8};
    CHECK(largest_difference(one.parameters, train<Wider>(theta, z, y, other).parameters) > 0);
}

TEST_CASE("epochs after the first allocate nothing") {
    const auto theta = initial<Net, In>(seed{3});
    const auto x = random_rows<float>(50, 6, 1), y = random_rows<float>(50, 2, 2);
    std::vector<std::size_t> counted;
    counted.reserve(8);
    const auto count = [&](const auto&) { counted.push_back(allocations); };
    const training how{.epochs = 4, .batch = 16, .on_epoch = count};
    (void)train<Net>(theta, rows<In>(x), y, how, {.threads = 1});
    (void)train_linearized<Net>(theta, rows<In>(x), y, how, {.threads = 1});
    CHECK(counted[1] == counted[3]);
    CHECK(counted[5] == counted[7]);
    CHECK(counted[3] < counted[4]);
}

TEST_CASE("a net that is linear in its parameters is its own linearisation") {
    const auto theta = initial<Line, In, double>(seed{3});
    const auto x = random_rows<double>(50, 6, 1), y = random_rows<double>(50, 2, 2);
    const auto z = rows<In>(x);
    for (const bool centred : {false, true}) {
        const training how{.epochs = 5, .batch = 8, .rate = 0.3, .momentum = 0.5, .centred = centred};
        const auto net = train<Line>(theta, z, y, how);
        auto line = train_linearized<Line>(theta, z, y, how);
        line.parameters += theta;
        CHECK(largest_difference(net.parameters, line.parameters) < 1e-13);
        for (std::size_t e = 0; e < 5; ++e) CHECK_THAT(net.loss[e], WithinRel(line.loss[e], 1e-12));
    }
}

TEST_CASE("momentum as iterated by hand") {
    // One parameter: f = w x, loss 1/2 mean (w x - y)^2.
    const auto theta = initial<One, Vector<1>, double>(seed{5});
    Matrix<double> x(2, 1), y(2, 1);
    x(0, 0) = 1, x(1, 0) = -2, y(0, 0) = 3, y(1, 0) = 0.5;
    double w = theta.leaf(0)[0], v = 0;
    std::vector<double> losses;
    for (std::size_t step = 0; step < 7; ++step) {
        const double a = w * 1 - 3, b = w * -2 - 0.5;
        losses.push_back((a * a + b * b) / 4);
        v = 0.6 * v + (a * 1 + b * -2) / 2;
        w -= 0.1 / (1 + static_cast<double>(step)) * v;
    }
    const auto run = train<One>(theta, rows<Vector<1>>(x), y,
                                training{.epochs = 7,
                                         .rate = [](TrainingStep at) { return 0.1 / (1 + static_cast<double>(at.step)); },
                                         .momentum = 0.6});
    CHECK_THAT(run.parameters.leaf(0)[0], WithinRel(w, 1e-14));
    for (std::size_t e = 0; e < 7; ++e) CHECK_THAT(run.loss[e], WithinRel(losses[e], 1e-13));
}

TEST_CASE("small steps of the linearised net follow the gradient flow of its kernel") {
    // Squared loss, one output: f(t) - y = exp(-K t / n) (f0 - y); two samples, so that the exponential is by hand.
    const auto theta = initial<Small, In, double>(seed{9});
    const auto x = random_rows<double>(2, 6, 4), y = random_rows<double>(2, 1, 5);
    const auto z = rows<In>(x);
    const auto K = empirical_ntk<Small>(theta, z);
    const auto f0 = forward<Small>(theta, z);
    const double steps = 4000, rate = 1e-3, time = steps * rate / 2;
    const double mean = (K(0, 0) + K(1, 1)) / 2, half = (K(0, 0) - K(1, 1)) / 2, root = std::hypot(half, K(0, 1));
    const double e = std::exp(-time * mean), c = std::cosh(time * root), s = std::sinh(time * root) / root;
    const double r0 = f0(0, 0) - y(0, 0), r1 = f0(1, 0) - y(1, 0);
    const double expected[] = {y(0, 0) + e * ((c - s * half) * r0 - s * K(0, 1) * r1),
                               y(1, 0) + e * ((c + s * half) * r1 - s * K(0, 1) * r0)};
    Matrix<double> last;
    (void)train_linearized<Small>(theta, z, y, training{.epochs = 4000, .rate = rate, .outputs = true, .on_epoch = [&](const auto& done) {
                                      if (done.epoch == 3999) last = done.outputs.copy();
                                  }});
    REQUIRE(last.rows() == 2);
    CHECK_THAT(last(0, 0), WithinAbs(expected[0], 1e-3));
    CHECK_THAT(last(1, 0), WithinAbs(expected[1], 1e-3));
    CHECK(std::abs(last(0, 0) - f0(0, 0)) > 0.05);
}

TEST_CASE("callbacks see every epoch, centred outputs, and may stop") {
    const auto theta = initial<Net, In, double>(seed{3});
    const auto x = random_rows<double>(20, 6, 1), y = random_rows<double>(20, 2, 2);
    const auto z = rows<In>(x);
    std::vector<std::size_t> epochs, steps;
    Matrix<double> outputs;
    const auto f0 = forward<Net>(theta, z);
    const auto run = train<Net>(theta, z, y, training{.epochs = 9, .batch = 8, .centred = true, .outputs = true, .on_epoch = [&](const auto& done) {
                                    epochs.push_back(done.epoch);
                                    steps.push_back(done.steps);
                                    outputs = done.outputs.copy();
                                    return done.epoch == 2 ? after_epoch::stop : after_epoch::go_on;
                                }});
    CHECK(epochs == std::vector<std::size_t>{0, 1, 2});
    CHECK(steps == std::vector<std::size_t>{3, 6, 9});
    CHECK(run.loss.size() == 3);
    CHECK(run.steps == 9);
    const auto f = forward<Net>(run.parameters, z);
    for (std::size_t k = 0; k < f.size(); ++k) CHECK(outputs.data()[k] == f.data()[k] - f0.data()[k]);
    // What is centred begins at zero.
    double at_zero = 0;
    for (std::size_t k = 0; k < y.size(); ++k) at_zero += y.data()[k] * y.data()[k] / 2 / 20;
    CHECK_THAT(train<Net>(theta, z, y, training{.centred = true}).loss[0], WithinRel(at_zero, 1e-12));
    CHECK_THAT(train_linearized<Net>(theta, z, y, training{.centred = true}).loss[0], WithinRel(at_zero, 1e-12));
}

TEST_CASE("progress comes to its end, also where a run stops early; a stop token ends it") {
    const auto theta = initial<Small, In>(seed{3});
    const auto x = random_rows<float>(20, 6, 1), y = random_rows<float>(20, 1, 2);
    std::uint64_t last = 0, total = 0;
    const auto watch = [&](std::uint64_t done, std::uint64_t all) { last = done, total = all; };
    (void)train<Small>(theta, rows<In>(x), y, training{.epochs = 5, .on_epoch = [](const auto&) { return after_epoch::stop; }},
                       {.progress = watch});
    CHECK(last == 100);
    CHECK(total == 100);
    std::stop_source source;
    source.request_stop();
    CHECK_THROWS_AS(train<Small>(theta, rows<In>(x), y, training{}, {.stop = source.get_token()}), cancelled);
}

TEST_CASE("a loss that is no number ends the run, naming epoch and step") {
    const auto theta = initial<Net, In>(seed{3});
    const auto x = random_rows<float>(20, 6, 1), y = random_rows<float>(20, 2, 2);
    const auto check = [](const auto& run) {
        const auto caught = thrown_by<diverged>(run);
        CHECK(caught.epoch > 0);
        CHECK(caught.step / 3 == caught.epoch);
        CHECK(says(caught, "epoch " + std::to_string(caught.epoch) + ", step " + std::to_string(caught.step)));
        CHECK(says(caught, "learning rate of 1000"));
        CHECK(says(caught, "halve it"));
    };
    const training how{.epochs = 200, .batch = 8, .rate = 1000.0, .momentum = 0.9};
    check([&] { (void)train<Net>(theta, rows<In>(x), y, how); });
    check([&] { (void)train_linearized<Net>(theta, rows<In>(x), y, how); });
    auto broken = theta.copy();
    broken.leaf(0)[3] = std::numeric_limits<float>::infinity();
    CHECK(says(thrown_by<diverged>([&] { (void)train<Net>(broken, rows<In>(x), y, how); }), "to begin with"));
    CHECK(says(thrown_by<diverged>([&] { (void)train<Net>(theta, rows<In>(x), y, training{.rate = 1e39}); }), "epoch 0"));
}

TEST_CASE("bad data is refused before anything is trained") {
    const auto theta = initial<Net, In>(seed{3});
    auto x = random_rows<float>(20, 6, 1), y = random_rows<float>(20, 2, 2);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)train<Net>(theta, rows<In>(x), Matrix<float>(19, 2)); }), "19 labels"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)train<Net>(theta, rows<In>(x), Matrix<float>(20, 3)); }), "3 columns"));
    CHECK(says(thrown_by<error>([&] { (void)train<Net>(theta, rows<In>(x), y, training{.momentum = 1.0}); }), "momentum"));
    CHECK(says(thrown_by<error>([&] { (void)train<Net>(theta, rows<In>(x), y, training{.rate = -1.0}); }), "learning rate of -1"));
    CHECK(says(thrown_by<error>([&] { (void)train<Net>(theta, rows<In>(x), y, training{.rate = std::nan("")}); }), "rate of nan"));
    CHECK_THROWS_AS(train<Net>(theta, rows<In>(x.data(), 0), Matrix<float>(0, 2)), shape_mismatch);
    y(4, 1) = std::numeric_limits<float>::quiet_NaN();
    const auto label = thrown_by<not_finite>([&] { (void)train<Net>(theta, rows<In>(x), y); });
    CHECK((label.row == 4 && label.column == 1 && says(label, "labels")));
    x(7, 2) = std::numeric_limits<float>::infinity();
    y(4, 1) = 0;
    const auto sample = thrown_by<not_finite>([&] { (void)train_linearized<Net>(theta, rows<In>(x), y); });
    CHECK((sample.row == 7 && sample.column == 2 && says(sample, "samples")));
}

TEST_CASE("frozen layers stay where they are, and convolutions learn") {
    struct Half : Serial<Dense<16, He, Frozen>, Relu, Dense<2>> {};
    const auto x = random_rows<float>(20, 6, 1), y = random_rows<float>(20, 2, 2);
    const auto theta = initial<Half, In>(seed{3});
    const auto run = train<Half>(theta, rows<In>(x), y, training{.epochs = 10});
    for (std::size_t k = 0; k < theta.leaf(0).size(); ++k) CHECK(run.parameters.leaf(0)[k] == theta.leaf(0)[k]);
    CHECK(run.loss.back() < run.loss.front());
    using Wave = Signal<3, 2>;
    const auto filters = initial<Pictures, Wave>(seed{3});
    const auto seen = train<Pictures>(filters, rows<Wave>(x), y, training{.epochs = 30, .batch = 7, .rate = 0.3});
    CHECK(seen.loss.back() < 0.7 * seen.loss.front());
}
