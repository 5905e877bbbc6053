// What must not change a single bit: the number of threads, which triangles are filled, which other samples there
// are.
#include <wide/kernel/gram.hpp>

#include <cstring>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "nets.hpp"

using namespace wide;

namespace {

template <class T>
bool same_bits(const Matrix<T>& a, const Matrix<T>& b) {
    return a.rows() == b.rows() && a.cols() == b.cols() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// Random rows, and among them duplicates, near duplicates, opposites and a zero row.
template <class T>
Matrix<T> mixed_rows(std::size_t count, std::size_t width) {
    auto x = random_rows<T>(count, width, 5);
    for (std::size_t k = 0; k < width; ++k) {
        x(7, k) = x(3, k);
        x(50, k) = -x(3, k);
        x(count - 1, k) = x(3, k) * T(1 + 1e-5 * (k == 0));
        x(20, k) = 0;
    }
    return x;
}

}  // namespace

TEMPLATE_TEST_CASE("any number of threads gives the same bits", "", float, double) {
    const auto data = mixed_rows<TestType>(400, 330);
    const auto other = random_rows<TestType>(150, 330, 6);
    const auto x = rows<Vector<330>>(data), z = rows<Vector<330>>(other);
    const auto own = gram<Branching>(x, options{.threads = 1}), cross = gram<Biased>(z, x, options{.threads = 1});
    for (const int threads : {0, 2, 3, 7}) {
        INFO(threads << " threads");
        const auto again = gram<Branching>(x, options{.threads = threads});
        CHECK(same_bits(again.nngp, own.nngp));
        CHECK(same_bits(again.ntk, own.ntk));
        const auto across = gram<Biased>(z, x, options{.threads = threads});
        CHECK(same_bits(across.nngp, cross.nngp));
        CHECK(same_bits(across.ntk, cross.ntk));
    }
}

TEMPLATE_TEST_CASE("fill::lower is fill::both with zeros above the diagonal", "", float, double) {
    const auto data = mixed_rows<TestType>(211, 17);
    const auto x = rows<Vector<17>>(data);
    const auto both = gram<Branching>(x, options{.fill = fill::both});
    const auto lower = gram<Branching>(x, options{.threads = 3, .fill = fill::lower});
    int different = 0, above = 0;
    for (std::size_t i = 0; i < x.count; ++i)
        for (std::size_t j = 0; j < x.count; ++j) {
            different += j <= i && (both.nngp(i, j) != lower.nngp(i, j) || both.ntk(i, j) != lower.ntk(i, j));
            above += j > i && (lower.nngp(i, j) != 0 || lower.ntk(i, j) != 0);
        }
    CHECK(different == 0);
    CHECK(above == 0);
}

TEMPLATE_TEST_CASE("an entry does not depend on the other samples", "", float, double) {
    const auto data = mixed_rows<TestType>(130, 350);
    const auto x = rows<Vector<350>>(data);
    const auto all = gram<Branching>(x);
    const auto cross = gram<Biased>(x, x);
    int different = 0;
    for (const std::size_t first : {0u, 1u, 5u, 20u, 29u, 96u, 121u})
        for (const std::size_t count : {1u, 3u, 9u}) {
            const Rows<Vector<350>, TestType> some{data.data() + first * 350, count, 350, 350, 1};
            const auto part = gram<Branching>(some);
            const auto part_of_cross = gram<Biased>(some, x), other_part = gram<Biased>(x, some);
            for (std::size_t i = 0; i < count; ++i) {
                for (std::size_t j = 0; j < count; ++j)
                    different += part.nngp(i, j) != all.nngp(first + i, first + j) ||
                                 part.ntk(i, j) != all.ntk(first + i, first + j);
                for (std::size_t j = 0; j < x.count; ++j)
                    different += part_of_cross.ntk(i, j) != cross.ntk(first + i, j) ||
                                 other_part.ntk(j, i) != cross.ntk(j, first + i);
            }
        }
    CHECK(different == 0);
}

TEST_CASE("how layers are grouped does not change a bit") {
    struct Block : Serial<Dense<8, He>, Relu> {};
    struct Flat : Serial<Dense<8, He>, Relu, Dense<8, He>, Relu, Dense<8, He>, Relu, Dense<1, Bias<0.1>>> {};
    struct Nested : Serial<Block, Serial<Block, Serial<Block, Serial<Dense<1, Bias<0.1>>>>>> {};
    struct Repeated : Serial<Repeat<3, Block>, Dense<1, Bias<0.1>>> {};
    struct WithIdentity : Serial<Identity, Block, Repeat<2, Identity, Block, Dropout<0.5>>, Dense<1, Bias<0.1>>> {};
    const auto data = mixed_rows<float>(70, 13);
    const auto x = rows<Vector<13>>(data);
    const auto expected = gram<Flat>(x);
    const auto check = [&](const Gram<float>& got) {
        CHECK(same_bits(got.nngp, expected.nngp));
        CHECK(same_bits(got.ntk, expected.ntk));
    };
    check(gram<Nested>(x));
    check(gram<Repeated>(x));
    check(gram<WithIdentity>(x));
}

TEMPLATE_TEST_CASE("layers run as a loop give what they give written out", "", float, double) {
    struct Block : Serial<Dense<8, He, Bias<0.1>>, Relu, Residual<Dense<8>, LeakyRelu<0.2>, Dense<8>>> {};
    struct Repeated : Serial<Repeat<5, Block>, Dense<1>> {};
    struct Written : Serial<Block, Block, Block, Block, Block, Dense<1>> {};
    static_assert(schedule_of<Repeated, Vector<13>>.loops == 1);
    static_assert(schedule_of<Repeated, Vector<13>>.steps == schedule_of<Written, Vector<13>>.steps);
    const auto data = mixed_rows<TestType>(70, 13);
    const auto x = rows<Vector<13>>(data);
    const auto a = gram<Repeated>(x), b = gram<Written>(x);
    CHECK(same_bits(a.nngp, b.nngp));
    CHECK(same_bits(a.ntk, b.ntk));
}
