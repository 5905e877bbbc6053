#pragma once
// Memory that is claimed and released in a plan only: what is left is a place for everything, and how much there has
// to be.
#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace wide {

/// First-fit memory, in vectors, that is only planned.
class PlannedMemory {
public:
    std::size_t claim(std::size_t size) {
        for (std::size_t k = 0; k < free_.size(); ++k) {
            if (free_[k].second < size) continue;
            const std::size_t place = free_[k].first;
            free_[k].first += size;
            free_[k].second -= size;
            if (free_[k].second == 0) free_.erase(free_.begin() + static_cast<std::ptrdiff_t>(k));
            return place;
        }
        const std::size_t place = size_;
        size_ += size;
        return place;
    }
    void release(std::size_t place, std::size_t size) {
        const auto at = std::lower_bound(free_.begin(), free_.end(), std::pair{place, std::size_t{0}});
        const auto k = at - free_.begin();
        free_.insert(at, {place, size});
        join(static_cast<std::size_t>(k));
        if (k > 0) join(static_cast<std::size_t>(k - 1));
    }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    void join(std::size_t k) {
        if (k + 1 >= free_.size() || free_[k].first + free_[k].second != free_[k + 1].first) return;
        free_[k].second += free_[k + 1].second;
        free_.erase(free_.begin() + static_cast<std::ptrdiff_t>(k + 1));
    }

    std::vector<std::pair<std::size_t, std::size_t>> free_;
    std::size_t size_ = 0;
};

}  // namespace wide
