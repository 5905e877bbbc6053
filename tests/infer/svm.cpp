#include <wide/infer/svm.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../thrown.hpp"
#include "reference.hpp"

using namespace wide;
using Labels = std::vector<int>;

namespace {

/// Points around as many centres as there are labels, and a Gaussian kernel.
struct Clusters {
    Matrix<double> x;
    Labels labels;

    explicit Clusters(std::size_t count, const Labels& names = {0, 1, 2}, double spread = 0.3, unsigned seed = 1)
        : x{normal<double>(count, 2, seed)} {
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t c = i * 7 % names.size();
            labels.push_back(names[c]);
            const double angle = 2 * 3.141592653589793 * static_cast<double>(c) / static_cast<double>(names.size());
            x(i, 0) = spread * x(i, 0) + std::cos(angle);
            x(i, 1) = spread * x(i, 1) + std::sin(angle);
        }
    }

    template <class T = double>
    [[nodiscard]] Matrix<T> kernel(const Matrix<double>& z) const {
        Matrix<T> K(z.rows(), x.rows());
        for (std::size_t i = 0; i < z.rows(); ++i)
            for (std::size_t j = 0; j < x.rows(); ++j)
                K(i, j) = static_cast<T>(std::exp(-std::pow(z(i, 0) - x(j, 0), 2) - std::pow(z(i, 1) - x(j, 1), 2)));
        return K;
    }
    template <class T = double>
    [[nodiscard]] Matrix<T> kernel() const { return kernel<T>(x); }
};

std::size_t equal_places(const Labels& a, const Labels& b) {
    REQUIRE(a.size() == b.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < a.size(); ++i) count += a[i] == b[i];
    return count;
}

}  // namespace

TEST_CASE("two points on a line: the solution that a pencil finds") {
    // x = -1 and 3: K = x z. The widest margin is decided at 1.
    Matrix<double> K(2, 2);
    K(0, 0) = 1, K(1, 0) = -3, K(1, 1) = 9;
    const auto machine = train_svm(K, Labels{-4, 9}, {.C = 10});
    CHECK(std::ranges::equal(machine.classes(), Labels{-4, 9}));
    CHECK(machine.support() == std::vector<std::size_t>{0, 1});
    Matrix<double> Kz(4, 2);
    const double z[] = {-5, 0.99, 1.01, 20};
    for (std::size_t i = 0; i < 4; ++i) Kz(i, 0) = -z[i], Kz(i, 1) = 3 * z[i];
    CHECK(machine.predict(Kz) == Labels{-4, -4, 9, 9});
}

TEMPLATE_TEST_CASE("clusters are told apart, in float and in double, new points as well", "", float, double) {
    // Seven deviations between neighbours: hardly a point beyond the middle.
    const Clusters data(90, {5, -2, 11, 3}, 0.2), others(200, {5, -2, 11, 3}, 0.2, 2);
    const auto machine = train_svm(data.kernel<TestType>(), data.labels, {.C = 10});
    CHECK(std::ranges::equal(machine.classes(), Labels{-2, 3, 5, 11}));
    CHECK(equal_places(machine.predict(data.kernel<TestType>()), data.labels) >= 89);
    CHECK(equal_places(machine.predict(data.kernel<TestType>(others.x)), others.labels) >= 198);
    const auto support = machine.support();
    CHECK(support.size() < 90);
    CHECK(std::ranges::all_of(support, [](std::size_t row) { return row < 90; }));
    CHECK(machine.predict(Matrix<TestType>(0, 90)).empty());
}

TEST_CASE("a machine on some rows is a machine on the matrix of those rows") {
    const Clusters data(60);
    const auto K = data.kernel();
    std::vector<std::size_t> some, others;
    for (std::size_t i = 0; i < 60; ++i) (i % 3 == 1 || i > 50 ? some : others).push_back(59 - i);
    Matrix<double> part(some.size(), some.size()), to_others(others.size(), some.size());
    Labels labels;
    for (std::size_t i = 0; i < some.size(); ++i) {
        labels.push_back(data.labels[some[i]]);
        for (std::size_t j = 0; j < some.size(); ++j) part(i, j) = K(some[i], some[j]);
    }
    for (std::size_t i = 0; i < others.size(); ++i)
        for (std::size_t j = 0; j < some.size(); ++j) to_others(i, j) = K(others[i], some[j]);
    const SvmRows rows(K);
    const auto machine = rows.train(data.labels, some, {.C = 3}), alone = train_svm(part, labels, {.C = 3});
    CHECK(rows.predict(machine, others) == alone.predict(to_others));
    CHECK(machine.predict(K) == rows.predict(machine, [] {
        std::vector<std::size_t> all(60);
        for (std::size_t i = 0; i < 60; ++i) all[i] = i;
        return all;
    }()));
    const auto used = machine.support(), used_alone = alone.support();
    REQUIRE(used.size() == used_alone.size());
    for (std::size_t k = 0; k < used.size(); ++k) CHECK(used[k] == some[used_alone[k]]);
}

