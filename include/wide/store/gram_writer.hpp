#pragma once
// A Gram into files, block by block, by whatever computes a block. One pass over the blocks, in order: a block that
// the journal claims is read and compared with its fingerprint; one that is not claimed, or is not as claimed, is
// computed and written, and claimed when it is on the disk. What is above the diagonal follows when all blocks are
// there.
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wide/io/data.hpp>
#include <wide/io/durable_file.hpp>
#include <wide/kernel/kernels.hpp>
#include <wide/run/memory.hpp>
#include <wide/run/options.hpp>
#include <wide/store/gram_block.hpp>
#include <wide/store/gram_layout.hpp>
#include <wide/store/journal.hpp>
#include <wide/store/matrix_file.hpp>
#include <wide/store/upper_triangle.hpp>

namespace wide {

/// The journal's words for an element type, NumPy's own.
template <std::floating_point T>
inline constexpr const char* element_name = sizeof(T) == sizeof(float) ? "float32" : "float64";

/// What a call of gram_to_file found and did, and where the Gram lies.
struct GramFileReport {
    std::string nngp, ntk, journal;  ///< paths
    std::size_t rows = 0, columns = 0;
    std::size_t rows_kept = 0, rows_computed = 0;
};

/// The progress of many calls as that of one, of which not all the work is known at first.
class JoinedProgress {
public:
    JoinedProgress(const Progress& report, std::uint64_t total) : report_{report}, total_{total} {}

    /// For the next call. Its end is not the end of all: what it computed has yet to be written.
    [[nodiscard]] Progress next() const {
        if (!report_) return {};
        return [this](std::uint64_t done, std::uint64_t) {
            if (done_ + done < total_) report_(done_ + done, total_);
        };
    }
    void done(std::uint64_t work) { done_ += work; }
    void more(std::uint64_t work) { total_ += work; }
    void end() const {
        if (report_) report_(total_, total_);
    }

private:
    const Progress& report_;
    std::uint64_t total_, done_ = 0;
};

/// Computes the rows [first, last), all of them columns [0, computed), into a block; tells the progress its work.
template <class T>
using ComputeBlock =
    std::function<void(std::size_t first, std::size_t last, GramBlock<T>& block, JoinedProgress& progress)>;

/// The layout of files that were begun, if they were and are of these facts; else the one asked for.
inline GramLayout begun_layout(const GramPaths& paths, GramLayout layout, const std::vector<Fact>& facts) {
    if (!file_exists(paths.journal)) return layout;
    const Journal journal = parse_journal(read_journal(paths.journal), paths.journal);
    require_same_facts(journal, facts, paths.journal);
    layout.rows_a_block = layout_of(journal, paths.journal).rows_a_block;
    return layout;
}

template <std::floating_point T>
class GramWriter {
public:
    /// `layout` as begun_layout gives it. Throws different_gram, bad_file for a journal that is none, error for files
    /// that cannot be written, that somebody else writes, or that are no part of a Gram.
    GramWriter(const GramPaths& paths, const GramLayout& layout, const std::vector<Fact>& facts, const options& how)
        : paths_{paths},
          layout_{layout},
          how_{how},
          matrix_{MatrixFile<T>(paths.matrix[0], layout.rows, layout.columns, open_for::updating),
                  MatrixFile<T>(paths.matrix[1], layout.rows, layout.columns, open_for::updating)} {
        // The matrix is there before a journal is; but whoever deletes it must not let a second writer in.
        matrix_[0].file().lock();
        if (file_exists(paths.journal)) hold_journal();
        // Now that nobody else writes: another call may have begun the files, or gone on, since they were looked at.
        layout_ = begun_layout(paths, layout, facts);
        std::string found;
        if (file_exists(paths.journal)) {
            found = read_journal(paths.journal);
            journal_ = parse_journal(found, paths.journal);
        } else {
            require_nothing_there();
            journal_.facts = facts;
        }
        for (const MatrixFile<T>& matrix : matrix_) matrix.require_no_other();
        // The next line must not be glued to one that broke off.
        if (const std::string sound = journal_.text(); found != sound) {
            replace_file(paths.journal, sound);
            hold_journal();
        }
        for (MatrixFile<T>& matrix : matrix_) matrix.prepare(!layout_.symmetric || layout_.mirrored());
    }

