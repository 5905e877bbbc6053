#pragma once
// Where every sample says the same to pairs, a whole network is one function of the angle between two samples:
// positively homogeneous nets without bias on any rows, and every net on rows of one norm. That function is fitted by
// a polynomial, once a call, and a pair costs a square root, an arccosine and two polynomials at any depth.
//
//     f(theta) = f(0) + (x + 1) h(x),        x + 1 = stretch theta / (theta + bend)  in [0, 2]
//
// is exact for parallel samples. Deep nets fall steeply from f(0): `bend` is a multiple of the angle at which they
// have, and spreads that out, so that degree 12 to 18 serves nets of 10 as of 50 layers, where a polynomial in theta
// itself (layers_and_duals, section 5) needs 15 to 48 and cannot be evaluated in powers of theta in float.
#include <wide/lower/trace.hpp>

namespace wide {

/// The polynomials of one precision, of all results of a net, ready to be evaluated.
template <class T, int results>
struct Collapsed {
    static constexpr int most_terms = 48;

    struct Function {
        T at_zero{}, power[most_terms + 1]{};
    };

    int terms = 0;  ///< of every polynomial; 0: the net does not collapse
    T bend{}, stretch{};
    Function nngp[results], ntk[results];
};

/// Flops of one pair and result, both kernels: the angle, the bend, two polynomials.
constexpr double collapsed_flops(int terms) { return 30 + 4 * terms; }

/// No fit is shorter than about this: nets that it would not pay for are not fitted.
inline constexpr int shortest_fit = 12;

/// Whether polynomials of that many terms cost less than the layers' duals.
template <class Net>
constexpr bool collapse_is_cheaper(int terms) {
    const int counted = terms > shortest_fit ? terms : shortest_fit;
    return collapsed_flops(counted) * results_of<Net> < recursion_flops<Net>;
}

/// The angle between two samples, from the signed deficit of their correlation.
template <Lane L>
[[gnu::always_inline]] constexpr L angle(L t) {
    using T = typename L::value_type;
    constexpr auto p = Arccosine<T, 0.0>::p.template as<T>();
    const L w = abs(t), acute = sqrt(w) * p(w);
    return select(t < L(0), L(T(pi)) - acute, acute);
}

/// x + 1, where the polynomials' argument x = -1 stands for parallel samples and 1 for opposite ones.
template <Lane L, class T, int results>
[[gnu::always_inline]] constexpr L place(const Collapsed<T, results>& net, L theta) {
    return quotient_estimate(L(net.stretch) * theta, theta + L(net.bend));
}

/// One kernel of one result at a place, in units of the samples' deviations: even and odd powers apart, so that more
/// multiply-adds are in flight.
template <Lane L, class T, int results>
[[gnu::always_inline]] constexpr L evaluate(const Collapsed<T, results>& net,
                                            const typename Collapsed<T, results>::Function& f, L at) {
    const L x = at - L(T(1)), square = x * x;
    L even(T(0)), odd(T(0));
    for (int j = (net.terms - 1) / 2; j >= 0; --j) {
        even = fma(even, square, L(f.power[2 * j]));
        odd = fma(odd, square, L(f.power[2 * j + 1]));
    }
    return fma(at, fma(odd, x, even), L(f.at_zero));
}

/// Both kernels side by side.
template <Lane L, class T, int results>
[[gnu::always_inline]] constexpr void evaluate_both(const Collapsed<T, results>& net, int result, L at, L& nngp,
                                                    L& ntk) {
    const L x = at - L(T(1));
    const auto& first = net.nngp[result];
    const auto& second = net.ntk[result];
    L one(first.power[net.terms - 1]), two(second.power[net.terms - 1]);
    for (int j = net.terms - 2; j >= 0; --j) {
        one = fma(one, x, L(first.power[j]));
        two = fma(two, x, L(second.power[j]));
    }
    nngp = fma(at, one, L(first.at_zero));
    ntk = fma(at, two, L(second.at_zero));
}

/// One function of the angle, fitted: in Chebyshev polynomials of x, then as f(0) + (x + 1) times powers of x.
struct AngleFit {
    static constexpr int points = 64;
    double value[points]{};  ///< f at the Chebyshev points x_j = cos((j + 1/2) pi / points)
    double coefficient[points]{};
    int terms = 0;
    double growth = 0;  ///< by how much powers of x enlarge rounding errors

    /// Terms up to `error`; all of them if that is not enough.
    constexpr void transform(const double (&cosine)[4 * points], double error) {
        for (int k = 0; k < points; ++k) {
            double sum = 0;
            for (int j = 0; j < points; ++j) sum += value[j] * cosine[k * (2 * j + 1) % (4 * points)];
            coefficient[k] = sum * (k == 0 ? 1 : 2) / points;
        }
        double rest = 0;
        for (terms = points; terms > 2; --terms) {
            rest += coefficient[terms - 1] < 0 ? -coefficient[terms - 1] : coefficient[terms - 1];
            if (rest > error) break;
        }
    }

