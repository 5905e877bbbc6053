#pragma once
// The points x > 0 at which expectations of a standard normal are summed up, with weights that hold its density, and
// the normalised Hermite polynomials at them. A point stands for its mirror image too.
//
// A smooth function is summed at evenly spaced points (the trapezoidal rule converges geometrically under a
// Gaussian), one with kinks at Gauss and Legendre's points of panels between the kinks.
#include <wide/dsl/grammar/number.hpp>

namespace wide {

/// The positive half of Gauss and Legendre's rule of 16 points on [-1, 1].
inline constexpr int legendre_pairs = 8;
inline constexpr double legendre_point[] = {0.09501250983763744, 0.2816035507792589, 0.45801677765722737,
                                            0.6178762444026438,  0.755404408355003,  0.8656312023878318,
                                            0.9445750230732326,  0.9894009349916499};
inline constexpr double legendre_weight[] = {0.1894506104550685,   0.18260341504492358, 0.16915651939500254,
                                             0.14959598881657674,  0.12462897125553388, 0.09515851168249279,
                                             0.062253523938647894, 0.027152459411754096};

/// Up to `capacity` points for phi(s x).
template <int capacity>
struct HermitePoints {
    static constexpr double reach = 12;  // exp(-reach^2 / 2) is 5e-32
    double x[capacity]{}, weight[capacity]{};
    int count = 0;
    bool resolved = true;  ///< false: phi(s x) changes faster than there is room for points

    constexpr void evenly(double s) {
        const double step = within_room(s > 3.2 ? 0.2 / s : 0.2 / 3.2);
        for (double at = step / 2; at < reach; at += step) add(at, step);
    }

    /// `kinks` of phi; a panel ends where one of them, divided by s, falls.
    template <class Kinks>
    constexpr void panels(double s, const Kinks& kinks) {
        const double width = 2 * legendre_pairs * within_room((s > 3.2 ? 4.8 / s : 1.5) / (2 * legendre_pairs));
        for (double from = 0; from < reach;) {
            double to = reach;
            for (const double kink : kinks) {
                const double at = (kink < 0 ? -kink : kink) / (s > 0 ? s : 1);
                if (at > from && at < to) to = at;
            }
            const int pieces = 1 + static_cast<int>((to - from) / width);
            for (int p = 0; p < pieces; ++p) {
                const double half = (to - from) / pieces / 2, middle = from + (2 * p + 1) * half;
                for (int k = 0; k < legendre_pairs; ++k) {
                    add(middle - half * legendre_point[k], half * legendre_weight[k]);
                    add(middle + half * legendre_point[k], half * legendre_weight[k]);
                }
            }
            from = to;
        }
    }

private:
    constexpr double within_room(double wanted) {
        constexpr double closest = reach / (capacity - 4 * legendre_pairs);
        resolved = wanted >= closest;
        return resolved ? wanted : closest;
    }

    constexpr void add(double at, double width) {
        if (count == capacity) return;
        x[count] = at;
        weight[count++] = width * constant_exp(-at * at / 2) / 2.50662827463100050242;
    }
};

/// h_k at the points, one k after the other: h_{k+1} = (x h_k - sqrt(k) h_{k-1}) / sqrt(k+1).
template <int capacity>
struct HermiteRow {
    double before[capacity]{}, now[capacity]{};
    int order = 0;

    constexpr explicit HermiteRow(int count) {
        for (int i = 0; i < count; ++i) now[i] = 1;
    }

    constexpr void advance(const HermitePoints<capacity>& points) {
        const double down = constant_sqrt(order), up = 1 / constant_sqrt(order + 1);
        for (int i = 0; i < points.count; ++i) {
            const double next = (points.x[i] * now[i] - down * before[i]) * up;
            before[i] = now[i];
            now[i] = next;
        }
        ++order;
    }
};

/// The same for all orders below `rows`, at the points that serve every s up to 3.2: computed once per process.
template <bool has_panels, int rows>
struct HermiteTable {
    static constexpr int capacity = 256;
    HermitePoints<capacity> points;
    double row[rows][capacity]{};

    HermiteTable() {
        constexpr double at_zero[] = {0};
        if constexpr (has_panels) points.panels(1, at_zero);
        else points.evenly(1);
        HermiteRow<capacity> h(points.count);
        for (int k = 0; k < rows; ++k, h.advance(points))
            for (int i = 0; i < points.count; ++i) row[k][i] = h.now[i];
    }

    static const HermiteTable& get() {
        static const HermiteTable table;
        return table;
    }
};

}  // namespace wide
