#pragma once
// The pass over samples with positions that comes before all pairs: their numbers, and their kernels with themselves.
#include <algorithm>
#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <wide/kernel/image_kernel.hpp>
#include <wide/kernel/outside_domain.hpp>
#include <wide/kernel/rows.hpp>
#include <wide/run/workspaces.hpp>

namespace wide {

/// Samples first .. first + count of x as double lanes of pixels, channel by channel; beyond the last, the last again.
template <class In, class T>
void load_pixels(const Rows<In, T>& x, std::size_t first, std::size_t positions, std::size_t channels,
                 double* pixels) {
    constexpr auto lane = static_cast<std::size_t>(lanes<double>);
    for (std::size_t l = 0; l < lane; ++l) {
        const std::size_t i = std::min(first + l, x.count - 1);
        const T* value = x.data + static_cast<std::ptrdiff_t>(i) * x.row_stride;
        for (std::size_t p = 0; p < positions; ++p)
            for (std::size_t c = 0; c < channels; ++c, value += x.column_stride)
                pixels[(c * positions + p) * lane + l] = static_cast<double>(*value);
    }
}

/// Throws outside_domain for a sample with a variance that a pass can't take, or, pass -1, with such pixels.
template <class Net, bool with_theta>
[[noreturn]] void report_misfit(const Misfit& misfit, int pass, std::size_t row, const char* role) {
    constexpr auto& passes = plane_program<Net, with_theta>;
    constexpr auto& table = nonlinearity_table<nonlinearities_of<Net>>;
    MetVariance met{row, role, " has pixels", misfit.variance, " at one of its positions"};
    if (pass < 0) report_no_room(met);
    const Inst& last = program<Net>.inst[passes.place[pass].inst];
    const std::size_t word = passes.pass[pass].nonlinearity;
    if (last.op == Op::nonlinearity) met.way = way_to_layer(last.position, table.name[word]);
    else if (last.op == Op::normalize)
        met.way = way_to_layer(last.position, last.all_positions ? "LayerNormAll" : "LayerNorm");
    else if (last.op == Op::product) met.way = " passes layer " + std::to_string(last.position) + ", Product,";
    else met.way = " leaves layer " + std::to_string(last.position);
    if (!misfit.fits) report_no_room(met);
    report_domain(met, table.domain[word].largest, misfit.converged);
}

/// What a thread hoists in.
template <class Net, bool with_theta, class T>
struct HoistingRoom {
    using Kernel = ImageKernel<Net, with_theta, T>;
    static constexpr auto narrow = static_cast<std::size_t>(lanes<double>);

    HoistingRoom(const Kernel& kernel, const PlanePlan& plan)
        : runner(plan, kernel.facts, kernel.input),
          pixels(1, (kernel.pixels() + read_beyond) * narrow),
          numbers(1, (kernel.facts.numbers + read_beyond) * narrow) {}

    typename Kernel::ItselfRunner runner;
    Matrix<double> pixels, numbers;
    std::vector<PassFact> settled;  ///< while the lengths of series are found
};

/// Runs samples first .. first + count of x with themselves, as far as the plan goes, as many at a time as there are
/// lanes: done(i, many, room, kernels) is told of samples i, i + 1, ..., whose numbers, pixels and kernels lie in the
/// first lanes. `before` prepares a thread's room. Throws outside_domain.
template <class Net, bool with_theta, class T, class In, class Before, class Done>
void hoist_images(const ImageKernel<Net, with_theta, T>& kernel, const PlanePlan& plan, const Rows<In, T>& x,
                  std::size_t first, std::size_t count, const char* role, const options& how, const Before& before,
                  const Done& done) {
    using Room = HoistingRoom<Net, with_theta, T>;
    Workspaces<Room> rooms(how);
    run_blocks((count + Room::narrow - 1) / Room::narrow, count, how, [&](std::size_t b) {
        Room& room = rooms.mine(kernel, plan);
        const std::size_t begin = b * Room::narrow, many = std::min(count - begin, Room::narrow);
        load_pixels(x, first + begin, kernel.positions(), kernel.input.channels, room.pixels.data());
        Misfit misfit;
        int pass = 0;
        before(room);
        const auto kernels = room.runner.run_itself(room.pixels.data(), room.numbers.data(), misfit, pass);
        if (misfit.lane >= 0)
            report_misfit<Net, with_theta>(
                misfit, pass, std::min(first + begin + static_cast<std::size_t>(misfit.lane), x.count - 1), role);
        done(first + begin, many, room, kernels);
        return many;
    });
}

/// The passes with all series as long as these samples need them. Every sample is asked: which variances it has where
/// does not follow from its norm.
template <class Net, bool with_theta, class T, class In>
std::vector<PassFact> settled_passes(const ImageKernel<Net, with_theta, T>& kernel, const Rows<In, T>& x,
                                     const char* role, const options& how) {
    std::vector<PassFact> settled = kernel.facts.fact;
    std::mutex mutex;
    hoist_images(
        kernel, kernel.numbers, x, 0, x.count, role, options{.threads = how.threads, .stop = how.stop},
        [&](auto& room) {
            room.settled = kernel.facts.fact;
            room.runner.settling = &room.settled;
        },
        [&](std::size_t, std::size_t, const auto& room, const auto&) {
            const std::scoped_lock lock{mutex};
            for (std::size_t p = 0; p < settled.size(); ++p) settled[p].terms.widen(room.settled[p].terms);
        });
    return settled;
}

/// Makes all series as long as the samples need them, x and, if there are two sets, z: the same for either order.
template <class Net, bool with_theta, class T, class InX, class InZ>
void settle_images(ImageKernel<Net, with_theta, T>& kernel, const Rows<InX, T>& x, const char* role,
                   const Rows<InZ, T>* z, const options& how) {
    if (std::none_of(kernel.facts.fact.begin(), kernel.facts.fact.end(), [](const PassFact& f) { return f.series; }))
        return;
    std::vector<PassFact> settled = settled_passes(kernel, x, role, how);
    if (z) {
        const std::vector<PassFact> others = settled_passes(kernel, *z, "the first set of samples", how);
        for (std::size_t p = 0; p < settled.size(); ++p) settled[p].terms.widen(others[p].terms);
    }
    kernel.facts.fact = std::move(settled);
    kernel.facts.lay_out();
}

}  // namespace wide
