#pragma once
// What every study needs beside the library: three sizes of a run, tables, pictures, and claims that fail it.
//
//     int main(int argc, char** argv) {
//         return run_study({"double_descent", "Test error across the interpolation threshold", "Belkin et al. 2018"}, argc, argv,
//                          [](Study& study) {
//             const auto n = study.size<std::size_t>({.quick = 300, .usual = 1000, .full = 10'000});
//             Table& table = study.table("Test error, per cent", {"features", "ours", "published"});
//             table.row(500, fmt::format("{:.1f}", error), "87.6-89.5");
//             study.claim(error > 80, "at the threshold the error is {:.1f} %, above 80 %", error);
//             study.picture({.title = "...", .x = "features", .y = "test error, %", .curves = {{"ours", xs, errors}}});
//         });
//     }
//
// Prints everything; writes every table as NAME-K.csv and every picture as NAME-K.svg and .png to --out; appends all of it as
// Markdown where asked, with the size of the run and what it ran on beside the seconds. The program's exit code is 1 where a
// claim does not hold, 77 where data is missing.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

// g++ 12 sees an overlap in `"-" + std::string` where there is none (its bug 105651).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wrestrict"
#endif
#include <CLI/CLI.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include <wide/run/error.hpp>
#include <wide/run/options.hpp>
#include <wide/run/parallel.hpp>
#include <wide/run/progress_bar.hpp>

#include "../plot.hpp"
#include "machine.hpp"

namespace wide::examples {

struct Title {
    std::string name, what, source;
};

/// Data that is not on this machine; the text says which files to put where.
struct missing_data : error {
    using error::error;
};

class Table {
public:
    Table(std::string caption, std::vector<std::string> columns) : caption_{std::move(caption)}, rows_{std::move(columns)} {}

    /// One cell for each column: text or numbers. Numbers are printed with four digits; format what needs others.
    template <class... Cells>
    void row(const Cells&... cells) {
        row(std::vector<std::string>{text(cells)...});
    }
    void row(std::vector<std::string> cells) {
        if (cells.size() != rows_.front().size())
            throw error{fmt::format("a row of {} cells in a table of {} columns", cells.size(), rows_.front().size())};
        rows_.push_back(std::move(cells));
    }

    [[nodiscard]] std::string as_text() const {
        std::vector<std::size_t> width(rows_.front().size());
        for (const auto& row : rows_)
            for (std::size_t c = 0; c < width.size(); ++c) width[c] = std::max(width[c], row.at(c).size());
        std::string made = "\n" + caption_ + "\n";
        for (const auto& row : rows_) {
            for (std::size_t c = 0; c < width.size(); ++c)
                made += c == 0 ? fmt::format("{:<{}}", row[c], width[c]) : fmt::format("  {:>{}}", row[c], width[c]);
            made += '\n';
        }
        return made;
    }
    [[nodiscard]] std::string as_markdown() const {
        std::string made = "\n" + caption_ + "\n\n";
        for (std::size_t r = 0; r < rows_.size(); ++r) {
            std::vector<std::string> row = rows_[r];
            for (std::string& cell : row) cell = markdown_cell(cell);
            made += line(row, " | ", "| ", " |\n");
            if (r > 0) continue;
            made += '|';
            for (std::size_t c = 0; c < row.size(); ++c) made += c == 0 ? "---|" : "---:|";
            made += '\n';
        }
        return made;
    }
    [[nodiscard]] std::string as_csv() const {
        std::string made;
        for (auto row : rows_) {
            for (std::string& cell : row) cell = csv_cell(cell);
            made += line(row, ",", "", "\n");
        }
        return made;
    }

private:
    static std::string text(const std::string& cell) { return cell; }
    static std::string text(const char* cell) { return cell; }
    template <class Number>
    static std::string text(Number cell) {
        if constexpr (std::is_floating_point_v<Number>) return fmt::format("{:.4g}", cell);
        else return fmt::format("{}", cell);
    }
    /// `|H|` is a text, not two borders.
    static std::string markdown_cell(const std::string& text) {
        std::string made;
        for (const char letter : text) made += letter == '|' ? std::string("\\|") : std::string(1, letter);
        return made;
    }
    static std::string line(const std::vector<std::string>& cells, const char* between, const char* before, const char* behind) {
        std::string made = before;
        for (std::size_t c = 0; c < cells.size(); ++c) made += (c > 0 ? between : "") + cells[c];
        return made + behind;
    }

