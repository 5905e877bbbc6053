#include <wide/finite/batches.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "../catch.hpp"
#include "../random_rows.hpp"

using namespace wide;

namespace {

std::vector<std::size_t> order_of(Batches<Vector<3>, float>& batches, const Rows<Vector<3>, float>& x, std::size_t epoch) {
    batches.begin(epoch);
    std::vector<std::size_t> order;
    for (std::size_t b = 0; b < batches.count(); ++b) {
        const auto some = batches.take(b);
        for (std::size_t i = 0; i < some.count; ++i) {
            const std::size_t sample = batches.sample(b, i);
            order.push_back(sample);
            for (std::ptrdiff_t k = 0; k < 3; ++k)
                CHECK(some.data[static_cast<std::ptrdiff_t>(i) * some.row_stride + k * some.column_stride] ==
                      x.data[static_cast<std::ptrdiff_t>(sample) * x.row_stride + k * x.column_stride]);
        }
    }
    return order;
}

}  // namespace

TEST_CASE("an epoch meets every sample once, in an order of its own") {
    const auto numbers = random_rows<float>(10, 3, 1);
    const auto x = rows<Vector<3>>(numbers);
    Batches<Vector<3>, float> batches(x, 4, seed{1}, true);
    CHECK(batches.count() == 3);
    const auto first = order_of(batches, x, 0), second = order_of(batches, x, 1);
    CHECK(first != second);
    for (auto order : {first, second}) {
        std::sort(order.begin(), order.end());
        for (std::size_t k = 0; k < 10; ++k) CHECK(order[k] == k);
    }
    // A run that goes on from a later epoch.
    Batches<Vector<3>, float> again(x, 4, seed{1}, true), other(x, 4, seed{2}, true);
    CHECK(order_of(again, x, 1) == second);
    CHECK(order_of(other, x, 1) != second);
}

TEST_CASE("samples that lie column by column, and batches in the order of samples") {
    const auto numbers = random_rows<float>(3, 10, 1);
    const Rows<Vector<3>, float> x{numbers.data(), 10, 3, 1, 10};
    Batches<Vector<3>, float> shuffled(x, 4, seed{1}, true), plain(x, 4, seed{1}, false), all(x, 0, seed{1}, true);
    CHECK(order_of(shuffled, x, 0).size() == 10);
    CHECK(order_of(plain, x, 0) == std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(order_of(all, x, 3) == std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(all.count() == 1);
    CHECK(Batches<Vector<3>, float>(rows<Vector<3>>(numbers.data(), 0), 4, seed{1}, true).count() == 0);
}
