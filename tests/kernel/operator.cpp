// A kernel that is not stored is the Gram of the same samples: its products, columns and diagonal.
#include <wide/kernel/operator.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <vector>

#include "../catch.hpp"
#include "../laws/nets.hpp"
#include "../random_rows.hpp"
#include "../thrown.hpp"

using namespace wide;

namespace {

struct Untrained : Serial<Dense<8, Frozen>, Relu, Dense<1, Frozen>> {};
struct SiluNet : Serial<Dense<8, Bias<0.1>>, Silu, Dense<1>> {};
struct Convolutional : Serial<Conv<4, Filter<3, 3>, Same, He>, Relu, Flatten, Dense<1>> {};

template <class T>
bool same_bits(const Matrix<T>& A, const Matrix<T>& B) {
    if (A.rows() != B.rows() || A.cols() != B.cols()) return false;
    for (std::size_t k = 0; k < A.size(); ++k)
        if (A.data()[k] != B.data()[k]) return false;
    return true;
}

/// How far `product` is from K V, in units of |K| |V|.
template <class T>
double distance(const Matrix<T>& K, const Matrix<T>& V, const Matrix<T>& product) {
    REQUIRE(product.rows() == K.rows());
    REQUIRE(product.cols() == V.cols());
    double worst = 0;
    for (std::size_t i = 0; i < K.rows(); ++i)
        for (std::size_t o = 0; o < V.cols(); ++o) {
            double sum = 0, size = 0;
            for (std::size_t j = 0; j < K.cols(); ++j) {
                const double part = static_cast<double>(K(i, j)) * static_cast<double>(V(j, o));
                sum += part;
                size += std::abs(part);
            }
            const double apart = std::abs(static_cast<double>(product(i, o)) - sum);
            if (!(apart <= 0)) worst = std::max(worst, apart / size);
            REQUIRE_FALSE(std::isnan(apart));
        }
    return worst;
}

template <class T>
constexpr double rounding = 20 * static_cast<double>(std::numeric_limits<T>::epsilon());

template <class Net, class T>
void check_products(std::size_t n, std::size_t width, const options& how = {}) {
    INFO("n = " << n << ", width = " << width);
    const auto data = random_rows<T>(n, width, n + 1), other = random_rows<T>(n / 2 + 3, width, n + 2);
    const auto x = rows<Vector<>>(data.data(), n, width), z = rows<Vector<>>(other);
    const auto K = kernel_of<Net>(x, how);
    const auto Q = kernel_of<Net, Wanted::nngp>(x, how);
    const auto C = kernel_of<Net>(z, x, how);
    REQUIRE(K.rows() == n);
    REQUIRE(K.cols() == n);
    REQUIRE(C.rows() == z.count);
    REQUIRE(C.cols() == n);
    const auto G = gram<Net>(x, how), Gz = gram<Net>(z, x, how);
    for (const std::size_t outputs : {std::size_t{1}, std::size_t{10}, std::size_t{35}}) {
        const auto V = random_rows<T>(n, outputs, 5);
        CHECK(distance(G.ntk, V, K.multiply(V)) < rounding<T>);
        CHECK(distance(G.nngp, V, Q.multiply(V)) < rounding<T>);
        CHECK(distance(Gz.ntk, V, C.multiply(V)) < rounding<T>);
        CHECK(same_bits(C.multiply(V), K.against()(z).multiply(V)));
    }
    const auto own = K.diagonal();
    REQUIRE(own.size() == n);
    for (std::size_t i = 0; i < n; ++i) CHECK(own[i] == G.ntk(i, i));
}

}  // namespace

TEMPLATE_TEST_CASE("products are those of the Gram, whatever the net and the size", "", float, double) {
    for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{97}, std::size_t{300}}) {
        check_products<Shallow, TestType>(n, 5);
        check_products<Biased, TestType>(n, 13);
    }
    check_products<Branching, TestType>(193, 9);
    check_products<Normal, TestType>(97, 20);
    check_products<Looped, TestType>(100, 3);
    check_products<SiluNet, TestType>(65, 7);
    check_products<Shallow, TestType>(1000, 1);
    check_products<Shallow, TestType>(1000, 700, options{.schedule = schedule::direct});
}

