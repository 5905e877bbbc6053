// Every member of a family has the kernels that it has alone.
#include <wide/kernel/gram.hpp>

#include <array>
#include <cmath>

#include "../catch.hpp"
#include "../random_rows.hpp"

using namespace wide;

namespace {

template <int depth>
struct Deep : Serial<Repeat<depth, Dense<8, He, Bias<0.3>>, Relu>, Dense<1>> {};
struct FirstFrozen : Serial<Dense<8, He, Bias<0.3>, Frozen>, Relu, Dense<8, He, Bias<0.3>>, Relu, Dense<1>> {};
struct LastOnly : Serial<Dense<8, He, Bias<0.3>, Frozen>, Relu, Dense<8, He, Bias<0.3>, Frozen>, Relu, Dense<1>> {};
struct Untrained : Serial<Dense<8, He, Bias<0.3>, Frozen>, Relu, Dense<1, Frozen>> {};
struct Prefixes : Family<Deep<3>, Deep<1>, Deep<2>, FirstFrozen, LastOnly, Untrained, Deep<2>> {};

struct Bounded : Serial<Dense<8>, Erf, Dense<1, Bias<0.2>>> {};
struct Series : Serial<Dense<8>, Tanh, Dense<1>> {};
struct Parameterised : Serial<Dense<8, Standard, Weight<1.4>>, Erf, Dense<1, Standard>> {};
struct Residuals : Serial<Dense<8>, Residual<Relu, Dense<8, He>>, Concat<Dense<3>, Dense<5>>, Dense<1>> {};
struct Unlike : Family<Bounded, Series, Parameterised, Residuals> {};

struct Plain : Serial<Repeat<12, Dense<8, He>, Relu>, Dense<1>> {};
struct Half : Serial<Repeat<6, Dense<8, He, Frozen>, Relu>, Repeat<6, Dense<8, He>, Relu>, Dense<1>> {};
struct Homogeneous : Family<Plain, Half> {};

template <class T>
constexpr double promise = sizeof(T) == sizeof(float) ? 2e-6 : 1e-13;

/// Relative to the largest entry.
template <class T>
double largest_difference(const Matrix<T>& got, const Matrix<T>& expected) {
    REQUIRE((got.rows() == expected.rows() && got.cols() == expected.cols()));
    double worst = 0, largest = 0;
    for (std::size_t k = 0; k < got.size(); ++k) {
        const auto apart = std::abs(static_cast<double>(got.data()[k]) - static_cast<double>(expected.data()[k]));
        worst = std::isnan(worst) || apart <= worst ? worst : apart;
        largest = std::max(largest, std::abs(static_cast<double>(expected.data()[k])));
    }
    return largest > 0 ? worst / largest : worst;
}

const options direct{.schedule = schedule::direct};

/// `all` holds the family's kernels, `alone` computes a member's with the same arguments.
template <std::size_t n, class Member, class All, class Alone>
void member_is_itself(const All& all, Alone alone, double tolerance) {
    INFO("member " << n);
    const auto expected = alone(static_cast<Member*>(nullptr));
    CHECK(largest_difference(all[n].nngp, expected.nngp) <= tolerance);
    CHECK(largest_difference(all[n].ntk, expected.ntk) <= tolerance);
}
template <class... Members, class All, class Alone>
void members_are_themselves(const Family<Members...>&, const All& all, Alone alone, double tolerance) {
    static_assert(sizeof...(Members) == std::tuple_size_v<All>);
    [&]<std::size_t... n>(std::index_sequence<n...>) { (member_is_itself<n, Members>(all, alone, tolerance), ...); }
    (std::index_sequence_for<Members...>{});
}

/// Two of the rows are the same, two opposite, one is zero.
template <class T>
Matrix<T> mixed_rows() {
    auto x = random_rows<T>(45, 7, 12);
    for (std::size_t k = 0; k < 7; ++k) x(9, k) = x(3, k), x(40, k) = -x(3, k), x(22, k) = 0;
    return x;
}

}  // namespace

