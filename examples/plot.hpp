#pragma once
// Curves as a picture, drawn by gnuplot: SVG or PNG, by the end of the file's name.
//
//     Plot plot{.title = "error by width", .x = "width", .y = "relative error", .log_x = true, .log_y = true};
//     plot.curves.push_back({"NTK", widths, errors});
//     if (!draw(plot, "infinite_limit.svg")) ... gnuplot is not installed
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <wide/run/error.hpp>

namespace wide::examples {

struct Curve {
    std::string name;
    std::vector<double> x, y;
    bool dashed = false, points = false;
};

struct Plot {
    std::string title = {}, x = {}, y = {};
    bool log_x = false, log_y = false;
    std::vector<Curve> curves = {};
};

/// A text as gnuplot reads it between quotes.
inline std::string quoted(const std::string& text) {
    std::string made = "'";
    for (const char letter : text) made += letter == '\'' ? std::string("''") : std::string(1, letter);
    return made + "'";
}

/// Whether the picture was drawn: false where gnuplot is not installed. Throws error where gnuplot refuses.
inline bool draw(const Plot& plot, const std::string& path) {
    if (std::system("gnuplot --version >/dev/null 2>&1") != 0) return false;
    // Two hues a pair, dark enough on white, told apart by the colour-blind (Brewer's Dark2).
    constexpr const char* colours[] = {"#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#a6761d", "#666666"};
    std::string script = fmt::format(
        "set terminal {} size 900,600\nset output {}\nset title {} noenhanced\nset xlabel {} noenhanced\nset ylabel {} noenhanced\n"
        "set key noenhanced\nset grid\n{}{}",
        path.ends_with(".png") ? "pngcairo" : "svg background 'white'", quoted(path), quoted(plot.title), quoted(plot.x),
        quoted(plot.y), plot.log_x ? "set logscale x\n" : "", plot.log_y ? "set logscale y\n" : "");
    std::string drawn = "plot";
    for (std::size_t c = 0; c < plot.curves.size(); ++c) {
        const Curve& curve = plot.curves[c];
        script += fmt::format("$curve{} << END\n", c);
        for (std::size_t k = 0; k < curve.x.size(); ++k) script += fmt::format("{:.9g} {:.9g}\n", curve.x[k], curve.y.at(k));
        script += "END\n";
        drawn += fmt::format("{} $curve{} using 1:2 with {} lw 2 dt {} lc rgb '{}' title {}", c > 0 ? "," : "", c,
                             curve.points ? "linespoints pt 7 ps 0.6" : "lines", curve.dashed ? 2 : 1, colours[c % std::size(colours)],
                             quoted(curve.name));
    }
    std::FILE* const gnuplot = ::popen("gnuplot", "w");
    if (!gnuplot) throw error{"gnuplot could not be started"};
    std::fputs((script + drawn + "\n").c_str(), gnuplot);
    if (::pclose(gnuplot) != 0) throw error{"gnuplot could not draw " + path + ": see what it says above"};
    return true;
}

/// The same numbers as a table: curve, x, y.
inline std::string as_csv(const Plot& plot) {
    std::string table = fmt::format("curve,{},{}\n", plot.x, plot.y);
    for (const Curve& curve : plot.curves)
        for (std::size_t k = 0; k < curve.x.size(); ++k)
            table += fmt::format("{},{:.9g},{:.9g}\n", curve.name, curve.x[k], curve.y.at(k));
    return table;
}

}  // namespace wide::examples
