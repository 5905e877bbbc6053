#pragma once
// How far a long computation is, for a person to watch. On a terminal one line, redrawn in place:
//
//     Gram  [############------------------]  40 %  0:12 elapsed  0:18 left
//
// Elsewhere (a file, a pipe, a log) plain lines: at most one for every tenth of the work, none within five seconds of
// the last, and always one when all is done.
//
//     auto K = ntk<Net>(x, options{.progress = progress_bar("Gram")});
//
// Copies share one line. Used again after it has come to its end, a bar begins anew.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#if defined(__unix__)
#include <unistd.h>
#endif

namespace wide {

/// "0:07", "12:34", "1:02:03"; what is no time, or more than 99 hours, is "?".
inline std::string clock_text(double seconds) {
    if (!(seconds >= 0 && seconds < 360000)) return "?";
    const int whole = static_cast<int>(seconds), hours = whole / 3600, minutes = whole / 60 % 60;
    char text[32];
    if (hours > 0) std::snprintf(text, sizeof text, "%d:%02d:%02d", hours, minutes, whole % 60);
    else std::snprintf(text, sizeof text, "%d:%02d", minutes, whole % 60);
    return text;
}

/// What remains if the rest goes as fast as what is done did.
inline double seconds_left(double elapsed, std::uint64_t done, std::uint64_t total) {
    return done >= total ? 0 : elapsed / static_cast<double>(done) * static_cast<double>(total - done);
}

class progress_bar {
public:
    /// `apart`: the least time between two plain lines.
    explicit progress_bar(std::string name, std::FILE* out = stderr,
                          std::chrono::milliseconds apart = std::chrono::seconds{5})
        : line_{std::make_shared<Line>(std::move(name), out, apart)} {}

    /// As `options::progress` calls it: from one thread at a time.
    void operator()(std::uint64_t done, std::uint64_t total) { line_->show(done, total); }

private:
    using Clock = std::chrono::steady_clock;

    class Line {
    public:
        Line(std::string name, std::FILE* out, std::chrono::milliseconds apart)
            : name_{std::move(name)}, out_{out}, apart_{apart}, terminal_{is_terminal(out)} {}
        Line(const Line&) = delete;
        Line& operator=(const Line&) = delete;

        /// A computation that was given up leaves its line as it was, and what follows stands on a line of its own.
        ~Line() {
            if (!drawn_.empty()) std::fputc('\n', out_);
        }

        void show(std::uint64_t done, std::uint64_t total) {
            const Clock::time_point now = Clock::now();
            if (ended_) start_ = printed_ = now, tenths_ = 0, ended_ = false;
            const double fraction = total == 0 ? 1 : static_cast<double>(done) / static_cast<double>(total);
            ended_ = done >= total;
            const double elapsed = std::chrono::duration<double>(now - start_).count();
            std::string times = clock_text(elapsed) + " elapsed";
            if (!ended_) times += "  " + clock_text(seconds_left(elapsed, done, total)) + " left";
            terminal_ ? redraw(fraction, times) : print(fraction, times, now);
        }

    private:
        void redraw(double fraction, const std::string& times) {
            constexpr int width = 30;
            const int filled = static_cast<int>(fraction * width);
            const std::string text = name_ + "  [" + std::string(static_cast<std::size_t>(filled), '#') +
                                     std::string(static_cast<std::size_t>(width - filled), '-') + "] " +
                                     percent(fraction) + "  " + times;
            constexpr const char* erase_to_the_right = "\x1b[K";
            if (text != drawn_) std::fprintf(out_, "\r%s%s", text.c_str(), erase_to_the_right);
            drawn_ = text;
            if (ended_) std::fputc('\n', out_), drawn_.clear();
            std::fflush(out_);
        }

        void print(double fraction, const std::string& times, Clock::time_point now) {
            const int tenths = static_cast<int>(fraction * 10);
            if (!ended_ && (tenths <= tenths_ || now - printed_ < apart_)) return;
            tenths_ = tenths;
            printed_ = now;
            std::fprintf(out_, "%s %s  %s\n", name_.c_str(), percent(fraction).c_str(), times.c_str());
            std::fflush(out_);
        }

        static std::string percent(double fraction) {
            char text[16];
            std::snprintf(text, sizeof text, "%3d %%", static_cast<int>(fraction * 100));
            return text;
        }

        static bool is_terminal([[maybe_unused]] std::FILE* out) {
#if defined(__unix__)
            return ::isatty(::fileno(out)) == 1;
#else
            return false;
#endif
        }

        std::string name_;
        std::FILE* out_;
        std::chrono::milliseconds apart_;
        bool terminal_, ended_ = false;
        std::string drawn_;
        int tenths_ = 0;
        Clock::time_point start_ = Clock::now(), printed_ = start_;
    };

    std::shared_ptr<Line> line_;
};

}  // namespace wide
