#pragma once
// Hoisted samples with positions, as pairs read them: the first of a pair alone, the second in a lane of samples.
#include <algorithm>
#include <cstddef>

#include <wide/lower/plane_runner.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

/// Hoisted samples one by one, as pairs read the first of them.
template <class T>
class SamplesAlone {
public:
    SamplesAlone() = default;
    /// So many samples, each of so many numbers and pixels.
    SamplesAlone(std::size_t count, std::size_t numbers, std::size_t pixels)
        : numbers_{numbers}, pixels_{pixels}, memory_(count, numbers + pixels + 3 * read_beyond) {}

    /// Samples i, i + 1, ..., `many`, from as many lanes of numbers and pixels.
    void put(std::size_t i, std::size_t many, const double* numbers, const double* pixels) {
        spread(numbers, numbers_, i, many, 0);
        spread(pixels, pixels_, i, many, numbers_ + read_beyond);
    }
    [[nodiscard]] PlaneSamples<T> sample(std::size_t i) const {
        const T* const begin = memory_.row(i).data();
        return {begin, begin + numbers_ + read_beyond};
    }

private:
    /// Some numbers at a time, so that what is read for one sample is in cache for the next.
    void spread(const double* from, std::size_t count, std::size_t i, std::size_t many, std::size_t place) {
        constexpr auto narrow = static_cast<std::size_t>(lanes<double>);
        constexpr std::size_t at_a_time = 256;
        for (std::size_t begin = 0; begin < count; begin += at_a_time)
            for (std::size_t l = 0; l < many; ++l) {
                T* const to = memory_.row(i + l).data() + place;
                for (std::size_t k = begin; k < std::min(count, begin + at_a_time); ++k)
                    to[k] = static_cast<T>(from[k * narrow + l]);
            }
    }

    std::size_t numbers_ = 0, pixels_ = 0;
    Matrix<T> memory_;
};

/// Hoisted samples, a lane of them after the other, as pairs read the second.
template <class T>
class SamplesInLanes {
    static constexpr auto lane = static_cast<std::size_t>(lanes<T>);

public:
    SamplesInLanes() = default;
    SamplesInLanes(std::size_t count, std::size_t numbers, std::size_t pixels)
        : numbers_{numbers},
          pixels_{pixels},
          memory_((count + lane - 1) / lane, (numbers + pixels + 2 * read_beyond) * lane) {}

    /// Samples i, i + 1, ..., `many`, from as many lanes of numbers and pixels: all of them in one lane here.
    void put(std::size_t i, std::size_t many, const double* numbers, const double* pixels) {
        T* const to = memory_.row(i / lane).data() + i % lane;
        spread(numbers, numbers_, many, to);
        spread(pixels, pixels_, many, to + (numbers_ + read_beyond) * lane);
    }
    /// Samples b * lanes, ...
    [[nodiscard]] PlaneSamples<T> lane_of(std::size_t b) const {
        const T* const begin = memory_.row(b).data();
        return {begin, begin + (numbers_ + read_beyond) * lane};
    }

private:
    static void spread(const double* from, std::size_t count, std::size_t many, T* to) {
        constexpr auto narrow = static_cast<std::size_t>(lanes<double>);
        for (std::size_t k = 0; k < count; ++k)
            for (std::size_t l = 0; l < many; ++l) to[k * lane + l] = static_cast<T>(from[k * narrow + l]);
    }

    std::size_t numbers_ = 0, pixels_ = 0;
    Matrix<T> memory_;
};

}  // namespace wide
