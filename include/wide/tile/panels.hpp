#pragma once
// Samples in panels: `height` samples side by side, number after number, as the register tile reads them. What is
// missing in the last panel is zero.
//
//     panel p:  number 0 of samples p*height .. p*height + height-1, then number 1 of the same, ...
#include <cstddef>

#include <wide/run/matrix.hpp>
#include <wide/run/memory.hpp>

namespace wide {

template <class T>
class Panels {
public:
    Panels(std::size_t samples, std::size_t depth, int height)
        : numbers_((samples + height_of(height) - 1) / height_of(height), depth * height_of(height)),
          depth_{depth},
          height_{height_of(height)} {}

    /// Saturates at the largest number.
    static std::uint64_t bytes(std::size_t samples, std::size_t depth, int height) {
        const std::size_t panels = samples / height_of(height) + (samples % height_of(height) != 0);
        return saturated_product(saturated_product(panels, height_of(height) * sizeof(T)), depth);
    }

    [[nodiscard]] std::size_t count() const { return numbers_.rows(); }
    [[nodiscard]] std::size_t depth() const { return depth_; }
    [[nodiscard]] const T* panel(std::size_t p, std::size_t first = 0) const {
        return numbers_.data() + (p * depth_ + first) * height_;
    }

    /// Where number k of a sample is; number k + 1 is `height` further on.
    [[nodiscard]] T* sample(std::size_t i) { return numbers_.data() + i / height_ * depth_ * height_ + i % height_; }
    [[nodiscard]] std::size_t height() const { return height_; }

private:
    static std::size_t height_of(int height) { return static_cast<std::size_t>(height); }

    Matrix<T> numbers_;
    std::size_t depth_, height_;
};

}  // namespace wide
