// You learn: to say a network as a type, and to predict with it as if it were infinitely wide and fully trained.
#include <cmath>
#include <cstdio>
#include <vector>

#include <wide/wide.hpp>
using namespace wide;

// Two hidden layers. The widths are those of a finite network; its infinite sibling's kernels do not depend on them.
struct Net : Serial<Dense<512, He, Bias<0.5>>, Relu, Dense<512, He, Bias<0.5>>, Relu, Dense<1>> {};
using In = Vector<2>;

constexpr double turn = 6.283185307179586;
double truth(double angle) { return std::sin(angle) + 0.5 * std::cos(3 * angle); }

// An angle becomes a point on the circle: its two coordinates are what the network reads.
std::vector<double> circle(const std::vector<double>& angles) {
    std::vector<double> points;
    for (const double angle : angles) points.insert(points.end(), {std::cos(angle), std::sin(angle)});
    return points;
}

int main() {
    std::vector<double> known, asked, values;
    for (int k = 0; k < 24; ++k) known.push_back(turn * k / 24), values.push_back(truth(known.back()));
    for (int k = 0; k < 8; ++k) asked.push_back(turn * (k + 0.2) / 8);
    const auto x = circle(known), z = circle(asked);

    // Where gradient descent takes an infinitely wide Net that starts as zero: regression with its tangent kernel.
    const auto fit = regress(ntk<Net>(rows<In>(x)), values);
    const auto prediction = fit.predict(ntk<Net>(rows<In>(z), rows<In>(x)));

    double worst = 0;
    std::puts(" angle    truth  prediction");
    for (std::size_t k = 0; k < asked.size(); ++k) {
        std::printf("%6.3f  %7.3f  %10.3f\n", asked[k], truth(asked[k]), prediction(k, 0));
        worst = std::fmax(worst, std::fabs(prediction(k, 0) - truth(asked[k])));
    }
    return std::printf("largest error %.3f\n", worst), worst < 0.05 ? 0 : 1;
}