TEMPLATE_TEST_CASE("results are the same bits for any number of threads", "", float, double) {
    const auto data = random_rows<TestType>(700, 11, 1), other = random_rows<TestType>(130, 11, 2);
    const auto x = rows<Vector<11>>(data), z = rows<Vector<11>>(other);
    const auto V = random_rows<TestType>(700, 3, 3);
    const auto product = kernel_of<Biased>(x, options{.threads = 1}).multiply(V);
    const auto cross = kernel_of<Biased>(z, x, options{.threads = 1}).multiply(V);
    for (const int threads : {2, 3, 8, 0})
        for (int again = 0; again < 3; ++again) {
            CHECK(same_bits(kernel_of<Biased>(x, options{.threads = threads}).multiply(V), product));
            CHECK(same_bits(kernel_of<Biased>(z, x, options{.threads = threads}).multiply(V), cross));
        }
}

TEMPLATE_TEST_CASE("columns and blocks are cross Grams, rows are multiplied alike", "", float, double) {
    const auto data = random_rows<TestType>(211, 17, 1);
    const auto x = rows<Vector<17>>(data);
    const std::vector<std::size_t> few{3, 210, 3, 0, 97}, some{5, 6, 7};
    const auto K = kernel_of<Biased>(x, options{.schedule = schedule::direct});
    const auto chosen = gather(x, std::span<const std::size_t>(few)), down = gather(x, std::span<const std::size_t>(some));
    const auto columns = ntk<Biased>(x, rows<Vector<17>>(chosen), options{.schedule = schedule::direct});
    CHECK(same_bits(K.columns(few), columns));
    const auto block =
        ntk<Biased>(rows<Vector<17>>(down), rows<Vector<17>>(chosen), options{.schedule = schedule::direct});
    CHECK(same_bits(K.block(some, few), block));
    const auto V = random_rows<TestType>(211, 4, 3);
    CHECK(distance(ntk<Biased>(rows<Vector<17>>(down), x), V, K.multiply_rows(some, V)) < rounding<TestType>);
    const auto W = random_rows<TestType>(5, 2, 3);
    CHECK(distance(columns, W, K.against(few)(x).multiply(W)) < rounding<TestType>);
    CHECK(K.columns({}).cols() == 0);
    CHECK(K.columns({}).rows() == 211);
    CHECK(K.multiply_rows({}, V).rows() == 0);
    CHECK(K.block({}, few).rows() == 0);
    const std::vector<std::size_t> beyond{211};
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)K.columns(beyond); }), "there is no sample 211 among 211"));
}

TEST_CASE("strided rows and scales are honoured") {
    const auto data = random_rows<double>(40, 14, 1);
    const Rows<Vector<>, double> x{data.data(), 40, 7, 14, 2};
    auto scales = default_scales<Biased>();
    scales[0].weight = 1.7;
    const auto V = random_rows<double>(40, 2, 3);
    const auto K = kernel_of<Biased>(x, scales, options{.threads = 1});
    CHECK(distance(ntk<Biased>(x, scales), V, K.multiply(V)) < rounding<double>);
    const std::vector<std::size_t> few{39, 2};
    const auto columns = K.columns(few);
    const auto G = ntk<Biased>(x, scales);
    for (std::size_t i = 0; i < 40; ++i) CHECK_THAT(columns(i, 1), Catch::Matchers::WithinRel(G(i, 2), 1e-12));
    CHECK(distance(ntk<Biased>(x, x, scales), V, K.against()(x).multiply(V)) < rounding<double>);
}

TEMPLATE_TEST_CASE("images go the same way", "", float, double) {
    using In = Image<5, 4, 2>;
    const auto data = random_rows<TestType>(101, 40, 1), other = random_rows<TestType>(9, 40, 2);
    const auto x = rows<In>(data), z = rows<In>(other);
    const auto K = kernel_of<Convolutional>(x, options{.threads = 2});
    const auto V = random_rows<TestType>(101, 3, 3);
    const auto G = gram<Convolutional>(x);
    CHECK(distance(G.ntk, V, K.multiply(V)) < rounding<TestType>);
    CHECK(distance(G.nngp, V, kernel_of<Convolutional, Wanted::nngp>(x).multiply(V)) < rounding<TestType>);
    CHECK(distance(ntk<Convolutional>(z, x), V, kernel_of<Convolutional>(z, x).multiply(V)) < rounding<TestType>);
    CHECK(distance(ntk<Convolutional>(z, x), V, K.against()(z).multiply(V)) < rounding<TestType>);
    const std::vector<std::size_t> few{7, 100};
    const auto columns = K.columns(few);
    const auto some = gather(x, std::span<const std::size_t>(few));
    const auto kept = K.against(few)(z);  // outlives what gathered its samples
    const auto W = random_rows<TestType>(2, 3, 4);
    CHECK(distance(ntk<Convolutional>(z, rows<In>(some)), W, kept.multiply(W)) < rounding<TestType>);
    CHECK(same_bits(columns, ntk<Convolutional>(x, rows<In>(some))));
    CHECK(distance(ntk<Convolutional>(rows<In>(some), x), V, K.multiply_rows(few, V)) < rounding<TestType>);
    const auto own = K.diagonal();
    for (std::size_t i = 0; i < 101; ++i) CHECK(own[i] == G.ntk(i, i));
    CHECK(same_bits(K.multiply(V), kernel_of<Convolutional>(x, options{.threads = 1}).multiply(V)));
}

