// How pairs of images are cut: every sample hoisted once where there is room for all of them, something to do for every
// thread, the same bits whatever the budget, and memory as it is stated.
#include <wide/kernel/gram.hpp>

#include <cstring>

#include "../catch.hpp"
#include "../random_rows.hpp"
#include "../thrown.hpp"

using namespace wide;

namespace {

constexpr std::size_t lane = 8, much = 1 << 20;

std::size_t blocks_of(const ImageCut& cut, bool symmetric) {
    return PairBlocks{cut.row_panel, cut.column_panel, cut.side, symmetric, cut.height}.count();
}

}  // namespace

TEST_CASE("all samples are hoisted once where they fit") {
    for (const std::size_t rows : {1u, 5u, 64u, 1000u})
        for (const std::size_t columns : {1u, 64u, 1003u})
            for (const std::size_t threads : {1u, 2u, 64u}) {
                const ImageCut cut = cut_images({rows, columns, false, lane, much, 1000, threads});
                CHECK(cut.row_panel == rows);
                CHECK((cut.column_panel >= columns && cut.column_panel % lane == 0));
            }
    const ImageCut own = cut_images({300, 300, true, lane, 2 * 304, 1000, 1});
    CHECK((own.row_panel == 300 && own.column_panel == 304));
}

TEST_CASE("a side that fits leaves its room to the other; never less than two lanes") {
    const ImageCut wide = cut_images({1, 5000, false, lane, 1000, 1000, 1});
    CHECK((wide.row_panel == 1 && wide.column_panel == 992));
    const ImageCut tall = cut_images({5000, 3, false, lane, 1000, 1000, 1});
    CHECK((tall.row_panel == 992 && tall.column_panel == 8));
    const ImageCut both = cut_images({5000, 5000, false, lane, 1000, 1000, 1});
    CHECK((both.row_panel == 496 && both.column_panel == 496));
    const ImageCut own = cut_images({5000, 5000, true, lane, 1000, 1000, 1});
    CHECK((own.row_panel == 496 && own.column_panel == 496));
    const ImageCut least = cut_images({5000, 5000, true, lane, 0, 1000, 1});
    CHECK((least.row_panel == lane && least.column_panel == lane));
}

TEST_CASE("every thread has something to do, and no block keeps a call from being stopped") {
    for (const bool symmetric : {false, true})
        for (const std::size_t threads : {2u, 4u, 16u}) {
            const ImageCut cut = cut_images({512, 512, symmetric, lane, much, 1000, threads});
            CHECK(blocks_of(cut, symmetric) >= 4 * threads);
            CHECK(cut.side % lane == 0);
        }
    CHECK(blocks_of(cut_images({64, 64, true, lane, much, 1000, 1}), true) == 1);
    CHECK(blocks_of(cut_images({4, lane, false, lane, much, 1000, 2}), false) == 2);
    CHECK(blocks_of(cut_images({4, lane, false, lane, much, 1000, 3}), false) == 4);
    CHECK(blocks_of(cut_images({1, lane, false, lane, much, 1000, 2}), false) == 1);
    const ImageCut heavy = cut_images({512, 512, true, lane, much, 20'000'000, 1});
    CHECK(heavy.height * heavy.side <= 107);
    const ImageCut heaviest = cut_images({512, 512, true, lane, much, std::uint64_t{1} << 40, 1});
    CHECK((heaviest.height == 4 && heaviest.side == lane));
}

