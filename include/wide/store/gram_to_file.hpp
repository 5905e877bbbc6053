#pragma once
// A Gram that takes hours, computed into files that survive whatever ends the program. Called again with the same
// arguments it goes on where it was; when all is there, it only looks whether that is still so.
//
//     auto state = gram_to_file<Net>("cifar", x, options{.progress = progress_bar("Gram")});      // symmetric
//     auto state = gram_to_file<Net>("cifar-test", z, x, scales, options{...}, block_rows{512});   // cross
//
// Files: cifar.nngp.npy and cifar.ntk.npy, for numpy.load(path, mmap_mode='r') and for gram_file.hpp; cifar.journal,
// which tells whose Gram this is and which rows are finished (journal.hpp). Rows that are not finished are zero or
// anything. With fill::lower the files have holes above the diagonal, which take no room on the disk.
//
// Rows are computed in blocks. A finished block is written, flushed and then journaled with fingerprints of its
// numbers. The next call compares every one of them: a block that is missing, cut or damaged is computed again, all
// others are kept. A call with another architecture, other scales, data, element type, sizes, triangles or schedule
// is refused (different_gram) and changes nothing. Of two calls that write the same files at once the second is
// refused.
//
// Numbers: those of gram<Net>, with its diagonal in closed form. With schedule::direct and closed forms they are the
// same bits. Where a call of gram decides by its samples (the length of a series; a collapse of rows of one norm),
// each block is such a call, with its rows and the columns before them: entries agree with gram's within the promised
// accuracy, but to the bit only with those of a run with equal block_rows. Interrupted or not makes no difference, as
// long as the program and the machine's instruction set are the same.
//
// Progress counts the pairs that this call has to compute, not those it found finished, so that the time left is
// right; what is above the diagonal is copied at the end, as fast as the disk is. Memory: two blocks of rows and what a
// call of gram works in: both sides of vectors, of images what image_memory says. Time besides the pairs': every block
// prepares its samples anew, which is O(n (d + layers)) for vectors; images are prepared anew for all blocks of pairs in
// any call of gram, a twentieth of the pairs' time. And every call first computes the kernels of all samples with
// themselves (diagonal.hpp), so that no bad sample is found after hours.
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <wide/dsl/refusal/has_kernel.hpp>
#include <wide/kernel/diagonal.hpp>
#include <wide/kernel/gram.hpp>
#include <wide/kernel/norms.hpp>
#include <wide/kernel/settings.hpp>
#include <wide/lower/architecture_facts.hpp>
#include <wide/run/memory.hpp>
#include <wide/store/gram_layout.hpp>
#include <wide/store/gram_writer.hpp>

namespace wide {

/// Scales, options and block_rows, in any order.
template <class Net>
struct GramFileSettings : KernelSettings<Net> {
    block_rows block = {};