    /// Of the first `kept` terms p(x), the powers of (p(x) - p(-1)) / (x + 1): Horner's partial sums at -1.
    constexpr void to_powers(int kept, double* power) {
        double whole[points];
        chebyshev_to_powers<points>(coefficient, kept, 1.0, 0.0, whole);
        growth = 0;
        double partial = 0;
        for (int k = kept - 1; k > 0; --k) {
            partial = whole[k] - partial;
            power[k - 1] = partial;
            growth += partial < 0 ? -partial : partial;
        }
    }
};

/// The kernels of two samples that both are as `sample` says, at an angle, in units of their deviations.
template <class Net>
constexpr KernelValues<Net> at_angle(const Magnitudes<Net>& magnitudes, const SampleTrace<Net, double>& sample,
                                     double theta) {
    using L = Scalar<double>;
    const bool acute = theta < pi / 2;
    const L half = sin(L((acute ? theta : pi - theta) / 2)), gap = half * half * L(2);
    KernelValues<Net> kernels = trace_pair<Net, false>(magnitudes, sample, sample, acute ? gap : opposite(gap));
    for (int n = 0; n < results_of<Net>; ++n) {
        const L unit = sample.variance[n].value > 0 ? sample.variance[n] : L(1);
        kernels.nngp[n] = kernels.nngp[n] / unit;
        kernels.ntk[n] = kernels.ntk[n] / unit;
    }
    return kernels;
}

/// Whether the hoisted numbers of `Net` are the same for all samples, whatever these are: no biases, and variances
/// that are a power of the input's. Then a value's degree is the exponent of its variance.
template <class Net>
inline constexpr bool homogeneous = [] {
    constexpr auto& table = nonlinearity_table<nonlinearities_of<Net>>;
    int degree[program<Net>.size + 1]{};
    degree[0] = 1;
    for (int i = 0; i < program<Net>.size; ++i) {
        const Inst& inst = program<Net>.inst[i];
        degree[i + 1] = degree[inst.left];
        if (inst.op == Op::affine && inst.biased) return false;
        if (inst.op == Op::normalize) return false;
        if (inst.op == Op::nonlinearity) {
            const int power = table.degree[table.index_of(inst.word)];
            if (power < 0) return false;
            degree[i + 1] *= power;
        }
        if (inst.op == Op::product) degree[i + 1] += degree[inst.right];
        if ((inst.op == Op::sum || inst.op == Op::concat) && degree[inst.left] != degree[inst.right]) return false;
    }
    return true;
}();

/// Fits `Net` for samples of the given input variance to the accuracy of T. `terms` is 0 where no short polynomial
/// does.
template <class T, class Net>
Collapsed<T, results_of<Net>> collapse(const Magnitudes<Net>& given, double variance) {
    constexpr int results = results_of<Net>, points = AngleFit::points;
    constexpr double error = sizeof(T) == sizeof(float) ? 1e-7 : 4e-15, largest_growth = 16;
    using L = Scalar<double>;
    Collapsed<T, results> net;
    Magnitudes<Net> magnitudes = given;
    for (PairMagnitude& pair : magnitudes.pair) pair.terms = {};
    settle_series<Net, double>(magnitudes, {variance});
    const auto sample = trace_sample<Net, double>(magnitudes, L(variance));
    double cosine[4 * points];
    for (int j = 0; j < 4 * points; ++j) cosine[j] = cos(L(pi * j / (2 * points))).value;

    // The angle at which the steepest of the functions has lost a tenth.
    const KernelValues<Net> parallel = at_angle(magnitudes, sample, 0);
    double low = 0, high = pi;
    for (int k = 0; k < 12; ++k) {
        const double middle = (low + high) / 2;
        const KernelValues<Net> here = at_angle(magnitudes, sample, middle);
        bool lost = false;
        for (int n = 0; n < results; ++n)
            lost = lost || here.nngp[n].value < 0.9 * parallel.nngp[n].value ||
                   here.ntk[n].value < 0.9 * parallel.ntk[n].value;
        (lost ? high : low) = middle;
    }
    const double bend = 70 * high, stretch = 2 * (pi + bend) / pi;

    AngleFit nngp[results], ntk[results];
    for (int j = 0; j < points; ++j) {
        const double u = (1 + cosine[2 * j + 1]) / stretch, theta = bend * u / (1 - u);
        const KernelValues<Net> here = at_angle(magnitudes, sample, theta);
        for (int n = 0; n < results; ++n) {
            nngp[n].value[j] = here.nngp[n].value;
            ntk[n].value[j] = here.ntk[n].value;
        }
    }
    int terms = 3;
    for (int n = 0; n < results; ++n) {
        const double tangent = parallel.ntk[n].value;
        nngp[n].transform(cosine, error);
        ntk[n].transform(cosine, error * (tangent > 0 ? tangent : 1));
        terms = nngp[n].terms > terms ? nngp[n].terms : terms;
        terms = ntk[n].terms > terms ? ntk[n].terms : terms;
    }
    if (terms > net.most_terms) return net;
    for (int n = 0; n < results; ++n) {
        double power[points];
        const double tangent = parallel.ntk[n].value;
        nngp[n].to_powers(terms, power);
        if (!(nngp[n].growth <= largest_growth)) return net;
        for (int k = 0; k < terms - 1; ++k) net.nngp[n].power[k] = static_cast<T>(power[k]);
        ntk[n].to_powers(terms, power);
        if (!(ntk[n].growth <= largest_growth * tangent)) return net;
        for (int k = 0; k < terms - 1; ++k) net.ntk[n].power[k] = static_cast<T>(power[k]);
        net.nngp[n].at_zero = static_cast<T>(parallel.nngp[n].value);
        net.ntk[n].at_zero = static_cast<T>(tangent);
    }
    --terms;
    net.terms = terms;
    net.bend = static_cast<T>(bend);
    net.stretch = static_cast<T>(stretch);
    return net;
}

}  // namespace wide
