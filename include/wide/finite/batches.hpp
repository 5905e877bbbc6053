#pragma once
// The samples of an epoch, some at a time: in an order that depends on a seed and the number of the epoch alone, so that a
// run that goes on from a later epoch meets them in the same order. Fisher and Yates' shuffle, numbers from a counter.
//
//     Batches batches(x, 128, seed{0}, true);
//     batches.begin(epoch);
//     for (std::size_t b = 0; b < batches.count(); ++b) { auto rows = batches.take(b); ... y.row(batches.sample(b, i)) ... }
//
// Memory: one batch of samples, and a number a sample. O(samples) an epoch, and no allocation after construction.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include <wide/run/random.hpp>
#include <wide/kernel/rows.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

template <class Z, class T>
class Batches {
public:
    /// `size` 0: all samples in one batch. The last batch of an epoch has what is left over.
    Batches(const Rows<Z, T>& x, std::size_t size, seed from, bool shuffled)
        : x_{x}, size_{size == 0 ? x.count : std::min(size, x.count)}, from_{from}, shuffled_{shuffled && size_ < x.count} {
        if (!shuffled_) return;
        order_.resize(x.count);
        gathered_ = Matrix<T>(size_, x.width);
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t count() const { return size_ == 0 ? 0 : (x_.count + size_ - 1) / size_; }

    void begin(std::size_t epoch) {
        if (!shuffled_) return;
        // The upper half of all streams: initial values are drawn from the lower, perhaps with the same seed.
        const Random random(from_, std::uint32_t{1} << 31 | static_cast<std::uint32_t>(epoch));
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        for (std::size_t k = order_.size(); k > 1; --k) std::swap(order_[k - 1], order_[random.below(k, k)]);
    }

    /// Which of all samples is number i of batch b.
    [[nodiscard]] std::size_t sample(std::size_t b, std::size_t i) const {
        return shuffled_ ? order_[b * size_ + i] : b * size_ + i;
    }

    /// Good until the next one is taken.
    [[nodiscard]] Rows<Z, T> take(std::size_t b) {
        Rows<Z, T> some = x_;
        some.count = std::min(size_, x_.count - b * size_);
        if (!shuffled_) {
            some.data += static_cast<std::ptrdiff_t>(b * size_) * x_.row_stride;
            return some;
        }
        for (std::size_t i = 0; i < some.count; ++i) {
            const T* const from = x_.data + static_cast<std::ptrdiff_t>(sample(b, i)) * x_.row_stride;
            for (std::size_t k = 0; k < x_.width; ++k)
                gathered_(i, k) = from[static_cast<std::ptrdiff_t>(k) * x_.column_stride];
        }
        some.data = gathered_.data();
        some.row_stride = static_cast<std::ptrdiff_t>(x_.width);
        some.column_stride = 1;
        return some;
    }

private:
    Rows<Z, T> x_;
    std::size_t size_;
    seed from_;
    bool shuffled_;
    std::vector<std::size_t> order_;
    Matrix<T> gathered_;
};

}  // namespace wide
