#pragma once
// What goes wrong, as types. Every error says what happened, where, and what to do about it; the numbers that
// the sentence names are also members, so that a program can act on them.
//
//     try { auto K = ntk<Net>(x); }
//     catch (const not_finite& e) { drop_row(e.row); }
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace wide {

/// Base of everything this library throws.
struct error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// NaN or Inf in data or in a matrix; `row` and `column` are zero-based.
struct not_finite : error {
    std::size_t row, column;
    not_finite(const std::string& what, std::size_t at_row, std::size_t at_column)
        : error{what}, row{at_row}, column{at_column} {}
};

/// A sample whose variance before a nonlinearity lies outside of what that word's dual is made for.
struct outside_domain : error {
    std::size_t row;
    double variance;
    outside_domain(const std::string& what, std::size_t at_row, double variance_there)
        : error{what}, row{at_row}, variance{variance_there} {}
};

/// A label that names no class; `row` is zero-based, classes count from zero.
struct not_a_class : error {
    std::size_t row;
    int label;
    not_a_class(const std::string& what, std::size_t at_row, int label_there)
        : error{what}, row{at_row}, label{label_there} {}
};

/// Two things whose sizes had to agree, and do not.
struct shape_mismatch : error {
    using error::error;
};

/// A computation that would exceed its memory budget, refused before anything is allocated. Sizes in bytes.
struct insufficient_memory : error {
    std::uint64_t needed, budget;
    insufficient_memory(const std::string& what, std::uint64_t bytes_needed, std::uint64_t bytes_allowed)
        : error{what}, needed{bytes_needed}, budget{bytes_allowed} {}
};

/// A Cholesky factorisation whose zero-based `pivot` was no larger than its rounding error. `suggested_ridge`
/// (absolute, in place of the one given) would cure it.
struct not_positive_definite : error {
    std::size_t pivot;
    double value, suggested_ridge;
    not_positive_definite(const std::string& what, std::size_t at_pivot, double pivot_value, double ridge)
        : error{what}, pivot{at_pivot}, value{pivot_value}, suggested_ridge{ridge} {}
};

/// An iteration that stopped short of its tolerance.
struct did_not_converge : error {
    double residual;
    std::size_t iterations;
    did_not_converge(const std::string& what, double final_residual, std::size_t after)
        : error{what}, residual{final_residual}, iterations{after} {}
};

/// A training run whose loss is no number any more. Steps count from the beginning of the run, both from zero.
struct diverged : error {
    std::size_t epoch, step;
    diverged(const std::string& what, std::size_t in_epoch, std::size_t at_step)
        : error{what}, epoch{in_epoch}, step{at_step} {}
};

/// A file that is not what it says it is; `offset` is the byte (after decompression) where that shows.
struct bad_file : error {
    std::string path;
    std::uint64_t offset;
    bad_file(const std::string& what, std::string file, std::uint64_t at)
        : error{what}, path{std::move(file)}, offset{at} {}
};

/// The caller's stop token was set; nothing half-written is returned.
struct cancelled : error {
    using error::error;
};

}  // namespace wide
