#pragma once
// The kernel of a pair of rows in quad precision (113 bits), straight from the textbook: second moments, acos
// and asin, no trick.
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include <wide/dsl.hpp>

namespace accuracy {

using quad = boost::multiprecision::cpp_bin_float_quad;

struct Pair {
    quad q11 = 0, q22 = 0, q12 = 0, theta = 0;
};

inline quad dot(auto x, auto z) {
    quad sum = 0;
    for (std::size_t k = 0; k < x.size(); ++k) sum += quad(x[k]) * quad(z[k]);
    return sum / static_cast<double>(x.size());
}

inline Pair relu(const Pair& p) {
    const quad pi = boost::math::constants::pi<quad>();
    const quad root = sqrt(p.q11 * p.q22);
    quad rho = root > 0 ? quad(p.q12 / root) : quad(0);
    if (rho > 1) rho = 1;
    if (rho < -1) rho = -1;
    const quad angle = acos(rho), rest = pi - angle;
    return {p.q11 / 2, p.q22 / 2, root * (sqrt(1 - rho * rho) + rest * rho) / (2 * pi), p.theta * rest / (2 * pi)};
}

inline Pair erf(const Pair& p) {
    const quad pi = boost::math::constants::pi<quad>();
    const quad grown = (1 + 2 * p.q11) * (1 + 2 * p.q22), product = 2 * p.q12;
    const auto own = [&](const quad& q) { return quad(2 / pi * asin(quad(2 * q / (1 + 2 * q)))); };
    return {own(p.q11), own(p.q22), 2 / pi * asin(quad(product / sqrt(grown))),
            p.theta * 4 / (pi * sqrt(quad(grown - product * product)))};
}

/// Interprets an architecture of affine words, ReLUs, Erfs and sums on one pair of rows.
template <class Net, class T>
Pair kernel(std::span<const T> x, std::span<const T> z) {
    constexpr auto& program = wide::program<Net>;
    std::vector<Pair> value(static_cast<std::size_t>(program.size) + 1);
    value[0] = {dot(x, x), dot(z, z), dot(x, z), 0};
    for (int i = 0; i < program.size; ++i) {
        const wide::Inst& inst = program.inst[i];
        const Pair& from = value[static_cast<std::size_t>(inst.left)];
        const Pair& other = value[static_cast<std::size_t>(inst.right)];
        Pair& to = value[static_cast<std::size_t>(i) + 1];
        const quad weight = quad(inst.weight) * quad(inst.weight), bias = quad(inst.bias) * quad(inst.bias);
        switch (inst.op) {
            case wide::Op::affine:
                to = {weight * from.q11 + bias, weight * from.q22 + bias, weight * from.q12 + bias, 0};
                to.theta = to.q12 + weight * from.theta;
                break;
            case wide::Op::nonlinearity:
                to = inst.word == &wide::identity<wide::Erf> ? erf(from) : relu(from);
                break;
            case wide::Op::sum:
                to = {from.q11 + other.q11, from.q22 + other.q22, from.q12 + other.q12, from.theta + other.theta};
                break;
            default:
                throw std::logic_error("the accuracy reference knows affine words, ReLU, Erf and sums");
        }
    }
    return value[static_cast<std::size_t>(program.result[0])];
}

}  // namespace accuracy