TEMPLATE_TEST_CASE("members that share their first layers", "", float, double) {
    const auto data = mixed_rows<TestType>(), other = random_rows<TestType>(20, 7, 5);
    const auto x = rows<Vector<7>>(data), z = rows<Vector<7>>(other);
    const double tolerance = promise<TestType>;
    members_are_themselves(
        Prefixes{}, gram<Prefixes>(x), [&]<class Net>(Net*) { return gram<Net>(x); }, tolerance);
    members_are_themselves(
        Prefixes{}, gram<Prefixes>(z, x), [&]<class Net>(Net*) { return gram<Net>(z, x); }, tolerance);
    const auto all = gram<Prefixes>(x);
    CHECK(largest_difference(all[6].ntk, all[2].ntk) == 0);    // equal members
    CHECK(largest_difference(all[3].nngp, all[2].nngp) == 0);  // what is frozen does not show in the NNGP
    for (std::size_t k = 0; k < all[5].ntk.size(); ++k) CHECK(all[5].ntk.data()[k] == 0);
}

TEST_CASE("members that share nothing but the data") {
    const auto data = mixed_rows<float>();
    const auto x = rows<Vector<7>>(data);
    members_are_themselves(
        Unlike{}, gram<Unlike>(x), [&]<class Net>(Net*) { return gram<Net>(x); }, promise<float>);
}

TEMPLATE_TEST_CASE("members that are functions of the angle, direct and collapsed", "", float, double) {
    const auto data = mixed_rows<TestType>();
    const auto x = rows<Vector<7>>(data);
    const double tolerance = promise<TestType>;
    const auto alone = [&]<class Net>(Net*) { return gram<Net>(x, direct); };
    members_are_themselves(Homogeneous{}, gram<Homogeneous>(x, direct), alone, tolerance);
    members_are_themselves(Homogeneous{}, gram<Homogeneous>(x), alone, tolerance);
}

TEST_CASE("every way to ask for a family") {
    const auto data = mixed_rows<float>(), other = random_rows<float>(20, 7, 5);
    const auto x = rows<Vector<7>>(data), z = rows<Vector<7>>(other);
    const auto both = gram<Prefixes>(x);
    const auto own = ntk<Prefixes>(x), across = ntk<Prefixes>(z, x);
    const auto covariances = nngp<Prefixes>(x);
    const auto self = diagonal<Prefixes>(x);
    const auto lower = gram<Prefixes>(x, options{.threads = 2, .fill = fill::lower});
    static_assert(std::is_same_v<decltype(own), const std::array<Matrix<float>, 7>>);
    for (std::size_t n = 0; n < own.size(); ++n) {
        INFO("member " << n);
        CHECK(largest_difference(own[n], both[n].ntk) <= promise<float>);
        CHECK(largest_difference(covariances[n], both[n].nngp) <= promise<float>);
        int above = 0, different = 0, off_diagonal = 0;
        for (std::size_t i = 0; i < x.count; ++i) {
            off_diagonal += self[n].ntk[i] != both[n].ntk(i, i) || self[n].nngp[i] != both[n].nngp(i, i);
            for (std::size_t j = 0; j < x.count; ++j) {
                above += j > i && (lower[n].ntk(i, j) != 0 || lower[n].nngp(i, j) != 0);
                different +=
                    j <= i && (lower[n].ntk(i, j) != both[n].ntk(i, j) || lower[n].nngp(i, j) != both[n].nngp(i, j));
            }
        }
        CHECK(above == 0);
        CHECK(different == 0);
        CHECK(off_diagonal == 0);
    }
    CHECK(largest_difference(across[0], ntk<Deep<3>>(z, x)) <= promise<float>);

    std::array<Gram<float>, 7> reused;
    gram_into<Prefixes>(reused, x);
    const float* const memory = reused[4].ntk.data();
    gram_into<Prefixes>(reused, x, default_scales<Prefixes>());
    CHECK(reused[4].ntk.data() == memory);
    for (std::size_t n = 0; n < own.size(); ++n) CHECK(largest_difference(reused[n].ntk, both[n].ntk) == 0);
}

TEST_CASE("a family without a name, and one of one member") {
    const auto data = mixed_rows<float>();
    const auto x = rows<Vector<7>>(data);
    const auto two = ntk<Deep<1>, Deep<2>>(x);
    CHECK(largest_difference(two[0], ntk<Deep<1>>(x)) <= promise<float>);
    CHECK(largest_difference(two[1], ntk<Deep<2>>(x)) <= promise<float>);
    const auto one = ntk<Family<Deep<1>>>(x);
    static_assert(std::is_same_v<decltype(one), const std::array<Matrix<float>, 1>>);
    CHECK(largest_difference(one[0], ntk<Deep<1>>(x)) == 0);
}
