// The same samples from every source: the same view, the same Gram.
#include <wide/kernel/gram.hpp>

#include <array>
#include <span>
#include <vector>

#if __has_include(<eigen3/Eigen/Core>)
#include <eigen3/Eigen/Core>
#endif

#include "../catch.hpp"
#include "../random_rows.hpp"

using namespace wide;

namespace {

constexpr std::size_t count = 3, width = 4;
constexpr std::array<float, count * width> numbers{1, 2, 3, 4, -5, 6, 7, -8, 9, 10, -11, 12};

template <class In>
void is_all_numbers(const Rows<In, float>& x) {
    REQUIRE(x.count == count);
    REQUIRE(x.width == width);
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t k = 0; k < width; ++k)
            CHECK(x.data[static_cast<std::ptrdiff_t>(i) * x.row_stride +
                         static_cast<std::ptrdiff_t>(k) * x.column_stride] == numbers[i * width + k]);
    struct Net : Serial<Dense<8>, Relu, Dense<1>> {};
    const auto expected = ntk<Net>(rows<Vector<>>(numbers.data(), count, width)), got = ntk<Net>(x);
    for (std::size_t k = 0; k < count * count; ++k) CHECK(got.data()[k] == expected.data()[k]);
}

}  // namespace

TEST_CASE("rows from a pointer, a span, a vector, an array and a Matrix") {
    const std::vector<float> vector(numbers.begin(), numbers.end());
    Matrix<float> matrix(count, width);
    for (std::size_t k = 0; k < numbers.size(); ++k) matrix.data()[k] = numbers[k];
    is_all_numbers(rows<Vector<4>>(numbers.data(), count));
    is_all_numbers(rows<Vector<4>>(numbers.data(), count, width));
    is_all_numbers(rows<Vector<>>(numbers.data(), count, width));
    is_all_numbers(rows<Vector<4>>(std::span<const float>(numbers)));
    is_all_numbers(rows<Vector<>>(std::span<const float>(numbers), width));
    is_all_numbers(rows<Vector<4>>(vector));
    is_all_numbers(rows<Vector<>>(vector, width));
    is_all_numbers(rows<Vector<4>>(numbers));
    is_all_numbers(rows<Vector<>>(numbers, width));
    is_all_numbers(rows<Vector<4>>(matrix));
    is_all_numbers(rows<Vector<>>(matrix));
}

TEST_CASE("rows of a pointer to what may be written") {
    std::vector<float> vector(numbers.begin(), numbers.end());
    is_all_numbers(rows<Vector<4>>(vector.data(), count));
    is_all_numbers(rows<Vector<>>(std::span<float>(vector), width));
}

TEST_CASE("rows from a C array") {
    float array[count * width];
    for (std::size_t k = 0; k < numbers.size(); ++k) array[k] = numbers[k];
    const auto& unchanging = array;
    is_all_numbers(rows<Vector<4>>(array));
    is_all_numbers(rows<Vector<4>>(unchanging));
    is_all_numbers(rows<Vector<>>(array, width));
    is_all_numbers(rows<Vector<>>(unchanging, width));
}

#if __has_include(<eigen3/Eigen/Core>)
TEST_CASE("rows from Eigen's matrices and maps, in both storage orders") {
    using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Eigen::Map<const RowMajor> map(numbers.data(), count, width);
    const RowMajor row_major = map;
    const Eigen::MatrixXf column_major = map;
    const Eigen::Matrix<float, 3, 4> fixed = map;
    is_all_numbers(rows<Vector<4>>(map));
    is_all_numbers(rows<Vector<>>(row_major));
    is_all_numbers(rows<Vector<4>>(column_major));
    is_all_numbers(rows<Vector<>>(column_major));
    is_all_numbers(rows<Vector<4>>(fixed));

    std::vector<float> spaced(200, -1);
    const Eigen::Map<RowMajor, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>> strided(
        spaced.data(), count, width, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(31, 5));
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t k = 0; k < width; ++k) spaced[i * 31 + k * 5] = numbers[i * width + k];
    is_all_numbers(rows<Vector<4>>(strided));
    Eigen::MatrixXf larger = Eigen::MatrixXf::Zero(7, 9);
    larger.block(2, 3, 3, 4) = map;
    is_all_numbers(rows<Vector<4>>(larger.block(2, 3, 3, 4)));

    CHECK_THROWS_AS((void)rows<Vector<5>>(column_major), shape_mismatch);
    const Eigen::RowVectorXf one_sample = map.row(1);
    const auto one = rows<Vector<4>>(one_sample);
    CHECK((one.count == 1 && one.width == 4 && one.data[3 * one.column_stride] == -8));
}
#endif
