#include <wide/infer/decay.hpp>

#include <array>
#include <cmath>
#include <limits>

#include "../catch.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

using Square = std::array<std::array<long double, 3>, 3>;

Square times(const Square& a, const Square& b) {
    Square made{};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
            for (std::size_t k = 0; k < 3; ++k) made[i][j] += a[i][k] * b[k][j];
    return made;
}

/// exp(M) - I, of M / 2^s by its series, then (I + E)^2 - I = 2 E + E E.
Square exponential_less_one(Square M) {
    int halvings = 0;
    for (long double size = 0; halvings == 0 || size > 0.25L; ++halvings) {
        size = 0;
        for (auto& row : M)
            for (long double& one : row) one /= 2, size = std::max(size, std::abs(one));
    }
    Square sum = M, term = M;
    for (int k = 2; k < 30; ++k) {
        term = times(term, M);
        for (auto& row : term)
            for (long double& one : row) one /= k;
        for (std::size_t i = 0; i < 3; ++i)
            for (std::size_t j = 0; j < 3; ++j) sum[i][j] += term[i][j];
    }
    for (int k = 0; k < halvings; ++k) {
        const Square squared = times(sum, sum);
        for (std::size_t i = 0; i < 3; ++i)
            for (std::size_t j = 0; j < 3; ++j) sum[i][j] = 2 * sum[i][j] + squared[i][j];
    }
    return sum;
}

struct Expected {
    long double left, learnt;
};

/// w'' = b (1 - lambda w) - c w' as a linear system of (w, w', 1).
Expected by_matrix_exponential(const heavy_ball& law, std::size_t entries, double lambda, double t) {
    const long double b = static_cast<long double>(law.rate) / static_cast<long double>(entries), time = t;
    const long double c = 1 - static_cast<long double>(law.momentum);
    const Square E = exponential_less_one({{{0, time, 0}, {-b * lambda * time, -c * time, b * time}, {0, 0, 0}}});
    return {1 - static_cast<long double>(lambda) * E[0][2], E[0][2]};
}

Expected step_by_step(const heavy_ball& law, std::size_t entries, double lambda, std::uint64_t count) {
    const long double b = static_cast<long double>(law.rate) / static_cast<long double>(entries);
    long double w = 0, v = 0;
    for (std::uint64_t k = 0; k < count; ++k) {
        v = law.momentum * v + b * (1 - static_cast<long double>(lambda) * w);
        w += v;
    }
    return {1 - static_cast<long double>(lambda) * w, w};
}

void agrees(const Decay& made, const Expected& expected, double of_one, double relative) {
    CHECK_THAT(made.left, WithinAbs(static_cast<double>(expected.left), of_one));
    CHECK_THAT(made.learnt, WithinRel(static_cast<double>(expected.learnt), relative));
}

constexpr double eps = std::numeric_limits<double>::epsilon();

}  // namespace

TEST_CASE("a flow's decay is the exponential, and its limit where the eigenvalue is zero") {
    const auto at = [](double lambda, double t) { return descent::decay(learning_rate{0.5}, 10, lambda, t); };
    CHECK((at(2, 0).left == 1 && at(2, 0).learnt == 0));
    CHECK((at(0, 7).left == 1 && at(0, 7).learnt == 0.05 * 7));
    CHECK_THAT(at(2, 30).left, WithinRel(std::exp(-3.0), 4 * eps));
    CHECK_THAT(at(2, 30).learnt, WithinRel((1 - std::exp(-3.0)) / 2, 4 * eps));
    CHECK_THAT(at(1e-12, 7).learnt, WithinRel(0.05 * 7 * (1 - 0.05 * 7e-12 / 2), 2 * eps));
    CHECK_THAT(at(1e3, 1e6).learnt, WithinRel(1e-3, 2 * eps));
    CHECK(at(1e3, 1e6).left == 0);
}