namespace {

using In = Image<6, 5, 2>;
struct Pooled : Serial<Conv<4, Filter<3, 3>, Same, He>, Relu, AvgPool<Window<2, 2>>, Conv<4, Filter<3, 3>, Same, He>,
                       Relu, GlobalAvgPool, Dense<1>> {};

template <class T>
bool same_bits(const Matrix<T>& a, const Matrix<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

}  // namespace

/// Seventy samples in panels of one lane are as many as go, and as large as the machine allows.
TEMPLATE_TEST_CASE("panels of any size give the same bits", "", float, double) {
    const auto data = random_rows<TestType>(70, width_of<In>, 1), other = random_rows<TestType>(41, width_of<In>, 2);
    const auto x = rows<In>(data), z = rows<In>(other);
    const auto least = [](auto call) {
        return thrown_by<insufficient_memory>([&] { (void)call(std::uint64_t{1}); }).needed;
    };
    const auto needed = [&](auto call) {
        const std::uint64_t results = least(call);
        return thrown_by<insufficient_memory>([&] { (void)call(results); }).needed;
    };
    for (const int threads : {1, 3}) {
        const auto own = [&](std::uint64_t budget) {
            return ntk<Pooled>(x, options{.threads = threads, .budget = budget});
        };
        const auto cross = [&](std::uint64_t budget) {
            return ntk<Pooled>(z, x, options{.threads = threads, .budget = budget});
        };
        const auto all = own(0), both = cross(0);
        const std::uint64_t own_least = needed(own), cross_least = needed(cross);
        for (const std::uint64_t more : {0u, 20'000u, 60'000u}) {
            CHECK(same_bits(own(own_least + more), all));
            CHECK(same_bits(cross(cross_least + more), both));
        }
    }
}

TEST_CASE("four rows, which go through the planes together on one thread alone, have the same bits on several") {
    const auto data = random_rows<float>(16, width_of<In>, 1), other = random_rows<float>(4, width_of<In>, 2);
    const auto by = [&](int threads) { return ntk<Pooled>(rows<In>(other), rows<In>(data), options{.threads = threads}); };
    CHECK(same_bits(by(1), by(2)));
    CHECK(same_bits(by(1), by(4)));
}

TEST_CASE("the progress of many panels rises to the total") {
    const auto data = random_rows<float>(70, width_of<In>, 1);
    const auto x = rows<In>(data);
    std::uint64_t done = 0, total = 0;
    bool rising = true;
    options how{.threads = 1, .budget = 70 * 70 * sizeof(float), .progress = [&](std::uint64_t now, std::uint64_t all) {
                    rising = rising && now >= done && now <= all;
                    done = now, total = all;
                }};
    how.budget = thrown_by<insufficient_memory>([&] { (void)ntk<Pooled>(x, how); }).needed;
    (void)ntk<Pooled>(x, how);
    CHECK((rising && done == total && total == 70 * 71 / 2));
}

TEST_CASE("stated memory holds plans, panels and a workspace a thread") {
    ImageKernel<Pooled, true, float> kernel(default_scales<Pooled>(), In::shape);
    kernel.choose_block(1000, 1);
    const std::uint64_t panels = kernel.panel_bytes();
    CHECK(panels >= 2 * 1000 * (kernel.facts.numbers + kernel.pixels()) * sizeof(float));
    CHECK(image_memory<Pooled, In>(1000, 1) >= panels + kernel.plan_bytes());
    CHECK(image_memory<Pooled, In>(1000, 4) - image_memory<Pooled, In>(1000, 1) < 3 * panels);
    const PlanePlan& plan = kernel.pair;
    CHECK(plan.bytes() > plan.events.size() * sizeof(PlaneEvent) + plan.flows.size() * sizeof(PlaneFlow) +
                             plan.meetings.size() * sizeof(Meeting) + plan.leaf_uses.size() * sizeof(LeafUse) +
                             plan.groups.size() * sizeof(PlaneGroup));
}

TEST_CASE("a diagonal of images beyond the budget is refused, with both sizes") {
    const auto data = random_rows<float>(20, width_of<In>, 1);
    const auto x = rows<In>(data);
    const auto at = [&](std::uint64_t budget) { return diagonal<Pooled>(x, options{.threads = 1, .budget = budget}); };
    const auto results = thrown_by<insufficient_memory>([&] { (void)at(1); });
    CHECK(results.needed == 2 * 20 * sizeof(float));
    const auto e = thrown_by<insufficient_memory>([&] { (void)at(results.needed); });
    CHECK(e.needed > results.needed);
    CHECK(says(e, "the diagonal of 20 images needs " + readable_bytes(e.needed) + ", but the budget is"));
    CHECK(at(e.needed).ntk.size() == 20);
    CHECK_THROWS_AS((void)at(e.needed - 1), insufficient_memory);
}