TEST_CASE("the NTK of what is not trained is zero") {
    const auto data = random_rows<float>(50, 7, 1);
    const auto x = rows<Vector<7>>(data);
    const auto K = kernel_of<Untrained>(x);
    const auto V = random_rows<float>(50, 2, 2);
    CHECK(same_bits(K.multiply(V), Matrix<float>(50, 2)));
    const std::vector<std::size_t> few{1, 2};
    CHECK(same_bits(K.columns(few), Matrix<float>(50, 2)));
    CHECK(K.diagonal() == std::vector<float>(50));
    CHECK(distance(nngp<Untrained>(x), V, kernel_of<Untrained, Wanted::nngp>(x).multiply(V)) < rounding<float>);
    CHECK_THROWS_AS((void)K.multiply(Matrix<float>(49, 1)), shape_mismatch);
}

TEST_CASE("bad samples and bad factors are named") {
    auto data = random_rows<float>(300, 7, 1);
    const auto x = rows<Vector<7>>(data);
    const auto K = kernel_of<Biased>(x);
    CHECK(says(thrown_by<shape_mismatch>([&] { (void)K.multiply(Matrix<float>(299, 2)); }),
               "the kernel has 300 columns, but what it is to be multiplied with has 299 rows"));
    auto V = random_rows<float>(300, 3, 2);
    V(123, 2) = std::numeric_limits<float>::infinity();
    const auto e = thrown_by<not_finite>([&] { (void)K.multiply(V); });
    CHECK(e.row == 123);
    CHECK(e.column == 2);
    for (std::size_t k = 0; k < V.size(); ++k) V.data()[k] = 1e38f;
    CHECK(says(thrown_by<error>([&] { (void)K.multiply(V); }), "overflows at row 0, column 0"));
    const auto other = random_rows<float>(5, 8, 1);
    CHECK_THROWS_AS(kernel_of<Biased>(rows<Vector<>>(other), rows<Vector<>>(data)), shape_mismatch);
    CHECK_THROWS_AS(K.against()(rows<Vector<>>(other)), shape_mismatch);
    data(211, 3) = std::numeric_limits<float>::quiet_NaN();
    const auto nan = thrown_by<not_finite>([&] { (void)kernel_of<Biased>(x); });
    CHECK(nan.row == 211);
    CHECK(nan.column == 3);
    CHECK_THROWS_AS(kernel_of<Biased>(x, Scales<affine_words<Biased>>{}), error);
}

TEST_CASE("budget, progress and cancellation are those of a Gram") {
    const auto data = random_rows<float>(500, 7, 1);
    const auto x = rows<Vector<7>>(data);
    const auto V = random_rows<float>(500, 3, 2);
    CHECK_THROWS_AS(kernel_of<Biased>(x, options{.budget = 1000}), insufficient_memory);
    const auto small = kernel_of<Biased>(x, options{.budget = 256 * 1024});
    CHECK(small.multiply(V).rows() == 500);
    CHECK_THROWS_AS(small.multiply(Matrix<float>(500, 100)), insufficient_memory);
    const auto all = std::vector<std::size_t>(500, 0);
    CHECK_THROWS_AS(small.columns(all), insufficient_memory);

    std::uint64_t done = 0, total = 0;
    bool ordered = true;
    const Progress bar = [&](std::uint64_t now, std::uint64_t of) {
        ordered = ordered && now >= done;
        done = now;
        total = of;
    };
    (void)kernel_of<Biased>(x, options{.progress = bar}).multiply(V);
    CHECK(total == 500 * 501 / 2);
    CHECK(done == total);
    CHECK(ordered);
    done = 0;
    (void)kernel_of<Biased>(x, x, options{.progress = bar}).multiply(V);
    CHECK(total == 500 * 500);
    CHECK(done == total);

    std::stop_source source;
    const auto K = kernel_of<Biased>(x, options{.stop = source.get_token()});
    source.request_stop();
    CHECK_THROWS_AS(K.multiply(V), cancelled);
    CHECK_THROWS_AS(K.columns(all), cancelled);
}
