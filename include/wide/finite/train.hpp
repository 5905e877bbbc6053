#pragma once
// Gradient descent, of a network or of its linearisation, whose tangent parameters alone move:
//
//     v <- momentum v + gradient of the batch's mean loss,     theta <- theta - rate v        (Polyak 1964)
//     the network        f(theta, x)                            from theta
//     its linearisation  f(theta, x) + J(theta, x) delta        from delta = 0, theta stays   (Lee et al. 2019)
//
//     auto run = train<Net>(theta, x, y, training{.epochs = 10, .batch = 128, .rate = 0.1, .momentum = 0.9});
//     run.parameters, run.loss[epoch];                      // theta itself is not touched
//     auto line = train_linearized<Net>(theta, x, y, training{.epochs = 10, .centred = true});
//     line.parameters                                       // delta
//
//     .loss = softmax{}                                     // squared{}, logistic{}, or one of your own: loss.hpp
//     .rate = [](TrainingStep at) { return 0.1 / (1.0 + double(at.epoch)); }
//     .on_epoch = [&](const auto& done) { std::printf("%zu %g\n", done.epoch, done.loss); }
//     .on_epoch = [&](const auto& done) { return done.loss < 1e-3 ? after_epoch::stop : after_epoch::go_on; }
//
// `x` are samples, `y` a row of labels each. A step costs one gradient of its batch, whose way forward takes, of the
// linearisation, the derivative along delta with it. No buffer is allocated after the first epoch; memory beside the result is
// one block of parameters, one batch, what a gradient needs (vjp.hpp), and outputs of all samples where they are centred or asked
// for. The same bits for the same seed, with any number of threads.
//
// Throws diverged (epoch, step) where the loss stops being a number, shape_mismatch, not_finite (in the data),
// insufficient_memory, cancelled; nothing is returned then, and what came in is as it was.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wide/finite/batches.hpp>
#include <wide/finite/vjp.hpp>
#include <wide/infer/loss.hpp>
#include <wide/run/readable_number.hpp>

