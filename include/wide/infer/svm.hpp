#pragma once
// Kernel support vector machines on matrices of kernel values: C-SVC of libsvm (Chang & Lin, "LIBSVM: a library for support vector
// machines", 2011), every class against every other, decided by votes; a tie goes to the smaller label. No probabilities, nothing
// random: the same bits each time.
//
//     const auto machine = train_svm(K, labels, soft_margin{.C = 10});
//     std::vector<int> decided = machine.predict(Kz);                       // Kz: test rows by training rows
//
//     const SvmRows rows(K);                                                // many machines on parts of one K
//     const auto part = rows.train(labels, fold.train, soft_margin{.C = 10});
//     rows.predict(part, fold.held_out);
//
// Labels are any integers; one class alone is legal, and always decided for. Only K's lower triangle is read. libsvm wants each
// number of K with its column beside it: SvmRows holds 16 n (n + 2) bytes, twice a K in double, once for all machines on parts
// of it, which take pointers to its rows. A machine keeps its coefficients and the numbers of its support vectors, nothing of K. libsvm
// computes with K in float, in a cache of 100 MB. A K that is singular, or indefinite by rounding, is no obstacle; for one that
// is indefinite what is found is a stationary point. Training takes between n^2 and n^3.
//
// Throws not_finite, shape_mismatch, insufficient_memory (before anything is computed), `error` for a C or tolerance that is
// none. libsvm gives up after ten million steps or more, which a large C may need (it then warns on stderr, and offers no
// way to stop that): `train_svm` throws did_not_converge; a machine of SvmRows says so in `gave_up()`, for those who try many.
//
// Not in <wide/wide.hpp>: libsvm's header gives names such as LINEAR and RBF to everybody.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <libsvm/svm.h>

#include <wide/infer/lapack.hpp>
#include <wide/infer/regress.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>
#include <wide/run/memory.hpp>
#include <wide/run/readable_number.hpp>

namespace wide {

struct soft_margin {
    double C = 1;             ///< the price of an error
    double tolerance = 1e-3;  ///< on the gradient, when to stop
};

namespace support_vectors {

struct FreeModel {
    void operator()(svm_model* model) const { svm_free_and_destroy_model(&model); }
};

/// Steps of the longest optimisation in this thread since it was last set to 0.
inline thread_local long most_steps = 0;

/// What libsvm would print. Nowhere else does it tell whether it converged: "optimization finished, #iter = 27".
inline void listen(const char* said) {
    const std::string_view line = said, mark = "#iter = ";
    const std::size_t at = line.find(mark);
    if (at == std::string_view::npos) return;
    long steps = 0;
    std::from_chars(line.data() + at + mark.size(), line.data() + line.size(), steps);
    most_steps = std::max(most_steps, steps);
}

/// Where libsvm gives up.
[[nodiscard]] inline long step_limit(std::size_t rows) {
    return static_cast<long>(std::min<std::size_t>(std::max<std::size_t>(10'000'000, 100 * rows), std::numeric_limits<int>::max()));
}

[[nodiscard]] inline svm_parameter parameters(const soft_margin& how) {
    if (!std::isfinite(how.C) || !(how.C > 0))
        throw error{"train_svm: a C of " + readable_number(how.C) + " is refused: pass a finite number above zero"};
    if (!std::isfinite(how.tolerance) || !(how.tolerance > 0))
        throw error{"train_svm: a tolerance of " + readable_number(how.tolerance) +
                    " is refused: pass a finite number above zero"};
    svm_parameter chosen{};
    chosen.svm_type = C_SVC;
    chosen.kernel_type = PRECOMPUTED;
    chosen.cache_size = 100;
    chosen.eps = how.tolerance;
    chosen.C = how.C;
    chosen.shrinking = 1;
    return chosen;
}

}  // namespace support_vectors

/// A trained machine.
class Svm {
public:
    /// `model` was trained on some of `rows` rows.
    Svm(std::unique_ptr<svm_model, support_vectors::FreeModel> model, std::size_t rows, long steps, bool gave_up)
        : model_{std::move(model)}, rows_{rows}, steps_{steps}, gave_up_{gave_up} {
        // All that libsvm reads of a support vector is its number; kept here, it outlives the rows.
        numbers_.reserve(static_cast<std::size_t>(model_->l));
        for (int k = 0; k < model_->l; ++k) {
            numbers_.push_back(model_->SV[k][0]);
            model_->SV[k] = &numbers_.back();
        }
    }

