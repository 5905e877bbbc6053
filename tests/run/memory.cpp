#include <wide/run/matrix.hpp>
#include <wide/run/memory.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "../catch.hpp"

using namespace wide;

TEST_CASE("bytes are readable") {
    CHECK(readable_bytes(0) == "0 bytes");
    CHECK(readable_bytes(1023) == "1023 bytes");
    CHECK(readable_bytes(1024) == "1 KiB");
    CHECK(readable_bytes(1536) == "1.5 KiB");
    CHECK(readable_bytes(std::uint64_t{7} << 29) == "3.5 GiB");
    CHECK(readable_bytes(std::uint64_t{1} << 60) == "1 EiB");
    CHECK(readable_bytes(UINT64_MAX).ends_with("EiB"));
}

TEST_CASE("memory is refused beyond the budget, or beyond the machine's") {
    CHECK_NOTHROW(require_memory(100, 100, "it"));
    CHECK_NOTHROW(require_memory(100, 0, "it"));
    CHECK(machine_memory() > std::uint64_t{1} << 20);
    try {
        require_memory(2048, 1024, "it");
        FAIL("nothing was thrown");
    } catch (const insufficient_memory& e) {
        CHECK((e.needed == 2048 && e.budget == 1024));
        CHECK(std::string(e.what()).starts_with("it needs 2 KiB, but the budget is 1 KiB: "));
    }
    try {
        require_memory(UINT64_MAX, 0, "it");
        FAIL("nothing was thrown");
    } catch (const insufficient_memory& e) {
        CHECK((e.needed == UINT64_MAX && e.budget == machine_memory()));
        CHECK(std::string(e.what()).find("but this machine has ") != std::string::npos);
    }
}

TEMPLATE_TEST_CASE("a matrix is row-major, zero and aligned", "", float, double) {
    static_assert(!std::is_copy_constructible_v<Matrix<TestType>>);
    static_assert(std::is_nothrow_move_constructible_v<Matrix<TestType>>);
    for (const std::size_t rows : {1u, 3u, 900u}) {
        Matrix<TestType> m(rows, 700);
        CHECK(reinterpret_cast<std::uintptr_t>(m.data()) % 64 == 0);
        CHECK((m.rows() == rows && m.cols() == 700 && m.size() == rows * 700 && !m.empty()));
        TestType sum = 0;
        for (std::size_t k = 0; k < m.size(); ++k) sum += m.data()[k];
        CHECK(sum == 0);
        m(rows - 1, 699) = 5;
        CHECK(m.data()[rows * 700 - 1] == 5);
        CHECK(m.row(rows - 1)[699] == 5);
        const TestType* place = m.data();
        const auto twin = m.copy();
        const Matrix<TestType> moved = std::move(m);
        CHECK((moved.data() == place && moved(rows - 1, 699) == 5));
        CHECK((twin.data() != place && twin(rows - 1, 699) == 5 && twin.rows() == rows));
    }
}

TEST_CASE("a matrix that no memory holds is refused") {
    CHECK_THROWS_AS(Matrix<double>(SIZE_MAX / 8, 2), insufficient_memory);
    CHECK_THROWS_AS(Matrix<double>(std::size_t{1} << 33, std::size_t{1} << 33), insufficient_memory);
    CHECK(Matrix<double>(0, SIZE_MAX).empty());
    CHECK(Matrix<double>(SIZE_MAX, 0).empty());
}
