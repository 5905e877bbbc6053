#pragma once
// Curves as a picture, drawn by gnuplot: SVG or PNG, by the end of the file's name.
//
//     Plot plot{.title = "error by width", .x = "width", .y = "relative error", .log_x = true, .log_y = true};
//     plot.curves.push_back({"NTK", widths, errors});
//     if (!draw(plot, "infinite_limit.svg")) ... gnuplot is not installed
#include <algorithm>
#include <cmath>
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
    std::vector<double> x = {}, y = {};
    bool dashed = false, points = false, line = true;
    bool same_colour = false;  ///< as the curve before it, to which it belongs

    void add(double at, double value) {
        x.push_back(at);
        y.push_back(value);
    }
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

/// An axis from the least to the most number of all curves, with a little room. A logarithmic one of few decades is
/// marked at 1, 2 and 5 in each.
inline std::string axis(const Plot& plot, char name, std::vector<double> Curve::*numbers, bool logarithmic) {
    double least = HUGE_VAL, most = -HUGE_VAL;
    for (const Curve& curve : plot.curves)
        for (const double number : curve.*numbers)
            if (std::isfinite(number) && (number > 0 || !logarithmic))
                least = std::min(least, number), most = std::max(most, number);
    if (least > most) return "";
    constexpr double room = 0.04;
    const double factor = logarithmic ? std::pow(most / least, room) : 1;
    const double margin = logarithmic ? 0 : room * (most > least ? most - least : std::abs(most) + 1);
    const double from = least >= 0 && least < margin ? 0 : least / factor - margin;
    std::string said = fmt::format("set {}range [{:.9g}:{:.9g}]\n", name, from, most * factor + margin);
    if (!logarithmic) return said;
    said += fmt::format("set logscale {}\n", name);
    if (most > 1e3 * least) return said + fmt::format("set format {} '10^{{%T}}'\n", name);
    said += fmt::format("set {}tics (", name);
    for (double decade = std::pow(10, std::floor(std::log10(from))); decade <= most * factor; decade *= 10)
        for (const double tick : {decade, 2 * decade, 5 * decade}) said += fmt::format("'{0:.4g}' {0:.9g},", tick);
    said.back() = ')';
    return said + '\n';
}

/// Whether the picture was drawn: false where gnuplot is not installed. Throws error where gnuplot refuses.
inline bool draw(const Plot& plot, const std::string& path) {
    if (std::system("gnuplot --version >/dev/null 2>&1") != 0) return false;
    // Dark enough on white, and told apart by the colour-blind (Brewer's Dark2).
    constexpr const char* colours[] = {"#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#a6761d", "#666666"};
    std::string script = fmt::format(
        "set terminal {} size 900,600 font 'Sans,13'\nset output {}\nset title {} noenhanced\nset xlabel {} "
        "noenhanced\n"
        "set ylabel {} noenhanced\nset key below height 1 noenhanced\nset grid\n{}{}",
        path.ends_with(".png") ? "pngcairo" : "svg background 'white'", quoted(path), quoted(plot.title),
        quoted(plot.x), quoted(plot.y), axis(plot, 'x', &Curve::x, plot.log_x),
        axis(plot, 'y', &Curve::y, plot.log_y));
    std::string drawn = "plot";
    std::size_t colour = 0;
    for (std::size_t c = 0; c < plot.curves.size(); ++c) {
        const Curve& curve = plot.curves[c];
        if (c > 0 && !curve.same_colour) ++colour;
        script += fmt::format("$curve{} << END\n", c);
        // A number that is not finite breaks the line.
        for (std::size_t k = 0; k < curve.x.size(); ++k)
            script += std::isfinite(curve.y.at(k)) ? fmt::format("{:.9g} {:.9g}\n", curve.x[k], curve.y[k]) : "\n";
        script += "END\n";
        drawn += fmt::format("{} $curve{} using 1:2 with {} lw 2 dt {} lc rgb '{}' title {}", c > 0 ? "," : "", c,
                             !curve.line    ? "points pt 7"
                             : curve.points ? "linespoints pt 7 ps 0.8"
                                            : "lines",
                             curve.dashed ? 2 : 1, colours[colour % std::size(colours)], quoted(curve.name));
    }
    std::FILE* const gnuplot = ::popen("gnuplot", "w");
    if (!gnuplot) throw error{"gnuplot could not be started"};
    std::fputs((script + drawn + "\n").c_str(), gnuplot);
    if (::pclose(gnuplot) != 0) throw error{"gnuplot could not draw " + path + ": see what it says above"};
    return true;
}

/// A text as a cell of a CSV file: between quotes where it has commas or quotes itself.
inline std::string csv_cell(const std::string& text) {
    if (text.find_first_of(",\"") == std::string::npos) return text;
    std::string made = "\"";
    for (const char letter : text) made += letter == '"' ? std::string("\"\"") : std::string(1, letter);
    return made + "\"";
}

/// The same numbers as a table: curve, x, y.
inline std::string as_csv(const Plot& plot) {
    std::string table = fmt::format("curve,{},{}\n", csv_cell(plot.x), csv_cell(plot.y));
    for (const Curve& curve : plot.curves)
        for (std::size_t k = 0; k < curve.x.size(); ++k)
            table += fmt::format("{},{:.9g},{:.9g}\n", csv_cell(curve.name), curve.x[k], curve.y.at(k));
    return table;
}

}  // namespace wide::examples