    /// The labels of its classes, ascending.
    [[nodiscard]] std::span<const int> classes() const { return {model_->label, static_cast<std::size_t>(model_->nr_class)}; }

    /// The columns of Kz that decisions depend on, class by class.
    [[nodiscard]] std::vector<std::size_t> support() const {
        std::vector<std::size_t> rows;
        for (const svm_node& number : numbers_) rows.push_back(static_cast<std::size_t>(number.value) - 1);
        return rows;
    }

    /// Kz: test rows by all rows of the K that was trained on, m x n; one label a test row.
    template <std::floating_point T>
    [[nodiscard]] std::vector<int> predict(const Matrix<T>& Kz) const {
        if (Kz.cols() != rows_)
            throw shape_mismatch{"predict: Kz is " + regression::size_of(Kz.rows(), Kz.cols()) + ", but " +
                                 std::to_string(rows_) + " rows were trained on: pass test rows by training rows, ntk<Net>(z, x)"};
        regression::require_finite(
            Kz, [&](std::size_t) { return Kz.cols(); }, "predict: Kz", "look at these two rows");
        std::vector<svm_node> row(rows_ + 2);
        std::vector<int> decided;
        decided.reserve(Kz.rows());
        for (std::size_t i = 0; i < Kz.rows(); ++i) {
            for (std::size_t j = 0; j < rows_; ++j) row[j + 1].value = static_cast<double>(Kz(i, j));
            decided.push_back(decide(row.data()));
        }
        return decided;
    }

    /// The label of one row of kernel values as libsvm has them; for SvmRows.
    [[nodiscard]] int decide(const svm_node* row) const { return static_cast<int>(svm_predict(model_.get(), row)); }

    [[nodiscard]] std::size_t rows() const { return rows_; }

    /// Of the pair of classes that took most.
    [[nodiscard]] long steps() const { return steps_; }

    /// Whether libsvm stopped short of the tolerance, for some pair of classes.
    [[nodiscard]] bool gave_up() const { return gave_up_; }

private:
    std::unique_ptr<svm_model, support_vectors::FreeModel> model_;
    std::vector<svm_node> numbers_;
    std::size_t rows_;
    long steps_;
    bool gave_up_;
};

/// A kernel matrix as libsvm reads it, for machines on any of its rows. May be used from several threads.
class SvmRows {
public:
    /// `budget`: bytes this may take; 0: the machine's memory.
    template <std::floating_point T>
    explicit SvmRows(const Matrix<T>& K, std::uint64_t budget = 0) : count_{K.rows()} {
        if (K.rows() != K.cols())
            throw shape_mismatch{"train_svm: K is " + regression::size_of(K.rows(), K.cols()) +
                                 ", but has to be square: pass the Gram of the training rows"};
        (void)lapack::size(count_ + 2);
        require_memory(saturated_product(saturated_product(count_, count_ + 2), sizeof(svm_node)), budget,
                       "K as libsvm reads it");
        regression::require_finite(
            K, [](std::size_t i) { return i + 1; }, "train_svm: K", "look at these two training rows");
        nodes_ = Matrix<svm_node>(count_, count_ + 2);
        for (std::size_t i = 0; i < count_; ++i) {
            nodes_(i, 0) = {0, static_cast<double>(i + 1)};
            nodes_(i, count_ + 1) = {-1, 0};
            for (std::size_t j = 0; j <= i; ++j) {
                nodes_(i, j + 1) = {static_cast<int>(j + 1), static_cast<double>(K(i, j))};
                nodes_(j, i + 1) = {static_cast<int>(i + 1), static_cast<double>(K(i, j))};
            }
        }
    }

