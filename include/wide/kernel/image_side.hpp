#pragma once
// One side of a block of pairs: lanes of samples with positions, with their hoisted numbers.
#include <algorithm>
#include <cstddef>
#include <string>

#include <wide/kernel/image_kernel.hpp>
#include <wide/kernel/outside_domain.hpp>
#include <wide/kernel/rows.hpp>
#include <wide/run/error.hpp>

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
    else if (last.op == Op::normalize) met.way = way_to_layer(last.position, last.all_positions ? "LayerNormAll" : "LayerNorm");
    else if (last.op == Op::product) met.way = " passes layer " + std::to_string(last.position) + ", Product,";
    else met.way = " leaves layer " + std::to_string(last.position);
    if (!misfit.fits) report_no_room(met);
    report_domain(met, table.domain[word].largest, misfit.converged);
}

/// Lanes of samples with what pairs read of them.
template <class Net, bool with_theta, class T>
class ImageSide {
    using Kernel = ImageKernel<Net, with_theta, T>;
    static constexpr auto lane = static_cast<std::size_t>(lanes<T>);
    static constexpr auto narrow = static_cast<std::size_t>(lanes<double>);

public:
    explicit ImageSide(const Kernel& kernel)
        : kernel_{kernel},
          memory_(1, (kernel.block + lane - 1) / lane * kernel.lane_size()),
          runner_(kernel.numbers, kernel.facts, kernel.input),
          pixels_(1, (kernel.pixels() + read_beyond) * narrow),
          numbers_(1, (kernel.facts.numbers + read_beyond) * narrow) {}

    /// Hoists the numbers of samples first .. first + count of x. Throws outside_domain.
    template <class In>
    void fill(const Rows<In, T>& x, std::size_t first, std::size_t count, const char* role) {
        for (std::size_t begin = 0; begin < count; begin += narrow) {
            load_pixels(x, first + begin, kernel_.positions(), kernel_.input.channels, pixels_.data());
            Misfit misfit;
            int pass = 0;
            runner_.run_itself(pixels_.data(), numbers_.data(), misfit, pass);
            if (misfit.lane >= 0 && first + begin + static_cast<std::size_t>(misfit.lane) < x.count)
                report_misfit<Net, with_theta>(misfit, pass, first + begin + static_cast<std::size_t>(misfit.lane),
                                               role);
            T* const to = batch(begin / lane) + begin % lane;
            spread(numbers_.data(), kernel_.facts.numbers, to);
            spread(pixels_.data(), kernel_.pixels(), to + (kernel_.facts.numbers + read_beyond) * lane);
        }
    }

    [[nodiscard]] PlaneSamples<T> lanes_of(std::size_t b) const {
        const T* const begin = memory_.data() + b * kernel_.lane_size();
        return {begin, begin + (kernel_.facts.numbers + read_beyond) * lane};
    }

    /// Sample i of the block alone, into memory of lane_size / lanes elements.
    PlaneSamples<T> alone(std::size_t i, T* to) const {
        const T* const from = memory_.data() + i / lane * kernel_.lane_size() + i % lane;
        const std::size_t size = kernel_.lane_size() / lane;
        for (std::size_t k = 0; k < size; ++k) to[k] = from[k * lane];
        return {to, to + kernel_.facts.numbers + read_beyond};
    }

private:
    T* batch(std::size_t b) { return memory_.data() + b * kernel_.lane_size(); }

    static void spread(const double* from, std::size_t count, T* to) {
        for (std::size_t k = 0; k < count; ++k)
            for (std::size_t l = 0; l < narrow; ++l) to[k * lane + l] = static_cast<T>(from[k * narrow + l]);
    }

    const Kernel& kernel_;
    Matrix<T> memory_;
    typename Kernel::ItselfRunner runner_;
    Matrix<double> pixels_, numbers_;
};

}  // namespace wide
