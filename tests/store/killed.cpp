// kill -9 at any moment: nothing that was finished is lost, and nothing wrong is kept.
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>
#include <thread>

#include <wide/io/npy.hpp>

#include "../catch.hpp"
#include "files.hpp"

using namespace wide;
using test::In;
using test::Net;
using test::same_bits;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t n = 200, rows_a_block = 16, blocks = 13;

/// One thread: a forked process has no others, whatever its parent had.
options alone(fill triangles) {
    options how = test::directly();
    how.threads = 1;
    how.fill = triangles;
    return how;
}

/// A process that computes a Gram into files, pausing at every report of progress.
template <class Architecture>
class Computing {
public:
    template <class Input, class T>
    Computing(const std::string& name, const Rows<Input, T>& x, options how, std::chrono::microseconds pause) {
        child_ = ::fork();
        if (child_ != 0) return;
        how.progress = [=](std::uint64_t, std::uint64_t) { std::this_thread::sleep_for(pause); };
        int status = 1;
        try {
            (void)gram_to_file<Architecture>(name, x, how, block_rows{rows_a_block});
            status = 0;
        } catch (...) {
        }
        ::_exit(status);
    }
    ~Computing() {
        if (child_ > 0) (void)kill_it();
    }
    Computing(const Computing&) = delete;
    Computing& operator=(const Computing&) = delete;

    /// Whether the signal came before its end.
    bool kill_it() {
        int status = 0;
        ::kill(child_, SIGKILL);
        ::waitpid(child_, &status, 0);
        child_ = 0;
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    }

private:
    ::pid_t child_;
};

std::size_t finished_now(const std::string& journal) {
    return file_exists(journal) ? test::finished_blocks(test::content_of(journal)) : 0;
}

}  // namespace

TEMPLATE_TEST_CASE("a process that is killed loses no finished block and leaves no wrong one", "", float, double) {
    const auto data = random_rows<TestType>(n, 7, 1);
    const auto x = rows<In>(data);
    const GramLayout layout{n, n, true, fill::both, rows_a_block};
    REQUIRE(layout.blocks() == blocks);
    std::size_t kills = 0;
    for (const fill triangles : {fill::both, fill::lower}) {
        const auto undisturbed = gram<Net>(x, alone(triangles));
        for (const std::size_t wanted : {0u, 1u, 4u, 9u, 12u}) {
            const test::Directory directory;
            const std::string name = directory.path() + "/gram", journal = name + ".journal";
            {
                Computing<Net> process(name, x, alone(triangles), 2ms);
                const auto given_up = std::chrono::steady_clock::now() + 60s;
                while (finished_now(journal) < wanted && std::chrono::steady_clock::now() < given_up)
                    std::this_thread::sleep_for(200us);
                // Not always at the same place of a block.
                std::this_thread::sleep_for(std::chrono::microseconds(137 * wanted % 1000));
                kills += process.kill_it();
            }
            const std::size_t finished = finished_now(journal);
            INFO("killed after " << finished << " blocks");
            REQUIRE(finished >= wanted);
            std::uint64_t expected_pairs = 0, pairs = 0;
            for (std::size_t b = finished; b < blocks; ++b) expected_pairs += layout.pairs(b);
            options how = alone(triangles);
            how.progress = [&](std::uint64_t, std::uint64_t total) { pairs = total; };
            const auto report = gram_to_file<Net>(name, x, how, block_rows{rows_a_block});
            CHECK(report.rows_kept == std::min(n, finished * rows_a_block));
            CHECK(report.rows_computed == n - report.rows_kept);
            CHECK(pairs == expected_pairs);
            CHECK(same_bits(read_gram_file<TestType>(name), undisturbed));
            CHECK(same_bits(npy_matrix<TestType>(report.nngp), undisturbed.nngp));
            CHECK(same_bits(npy_matrix<TestType>(report.ntk), undisturbed.ntk));
        }
    }
    // A slow machine may finish first now and then; a test that never kills proves nothing.
    CHECK(kills >= 8);
}

