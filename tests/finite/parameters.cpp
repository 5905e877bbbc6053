// Parameters as vectors: places that the compiler knows, arithmetic, layers by name.
#include <wide/finite/initial.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <wide/dsl.hpp>

#include "../catch.hpp"

using namespace wide;

namespace {

struct Net : Serial<Dense<5, He, Bias<0.1>>, Relu, Dense<3>> {};
struct Pictures : Serial<Conv<4, Filter<3, 2>, Bias<0.2>>, Relu, Flatten, Dense<2, Standard>> {};
using In = Vector<7>;
using P = Parameters<Net, In, double>;

static_assert(P::count == 7 * 5 + 5 + 5 * 3 && P::leaves == 3);
static_assert(P::count == parameters_of<Net, In>);
static_assert(Parameters<Pictures, Image<5, 4, 3>>::count == parameters_of<Pictures, Image<5, 4, 3>>);
static_assert(!std::is_copy_constructible_v<P> && std::is_nothrow_move_constructible_v<P>);

}  // namespace

TEST_CASE("leaves lie apart, aligned, with zeros between them", "[finite]") {
    const auto theta = initial<Net, In, double>(seed{1});
    std::size_t sizes = 0;
    for (int i = 0; i < theta.leaves; ++i) {
        CHECK(reinterpret_cast<std::uintptr_t>(theta.leaf(i).data()) % 64 == 0);
        sizes += theta.leaf(i).size();
        if (i > 0) CHECK(theta.leaf(i).data() >= theta.leaf(i - 1).data() + theta.leaf(i - 1).size());
    }
    CHECK(sizes == theta.count);
    std::size_t zeros = 0;
    for (std::size_t k = 0; k < theta.size(); ++k) zeros += theta.data()[k] == 0;
    CHECK(zeros == theta.size() - theta.count);
    CHECK(norm(P()) == 0);
}

TEST_CASE("parameters are vectors", "[finite]") {
    const auto a = initial<Net, In, double>(seed{1}), b = initial<Net, In, double>(seed{2});
    double product = 0, square = 0;
    for (int i = 0; i < a.leaves; ++i)
        for (std::size_t k = 0; k < a.leaf(i).size(); ++k) product += a.leaf(i)[k] * b.leaf(i)[k], square += a.leaf(i)[k] * a.leaf(i)[k];
    CHECK(std::abs(dot(a, b) - product) < 1e-13);
    CHECK(std::abs(norm(a) - std::sqrt(square)) < 1e-13);
    auto sum = a.copy();
    sum.axpy(-0.5, b);
    for (int i = 0; i < a.leaves; ++i)
        for (std::size_t k = 0; k < a.leaf(i).size(); ++k) CHECK(std::abs(sum.leaf(i)[k] - (a.leaf(i)[k] - 0.5 * b.leaf(i)[k])) < 1e-15);
    sum *= 2;
    sum += b;
    sum -= a;
    sum -= a;
    CHECK(norm(sum) < 1e-14);
    auto moved = std::move(sum);
    moved += a;
    CHECK(std::abs(dot(moved, a) - square) < 1e-12);
    moved.set_zero();
    CHECK(norm(moved) == 0);
    CHECK(norm(a) > 0);
}

TEST_CASE("layers have names for what they hold, each in its own shape", "[finite]") {
    auto theta = initial<Net, In, double>(seed{1});
    std::size_t widths = 0, biases = 0;
    boost::hana::for_each(layers(theta), [&](auto layer) {
        widths = 10 * widths + layer.width;
        biases += layer.bias.size();
        layer.weights(1, 2) = 42;
    });
    CHECK((widths == 53 && biases == 5));
    CHECK((theta.leaf(0)[1 * 5 + 2] == 42 && theta.leaf(2)[1 * 3 + 2] == 42));
    auto pictures = initial<Pictures, Image<5, 4, 3>>(seed{1});
    boost::hana::for_each(layers(pictures), [](auto layer) { CHECK(layer.weight.size() == layer.fan_in * layer.width); });
    const auto& constant = theta;
    boost::hana::for_each(layers(constant), [](auto layer) {
        static_assert(std::is_const_v<std::remove_reference_t<decltype(layer.weights(0, 0))>>);
    });
}
