#pragma once
// A kernel that is never stored: its products with matrices, its columns and its diagonal, for more samples than their
// Gram would fit into memory.
//
//     auto K = kernel_of<Net>(x);                        // the NTK of x with itself; kernel_of<Net, Wanted::nngp>(x)
//     auto K = kernel_of<Net>(x, scales, options{.threads = 2, .stop = token});
//     Matrix<float> KV = K.multiply(V);                  // V: n x outputs
//     Matrix<float> KI = K.columns(places);              // n x places
//     auto Kz = kernel_of<Net>(z, x);                    // m x n: Kz.multiply(V)
//     auto Kz = K.against()(z);                          // the same, of the samples that K is of
//
// Vectors are scaled, packed and hoisted once; a product computes tiles on the fly, with the engine of ntk and nngp, and
// multiplies them while they are in the cache (tile_product.hpp). An entry is the bits that it is in a Gram of the same
// samples; a product's rounding is that of blocks of 96 summed in T, and of their sums in double. Results are the same
// bits for any number of threads. Of images, image_product.hpp.
//
// Time of a product: a Gram's, of a symmetric kernel its lower triangle's, and for every pair two multiply-adds for each
// output, filled up to whole vectors. Memory: both sides in panels, about 2 n d numbers, for as long as the operator
// lives; the product's is said in tile_product.hpp. The samples are not copied: they have to outlive the operator.
//
// Every call reports progress, and stops, by the options of the operator. Throws not_finite, outside_domain,
// shape_mismatch, insufficient_memory, cancelled, and error for senseless scales.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wide/kernel/gram.hpp>
#include <wide/kernel/image_product.hpp>
#include <wide/kernel/pairs.hpp>
#include <wide/kernel/tile_product.hpp>

namespace wide {

/// Which of a task's outputs this kernel is.
template <Wanted which>
inline constexpr int kernel_output = which == Wanted::nngp ? 0 : 1;

/// An architecture that trains nothing has an NTK of zero: there is nothing to compute.
template <class Net, Wanted which>
inline constexpr bool is_zero = which == Wanted::ntk && !lowered_t<Net>::recursion.result[0].trained;

/// Throws insufficient_memory if both sides and a product with `outputs` exceed the budget.
template <class T>
void require_product_memory(std::size_t rows, std::size_t columns, std::size_t width, std::size_t outputs,
                            bool symmetric, const SampleSizes& sizes, const options& how) {
    using Tile = TileShape<T>;
    const std::uint64_t sides =
        saturated_sum(GramSide<T>::bytes(rows, width, sizes.numbers, sizes.outputs, Tile::rows),
                      GramSide<T>::bytes(columns, width, sizes.numbers, sizes.outputs, Tile::columns));
    require_memory(saturated_sum(sides, product_bytes<T>(rows, columns, outputs, symmetric)), how.budget,
                   "a kernel of " + std::to_string(rows) + " x " + std::to_string(columns) + " entries, not stored,");
}

/// K V of tasks whose sides are there.
template <class Net, Wanted which, class T>
Matrix<T> multiply_pairs(const GramTask<Net, which, T>& task, const Matrix<T>& V, const options& how) {
    require_product_memory<T>(task.rows, task.columns, task.width, V.cols(), task.symmetric,
                              gram_sizes(*task.magnitudes), how);
    return multiply_tiles(task, kernel_output<which>, V, how);
}

/// What `kernel_of<Net>(z, x)` gives.
template <class Net, Wanted which, class InZ, class InX, class T>
class NetCrossKernel {
public:
    using value_type = T;

    /// `keeps`: what x is a view of, where nobody else has it.
    NetCrossKernel(const Rows<InZ, T>& z, const Rows<InX, T>& x, const KernelSettings<Net>& settings,
                   std::shared_ptr<const Matrix<T>> keeps = nullptr)
        : z_{z}, x_{x}, settings_{settings}, keeps_{std::move(keeps)} {
        if constexpr (InX::shape.axes == 0)
            pairs_ = std::make_unique<PreparedPairs<Net, T>>(prepare_pairs<Net>(&z, x, settings, [&](const auto& sizes) {
                require_product_memory<T>(z.count, x.count, x.width, 1, false, sizes, settings.how);
            }));
    }