TEST_CASE("the same each time, also moved; it outlives what it was trained on") {
    const Clusters data(80, {0, 1, 2}, 0.8), others(50, {0, 1, 2}, 0.8, 3);
    const auto train = [&] { return train_svm(data.kernel(), data.labels, {.C = 1}); };
    auto first = train();
    const auto expected = train().predict(data.kernel(others.x));
    CHECK(first.predict(data.kernel(others.x)) == expected);
    const Svm moved = std::move(first);
    CHECK(moved.predict(data.kernel(others.x)) == expected);
}

TEST_CASE("the order of classes in the data decides nothing") {
    const Clusters data(60, {0, 1, 2}, 1.0);
    std::vector<std::size_t> backwards(60);
    for (std::size_t i = 0; i < 60; ++i) backwards[i] = 59 - i;
    const SvmRows rows(data.kernel());
    CHECK(std::ranges::equal(rows.train(data.labels, backwards).classes(), Labels{0, 1, 2}));
}

TEST_CASE("one class alone is always decided for") {
    const Clusters data(10, {6});
    const auto machine = train_svm(data.kernel(), data.labels);
    CHECK(machine.predict(data.kernel()) == Labels(10, 6));
    Matrix<double> K(1, 1);
    CHECK(train_svm(K, Labels{3}).predict(Matrix<double>(2, 1)) == Labels{3, 3});
}