TEST_CASE("a process that is killed again and again comes to the end") {
    const auto data = random_rows<double>(n, 7, 1);
    const auto x = rows<In>(data);
    const test::Directory directory;
    const std::string name = directory.path() + "/gram", journal = name + ".journal";
    std::size_t kills = 0, before = 0;
    // A little more time at every attempt: a slow machine comes to the end as well.
    for (int attempt = 0; attempt < 400; ++attempt) {
        bool killed;
        {
            Computing<Net> process(name, x, alone(fill::both), 1ms);
            std::this_thread::sleep_for(std::chrono::milliseconds(2 + attempt));
            killed = process.kill_it();
        }
        const std::size_t finished = finished_now(journal);
        CHECK(finished >= before);
        before = finished;
        if (!killed) break;
        ++kills;
    }
    CHECK(kills > 2);
    CHECK(before == blocks);
    CHECK(gram_to_file<Net>(name, x, alone(fill::both)).rows_kept == n);
    CHECK(same_bits(read_gram_file<double>(name), gram<Net>(x, alone(fill::both))));
}

TEST_CASE("killed among images, too, nothing is lost and nothing wrong is kept") {
    struct Convolutions : Serial<Conv<8, Filter<3, 3>, Same, He, Bias<0.1>>, Relu, AvgPool<Window<2, 2>, Stride<2, 2>>,
                                 Conv<8, Filter<3, 3>, Same, He>, Relu, GlobalAvgPool, Dense<1>> {};
    constexpr std::size_t count = 60;  // four blocks
    const auto data = random_rows<float>(count, 4 * 4 * 2, 1);
    const auto x = rows<Image<4, 4, 2>>(data);
    const auto undisturbed = gram<Convolutions>(x, alone(fill::both));
    std::size_t kills = 0;
    for (const std::size_t wanted : {0u, 1u, 3u}) {
        const test::Directory directory;
        const std::string name = directory.path() + "/gram", journal = name + ".journal";
        {
            Computing<Convolutions> process(name, x, alone(fill::both), 10ms);
            const auto given_up = std::chrono::steady_clock::now() + 60s;
            while (finished_now(journal) < wanted && std::chrono::steady_clock::now() < given_up)
                std::this_thread::sleep_for(200us);
            kills += process.kill_it();
        }
        const std::size_t finished = finished_now(journal);
        INFO("killed after " << finished << " blocks");
        REQUIRE(finished >= wanted);
        const auto report = gram_to_file<Convolutions>(name, x, alone(fill::both), block_rows{rows_a_block});
        CHECK(report.rows_kept == std::min(count, finished * rows_a_block));
        CHECK(report.rows_computed == count - report.rows_kept);
        CHECK(same_bits(read_gram_file<float>(name), undisturbed));
        CHECK(same_bits(npy_matrix<float>(report.ntk), undisturbed.ntk));
    }
    CHECK(kills >= 2);
}

/// Numbers whose bits depend on the blocks: the second half of a run has those that the whole would have had.
TEST_CASE("interrupted or not, a series has the same bits") {
    struct Series : Serial<Dense<8>, Tanh, Dense<1>> {};
    auto data = random_rows<float>(n, 7, 1);
    for (std::size_t k = 0; k < data.size(); ++k) data.data()[k] *= 0.1f + 0.005f * static_cast<float>(k / 7);
    const auto x = rows<In>(data);
    const test::Directory directory;
    const std::string whole = directory.path() + "/whole", parts = directory.path() + "/parts";
    (void)gram_to_file<Series>(whole, x, block_rows{rows_a_block});
    (void)gram_to_file<Series>(parts, x, block_rows{rows_a_block});
    std::string journal = test::content_of(parts + ".journal");
    journal.resize(journal.find("rows 96 112"));
    test::set_content(parts + ".journal", journal);
    CHECK(gram_to_file<Series>(parts, x, block_rows{50}).rows_computed == n - 96);
    CHECK(same_bits(read_gram_file<float>(parts), read_gram_file<float>(whole)));
    CHECK(test::content_of(parts + ".journal") == test::content_of(whole + ".journal"));
}