    /// Throws cancelled, and what `compute` and the disk throw; the same call goes on from there.
    GramFileReport run(const ComputeBlock<T>& compute) {
        const Claims claims(journal_, layout_);
        GramFileReport report{
            paths_.matrix[0], paths_.matrix[1], paths_.journal, layout_.rows, layout_.columns, 0, 0};
        JoinedProgress progress(how_.progress, pairs_not_claimed(claims));
        UpperTriangle<T> above(layout_);
        try {
            for (std::size_t b = 0; b < layout_.blocks(); ++b) {
                if (how_.stop.stop_requested()) throw cancelled("");
                const bool claimed = claims.rows[b].has_value();
                if (claimed && is_as_claimed(b, *claims.rows[b])) {
                    report.rows_kept += layout_.height(b);
                } else {
                    if (claimed) progress.more(layout_.pairs(b));
                    compute(layout_.first(b), layout_.last(b), block_, progress);
                    store(b);
                    report.rows_computed += layout_.height(b);
                }
                if (layout_.mirrored()) above.add(b, block_);
            }
            block_ = {};
            flush();
            if (layout_.mirrored()) finish_above(claims, above);
        } catch (const cancelled&) {
            throw cancelled("cancelled: options::stop was set; the first " +
                            std::to_string(report.rows_kept + report.rows_computed) + " of " +
                            std::to_string(layout_.rows) + " rows of " + paths_.journal +
                            " are finished, and the same call goes on from there");
        }
        progress.end();
        return report;
    }

private:
    /// The file that has this name now; one that was held before stays so until this one is.
    void hold_journal() {
        DurableFile file(paths_.journal, open_for::updating);
        file.lock();
        journal_file_.emplace(std::move(file));
    }

    void require_nothing_there() const {
        for (const MatrixFile<T>& matrix : matrix_)
            if (matrix.file().size() > 0)
                throw error(matrix.file().path() + " is there, but no " + paths_.journal +
                            " that says what it is: give another name, or move that file away");
    }

    std::uint64_t pairs_not_claimed(const Claims& claims) const {
        std::uint64_t pairs = 0;
        for (std::size_t b = 0; b < layout_.blocks(); ++b)
            if (!claims.rows[b]) pairs += layout_.pairs(b);
        return pairs;
    }

    /// Reads block b; whether it is all there and has the fingerprints claimed.
    bool is_as_claimed(std::size_t b, const JournalEntry& claim) {
        const std::size_t height = layout_.height(b);
        const std::size_t left_columns = layout_.symmetric ? layout_.first(b) : layout_.columns;
        for (std::size_t which = 0; which < 2; ++which) {
            Matrix<T>&left = matrix_of(block_.left, which), &own = matrix_of(block_.own, which);
            resize(left, height, left_columns);
            resize(own, height, layout_.computed(b) - left_columns);
            for (std::size_t r = 0; r < height; ++r)
                if (!matrix_[which].read(layout_.first(b) + r, 0, left.row(r).data(), left.cols()) ||
                    !matrix_[which].read(layout_.first(b) + r, left_columns, own.row(r).data(), own.cols()))
                    return false;
            if (print_of_rows(block_, which) != claim.print[which]) return false;
        }
        return true;
    }

    /// Numbers first, then the claim.
    void store(std::size_t b) {
        const std::size_t first = layout_.first(b);
        JournalEntry entry{"rows", first, layout_.last(b), {}};
        for (std::size_t which = 0; which < 2; ++which) {
            Matrix<T>&left = matrix_of(block_.left, which), &own = matrix_of(block_.own, which);
            for (std::size_t r = 0; r < left.rows(); ++r) {
                matrix_[which].write(first + r, 0, left.row(r).data(), left.cols());
                matrix_[which].write(first + r, left.cols(), own.row(r).data(), own.cols());
            }
            entry.print[which] = print_of_rows(block_, which);
        }
        flush();
        append(entry.line());
    }

    /// Checks what is above the diagonal, and copies what is not there.
    void finish_above(const Claims& claims, const UpperTriangle<T>& above) {
        constexpr std::uint64_t enough = 1_GiB;
        const std::uint64_t budget = how_.budget == 0 ? machine_memory() : how_.budget;
        const auto claimed = [&](std::size_t b) {
            return claims.above[b] && claims.above[b]->line() == above.entry(b).line();
        };
        for (std::size_t b = 0, end; b < layout_.blocks(); b = end) {
            if (how_.stop.stop_requested()) throw cancelled("");
            end = b + 1;
            if (claimed(b) && above.is_there(b, matrix_)) continue;
            const std::size_t most = b + above.copied_at_once(b, std::min(budget / 8, enough));
            while (end < most && !claimed(end)) ++end;
            above.copy(b, end, matrix_);
            flush();
            std::string lines;
            for (std::size_t copied = b; copied < end; ++copied)
                if (!claimed(copied)) lines += above.entry(copied).line();
            if (!lines.empty()) append(lines);
        }
    }

    void flush() {
        for (MatrixFile<T>& matrix : matrix_) matrix.file().flush();
    }

    void append(const std::string& lines) {
        journal_file_->write(journal_file_->size(), lines.data(), lines.size());
        journal_file_->flush();
    }

    GramPaths paths_;
    GramLayout layout_;
    options how_;
    MatrixFile<T> matrix_[2];
    Journal journal_;
    std::optional<DurableFile> journal_file_;  ///< locked, and written to by nobody else even if its name is gone
    GramBlock<T> block_;
};

}  // namespace wide
