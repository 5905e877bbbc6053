// Progress reports and cancellation of a Gram.
#include <wide/kernel/gram.hpp>

#include <stdexcept>
#include <stop_token>
#include <vector>

#include "../catch.hpp"
#include "../random_rows.hpp"

using namespace wide;

namespace {

struct Net : Serial<Dense<8, He>, Relu, Dense<1>> {};

struct Report {
    std::uint64_t done, total;
};

void check_reports(const std::vector<Report>& reports, std::uint64_t total) {
    REQUIRE(!reports.empty());
    for (std::size_t k = 0; k < reports.size(); ++k) {
        CHECK(reports[k].total == total);
        CHECK((k == 0 || reports[k].done > reports[k - 1].done));
    }
    CHECK(reports.back().done == total);
}

}  // namespace

TEST_CASE("progress grows and ends with everything done") {
    const auto data = random_rows<float>(500, 7, 1);
    const auto x = rows<Vector<7>>(data), z = rows<Vector<7>>(data.data(), 101);
    for (const int threads : {1, 2, 5}) {
        std::vector<Report> reports;
        const auto keep = [&](std::uint64_t done, std::uint64_t total) { reports.push_back({done, total}); };
        (void)ntk<Net>(x, options{.threads = threads, .progress = keep});
        check_reports(reports, 500 * 501 / 2);
        reports.clear();
        (void)ntk<Net>(z, x, options{.threads = threads, .progress = keep});
        check_reports(reports, 101 * 500);
    }
}

TEST_CASE("progress as a fraction") {
    const auto data = random_rows<float>(300, 7, 1);
    std::vector<double> fractions;
    (void)ntk<Net>(rows<Vector<7>>(data), options{.progress = [&](double done) { fractions.push_back(done); }});
    REQUIRE(!fractions.empty());
    CHECK(fractions.front() > 0);
    CHECK(fractions.back() == 1);
}

TEST_CASE("what a progress callback throws reaches the caller") {
    struct Enough {
        int number;
    };
    const auto data = random_rows<float>(300, 7, 1);
    const auto fail = [](double) { throw Enough{42}; };
    for (const int threads : {1, 3}) {
        try {
            (void)ntk<Net>(rows<Vector<7>>(data), options{.threads = threads, .progress = fail});
            FAIL("nothing was thrown");
        } catch (const Enough& e) {
            CHECK(e.number == 42);
        }
    }
}

TEST_CASE("a stop token that is set cancels, before and during") {
    const auto data = random_rows<float>(500, 7, 1);
    const auto x = rows<Vector<7>>(data);
    for (const int threads : {1, 2}) {
        std::stop_source before;
        before.request_stop();
        int reports = 0;
        const auto count = [&](double) { ++reports; };
        const options stopped{.threads = threads, .progress = count, .stop = before.get_token()};
        CHECK_THROWS_AS((void)ntk<Net>(x, stopped), cancelled);
        CHECK_THROWS_AS((void)ntk<Net>(x, x, stopped), cancelled);
        CHECK_THROWS_AS((void)diagonal<Net>(x, stopped), cancelled);
        CHECK(reports == 0);

        std::stop_source during;
        std::uint64_t reached = 0, all = 0;
        const auto stop = [&](std::uint64_t done, std::uint64_t total) {
            reached = done, all = total;
            during.request_stop();
        };
        CHECK_THROWS_AS((void)gram<Net>(x, options{.threads = threads, .progress = stop, .stop = during.get_token()}),
                        cancelled);
        CHECK(reached > 0);
        CHECK(reached < all);
    }
    std::stop_source never;
    CHECK(ntk<Net>(x, options{.stop = never.get_token()}).rows() == 500);
    never.request_stop();
    try {
        (void)ntk<Net>(x, options{.stop = never.get_token()});
    } catch (const error& e) {
        CHECK(std::string(e.what()) == "cancelled: options::stop was set; no result is returned");
    }
}