    [[nodiscard]] std::size_t rows() const { return z_.count; }
    [[nodiscard]] std::size_t cols() const { return x_.count; }

    /// V: n x outputs; the result is m x outputs.
    [[nodiscard]] Matrix<T> multiply(const Matrix<T>& V) const {
        if constexpr (is_zero<Net, which>) return filled_up(V, cols()), Matrix<T>(rows(), V.cols());
        else if constexpr (InX::shape.axes > 0) return multiply_images<Net, which>(&z_, x_, V, settings_);
        else return multiply_pairs(pairs_->template task<which>(), V, settings_.how);
    }

private:
    Rows<InZ, T> z_;
    Rows<InX, T> x_;
    KernelSettings<Net> settings_;
    std::shared_ptr<const Matrix<T>> keeps_;
    std::unique_ptr<PreparedPairs<Net, T>> pairs_;  ///< null of images
};

/// The kernel of samples yet to come with some that are known: what a fit needs to predict.
template <class Net, Wanted which, class In, class T>
class KernelAgainst {
public:
    KernelAgainst(const Rows<In, T>& x, const KernelSettings<Net>& settings) : x_{x}, settings_{settings} {}
    /// Samples of its own.
    KernelAgainst(Matrix<T> x, const KernelSettings<Net>& settings)
        : own_{std::make_shared<const Matrix<T>>(std::move(x))}, x_{wide::rows<In>(*own_)}, settings_{settings} {}

    [[nodiscard]] std::size_t count() const { return x_.count; }

    template <class InZ>
    [[nodiscard]] NetCrossKernel<Net, which, InZ, In, T> operator()(const Rows<InZ, T>& z) const {
        return {z, x_, settings_, own_};
    }

private:
    std::shared_ptr<const Matrix<T>> own_;
    Rows<In, T> x_;
    KernelSettings<Net> settings_;
};

/// What `kernel_of<Net>(x)` gives: symmetric.
template <class Net, Wanted which, class In, class T>
class NetKernel {
    static constexpr bool images = In::shape.axes > 0;
    static constexpr const Rows<In, T>* none = nullptr;
    using Places = std::span<const std::size_t>;

public:
    using value_type = T;

    NetKernel(const Rows<In, T>& x, const KernelSettings<Net>& settings) : x_{x}, settings_{settings} {
        if constexpr (!images)
            pairs_ = std::make_unique<PreparedPairs<Net, T>>(prepare_pairs<Net>(none, x, settings, [&](const auto& sizes) {
                require_product_memory<T>(x.count, x.count, x.width, 1, true, sizes, settings.how);
            }));
    }

    [[nodiscard]] std::size_t rows() const { return x_.count; }
    [[nodiscard]] std::size_t cols() const { return x_.count; }

    /// Every sample's kernel with itself, in closed form.
    [[nodiscard]] std::vector<T> diagonal() const {
        if constexpr (images) {
            auto both = wide::diagonal<Net>(x_, settings_.scales, settings_.how);
            return which == Wanted::nngp ? std::move(both.nngp) : std::move(both.ntk);
        } else {
            const auto own = pairs_->right.self.row(static_cast<std::size_t>(kernel_output<which>));
            return {own.begin(), own.end()};
        }
    }

    /// V: n x outputs; the result is n x outputs.
    [[nodiscard]] Matrix<T> multiply(const Matrix<T>& V) const {
        if constexpr (is_zero<Net, which>) return filled_up(V, cols()), Matrix<T>(rows(), V.cols());
        else if constexpr (images) return multiply_images<Net, which>(none, x_, V, settings_);
        else return multiply_pairs(pairs_->template task<which>(), V, settings_.how);
    }

    /// The same for these rows of the kernel only: places x outputs.
    [[nodiscard]] Matrix<T> multiply_rows(Places places, const Matrix<T>& V) const {
        const Matrix<T> some = gather(x_, places);
        if constexpr (is_zero<Net, which>) return filled_up(V, cols()), Matrix<T>(places.size(), V.cols());
        else if constexpr (images) {
            const auto z = wide::rows<In>(some);
            return multiply_images<Net, which>(&z, x_, V, settings_);
        } else {
            const auto left = side<TileShape<T>::rows>(some);
            return multiply_pairs(task(left, places.size(), pairs_->right, cols()), V, settings_.how);
        }
    }