    [[nodiscard]] std::size_t count() const { return count_; }

    /// A machine on all rows, or on some; `labels` are those of all.
    [[nodiscard]] Svm train(std::span<const int> labels, const soft_margin& how = {}) const {
        std::vector<std::size_t> all(count_);
        for (std::size_t i = 0; i < count_; ++i) all[i] = i;
        return train(labels, all, how);
    }
    [[nodiscard]] Svm train(std::span<const int> labels, std::span<const std::size_t> rows, const soft_margin& how = {}) const;

    /// The labels that a machine trained on rows of these gives to others of them.
    [[nodiscard]] std::vector<int> predict(const Svm& machine, std::span<const std::size_t> rows) const {
        if (machine.rows() != count_)
            throw shape_mismatch{"predict: a machine trained on rows of a K of " + std::to_string(machine.rows()) + ", these are of " +
                                 std::to_string(count_) + ": predict from the rows that were trained on"};
        std::vector<int> decided;
        for (const std::size_t row : rows) decided.push_back(machine.decide(nodes_.row(inside(row)).data()));
        return decided;
    }

private:
    [[nodiscard]] std::size_t inside(std::size_t row) const {
        if (row >= count_)
            throw shape_mismatch{"train_svm: row " + std::to_string(row) + " of a K of " + std::to_string(count_) +
                                 ": rows count from zero"};
        return row;
    }

    std::size_t count_;
    Matrix<svm_node> nodes_;
};

inline Svm SvmRows::train(std::span<const int> labels, std::span<const std::size_t> rows, const soft_margin& how) const {
    const svm_parameter chosen = support_vectors::parameters(how);
    if (labels.size() != count_)
        throw shape_mismatch{"train_svm: " + std::to_string(labels.size()) + " labels, but K has " + std::to_string(count_) +
                             " rows: pass one label for each row"};
    if (rows.empty()) throw shape_mismatch{"train_svm: no rows to train on: pass one at least"};
    // libsvm numbers classes, and breaks ties between them, in the order in which it meets them.
    std::map<int, std::vector<std::size_t>> members;
    for (const std::size_t row : rows) members[labels[inside(row)]].push_back(row);
    std::vector<double> label_of;
    std::vector<svm_node*> row_of;
    for (const auto& [label, of_class] : members)
        for (const std::size_t row : of_class) {
            label_of.push_back(label);
            // libsvm reads them; its interface knows no const.
            row_of.push_back(const_cast<svm_node*>(nodes_.row(row).data()));
        }
    const svm_problem problem{lapack::size(rows.size()), label_of.data(), row_of.data()};
    static const bool silent = (svm_set_print_string_function(&support_vectors::listen), true);
    (void)silent;
    support_vectors::most_steps = 0;
    std::unique_ptr<svm_model, support_vectors::FreeModel> model{svm_train(&problem, &chosen)};
    const long steps = support_vectors::most_steps;
    return {std::move(model), count_, steps, steps >= support_vectors::step_limit(rows.size())};
}

/// A machine on all rows of K: n x n, one label a row.
template <std::floating_point T>
[[nodiscard]] Svm train_svm(const Matrix<T>& K, std::span<const int> labels, const soft_margin& how = {}) {
    Svm machine = SvmRows(K).train(labels, how);
    if (machine.gave_up())
        throw did_not_converge{"train_svm: libsvm gave up after " + std::to_string(machine.steps()) +
                                   " steps: take a smaller C than " + readable_number(how.C) + ", or scale K down",
                               std::numeric_limits<double>::infinity(), static_cast<std::size_t>(machine.steps())};
    return machine;
}

}  // namespace wide