    using KernelSettings<Net>::take;
    void take(const block_rows& given) { block = given; }
};

/// Which samples these are: their numbers, in order, and how they are divided.
template <class In, class T>
std::string samples_text(const Rows<In, T>& x) {
    Fingerprint print;
    std::vector<T> gathered(x.column_stride == 1 ? 0 : x.width);
    for (std::size_t i = 0; i < x.count; ++i) {
        const T* row = x.data + static_cast<std::ptrdiff_t>(i) * x.row_stride;
        for (std::size_t k = 0; k < gathered.size(); ++k) {
            gathered[k] = *row;
            row += x.column_stride;
        }
        print.add(gathered.empty() ? row : gathered.data(), x.width * sizeof(T));
    }
    return std::to_string(x.count) + " of " + std::to_string(x.width) + " numbers, " + print.text();
}

/// Throws what a Gram of these samples would throw, with their place among all of them, before hours of work.
template <class Net, class In, class T>
void require_sound_samples(const Rows<In, T>& x, const char* role, const KernelSettings<Net>& settings) {
    const options quiet{.threads = settings.how.threads, .stop = settings.how.stop};
    (void)norms_of(x, role, quiet);
    try {
        (void)diagonal<Net>(x, settings.scales, quiet);
    } catch (const outside_domain& e) {
        throw outside_domain(std::string("of ") + role + ": " + e.what(), e.row, e.variance);
    }
}

/// What is left of a budget (0: the machine's memory) beside `taken` bytes.
constexpr std::uint64_t rest_of_budget(std::uint64_t budget, std::uint64_t taken) {
    if (budget == 0) return 0;
    return budget > taken ? budget - taken : 1;
}

/// The Gram of z against x, or of x alone (z null).
template <class Net, class InZ, class InX, class T>
GramFileReport compute_gram_file(const std::string& name, const Rows<InZ, T>* z, const Rows<InX, T>& x,
                                 const GramFileSettings<Net>& given) {
    static_assert(results_of<Net> == 1, "Grams of a family go into files one member at a time");
    const KernelSettings<Net> settings = settings_from<Net>(given.scales, given.how);
    const options& how = settings.how;
    if (z) {
        require_same_width(*z, x);
        require_sound_samples<Net>(*z, "the first set of samples", settings);
    }
    require_sound_samples<Net>(x, z ? "the second set of samples" : "the samples", settings);

    GramLayout layout{z ? z->count : x.count, x.count, z == nullptr, how.fill, given.block.count};
    if (layout.rows_a_block == 0)
        layout.rows_a_block = default_block_rows(layout.rows, layout.columns, sizeof(T), how.budget);
    std::vector<Fact> facts{journal_format, {"element", element_name<T>}};
    for (const Fact& fact : layout_facts(layout)) facts.push_back(fact);
    facts.push_back({"schedule", how.schedule == schedule::direct ? "direct" : "cheapest"});
    if (z) facts.push_back({"first samples", samples_text(*z)});
    facts.push_back({z ? "second samples" : "samples", samples_text(x)});
    for (const Fact& fact : architecture_facts<Net>(settings.scales, shape_of(x))) facts.push_back(fact);

    const GramPaths paths(name);
    layout = begun_layout(paths, layout, facts);
    const std::uint64_t height = std::min(layout.rows, layout.rows_a_block);
    require_memory(saturated_sum(saturated_product(height * 2 * sizeof(T), layout.columns),
                                 saturated_product(saturated_sum(height, layout.columns), x.width * sizeof(T))),
                   how.budget, "a block of " + std::to_string(height) + " rows of a Gram in files");

    GramWriter<T> writer(paths, layout, facts, how);
    return writer.run([&](std::size_t first, std::size_t last, GramBlock<T>& block, JoinedProgress& progress) {
        const std::uint64_t high = last - first;
        options part = how;
        const auto prepare_part = [&](std::uint64_t taken) {
            part.progress = progress.next();
            part.budget = rest_of_budget(how.budget, taken);
        };
        // What a lower triangle leaves above its diagonal is what a new matrix has there.
        block.own = {};
        prepare_part(0);
        if (z) {
            gram_into<Net>(block.left, rows_between(*z, first, last), x, settings.scales, part);
            resize(block.own.nngp, high, 0);
            resize(block.own.ntk, high, 0);
            return progress.done(high * x.count);
        }
        if (first == 0) {
            resize(block.left.nngp, high, 0);
            resize(block.left.ntk, high, 0);
        } else {
            gram_into<Net>(block.left, rows_between(x, first, last), rows_between(x, 0, first), settings.scales,
                           part);
            progress.done(high * first);
        }
        prepare_part(high * first * 2 * sizeof(T));
        gram_into<Net>(block.own, rows_between(x, first, last), settings.scales, part);
        progress.done(high * (high + 1) / 2);
    });
}

template <class Net, class... Given>
GramFileSettings<Net> gram_file_settings_from(const Given&... given) {
    GramFileSettings<Net> settings;
    (settings.take(given), ...);
    return settings;
}

/// The Gram of x into files. Throws what gram<Net> throws, different_gram, and error for files that cannot be
/// written.
template <class Net, class In, class T, class... Given>
GramFileReport gram_to_file(const std::string& name, const Rows<In, T>& x, const Given&... given) {
    if constexpr (has_kernel<Net, In>) {
        return compute_gram_file<Net, In>(name, static_cast<const Rows<In, T>*>(nullptr), x,
                                          gram_file_settings_from<Net>(given...));
    } else {
        refuse_kernel<Net, In>();
        return {};
    }
}

/// The Gram of z against x.
template <class Net, class InZ, class InX, class T, class... Given>
GramFileReport gram_to_file(const std::string& name, const Rows<InZ, T>& z, const Rows<InX, T>& x,
                            const Given&... given) {
    if constexpr (!has_kernel<Net, InZ>) {
        refuse_kernel<Net, InZ>();
        return {};
    } else if constexpr (!has_kernel<Net, InX>) {
        refuse_kernel<Net, InX>();
        return {};
    } else {
        return compute_gram_file<Net>(name, &z, x, gram_file_settings_from<Net>(given...));
    }
}

}  // namespace wide
