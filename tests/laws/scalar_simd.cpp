// Every entry of a Gram against kernel_at, which is the same recursion on one number in double.
#include <wide/kernel/gram.hpp>

#include <vector>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "nets.hpp"
#include "reference.hpp"

using namespace wide;
using Catch::Matchers::WithinAbs;

namespace {

template <class T>
constexpr double tolerance = sizeof(T) == sizeof(float) ? 4e-6 : 1e-13;

/// The size of errors is measured in kernels of a sample with another one in the same direction.
template <class Net, class In>
KernelValue diagonal_at(double variance) {
    return kernel_at<Net, In>({variance, variance, variance});
}

template <class Net, class In, class T>
void check_entry(const Gram<T>& G, std::size_t i, std::size_t j, const Moments& m) {
    const KernelValue expected = kernel_at<Net, In>(m);
    const auto one = diagonal_at<Net, In>(m.xx), two = diagonal_at<Net, In>(m.zz);
    INFO(i << ", " << j);
    CHECK_THAT(static_cast<double>(G.nngp(i, j)),
               WithinAbs(expected.nngp, tolerance<T> * std::sqrt(one.nngp * two.nngp)));
    CHECK_THAT(static_cast<double>(G.ntk(i, j)),
               WithinAbs(expected.ntk, tolerance<T> * std::sqrt(one.ntk * two.ntk)));
}

/// Every `stride`-th entry below and above the diagonal.
template <class Net, class In, class T>
void check_grams(std::size_t width, std::size_t n, std::size_t m, std::size_t stride = 1) {
    INFO(m << " x " << n << ", width " << width);
    const auto x = random_rows<T>(n, width, n), z = random_rows<T>(m, width, 1000 + m);
    const auto own = gram<Net>(rows<In>(x)), cross = gram<Net>(rows<In>(z), rows<In>(x));
    REQUIRE(own.ntk.rows() == n);
    REQUIRE(cross.ntk.rows() == m);
    REQUIRE(cross.ntk.cols() == n);
    for (std::size_t k = 0; k < n * n; k += stride)
        if (k / n != k % n) check_entry<Net, In>(own, k / n, k % n, moments(x, k / n, x, k % n));
    for (std::size_t k = 0; k < m * n; k += stride)
        check_entry<Net, In>(cross, k / n, k % n, moments(z, k / n, x, k % n));
}

}  // namespace

TEMPLATE_TEST_CASE("a Gram's entries are kernel_at's", "", float, double) {
    check_grams<Shallow, Vector<>, TestType>(9, 61, 40);
    check_grams<Biased, Vector<>, TestType>(9, 61, 40);
    check_grams<Branching, Vector<>, TestType>(9, 61, 40);
    check_grams<Normal, Vector<9>, TestType>(9, 61, 40);
    check_grams<Looped, Vector<>, TestType>(9, 61, 40);
    check_grams<Serial<Identity>, Vector<>, TestType>(9, 61, 40);
}

TEMPLATE_TEST_CASE("any number of samples", "", float, double) {
    for (std::size_t n = 1; n <= 40; ++n) check_grams<Biased, Vector<>, TestType>(5, n, 41 - n);
    for (const std::size_t n : {95u, 96u, 97u, 98u, 191u, 192u, 193u})
        check_grams<Biased, Vector<>, TestType>(5, n, n - 90, 7);
    check_grams<Shallow, Vector<>, TestType>(3, 1, 200);
    check_grams<Shallow, Vector<>, TestType>(3, 200, 1);
}

TEMPLATE_TEST_CASE("any width: 1, and around the depth contracted at a time", "", float, double) {
    for (const std::size_t width : {1u, 2u, 159u, 160u, 161u, 319u, 320u, 321u, 640u, 641u, 1000u})
        check_grams<Biased, Vector<>, TestType>(width, 30, 20);
}

TEST_CASE("in one dimension samples are parallel or opposite") {
    const std::vector<double> numbers = {1, -2, 0.5, 3, 0};
    const auto G = gram<Shallow>(rows<Vector<1>>(numbers));
    for (std::size_t i = 0; i < 5; ++i)
        for (std::size_t j = 0; j < 5; ++j) {
            const double product = numbers[i] * numbers[j];
            CHECK_THAT(G.nngp(i, j), WithinAbs(product > 0 ? product : 0, 1e-14));
            CHECK_THAT(G.ntk(i, j), WithinAbs(product > 0 ? 2 * product : 0, 1e-14));
        }
}

TEMPLATE_TEST_CASE("a run-time width gives the same bits", "", float, double) {
    const auto data = random_rows<TestType>(50, 19, 3);
    const auto a = gram<Normal>(rows<Vector<19>>(data)), b = gram<Normal>(rows<Vector<>>(data));
    for (std::size_t k = 0; k < a.ntk.size(); ++k) {
        CHECK(a.nngp.data()[k] == b.nngp.data()[k]);
        CHECK(a.ntk.data()[k] == b.ntk.data()[k]);
    }
}
