#pragma once
// Gradient flow of the infinitely wide network on any loss L of the training rows' outputs,
//
//     f' = -eta Theta dL/df        with momentum  f'' = -eta Theta dL/df - (1 - m) f',  from rest,
//
// where there is no closed form (for squared loss there is one: gradient_flow.hpp). Integrated by Boost.Odeint's Dormand and
// Prince method of fifth order, steps controlled by the error of each. Outputs are always f0 + Theta w, so it is the dual
// coefficients w, w' = -eta dL/df, that are kept beside f: with them the test rows follow, f* = f0* + Theta_*d w.
//
//     auto path = loss_flow(K, f0, softmax{}, y, learning_rate{0.5}, {1, 10, 100});   // K = ntk<Net>(x); f0: n x outputs
//     path.train[2];  path.test(Kz, 2);                                               // at time 100
//     auto mine = loss_flow(K, f0, [&](const Matrix<float>& f) { return gradient; }, heavy_ball{0.5, 0.9}, {10});
//
// Losses are loss.hpp's, the mean over samples as `train` takes it: of squared{} 1/2 |f - y|^2 / n, where gradient_flow
// divides by n times outputs, so that its time runs outputs times slower. A loss of one's own is given by its gradient: a
// callable of f that returns dL/df, both n x outputs.
//
// Only K's lower triangle is read. A step costs six products of K with n x outputs; there are about as many as gradient
// descent at its largest stable rate would take, 0.6 eta lambda_max t / n of squared loss. Memory: thirty n x outputs,
// and two for each time. The state is kept in double, products and gradients are made in T.
//
// Throws not_finite (row, column: of K, f0, or of a gradient), shape_mismatch, did_not_converge (what is left of the time, steps)
// where the steps are used up or become too short, cancelled, and what the loss throws of its labels.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>

#include <wide/infer/descent.hpp>
#include <wide/infer/loss.hpp>
#include <wide/infer/product.hpp>
#include <wide/infer/regress.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/options.hpp>
#include <wide/run/readable_number.hpp>

namespace wide {

/// How exactly, and with how many steps at most.
struct dormand_prince {
    double absolute = 1e-8;        ///< error of a step, in the units of outputs
    double relative = 1e-8;        ///< the same as a part of what they are
    std::size_t steps = 100'000;   ///< accepted and refused ones
    Progress progress = {};        ///< in thousandths of the time
    std::stop_token stop = {};     ///< throws `cancelled` after the step in which it is set
};

/// The training rows' outputs and the dual coefficients at each time.
template <std::floating_point T>
struct LossFlow {
    std::vector<double> times;
    std::vector<Matrix<T>> train, weights;  ///< n x outputs each
    std::size_t steps = 0;                  ///< that the integration took

    /// Test rows at times[k], m x outputs. f0z: their outputs at time 0; zero by default.
    [[nodiscard]] Matrix<T> test(const Matrix<T>& Kz, std::size_t k, const Matrix<T>& f0z = {}) const {
        if (k >= times.size())
            throw shape_mismatch{"test: time number " + std::to_string(k) + " was asked for, of " +
                                 std::to_string(times.size()) + " counted from zero"};
        Matrix<T> f = Fit<T>{weights[k].copy(), 0}.predict(Kz);
        if (!f0z.empty() && (f0z.rows() != f.rows() || f0z.cols() != f.cols()))
            throw shape_mismatch{"test: f0z is " + regression::size_of(f0z.rows(), f0z.cols()) + ", but has to be " +
                                 regression::size_of(f.rows(), f.cols())};
        regression::require_finite(
            f0z, [&](std::size_t) { return f0z.cols(); }, "test: f0z", "look at this test row");
        for (std::size_t i = 0; i < f0z.size(); ++i) f.data()[i] += f0z.data()[i];
        return f;
    }
};

namespace integration {

using State = std::vector<double>;

/// d/dt of (f, w), or with momentum of (f, w, f', w'), blocks of n x outputs one after the other.
template <class T, class Gradient>
class Motion {
public:
    Motion(const Matrix<T>& K, const Matrix<T>& f0, Gradient& gradient, const learning_rate& law)
        : K_{&K}, f_{f0.copy()}, gradient_{&gradient}, rate_{law.value} {}
    Motion(const Matrix<T>& K, const Matrix<T>& f0, Gradient& gradient, const heavy_ball& law)
        : K_{&K}, f_{f0.copy()}, gradient_{&gradient}, rate_{law.rate}, damping_{1 - law.momentum}, second_order_{true} {}

