// Images whose covariances the element type of pairs has no room for, though their variances, in double, are fine:
// refused, whatever layer would make numbers of ordinary size of them again.
#include <wide/kernel/gram.hpp>

#include <cmath>
#include <string>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "../thrown.hpp"

using namespace wide;
using Catch::Matchers::WithinRel;

namespace {

using In = Image<6, 6, 3>;
using Layer = Conv<8, Filter<3, 3>, Same>;
struct Norm : Serial<Layer, LayerNorm, Relu, GlobalAvgPool, Dense<1>> {};
struct NormAll : Serial<Layer, LayerNormAll, GlobalAvgPool, Dense<1>> {};
struct Bounded : Serial<Layer, Erf, GlobalAvgPool, Dense<1>> {};
struct PooledNorm : Serial<Layer, AvgPool<Window<2, 2>>, Layer, LayerNorm, GlobalAvgPool, Dense<1>> {};
struct PooledFirst : Serial<AvgPool<Window<2, 2>>, Layer, LayerNorm, Flatten, Dense<1>> {};
struct Products : Serial<Product<Layer, Layer>, Conv<8, Filter<1, 1>, Weight<1e-12>>, Relu, Flatten, Dense<1>> {};
struct Amplified : Serial<Product<Layer, Layer>, Conv<8, Filter<1, 1>, Weight<1e12>>, Relu, Flatten, Dense<1>> {};
struct Summed : Serial<SumPool<Window<6, 6>>, Layer, LayerNorm, Flatten, Dense<1>> {};

/// Five images, of which number 3 is so many times larger.
template <class T>
Matrix<T> with_one(double scale) {
    auto x = random_rows<T>(5, width_of<In>, 1);
    for (std::size_t k = 0; k < width_of<In>; ++k) x(3, k) = static_cast<T>(scale * static_cast<double>(x(3, k)));
    return x;
}

template <class Net, class T>
void is_refused(double scale, const std::string& way) {
    const auto data = with_one<T>(scale);
    const auto x = rows<In>(data);
    const auto check = [&](const outside_domain& e) {
        INFO(e.what());
        CHECK(e.row == 3);
        CHECK(says(e, "row 3 of the samples" + way));
        CHECK(says(e, "at one of its positions, for which the element type has no room: scale the data"));
    };
    check(thrown_by<outside_domain>([&] { (void)gram<Net>(x); }));
    check(thrown_by<outside_domain>([&] { (void)diagonal<Net>(x); }));
    const auto cross = thrown_by<outside_domain>([&] { (void)ntk<Net>(rows<In>(data.data(), 3), x); });
    CHECK(says(cross, "row 3 of the second set of samples" + way));
}

}  // namespace

TEST_CASE("huge images do not pass a norm as if they were duplicates") {
    is_refused<Norm, float>(1e20, " has pixels");
    is_refused<NormAll, float>(1e20, " has pixels");
    is_refused<Bounded, float>(1e20, " has pixels");
    is_refused<PooledNorm, float>(1e20, " has pixels");
    is_refused<PooledFirst, float>(1e20, " has pixels");
    is_refused<Summed, float>(1e18, " has pixels");
    is_refused<Norm, double>(1e150, " has pixels");
}

TEST_CASE("tiny images do not lose their digits before a norm") {
    is_refused<Norm, float>(1e-21, " reaches layer 1, LayerNorm,");
    is_refused<NormAll, float>(1e-21, " reaches layer 1, LayerNormAll,");
    is_refused<Bounded, float>(1e-21, " reaches layer 1, ");
    is_refused<PooledFirst, float>(1e-21, " reaches layer 2, LayerNorm,");
}

TEST_CASE("products of images stay where the element type has room") {
    is_refused<Products, float>(1e12, " passes layer ");
    is_refused<Amplified, float>(1e-9, " reaches layer ");
    CHECK(std::isfinite(ntk<Products>(rows<In>(with_one<double>(1e12)))(3, 0)));
}

TEST_CASE("what lies within the room, or is zero, keeps its digits") {
    for (const double scale : {0.0, 1e-8, 1e8, 1e16}) {
        const auto x = with_one<float>(scale), same = with_one<float>(1);
        Matrix<double> exact(5, width_of<In>);
        for (std::size_t k = 0; k < exact.size(); ++k) exact.data()[k] = static_cast<double>(x.data()[k]);
        const auto found = ntk<Norm>(rows<In>(x)), cross = ntk<Norm>(rows<In>(same), rows<In>(x));
        const auto right = ntk<Norm>(rows<In>(exact));
        for (std::size_t j = 0; j < 4; ++j) {
            INFO(scale << " " << j);
            CHECK_THAT(static_cast<double>(found(3, j)), WithinRel(right(3, j), 1e-5));
        }
        CHECK(std::isfinite(cross(0, 3)));
    }
}
