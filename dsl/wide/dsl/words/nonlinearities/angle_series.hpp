#pragma once
// The dual of an activation that has its kinks at 0, from as many Hermite coefficients as a smooth one needs.
//
// The coefficients of a kink fall like a power of k, and so does what a series sum_k a_k(q1) a_k(q2) rho^k leaves
// out. But seen as a function of phi = arcsin(rho) the dual is entire: it is an integral over the sector where both
// Gaussians have one sign, in polar coordinates, whose integrand is analytic. A polynomial of degree `degree` in phi
// therefore gives it to high accuracy on all of [-pi/2, pi/2], and its coefficients follow from the first `terms`
// coefficients c_k of the power series in rho: T_j(2 arcsin(rho) / pi) has known power series, and the c_k are
// matched in the sense of least squares, the later ones weighing more. The solution is one matrix for all
// activations, made by the compiler.
//
// What the polynomial leaves grows with the variance, since e^(s x) does; tests/contract holds it below 1e-6 in float
// and 1e-10 in double up to variance 10, and where it is much more, the kernel is refused.
#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/grammar/number.hpp>
#include <wide/dsl/meaning/deficit.hpp>
#include <wide/dsl/words/nonlinearities/arccosine.hpp>
#include <wide/dsl/words/nonlinearities/hermite_coefficients.hpp>

namespace wide {

/// coefficient of T_j(2 phi / pi) = sum_k entry[j / 2][k / 2] c_k over the k of j's parity, for one parity.
template <int rows, int columns>
struct AngleMatrix {
    long double entry[rows][columns]{};

    constexpr explicit AngleMatrix(int parity) {
        long double series[columns][rows]{};  // of weighted power k in T_j
        fill(series, parity);
        solve(series, parity);
    }

private:
    static constexpr int powers = 2 * columns;

    static constexpr long double weight(int k) { return static_cast<long double>(k + 1); }

    /// The power series of T_j(2 arcsin(r) / pi), by T_{j+1} = 2 y T_j - T_{j-1}.
    static constexpr void fill(long double (&series)[columns][rows], int parity) {
        long double y[powers]{}, now[powers]{1}, next[powers]{};
        long double central = 2 / 3.14159265358979323846264338327950288L;  // 2 / pi times (2n)! / (4^n n!^2)
        for (int n = 0; 2 * n + 1 < powers; ++n) {
            next[2 * n + 1] = y[2 * n + 1] = central / static_cast<long double>(2 * n + 1);
            central *= static_cast<long double>(2 * n + 1) / static_cast<long double>(2 * n + 2);
        }
        for (int j = 0; j < 2 * rows; ++j) {
            for (int k = parity; j % 2 == parity && k < powers; k += 2) series[k / 2][j / 2] = now[k] * weight(k);
            long double after[powers]{};
            for (int k = (j + 1) % 2; k < powers; k += 2)
                for (int i = 1; k + i < powers; i += 2) after[k + i] += 2 * next[k] * y[i];
            for (int k = 0; k < powers; ++k) {
                after[k] -= now[k];
                now[k] = next[k];
                next[k] = after[k];
            }
        }
    }

    /// Householder's triangularisation of `series`, and of the weights along with it.
    constexpr void solve(long double (&series)[columns][rows], int parity) {
        long double right[columns][columns]{};
        for (int k = 0; k < columns; ++k) right[k][k] = weight(2 * k + parity);
        for (int j = 0; j < rows; ++j) {
            long double square = 0;
            for (int k = j; k < columns; ++k) square += series[k][j] * series[k][j];
            const long double norm = series[j][j] < 0 ? constant_root(square) : -constant_root(square);
            long double mirror[columns]{};
            for (int k = j; k < columns; ++k) mirror[k] = series[k][j];
            mirror[j] -= norm;
            const long double size = square - norm * series[j][j];  // half of |mirror|^2
            for (int i = j; i < rows; ++i)
                reflect(mirror, size, j, [&](int k) -> long double& { return series[k][i]; });
            for (int i = 0; i < columns; ++i)
                reflect(mirror, size, j, [&](int k) -> long double& { return right[k][i]; });
        }
        for (int i = 0; i < columns; ++i)
            for (int j = rows - 1; j >= 0; --j) {
                long double sum = right[j][i];
                for (int k = j + 1; k < rows; ++k) sum -= series[j][k] * entry[k][i];
                entry[j][i] = sum / series[j][j];
            }
    }

    template <class At>
    static constexpr void reflect(const long double (&mirror)[columns], long double size, int first, At at) {
        long double along = 0;
        for (int k = first; k < columns; ++k) along += mirror[k] * at(k);
        for (int k = first; k < columns; ++k) at(k) -= along / size * mirror[k];
    }
};

template <class T>
struct AngleMatrices {
    static constexpr int rows = sizeof(T) == sizeof(float) ? 16 : 22;     ///< of each parity
    static constexpr int columns = sizeof(T) == sizeof(float) ? 32 : 44;  ///< of each parity
    T even[rows][columns]{}, odd[rows][columns]{};
    double even_at_one[columns]{}, odd_at_one[columns]{};  ///< sums over j: all T_j are 1 at rho = 1

    constexpr AngleMatrices() {
        const AngleMatrix<rows, columns> of_even(0), of_odd(1);
        for (int j = 0; j < rows; ++j)
            for (int k = 0; k < columns; ++k) {
                even[j][k] = static_cast<T>(of_even.entry[j][k]);
                odd[j][k] = static_cast<T>(of_odd.entry[j][k]);
                even_at_one[k] += static_cast<double>(of_even.entry[j][k]);
                odd_at_one[k] += static_cast<double>(of_odd.entry[j][k]);
            }
    }
};

template <class T>
inline constexpr AngleMatrices<T> angle_matrices{};

template <class N>
struct AngleSeries {
    /// Coefficients of one parity that pairs on lanes of T read: one more than the matrix has columns, for the slope.
    template <class T>
    static constexpr int capacity = AngleMatrices<T>::columns + 1;