TEST_CASE("with momentum the decay solves its equation: slow, critical, oscillating, at every time") {
    // a = rate lambda / entries against c^2 / 4: from none to a hundred thousand times critical, and close to it on both sides.
    for (const double momentum : {0.0, 0.5, 0.9, 0.999}) {
        const double c = 1 - momentum;
        for (const double relative : {0.0, 1e-18, 1e-9, 1e-3, 0.5, 1 - 1e-6, 1 - 1e-12, 1.0, 1 + 1e-12, 1 + 1e-6, 1.5, 1e3, 1e5})
            for (const double half_damped : {1e-9, 1e-4, 0.1, 0.49, 0.51, 1.0, 3.0, 30.0}) {
                const heavy_ball law{2.0, momentum};
                const double lambda = relative * c * c / 4 * 5 / 2, t = 2 * half_damped / c;
                INFO("m " << momentum << ", relative " << relative << ", c t / 2 " << half_damped);
                const Decay made = descent::decay(law, 5, lambda, t);
                const Expected expected = by_matrix_exponential(law, 5, lambda, t);
                // Turning quickly, the phase itself has this error.
                const double phase = std::sqrt(relative) * half_damped;
                agrees(made, expected, 8 * eps * (1 + phase), 40 * eps * (1 + phase));
            }
    }
}

TEST_CASE("with momentum a flow begins at rest and ends at the inverse") {
    const auto begun = descent::decay(heavy_ball{0.5, 0.9}, 4, 3, 0.0), ended = descent::decay(heavy_ball{0.5, 0.9}, 4, 3, 1e9);
    CHECK((begun.left == 1 && begun.learnt == 0));
    CHECK_THAT(ended.left, WithinAbs(0, eps));
    CHECK_THAT(ended.learnt, WithinRel(1.0 / 3, 4 * eps));
    // An eigenvalue so small that the time is not long: 1 / lambda is far away, and a crawl without acceleration remains.
    CHECK_THAT(descent::decay(heavy_ball{0.5, 0.9}, 1, 0, 1e6).learnt, WithinRel(0.5 * (1e6 / 0.1 - 1 / 0.01), 1e-12));
}

TEST_CASE("no time is so late that what is learnt has no room") {
    for (const double t : {1e20, 1e155, 1e160, 1e300, std::numeric_limits<double>::max()})
        for (const double lambda : {1e-6, 1.0, 1e6}) {
            INFO("t " << t << ", lambda " << lambda);
            const Decay plain = descent::decay(learning_rate{30}, 1, lambda, t);
            CHECK(plain.left == 0);
            CHECK_THAT(plain.learnt, WithinRel(1 / lambda, 4 * eps));
            for (const double rate : {30.0, 1e-9}) {  // oscillating or not
                const Decay ball = descent::decay(heavy_ball{rate, 0.9}, 1, lambda, t);
                CHECK(ball.left == 0);
                CHECK_THAT(ball.learnt, WithinRel(1 / lambda, 4 * eps));
            }
        }
    CHECK_THAT(descent::decay(heavy_ball{0.5, 0.9}, 1, 0, 1e200).learnt, WithinRel(0.5e201, 1e-12));
}

TEST_CASE("steps by powers are steps one after the other") {
    for (const double momentum : {0.0, 0.5, 0.9, 0.99})
        for (const double a : {0.0, 1e-14, 1e-6, 1e-3, 0.1, 0.5, 1.0, 1.9})
            for (const std::uint64_t count : {0u, 1u, 2u, 3u, 7u, 64u, 1001u, 30000u}) {
                INFO("m " << momentum << ", a " << a << ", " << count << " steps");
                const heavy_ball law{3.0, momentum};
                const Decay made = descent::decay(law, 6, a * 2, steps{count});
                const Expected expected = step_by_step(law, 6, a * 2, count);
                const double turns = 1 / (1 - momentum);
                agrees(made, expected, 40 * eps * turns, 40 * eps * turns);
            }
    const Decay plain = descent::decay(learning_rate{0.5}, 2, 0.8, steps{3});
    CHECK_THAT(plain.left, WithinRel(0.8 * 0.8 * 0.8, 8 * eps));
}

TEST_CASE("a million million steps keep the digits of a small eigenvalue") {
    const Decay made = descent::decay(learning_rate{1.0}, 1, 1e-12, steps{1'000'000'000'000});
    CHECK_THAT(made.left, WithinRel(std::exp(-1 - 0.5e-12), 1e-14));
    CHECK_THAT(made.learnt, WithinRel(1e12 * -std::expm1(-1 - 0.5e-12), 1e-14));
}

TEST_CASE("short steps follow the flow") {
    const double t = 40;
    for (const double scale : {1e-4, 1e-5}) {
        const Decay by_steps =
            descent::decay(learning_rate{0.5 * scale}, 3, 0.7, steps{static_cast<std::uint64_t>(std::lround(t / scale))});
        const Decay flow = descent::decay(learning_rate{0.5}, 3, 0.7, t);
        CHECK_THAT(by_steps.left, WithinAbs(flow.left, scale));
    }
}
