#pragma once
// What training makes small: the mean over samples of
//
//     squared     1/2 sum_o (f_o - y_o)^2                     y: samples x outputs
//     logistic    log(1 + exp(-y f)),  y = -1 or 1            one output; y: samples x 1
//     softmax     -sum_o y_o log softmax(f)_o                 y: samples x outputs, rows that sum to 1, as one-hot do;
//                                                             or samples x 1, the number of the class
//
//     auto [value, cotangent] = loss_and_cotangent(squared{}, f, y);       // cotangent = d value / d f, samples x outputs
//     auto gradient = vjp<Net>(theta, x, cotangent);
//
// A loss of one's own is a type with two members: `replace_by_cotangent(f, y)`, which writes a sample's cotangent over its
// outputs and returns its loss, and `require_labels(y, outputs)`, which throws where the labels don't fit. Throws
// shape_mismatch where labels and outputs differ in number, error where labels are not what the loss says.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>

#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

template <class L, class T>
concept Loss = requires(const L& loss, std::span<T> f, std::span<const T> y, const Matrix<T>& labels, std::size_t outputs) {
    { loss.replace_by_cotangent(f, y) } -> std::same_as<double>;
    loss.require_labels(labels, outputs);
};

/// Throws shape_mismatch unless labels have as many columns as there are outputs.
template <class T>
void require_columns(const Matrix<T>& labels, std::size_t columns) {
    if (labels.cols() != columns)
        throw shape_mismatch("the labels have " + std::to_string(labels.cols()) + " columns, but the network has " +
                             std::to_string(columns) + " outputs");
}

struct squared {
    template <class T>
    double replace_by_cotangent(std::span<T> f, std::span<const T> y) const {
        double sum = 0;
        for (std::size_t o = 0; o < f.size(); ++o) {
            f[o] -= y[o];
            sum += static_cast<double>(f[o]) * static_cast<double>(f[o]);
        }
        return sum / 2;
    }
    template <class T>
    void require_labels(const Matrix<T>& y, std::size_t outputs) const {
        require_columns(y, outputs);
    }
};

struct logistic {
    template <class T>
    double replace_by_cotangent(std::span<T> f, std::span<const T> y) const {
        // exp of what is not positive: neither side overflows.
        const double label = static_cast<double>(y[0]), margin = label * static_cast<double>(f[0]);
        const double small = std::exp(-std::abs(margin));
        f[0] = static_cast<T>(-label * (margin > 0 ? small : 1) / (1 + small));
        return std::log1p(small) + std::max(-margin, 0.0);
    }
    template <class T>
    void require_labels(const Matrix<T>& y, std::size_t outputs) const {
        if (outputs != 1)
            throw shape_mismatch("logistic loss is for one output, and the network has " + std::to_string(outputs) +
                                 ": take softmax");
        require_columns(y, 1);
        for (std::size_t i = 0; i < y.rows(); ++i)
            if (y(i, 0) != T(1) && y(i, 0) != T(-1))
                throw error{"label " + std::to_string(i) + " is " + std::to_string(y(i, 0)) +
                            ": logistic loss reads -1 and 1"};
    }
};

struct softmax {
    template <class T>
    double replace_by_cotangent(std::span<T> f, std::span<const T> y) const {
        double largest = static_cast<double>(f[0]), sum = 0, share = 0, dot = 0;
        for (const T one : f) largest = std::max(largest, static_cast<double>(one));
        for (const T one : f) sum += std::exp(static_cast<double>(one) - largest);
        const bool by_class = y.size() == 1;
        const std::size_t named = by_class ? static_cast<std::size_t>(y[0]) : 0;
        for (std::size_t o = 0; o < f.size(); ++o) {
            const double label = by_class ? (o == named ? 1 : 0) : static_cast<double>(y[o]);
            const double apart = static_cast<double>(f[o]) - largest;
            share += label;
            dot += label * apart;
        }
        for (std::size_t o = 0; o < f.size(); ++o) {
            const double label = by_class ? (o == named ? 1 : 0) : static_cast<double>(y[o]);
            f[o] = static_cast<T>(share * std::exp(static_cast<double>(f[o]) - largest) / sum - label);
        }
        return share * std::log(sum) - dot;
    }
    template <class T>
    void require_labels(const Matrix<T>& y, std::size_t outputs) const {
        if (outputs < 2) throw shape_mismatch("softmax of one output is always 1: take logistic, or one output a class");
        if (y.cols() != 1) {
            require_columns(y, outputs);
            for (std::size_t i = 0; i < y.rows(); ++i) {
                double sum = 0;
                bool negative = false;
                for (const T one : y.row(i)) sum += static_cast<double>(one), negative |= one < T(0);
                if (negative || !(std::abs(sum - 1) < 1e-3))
                    throw error{"row " + std::to_string(i) + " of the labels is no distribution over classes (it sums to " +
                                std::to_string(sum) + "): softmax reads one-hot rows, or one column with class numbers"};
            }
            return;
        }
        for (std::size_t i = 0; i < y.rows(); ++i)
            if (const auto one = static_cast<double>(y(i, 0));
                !(one >= 0 && one < static_cast<double>(outputs)) || one != std::floor(one))
                throw error{"label " + std::to_string(i) + " is " + std::to_string(one) + ": with one column, softmax reads " +
                            "class numbers from 0 to " + std::to_string(outputs - 1)};
    }
};

/// A loss, and what it changes by with every output.
template <class T>
struct LossAndCotangent {
    double value = 0;
    Matrix<T> cotangent;
};

/// The mean over samples, and its derivative: that of a sample's loss divided by the number of samples.
template <class T, Loss<T> L>
[[nodiscard]] LossAndCotangent<T> loss_and_cotangent(const L& loss, const Matrix<T>& outputs, const Matrix<T>& labels) {
    if (outputs.rows() != labels.rows())
        throw shape_mismatch("there are " + std::to_string(labels.rows()) + " labels for " + std::to_string(outputs.rows()) +
                             " samples");
    loss.require_labels(labels, outputs.cols());
    LossAndCotangent<T> made{0, outputs.copy()};
    if (outputs.empty()) return made;
    const double share = 1 / static_cast<double>(outputs.rows());
    for (std::size_t i = 0; i < outputs.rows(); ++i) {
        const auto row = made.cotangent.row(i);
        made.value += share * loss.replace_by_cotangent(row, labels.row(i));
        for (T& one : row) one *= static_cast<T>(share);
    }
    return made;
}

}  // namespace wide