    /// An error for parallel samples beyond which a kernel is refused.
    template <class T>
    static constexpr double largest_loss = sizeof(T) == sizeof(float) ? 2e-6 : 1e-9;

    static constexpr double flops = 3000;
    static constexpr Domain domain = domain_of<N>();

    static constexpr double lowest_correlation(double) { return -1; }

    template <class T, class L>
    static constexpr L variance(L q, L* numbers, HermiteUse& use, const Terms&) {
        constexpr int half = capacity<T>;
        const HermiteCoefficients<N, L, 2 * half> a(q, 0, 0);
        const L scale = select(L(0) < a.square, L(1) / sqrt(select(L(0) < a.square, a.square, L(1))), L(0));
        for (int k = 0; k < a.count; ++k) numbers[k % 2 * half + k / 2] = a.coefficient[k] * scale;
        use = {.terms = {half, half},
               .missing = a.resolved ? loss<T>(numbers, slope_at_one(a, q)) : 1,
               .in_angle = true};
        use.converged = use.missing <= largest_loss<T>;
        return a.square;
    }

    template <double lowest, class Stored, class L, class Left, class Right>
    static constexpr Dual<L> dual(L t, Left left, Right right, const Terms&) {
        using T = typename L::value_type;
        constexpr auto& matrices = angle_matrices<Stored>;
        constexpr int rows = AngleMatrices<Stored>::rows, columns = AngleMatrices<Stored>::columns;
        L even[columns + 1], odd[columns + 1], even_slope[columns], odd_slope[columns];
        L apart(0);
        for (int k = 0; k <= columns; ++k) {
            const L one = left[k], two = right[k], three = left[columns + 1 + k], four = right[columns + 1 + k];
            even[k] = one * two;
            odd[k] = three * four;
            apart = fma(one - two, one - two, fma(three - four, three - four, apart));
        }
        // rho' is a sum of c_k rho^k, its derivative one of (k + 1) c_{k+1} rho^k.
        for (int k = 0; k < columns; ++k) {
            even_slope[k] = L(static_cast<T>(2 * k + 1)) * odd[k];
            odd_slope[k] = L(static_cast<T>(2 * k + 2)) * even[k + 1];
        }
        const L w = lowest >= 0 ? t : abs(t), acute = sqrt(w) * Arccosine<T, 0.0>::p.template as<T>()(w);
        const L latitude = fnma(acute, L(static_cast<T>(2 / pi)), L(1));  // 2 arcsin|rho| / pi
        const L y = lowest >= 0 ? latitude : select(t < L(0), L(0) - latitude, latitude);
        // Clenshaw's recurrence, both functions side by side.
        L value(0), value_before(0), slope(0), slope_before(0);
        for (int j = 2 * rows - 1; j >= 0; --j) {
            const Stored* const row = j % 2 == 0 ? matrices.even[j / 2] : matrices.odd[j / 2];
            const L* const c = j % 2 == 0 ? even : odd;
            const L* const d = j % 2 == 0 ? even_slope : odd_slope;
            L one = L(0) - value_before, two = L(0) - slope_before;
            for (int k = 0; k < columns; ++k) {
                const L entry(static_cast<T>(row[k]));
                one = fma(entry, c[k], one);
                two = fma(entry, d[k], two);
            }
            const L factor = j == 0 ? y : y + y;
            value_before = value;
            slope_before = slope;
            value = fma(factor, value_before, one);
            slope = fma(factor, slope_before, two);
        }
        // Equal samples stay equal; nearly equal ones are told apart to a rounding error of 1.
        const L alike = apart + distance<(lowest >= 0)>(t);
        const L gap = L(1) - value;
        return {select(alike < L(T(1e-25)), L(0), signed_deficit(select(gap < L(0), L(0), gap))), slope};
    }

private:
    /// E phi'^2 in units of the new variance: the dual's slope for parallel samples.
    template <class Coefficients, class L>
    static constexpr double slope_at_one(const Coefficients& a, L q) {
        const double square = number_of(a.square);
        return square > 0 ? number_of(a.slope_square) * number_of(q) / square : 0;
    }

    /// By how much the polynomials miss what is known of parallel samples, where they are too short first: a
    /// correlation of 1, and this slope.
    template <class T, class L>
    static constexpr double loss(const L* numbers, double slope) {
        constexpr auto& matrices = angle_matrices<T>;
        constexpr int half = capacity<T>;
        double correlation = 0, rise = 0;
        for (int k = 0; k + 1 < half; ++k) {
            const double even = number_of(numbers[k]), odd = number_of(numbers[half + k]);
            const double next = number_of(numbers[k + 1]);
            correlation += matrices.even_at_one[k] * even * even + matrices.odd_at_one[k] * odd * odd;
            rise += matrices.even_at_one[k] * (2 * k + 1) * odd * odd +
                    matrices.odd_at_one[k] * (2 * k + 2) * next * next;
        }
        if (slope == 0 && correlation == 0) return 0;  // a sample that phi silences
        const double gap = correlation > 1 ? correlation - 1 : 1 - correlation;
        const double apart = (rise > slope ? rise - slope : slope - rise) / (slope > 1 ? slope : 1);
        return gap > apart ? gap : apart;
    }
};

}  // namespace wide