TEST_CASE("libsvm says nothing, and what it would have said is heard") {
    support_vectors::most_steps = 0;
    const Clusters data(60, {0, 1}, 1.0);
    const auto machine = train_svm(data.kernel(), data.labels);
    CHECK(machine.steps() > 0);
    CHECK(machine.steps() < 100'000);
    CHECK(!machine.gave_up());
    CHECK(support_vectors::step_limit(10) == 10'000'000);
    CHECK(support_vectors::step_limit(1'000'000) == 100'000'000);
    support_vectors::most_steps = 5;
    support_vectors::listen("\noptimization finished, #iter = 27\n");
    support_vectors::listen("optimization finished, #iter = 3\n");
    support_vectors::listen("nSV = 4, nBSV = 99\n");
    CHECK(support_vectors::most_steps == 27);
}

TEST_CASE("a machine that libsvm gives up on says so, and train_svm throws") {
    // A C that float cannot balance: two clusters that overlap, in a linear kernel far from the origin.
    const auto x = normal<double>(40, 1, 5);
    Matrix<double> K(40, 40);
    Labels labels;
    for (std::size_t i = 0; i < 40; ++i) {
        labels.push_back(static_cast<int>(i % 2));
        for (std::size_t j = 0; j < 40; ++j) K(i, j) = (1000 + x(i, 0)) * (1000 + x(j, 0));
    }
    const auto machine = SvmRows(K).train(labels, {.C = 1e6});
    CHECK(machine.gave_up());
    CHECK(machine.steps() == support_vectors::step_limit(40));
    const auto e = thrown_by<did_not_converge>([&] { (void)train_svm(K, labels, {.C = 1e6}); });
    CHECK((e.iterations == 10'000'000 && says(e, "libsvm gave up after 10000000 steps: take a smaller C than 1e+06")));
}

TEST_CASE("singular matrices are no obstacle: equal rows are decided alike") {
    const Clusters data(40);
    const auto K = data.kernel();
    // Every row twice.
    Matrix<double> twice(80, 80);
    Labels labels;
    for (std::size_t i = 0; i < 80; ++i) {
        labels.push_back(data.labels[i / 2]);
        for (std::size_t j = 0; j < 80; ++j) twice(i, j) = K(i / 2, j / 2);
    }
    const auto decided = train_svm(twice, labels, {.C = 2}).predict(twice);
    for (std::size_t i = 0; i < 40; ++i) CHECK(decided[2 * i] == decided[2 * i + 1]);
    // Half the price a row, twice the rows: the same machine.
    const auto once = train_svm(K, data.labels, {.C = 4}).predict(K);
    std::size_t same = 0;
    for (std::size_t i = 0; i < 40; ++i) same += once[i] == decided[2 * i];
    CHECK(same >= 39);
}

TEST_CASE("indefinite by rounding: decided as the definite matrix next to it") {
    const Clusters data(60);
    auto K = data.kernel(), lowered = data.kernel();
    // A Gaussian kernel of close points: its smallest eigenvalue is far below 1e-7.
    for (std::size_t i = 0; i < 60; ++i) lowered(i, i) -= 1e-7;
    CHECK(train_svm(lowered, data.labels, {.C = 10}).predict(K) == train_svm(K, data.labels, {.C = 10}).predict(K));
}

TEMPLATE_TEST_CASE("numbers that are not finite are named", "", float, double) {
    const TestType nan = std::numeric_limits<TestType>::quiet_NaN(), inf = std::numeric_limits<TestType>::infinity();
    const struct {
        TestType value;
        std::size_t row, column;
    } cases[] = {{nan, 4, 4}, {nan, 6, 2}, {inf, 0, 0}, {-inf, 7, 0}};
    const Clusters data(8);
    for (const auto& bad : cases) {
        auto K = data.kernel<TestType>();
        K(bad.row, bad.column) = bad.value;
        const auto e = thrown_by<not_finite>([&] { (void)train_svm(K, data.labels); });
        CHECK((e.row == bad.row && e.column == bad.column && says(e, "train_svm: K holds ")));
        auto Kz = data.kernel<TestType>();
        const auto machine = train_svm(Kz, data.labels);
        Kz(bad.row, bad.column) = bad.value;
        const auto f = thrown_by<not_finite>([&] { (void)machine.predict(Kz); });
        CHECK((f.row == bad.row && f.column == bad.column && says(f, "predict: Kz holds ")));
    }
    auto K = data.kernel<TestType>();
    const auto expected = train_svm(K, data.labels).predict(data.kernel<TestType>());
    K(1, 6) = nan;  // above the diagonal nothing is read
    CHECK(train_svm(K, data.labels).predict(data.kernel<TestType>()) == expected);
}

TEST_CASE("sizes that disagree, rows that are not there, and no rows are refused") {
    const Clusters data(8);
    const auto K = data.kernel();
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)train_svm(Matrix<double>(3, 4), Labels(3)); }), "train_svm: K is 3 x 4"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)train_svm(K, Labels(7)); }), "train_svm: 7 labels, but K has 8 rows"));
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)train_svm(Matrix<double>(0, 0), Labels{}); }), "no rows to train on"));
    const SvmRows rows(K);
    CHECK(rows.count() == 8);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)rows.train(data.labels, std::vector<std::size_t>{1, 8}); }), "row 8 of a K of 8"));
    const auto machine = rows.train(data.labels);
    CHECK_THROWS_AS(machine.predict(Matrix<double>(2, 7)), shape_mismatch);
    CHECK_THROWS_AS(rows.predict(machine, std::vector<std::size_t>{8}), shape_mismatch);
    CHECK_THROWS_AS(SvmRows(Matrix<double>(9, 9)).predict(machine, std::vector<std::size_t>{1}), shape_mismatch);
}

TEST_CASE("a C or a tolerance that is none is refused") {
    const Clusters data(8);
    const auto K = data.kernel();
    for (const double bad : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
        CHECK(says(thrown_by<error>([&] { (void)train_svm(K, data.labels, {.C = bad}); }), "train_svm: a C of "));
        CHECK(says(thrown_by<error>([&] { (void)train_svm(K, data.labels, {.tolerance = bad}); }), "train_svm: a tolerance of "));
    }
}

TEST_CASE("memory is asked for before anything is computed") {
    const auto K = Clusters(8).kernel();
    const auto e = thrown_by<insufficient_memory>([&] { (void)SvmRows(K, 1000); });
    CHECK((e.needed == 16 * 8 * 10 && e.budget == 1000 && says(e, "K as libsvm reads it needs")));
}