    /// These columns of the kernel: n x places. Like a cross Gram: entries are not of the diagonal's closed form.
    [[nodiscard]] Matrix<T> columns(Places places) const {
        if constexpr (images || is_zero<Net, which>) {
            std::vector<std::size_t> all(rows());
            std::iota(all.begin(), all.end(), std::size_t{0});
            return block(all, places);
        } else {
            const auto right = side<TileShape<T>::columns>(gather(x_, places));
            return stored(task(pairs_->left, rows(), right, places.size()));
        }
    }

    /// The kernel of some samples with some others: row_places x column_places.
    [[nodiscard]] Matrix<T> block(Places row_places, Places column_places) const {
        const Matrix<T> down = gather(x_, row_places), across = gather(x_, column_places);
        if constexpr (is_zero<Net, which>) return Matrix<T>(row_places.size(), column_places.size());
        else if constexpr (images) {
            Gram<T> both;
            gram_as<Net, which>(&both, wide::rows<In>(down), wide::rows<In>(across), settings_.scales, settings_.how);
            return which == Wanted::nngp ? std::move(both.nngp) : std::move(both.ntk);
        } else {
            const auto left = side<TileShape<T>::rows>(down);
            const auto right = side<TileShape<T>::columns>(across);
            return stored(task(left, row_places.size(), right, column_places.size()));
        }
    }

    /// K.against()(z) is the kernel of z with the samples of K.
    [[nodiscard]] KernelAgainst<Net, which, In, T> against() const { return {x_, settings_}; }
    /// The same with some of them only, which are copied.
    [[nodiscard]] KernelAgainst<Net, which, In, T> against(Places places) const {
        return {gather(x_, places), settings_};
    }

private:
    using Task = GramTask<Net, which, T>;

    /// What these samples say, with the magnitudes, and the lengths of series, of all.
    template <int height>
    [[nodiscard]] GramSide<T> side(const Matrix<T>& some) const {
        const auto view = some.empty() ? Rows<In, T>{nullptr, 0, x_.width, 1, 1} : wide::rows<In>(some);
        return prepare_side<Net, height>(view, norms_of(view, "the samples", settings_.how), pairs_->magnitudes,
                                         "the samples", settings_.how);
    }

    [[nodiscard]] Task task(const GramSide<T>& left, std::size_t rows, const GramSide<T>& right,
                            std::size_t columns) const {
        Task part = pairs_->template task<which>();
        part.left = &left;
        part.right = &right;
        part.rows = rows;
        part.columns = part.stride = columns;
        part.symmetric = false;
        return part;
    }

    [[nodiscard]] Matrix<T> stored(Task task) const {
        require_gram_memory<T>(task.rows, task.columns, x_.width, 1, gram_sizes(pairs_->magnitudes), settings_.how);
        Matrix<T> result(task.rows, task.columns);
        task.output[kernel_output<which>] = result.data();
        if (!result.empty()) run_tiles<T>(task, settings_.how);
        return result;
    }

    Rows<In, T> x_;
    KernelSettings<Net> settings_;
    std::unique_ptr<PreparedPairs<Net, T>> pairs_;  ///< null of images
};

/// Symmetric: the kernel of x with itself. Then scales and options if wanted.
template <class Net, Wanted which = Wanted::ntk, class In, class T, class... Given>
auto kernel_of(const Rows<In, T>& x, const Given&... given) {
    static_assert(results_of<Net> == 1 && which != Wanted::both, "an operator is one kernel of one architecture");
    if constexpr (!has_kernel<Net, In>) refuse_kernel<Net, In>();
    else return NetKernel<Net, which, In, T>(x, settings_from<Net>(given...));
}

/// Of two sets of samples: m x n.
template <class Net, Wanted which = Wanted::ntk, class InZ, class InX, class T, class... Given>
auto kernel_of(const Rows<InZ, T>& z, const Rows<InX, T>& x, const Given&... given) {
    static_assert(results_of<Net> == 1 && which != Wanted::both, "an operator is one kernel of one architecture");
    if constexpr (!has_kernel<Net, InZ>) refuse_kernel<Net, InZ>();
    else if constexpr (!has_kernel<Net, InX>) refuse_kernel<Net, InX>();
    else return NetCrossKernel<Net, which, InZ, InX, T>(z, x, settings_from<Net>(given...));
}

}  // namespace wide