namespace wide {

/// Where a run is: both count from zero, steps from the beginning of the run.
struct TrainingStep {
    std::size_t epoch = 0, step = 0;
};

/// What a callback may answer; one that answers nothing goes on.
enum class after_epoch : unsigned char { go_on, stop };

/// What a callback is told after an epoch.
template <class Moving, class T>
struct Epoch {
    std::size_t epoch, steps;    ///< this epoch, from zero; steps since the beginning of the run
    double loss;                 ///< mean over samples of what each lost when its batch came, before that batch's step
    const Moving& parameters;    ///< theta; of a linearisation delta
    const Matrix<T>& outputs;    ///< of all samples after the epoch, in their order, centred if that is; empty unless asked for
};

struct no_callback {
    void operator()(const auto&) const {}
};

/// How training goes. Everything is optional.
template <class L = squared, class Rate = double, class Callback = no_callback>
struct training {
    std::size_t epochs = 1;
    std::size_t batch = 0;       ///< samples in a step; 0: all of them
    Rate rate = 0.1;             ///< learning rate: a number, or a callable of TrainingStep
    double momentum = 0;
    L loss = {};
    seed from = {};              ///< of the order of samples
    bool shuffle = true;         ///< false: batches take samples as they lie
    bool centred = false;        ///< train f - f0 in place of f, where f0 is the network at theta
    bool outputs = false;        ///< whether the callback gets them, for one more pass an epoch
    Callback on_epoch = {};
};

/// What training ends with.
template <class Net, class In, class T>
struct Trained {
    Parameters<Net, In, T> parameters;  ///< theta; of a linearisation delta
    std::vector<double> loss;           ///< of every epoch, as callbacks are told it
    std::size_t steps = 0;
};

/// Throws not_finite (row, column) where labels are no numbers.
template <class T>
void require_finite_labels(const Matrix<T>& y) {
    for (std::size_t i = 0; i < y.rows(); ++i)
        if (const auto o = first_not_finite(y.row(i)))
            throw not_finite("row " + std::to_string(i) + ", column " + std::to_string(*o) +
                                 " of the labels is not a finite number: drop the row or fill it in",
                             i, *o);
}

/// `where`: the step whose loss is no number, or that left parameters that are none; `rate`: what the last step was made with.
inline diverged no_loss(const char* what, TrainingStep where, bool stepped, double rate) {
    const std::string words = std::string(what) + " in epoch " + std::to_string(where.epoch) + ", step " +
                              std::to_string(where.step) + " (both from zero): ";
    if (!stepped) return {words + "the parameters to begin with are too large", where.epoch, where.step};
    return {words + "the learning rate of " + readable_number(rate) +
                " is too large: halve it until this passes. On squared loss it has to be below 2 samples / (largest eigenvalue "
                "of the empirical NTK)",
            where.epoch, where.step};
}

template <class Rate>
double rate_at(Rate& rate, TrainingStep at) {
    double now;
    if constexpr (std::invocable<Rate&, TrainingStep>) now = static_cast<double>(rate(at));
    else now = static_cast<double>(rate);
    if (!(now >= 0) || !std::isfinite(now))
        throw error{"a learning rate of " + readable_number(now) + " in epoch " + std::to_string(at.epoch) + ", step " +
                    std::to_string(at.step) + " (both from zero) is refused: pass a finite number, zero or more"};
    return now;
}

/// The loop that a network and its linearisation share. `gradient(sum, batch, cotangent)` adds that of the parameters as
/// they are; `cotangent(i, outputs, to)` is asked for every sample of the batch. `outputs(to)` writes those of all samples.
template <class Net, class In, class Z, class T, class L, class Rate, class Callback, class Gradient, class Outputs>
std::vector<double> descend(Parameters<Net, In, T>& moving, std::size_t& step, const Rows<Z, T>& x, const Matrix<T>& y,
                            training<L, Rate, Callback>& how, const Matrix<T>& origin, const Progress& progress,
                            Gradient gradient, Outputs outputs) {
    constexpr std::size_t width = Network<Net, In>::outputs;
    Batches<Z, T> batches(x, how.batch, how.from, how.shuffle);
    Parameters<Net, In, T> velocity;
    std::vector<double> lost(batches.size()), loss_of_epochs;
    Matrix<T> made;
    const Matrix<T> none;
    loss_of_epochs.reserve(how.epochs);
    ProgressMeter meter{progress, std::uint64_t{how.epochs} * x.count};
    double rate = 0;
    constexpr const char* no_number = "the loss is not a finite number";
    for (std::size_t epoch = 0; epoch < how.epochs; ++epoch) {
        batches.begin(epoch);
        double sum = 0;
        for (std::size_t b = 0; b < batches.count(); ++b, ++step) {
            const TrainingStep at{epoch, step};
            const Rows<Z, T> batch = batches.take(b);
            const T share = T(1) / static_cast<T>(batch.count);
            if (how.momentum == 0) velocity.set_zero();
            else velocity *= static_cast<T>(how.momentum);
            const auto cotangent = [&](std::size_t i, const T* f, T* to) {
                const std::size_t sample = batches.sample(b, i);
                bool finite = true;
                for (std::size_t o = 0; o < width; ++o) {
                    to[o] = origin.empty() ? f[o] : f[o] - origin(sample, o);
                    finite = finite && std::isfinite(to[o]);
                }
                lost[i] = how.loss.replace_by_cotangent(std::span<T>(to, width), y.row(sample));
                if (!finite) lost[i] = HUGE_VAL;
                for (std::size_t o = 0; o < width; ++o) to[o] *= share;
            };
            try {
                gradient(velocity, batch, cotangent);
            } catch (const not_finite&) {
                throw no_loss(no_number, at, step > 0, rate);
            }
            for (std::size_t i = 0; i < batch.count; ++i) sum += lost[i];
            if (!std::isfinite(sum)) throw no_loss(no_number, at, step > 0, rate);
            rate = rate_at(how.rate, at);
            moving.axpy(static_cast<T>(-rate), velocity);
            meter.add(batch.count);
        }
        if (first_not_finite(std::span<const T>(moving.data(), moving.size())))
            throw no_loss("parameters are not finite any more", {epoch, step - 1}, true, rate);
        loss_of_epochs.push_back(sum / static_cast<double>(x.count));
        if (how.outputs) {
            try {
                outputs(made);
            } catch (const not_finite&) {
                throw no_loss("outputs are not finite any more", {epoch, step - 1}, true, rate);
            }
        }
        const Epoch<Parameters<Net, In, T>, T> done{epoch, step, loss_of_epochs.back(), moving, how.outputs ? made : none};
        if constexpr (std::is_void_v<decltype(how.on_epoch(done))>) {
            how.on_epoch(done);
        } else if (how.on_epoch(done) == after_epoch::stop) {
            meter.add((how.epochs - epoch - 1) * x.count);
            break;
        }
    }
    return loss_of_epochs;
}

template <class Net, class In, class Z, class T, class L, class Rate, class Callback>
void require_training(const Rows<Z, T>& x, const Matrix<T>& y, const training<L, Rate, Callback>& how) {
    static_assert(Loss<L, T>, "a loss has replace_by_cotangent(outputs, labels) and require_labels(labels, outputs)");
    require_inputs<Net, In>(x);
    if (x.count == 0) throw shape_mismatch("there are no samples to train on");
    if (y.rows() != x.count)
        throw shape_mismatch("there are " + std::to_string(y.rows()) + " labels for " + std::to_string(x.count) + " samples");
    require_finite_samples(x);
    require_finite_labels(y);
    how.loss.require_labels(y, Network<Net, In>::outputs);
    if (!(how.momentum >= 0 && how.momentum < 1))
        throw error{"a momentum of " + readable_number(how.momentum) + " does not decay: take one from 0 to below 1"};
}

template <class Net, class In, class Z, class T, class L = squared, class Rate = double, class Callback = no_callback>
[[nodiscard]] Trained<Net, In, T> train(const Parameters<Net, In, T>& theta, const Rows<Z, T>& x, const Matrix<T>& y,
                                        training<L, Rate, Callback> how = {}, const options& run = {}) {
    require_training<Net, In>(x, y, how);
    options quiet = run;
    quiet.progress = {};
    Matrix<T> origin;
    if (how.centred) origin = forward<Net>(theta, x, quiet);
    Trained<Net, In, T> trained{theta.copy(), {}};
    const Parameters<Net, In, T>& at = trained.parameters;
    trained.loss = descend(
        trained.parameters, trained.steps, x, y, how, origin, run.progress,
        [&](Parameters<Net, In, T>& sum, const Rows<Z, T>& batch, const auto& cotangent) {
            accumulate_gradient<Net>(
                sum, at, batch, [&](std::size_t i, const MadeOf<T, 0>& made, T* to) { cotangent(i, made[0], to); }, quiet);
        },
        [&](Matrix<T>& to) {
            forward_into<Net>(to, at, x, quiet);
            for (std::size_t k = 0; k < origin.size(); ++k) to.data()[k] -= origin.data()[k];
        });
    return trained;
}

template <class Net, class In, class Z, class T, class L = squared, class Rate = double, class Callback = no_callback>
[[nodiscard]] Trained<Net, In, T> train_linearized(const Parameters<Net, In, T>& theta, const Rows<Z, T>& x,
                                                   const Matrix<T>& y, training<L, Rate, Callback> how = {},
                                                   const options& run = {}) {
    require_training<Net, In>(x, y, how);
    options quiet = run;
    quiet.progress = {};
    Trained<Net, In, T> trained{{}, {}};
    const Parameters<Net, In, T>& delta = trained.parameters;
    ValueAndTangent<T> all;
    const bool centred = how.centred;
    trained.loss = descend(
        trained.parameters, trained.steps, x, y, how, Matrix<T>{}, run.progress,
        [&](Parameters<Net, In, T>& sum, const Rows<Z, T>& batch, const auto& cotangent) {
            accumulate_gradient_along<Net>(
                sum, theta, delta, batch,
                [&](std::size_t i, const MadeOf<T, 1>& made, T* to) {
                    for (std::size_t o = 0; o < Network<Net, In>::outputs; ++o) to[o] = made[1][o] + (centred ? T(0) : made[0][o]);
                    cotangent(i, to, to);
                },
                quiet);
        },
        [&](Matrix<T>& to) {
            jvp_into<Net>(all, theta, delta, x, quiet);
            for (std::size_t k = 0; !centred && k < all.tangent.size(); ++k) all.tangent.data()[k] += all.value.data()[k];
            std::swap(to, all.tangent);
        });
    return trained;
}

}  // namespace wide
