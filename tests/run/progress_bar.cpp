// What a progress bar writes: into a file line by line, on a terminal (a pseudo-terminal here) in place.
#include <wide/run/progress_bar.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <wide/run/options.hpp>
#include <wide/run/parallel.hpp>

#include "../catch.hpp"

using namespace std::chrono_literals;
using Catch::Matchers::WithinRel;
using wide::progress_bar;

namespace {

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

std::vector<std::string> lines_of(std::FILE* file) {
    std::rewind(file);
    std::vector<std::string> lines(1);
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) {
        if (c == '\n') lines.emplace_back();
        else lines.back() += static_cast<char>(c);
    }
    CHECK(lines.back().empty());
    lines.pop_back();
    return lines;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A terminal that nobody looks at: what is written to `screen` can be read back.
class Terminal {
public:
    Terminal() : reader_{::posix_openpt(O_RDWR | O_NOCTTY)} {
        REQUIRE(reader_ >= 0);
        REQUIRE(::grantpt(reader_) == 0);
        REQUIRE(::unlockpt(reader_) == 0);
        screen_.reset(std::fopen(::ptsname(reader_), "w"));
        REQUIRE(screen_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal() { ::close(reader_); }

    [[nodiscard]] std::FILE* screen() const { return screen_.get(); }

    /// What has been written since the last look; there must be something.
    [[nodiscard]] std::string text() const {
        char buffer[4096];
        const auto got = ::read(reader_, buffer, sizeof buffer);
        REQUIRE(got > 0);
        return {buffer, static_cast<std::size_t>(got)};
    }

private:
    int reader_;
    File screen_;
};

}  // namespace

TEST_CASE("times are written as a clock shows them") {
    CHECK(wide::clock_text(0) == "0:00");
    CHECK(wide::clock_text(7.9) == "0:07");
    CHECK(wide::clock_text(754) == "12:34");
    CHECK(wide::clock_text(3723) == "1:02:03");
    CHECK(wide::clock_text(1e9) == "?");
    CHECK(wide::clock_text(-1) == "?");
}

TEST_CASE("the time left assumes that the rest goes as fast") {
    CHECK_THAT(wide::seconds_left(12, 40, 100), WithinRel(18.0, 1e-12));
    CHECK(wide::seconds_left(12, 100, 100) == 0.0);
    CHECK(wide::clock_text(wide::seconds_left(0, 0, 100)) == "?");
}

TEST_CASE("a file gets one line for every tenth of the work") {
    const File file{std::tmpfile()};
    REQUIRE(file);
    progress_bar bar{"Gram", file.get(), 0ms};
    for (std::uint64_t done = 1; done <= 1000; ++done) bar(done, 1000);
    const auto lines = lines_of(file.get());
    REQUIRE(lines.size() == 10);
    for (std::size_t k = 0; k < 10; ++k) {
        CHECK(holds(lines[k], "Gram " + std::string(k < 9 ? " " : "") + std::to_string(10 * (k + 1)) + " %"));
        CHECK(holds(lines[k], "elapsed"));
        CHECK(holds(lines[k], "left") == (k < 9));
        CHECK_FALSE(holds(lines[k], "\r"));
    }
}

TEST_CASE("plain lines keep apart in time, the last one comes in any case") {
    const File file{std::tmpfile()};
    REQUIRE(file);
    progress_bar bar{"Gram", file.get(), 1h};
    for (std::uint64_t done = 1; done <= 1000; ++done) bar(done, 1000);
    const auto lines = lines_of(file.get());
    REQUIRE(lines.size() == 1);
    CHECK(holds(lines[0], "100 %"));
}

TEST_CASE("no work at all is done at once") {
    const File file{std::tmpfile()};
    REQUIRE(file);
    progress_bar{"nothing", file.get()}(0, 0);
    const auto lines = lines_of(file.get());
    REQUIRE(lines.size() == 1);
    CHECK(holds(lines[0], "nothing 100 %"));
}

TEST_CASE("copies share one line, and a bar can be used again") {
    const File file{std::tmpfile()};
    REQUIRE(file);
    progress_bar bar{"Gram", file.get(), 0ms};
    progress_bar twin = bar;
    bar(5, 10);
    twin(5, 10);
    CHECK(lines_of(file.get()).size() == 1);
    twin(10, 10);
    CHECK(lines_of(file.get()).size() == 2);
    bar(5, 10);
    const auto lines = lines_of(file.get());
    REQUIRE(lines.size() == 3);
    CHECK(holds(lines[2], "50 %"));
}

TEST_CASE("options take a bar as it is") {
    const File file{std::tmpfile()};
    REQUIRE(file);
    progress_bar bar{"blocks", file.get(), 0ms};
    const wide::options how{.threads = 2, .progress = bar};
    wide::run_blocks(100, 100, how, [](std::size_t) { return std::uint64_t{1}; });
    const auto lines = lines_of(file.get());
    REQUIRE_FALSE(lines.empty());
    CHECK(lines.size() <= 10);
    CHECK(holds(lines.back(), "blocks 100 %"));
}

TEST_CASE("a terminal gets one line that is redrawn") {
    const Terminal terminal;
    progress_bar bar{"Gram", terminal.screen()};
    bar(40, 100);
    const std::string first = terminal.text();
    CHECK(first.starts_with("\rGram  [############------------------]  40 %  0:00 elapsed  0:00 left"));
    CHECK_FALSE(holds(first, "\n"));
    bar(100, 100);
    const std::string last = terminal.text();
    CHECK(last.starts_with("\rGram  [##############################] 100 %  0:00 elapsed"));
    CHECK_FALSE(holds(last, "left"));
    CHECK(std::count(last.begin(), last.end(), '\n') == 1);
}

TEST_CASE("a computation that is given up ends its line on the terminal") {
    const Terminal terminal;
    {
        progress_bar bar{"Gram", terminal.screen()};
        bar(1, 100);
        CHECK_FALSE(holds(terminal.text(), "\n"));
    }
    std::fflush(terminal.screen());
    CHECK(holds(terminal.text(), "\n"));
}