    std::string caption_;
    std::vector<std::vector<std::string>> rows_;
};

/// The b of y = a x^b, by least squares of the logarithms.
[[nodiscard]] inline double slope_of_logarithms(const std::vector<double>& x, const std::vector<double>& y) {
    double mean_x = 0, mean_y = 0, together = 0, square = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
        mean_x += std::log(x[k]) / static_cast<double>(x.size());
        mean_y += std::log(y.at(k)) / static_cast<double>(x.size());
    }
    for (std::size_t k = 0; k < x.size(); ++k) {
        const double apart = std::log(x[k]) - mean_x;
        together += apart * (std::log(y[k]) - mean_y);
        square += apart * apart;
    }
    return together / square;
}

/// The mean of numbers, the deviation of one of them and that of the mean.
struct Spread {
    double mean = 0, deviation = 0, error = 0;

    explicit Spread(const std::vector<double>& values) {
        const auto count = static_cast<double>(values.size());
        for (const double value : values) mean += value / count;
        for (const double value : values) deviation += (value - mean) * (value - mean) / std::max(count - 1, 1.0);
        deviation = std::sqrt(deviation);
        error = deviation / std::sqrt(count);
    }
};

/// Two digits behind the point, as accuracies are published.
[[nodiscard]] inline std::string percent(double value) { return fmt::format("{:.2f}", value); }
[[nodiscard]] inline std::string percent(double value, double error) { return fmt::format("{:.2f} +- {:.2f}", value, error); }

/// The same number for a quick run, the usual one, and the published size.
template <class T>
struct Sizes {
    T quick, usual, full;
};

class Study {
public:
    enum class Run : unsigned char { quick, usual, full };

    Study(Title title, int argc, char** argv) : title_{std::move(title)}, begin_{std::chrono::steady_clock::now()} {
        CLI::App app{fmt::format("{}: {} ({})", title_.name, title_.what, title_.source)};
        bool quick = false, full = false;
        CLI::Option* const small = app.add_flag("--quick", quick, "minutes at most: whether the claims hold at all");
        app.add_flag("--full", full, "the published size, which may take hours")->excludes(small);
        app.add_option("--data", data_, "where the data is looked for first")->check(CLI::ExistingDirectory);
        app.add_option("--threads", threads_, "0: all cores")->check(CLI::Range(0, 1024))->capture_default_str();
        app.add_option("--out", out_, "the folder of tables and pictures")->capture_default_str();
        app.add_option("--markdown", markdown_, "also append everything to this file");
        try {
            app.parse(argc, argv);
        } catch (const CLI::ParseError& e) {
            std::exit(app.exit(e));
        }
        run_ = quick ? Run::quick : full ? Run::full : Run::usual;
        fmt::print("{} ({})\n", title_.what, title_.source);
        std::fflush(stdout);
    }