    [[nodiscard]] State start() const {
        State made((second_order_ ? 4 : 2) * f_.size());
        std::copy_n(f_.data(), f_.size(), made.begin());
        return made;
    }

    void operator()(const State& x, State& change, double) {
        const std::size_t size = f_.size();
        std::transform(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(size), f_.data(),
                       [](double value) { return static_cast<T>(value); });
        const Matrix<T> slope = (*gradient_)(std::as_const(f_));
        if (slope.rows() != f_.rows() || slope.cols() != f_.cols())
            throw shape_mismatch{"loss_flow: the gradient is " + regression::size_of(slope.rows(), slope.cols()) +
                                 ", but f is " + regression::size_of(f_.rows(), f_.cols()) + ": one number for each output"};
        regression::require_finite(
            slope, [&](std::size_t) { return slope.cols(); }, "loss_flow: the gradient of the loss",
            "look at what the loss makes of this row's outputs, or take a smaller learning rate");
        const Matrix<T> force = rowmajor::symmetric_product(*K_, slope);
        const auto write = [&](std::size_t block, const Matrix<T>& by) {
            for (std::size_t k = 0; k < size; ++k) {
                const double push = -rate_ * static_cast<double>(by.data()[k]);
                const std::size_t here = block * size + k, speed = here + 2 * size;
                change[here] = second_order_ ? x[speed] : push;
                if (second_order_) change[speed] = push - damping_ * x[speed];
            }
        };
        write(0, force);
        write(1, slope);
    }

private:
    const Matrix<T>* K_;
    Matrix<T> f_;
    Gradient* gradient_;
    double rate_, damping_ = 0;
    bool second_order_ = false;
};

[[nodiscard]] inline did_not_converge too_slow(const char* why, double now, double end, std::size_t taken) {
    return {std::string("loss_flow: ") + why + " at time " + readable_number(now) + " of " + readable_number(end) +
                ", after " + std::to_string(taken) + " steps: allow more steps, a larger tolerance, or ask for earlier times",
            1 - now / end, taken};
}

/// Calls reached(k, state) at times[k], in their order.
template <class Motion, class Reached>
std::size_t follow(Motion& motion, const std::vector<double>& times, const dormand_prince& how, double precision,
                   Reached reached) {
    namespace odeint = boost::numeric::odeint;
    using Stepper = odeint::controlled_runge_kutta<odeint::runge_kutta_dopri5<State>>;
    Stepper stepper{Stepper::error_checker_type{std::max(how.absolute, precision), std::max(how.relative, precision)}};
    State x = motion.start(), change(x.size());
    double now = 0, step = 0;
    std::size_t taken = 0;
    std::uint64_t told = 0;
    motion(x, change, now);
    // A hundredth of the time in which what moves would double: refused where that is too long, five times longer where not.
    double size = 0, speed = 0;
    for (std::size_t k = 0; k < x.size(); ++k) size += x[k] * x[k], speed += change[k] * change[k];
    if (speed > 0) step = 0.01 * std::sqrt(std::max(size, 1e-6) / speed);
    const double end = times.empty() ? 0 : times.back();
    if (!(step > 0)) step = end;
    const auto tell = [&] {
        const auto thousandths = end > 0 ? static_cast<std::uint64_t>(1000 * (now / end)) : 1000;
        if (how.progress && (thousandths > told || thousandths == 1000)) how.progress(told = thousandths, 1000);
    };
    for (std::size_t k = 0; k < times.size(); ++k) {
        while (now < times[k]) {
            if (how.stop.stop_requested()) throw cancelled{"cancelled: the stop token was set; no result is returned"};
            if (taken == how.steps) throw too_slow("the steps are used up", now, end, taken);
            const double rest = times[k] - now;
            const bool last = step >= rest;
            double tried = last ? rest : step;
            if (now + tried == now) throw too_slow("steps have become too short to add to the time", now, end, taken);
            ++taken;
            double moved = now;
            try {
                const bool accepted = stepper.try_step(std::ref(motion), x, change, moved, tried) == odeint::success;
                // A step that a requested time cut short says little about how long the next may be.
                if (!accepted || !last || tried > step) step = tried;
                if (accepted) now = last ? times[k] : moved;
            } catch (const not_finite&) {
                // Somewhere within the step the loss left what it is defined for: a shorter one may stay inside.
                if (now + tried / 5 == now || tried < 1e-12 * rest) throw;
                step = tried / 5;
            }
            tell();
        }
        reached(k, x);
    }
    return taken;
}

}  // namespace integration

/// `gradient`: of f, n x outputs, what the loss changes by with every output. `times`: none before the one before it.
template <std::floating_point T, class Gradient, class Law>
requires std::invocable<Gradient&, const Matrix<T>&>
[[nodiscard]] LossFlow<T> loss_flow(const Matrix<T>& K, const std::type_identity_t<Matrix<T>>& f0, Gradient gradient,
                                    const Law& law, const std::vector<double>& times, const dormand_prince& how = {}) {
    const std::string caller = "loss_flow";
    descent::require(law, caller);
    regression::check(K, Matrix<T>(K.rows(), 0), caller);
    if (f0.rows() != K.rows())
        throw shape_mismatch{caller + ": f0 has " + std::to_string(f0.rows()) + " rows, but K is " +
                             regression::size_of(K.rows(), K.cols()) + ": pass the outputs of the training rows at time 0"};
    regression::require_finite(
        f0, [&](std::size_t) { return f0.cols(); }, caller + ": f0", "look at this training row");
    for (std::size_t k = 0; k < times.size(); ++k)
        if (!(times[k] >= (k == 0 ? 0 : times[k - 1])) || !std::isfinite(times[k]))
            throw error{caller + ": time number " + std::to_string(k) + " is " + readable_number(times[k]) +
                        ": times are finite, and none is before 0 or the one before it"};
    if (!(how.absolute >= 0 && how.relative >= 0 && how.absolute + how.relative > 0))
        throw error{caller + ": a tolerance has to be zero or more, and one of them positive"};

    LossFlow<T> path{times, {}, {}};
    integration::Motion<T, Gradient> motion(K, f0, gradient, law);
    const auto block = [&](const integration::State& x, std::size_t number) {
        Matrix<T> made(f0.rows(), f0.cols());
        std::transform(x.begin() + static_cast<std::ptrdiff_t>(number * made.size()),
                       x.begin() + static_cast<std::ptrdiff_t>((number + 1) * made.size()), made.data(),
                       [](double value) { return static_cast<T>(value); });
        return made;
    };
    // Products in T are no better than this; a controller that asks for more would only make steps shorter.
    const double precision = 16 * static_cast<double>(std::numeric_limits<T>::epsilon());
    path.steps = integration::follow(motion, times, how, precision, [&](std::size_t, const integration::State& x) {
        path.train.push_back(block(x, 0));
        path.weights.push_back(block(x, 1));
    });
    return path;
}

/// One of loss.hpp's losses, or another of their kind, of f and the labels y.
template <std::floating_point T, class L, class Law>
requires Loss<L, T>
[[nodiscard]] LossFlow<T> loss_flow(const Matrix<T>& K, const std::type_identity_t<Matrix<T>>& f0, const L& loss,
                                    const std::type_identity_t<Matrix<T>>& y, const Law& law,
                                    const std::vector<double>& times, const dormand_prince& how = {}) {
    return loss_flow(
        K, f0, [&](const Matrix<T>& f) { return std::move(loss_and_cotangent(loss, f, y).cotangent); }, law, times, how);
}

}  // namespace wide
