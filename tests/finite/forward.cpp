// A network's outputs do not depend on how samples are laid out, put together or shared among threads. What they are is
// compared with plain loops in tests/naive/networks.cpp and with the reference in tests/golden/finite.cpp.
#include <wide/finite/forward.hpp>

#include <cmath>
#include <cstddef>
#include <limits>

#include "networks.hpp"

using namespace wide;

TEMPLATE_LIST_TEST_CASE("a batch has the outputs of its samples", "[finite]", Everything) {
    using Net = typename TestType::Net;
    using In = typename TestType::In;
    const auto theta = parameters<TestType, float>(1);
    const auto x = samples<TestType, float>(70, 3);
    const auto all = forward<Net>(theta, rows<In>(x));
    Matrix<float> single(70, all.cols());
    for (std::size_t i = 0; i < 70; ++i)
        std::copy_n(forward<Net>(theta, rows<In>(x.data() + i * x.cols(), 1)).data(), all.cols(),
                    single.data() + i * all.cols());
    CHECK(apart(all, single) < 2e-6);
    CHECK(apart(all, single) >= 0);
    for (const std::size_t count : {2u, 3u, 11u, 25u, 49u}) {
        const auto some = forward<Net>(theta, rows<In>(x.data(), count));
        Matrix<float> first(count, all.cols());
        std::copy_n(all.data(), first.size(), first.data());
        CHECK(apart(some, first) < 2e-6);
    }
}

TEST_CASE("float and double agree to float's rounding", "[finite]") {
    using Case = On<Branches, Vector<9>>;
    const auto x = samples<Case, float>(31, 3);
    Matrix<double> same(31, 9);
    std::copy_n(x.data(), x.size(), same.data());
    const auto one = forward<Branches>(parameters<Case, float>(1), rows<Vector<9>>(x));
    CHECK(apart(one, forward<Branches>(parameters<Case, double>(1), rows<Vector<9>>(same))) < 1e-5);
}

TEST_CASE("outputs and tangents are the same bits for any number of threads", "[finite]") {
    const auto check = []<class Net, class In>(On<Net, In>, std::size_t count) {
        const auto theta = initial<Net, In>(seed{1}), direction = initial<Net, In>(seed{2});
        const auto x = samples<On<Net, In>, float>(count, 3);
        const options one{.threads = 1}, two{.threads = 2};
        CHECK(same_bits(forward<Net>(theta, rows<In>(x), one), forward<Net>(theta, rows<In>(x), two)));
        CHECK(same_bits(jvp<Net>(theta, direction, rows<In>(x), one).tangent, jvp<Net>(theta, direction, rows<In>(x), two).tangent));
    };
    check(On<Branches, Vector<9>>{}, 3001);
    check(On<Images, Image<7, 6, 3>>{}, 3001);
    // So much work that blocks are smaller for two threads, and that all put weights into panels.
    check(On<Serial<Dense<500, He>, Relu, Dense<530, Bias<0.1>>, Erf, Dense<3>>, Vector<601>>{}, 400);
    check(On<Convolutions, Image<4, 4, 32>>{}, 130);
}

TEMPLATE_LIST_TEST_CASE("samples in columns, reversed or with gaps have the outputs of samples in rows", "[finite]", Structures) {
    using Net = typename TestType::Net;
    using In = typename TestType::In;
    const auto theta = parameters<TestType, float>(1);
    const auto x = samples<TestType, float>(29, 3);
    const auto expected = forward<Net>(theta, rows<In>(x));
    Matrix<float> columns(x.cols(), 29), gaps(29, x.cols() + 3), reversed(29, x.cols());
    for (std::size_t i = 0; i < 29; ++i)
        for (std::size_t k = 0; k < x.cols(); ++k) columns(k, i) = gaps(i, k) = reversed(28 - i, k) = x(i, k);
    auto view = rows<In>(x);
    view.data = columns.data(), view.row_stride = 1, view.column_stride = 29;
    CHECK(same_bits(forward<Net>(theta, view), expected));
    view.data = gaps.data(), view.row_stride = static_cast<std::ptrdiff_t>(x.cols() + 3), view.column_stride = 1;
    CHECK(same_bits(forward<Net>(theta, view), expected));
    view.data = &reversed(28, 0), view.row_stride = -static_cast<std::ptrdiff_t>(x.cols());
    CHECK(same_bits(forward<Net>(theta, view), expected));
}

TEST_CASE("results go where there is room already", "[finite]") {
    const auto theta = initial<Vectors, Vector<7>>(seed{1});
    const auto x = random_rows<float>(20, 7, 3);
    Matrix<float> result(20, 3);
    const float* const place = result.data();
    forward_into<Vectors>(result, theta, rows<Vector<7>>(x));
    CHECK(result.data() == place);
    forward_into<Vectors>(result, theta, rows<Vector<7>>(x.data(), 12));
    CHECK((result.rows() == 12 && result.cols() == 3));
    CHECK(same_bits(result, forward<Vectors>(theta, rows<Vector<7>>(x.data(), 12))));
}