    [[nodiscard]] Run run() const { return run_; }
    template <class T>
    [[nodiscard]] T size(const Sizes<T>& sizes) const {
        return run_ == Run::quick ? sizes.quick : run_ == Run::full ? sizes.full : sizes.usual;
    }
    /// That everything in this process may use.
    [[nodiscard]] int cores() const { return threads_of({.threads = threads_}); }
    [[nodiscard]] const std::string& data() const { return data_; }
    /// With a bar under this name; silent without one.
    [[nodiscard]] wide::options options(const std::string& what = {}) const {
        wide::options how{.threads = threads_};
        if (!what.empty()) how.progress = progress_bar(fmt::format("{:<24}", what));
        return how;
    }
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    }

    Table& table(std::string caption, std::vector<std::string> columns) {
        return tables_.emplace_back(std::move(caption), std::move(columns));
    }
    void picture(Plot plot) { plots_.push_back(std::move(plot)); }
    /// What has to be true; the run fails where it is not.
    template <class... Numbers>
    void claim(bool holds, fmt::format_string<const Numbers&...> sentence, const Numbers&... numbers) {
        claims_.emplace_back(holds, fmt::format(sentence, numbers...));
    }
    /// Where this run differs from the published one.
    template <class... Numbers>
    void difference(fmt::format_string<const Numbers&...> sentence, const Numbers&... numbers) {
        differences_.push_back(fmt::format(sentence, numbers...));
    }

    /// Prints and writes everything; the exit code of main.
    [[nodiscard]] int finish() {
        std::filesystem::create_directories(out_);
        std::string page = fmt::format("\n## {}\n\n{} ({}).\n", title_.name, title_.what, title_.source);
        const auto file = [&](std::size_t k, const char* end) {
            return (std::filesystem::path(out_) / fmt::format("{}-{}{}", title_.name, k + 1, end)).string();
        };
        for (std::size_t k = 0; k < tables_.size(); ++k) {
            fmt::print("{}", tables_[k].as_text());
            page += tables_[k].as_markdown();
            write(file(k, ".csv"), tables_[k].as_csv());
        }
        for (std::size_t k = 0; k < plots_.size(); ++k) {
            write(file(k, "-curves.csv"), as_csv(plots_[k]));
            if (draw(plots_[k], file(k, ".svg")) && draw(plots_[k], file(k, ".png"))) {
                fmt::print("\n{}: {}\n", plots_[k].title, file(k, ".svg"));
                page += fmt::format("\n![{}]({})\n", plots_[k].title, from_page(file(k, ".svg")));
            } else {
                fmt::print("\n{}: gnuplot is not installed, the numbers are in {}\n", plots_[k].title, file(k, "-curves.csv"));
            }
        }
        bool all = true;
        fmt::print("\n");
        page += '\n';
        for (const auto& [holds, sentence] : claims_) {
            fmt::print("{} {}\n", holds ? "holds:" : "FAILS:", sentence);
            page += fmt::format("- {} {}\n", holds ? "holds:" : "**fails:**", sentence);
            all = all && holds;
        }
        for (const std::string& sentence : differences_) {
            fmt::print("differs from the published run: {}\n", sentence);
            page += fmt::format("- differs from the published run: {}\n", sentence);
        }
        const std::string took = fmt::format("{} run: {:.0f} seconds on {} core{} of {}, compiled by {}",
                                             size<const char*>({"quick", "usual", "full"}), seconds(), cores(),
                                             cores() == 1 ? "" : "s", processor(), compiler());
        fmt::print("{}\n", took);
        page += "\nA " + took + ".\n";
        if (!markdown_.empty()) {
            std::ofstream to(markdown_, std::ios::app);
            if (!(to << page << std::flush)) throw error{"cannot write " + markdown_};
        }
        return all && !claims_.empty() ? 0 : 1;
    }

private:
    /// As the page of Markdown, if one is written, names a file: from the folder that the page lies in.
    [[nodiscard]] std::string from_page(const std::string& path) const {
        using std::filesystem::absolute;
        if (markdown_.empty()) return path;
        const auto folder = absolute(markdown_).parent_path().lexically_normal();
        return absolute(path).lexically_normal().lexically_relative(folder).generic_string();
    }
    static void write(const std::string& path, const std::string& text) {
        std::ofstream to(path, std::ios::trunc);
        if (!(to << text << std::flush)) throw error{"cannot write " + path};
    }

    Title title_;
    std::chrono::steady_clock::time_point begin_;
    Run run_ = Run::usual;
    int threads_ = 0;
    std::string data_, out_ = "build/studies", markdown_;
    std::deque<Table> tables_;
    std::vector<Plot> plots_;
    std::vector<std::pair<bool, std::string>> claims_;
    std::vector<std::string> differences_;
};

/// A study as a program.
inline int run_study(const Title& title, int argc, char** argv, const std::function<void(Study&)>& body) {
    try {
        Study study(title, argc, argv);
        const ThreadBound bound(study.cores());
        body(study);
        return study.finish();
    } catch (const missing_data& problem) {
        constexpr int skipped = 77;
        fmt::print(stderr, "{}: {}\n", title.name, problem.what());
        return skipped;
    } catch (const std::exception& problem) {
        fmt::print(stderr, "{}: {}\n", title.name, problem.what());
        return 1;
    }
}

}  // namespace wide::examples
