#pragma once
// The kernel of a vector with itself, in closed form: its correlation is exactly 1 in every layer.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <wide/dsl.hpp>
#include <wide/kernel/norms.hpp>
#include <wide/kernel/outside_domain.hpp>
#include <wide/kernel/settings.hpp>
#include <wide/lower/trace.hpp>

namespace wide {

/// What a call returns: the one result of an architecture, or those of a family's members.
template <class Net, class Result, std::size_t results>
auto only(std::array<Result, results>&& all) {
    if constexpr (requires { typename Net::members; }) return std::move(all);
    else return std::move(all[0]);
}

/// Throws outside_domain for a sample whose variance some dual of `Net` is not made for.
template <class Net>
void require_domain(const StepNote* note, std::size_t i, const char* role) {
    constexpr auto& table = nonlinearity_table<nonlinearities_of<Net>>;
    for (int k = 0; k < draft<Net>.size; ++k) {
        const Step& step = draft<Net>.step[k];
        if (step.op != Op::nonlinearity || step.known) continue;
        const Domain domain = table.domain[step.nonlinearity];
        if (note[k].variance <= domain.largest && note[k].use.converged) continue;
        const int layer = program<Net>.inst[draft<Net>.source[k]].position;
        report_domain({i, role, way_to_layer(layer, table.name[step.nonlinearity]), note[k].variance}, domain.largest,
                      note[k].use.converged);
    }
}

/// NNGP and NTK of sample i with itself, for every result of Net. Throws not_finite if T has no room for them; no
/// other entry is larger than these (Cauchy and Schwarz).
template <class Net, class T, class L>
KernelValues<Net, L> self_kernels(const Magnitudes<Net, L>& magnitudes, const SampleTrace<Net, T, L>& trace,
                                  std::size_t i, const char* role) {
    const KernelValues<Net, L> self = trace_pair<Net, true>(magnitudes, trace, trace, L(0));
    const double largest = static_cast<double>(std::numeric_limits<T>::max());
    for (int n = 0; n < results_of<Net>; ++n) {
        if (std::isnan(number_of(self.nngp[n])) || std::isnan(number_of(self.ntk[n])))
            throw not_finite("the kernel of row " + std::to_string(i) + " of " + role +
                                 " with itself is no number: scale the data if they are huge; of an activation of your own, "
                                 "check value and slope (keeps_contract)",
                             i, 0);
        if (!(number_of(self.nngp[n]) <= largest && number_of(self.ntk[n]) <= largest))
            throw not_finite("the kernel of row " + std::to_string(i) + " of " + role +
                                 " with itself overflows the element type: scale the data, or compute in double",
                             i, 0);
    }
    return self;
}

/// Sample i of the given input variance on its way through Net: its numbers, for pairs on lanes of T, and its kernels
/// with itself. Throws outside_domain and not_finite.
template <class Net, class T, class L>
auto trace_row(const Magnitudes<Net, L>& magnitudes, double variance, std::size_t i, const char* role) {
    struct {
        SampleTrace<Net, T, L> trace;
        KernelValues<Net, L> self;
    } row{trace_sample<Net, T>(magnitudes, L(variance)), {}};
    require_domain<Net>(row.trace.note, i, role);
    row.self = self_kernels<Net, T>(magnitudes, row.trace, i, role);
    return row;
}

/// Makes all series as long as these samples need them: by 17 of them, from the shortest to the longest.
template <class Net, class T>
void settle_series(Magnitudes<Net>& magnitudes, std::vector<double> norms, std::size_t width) {
    if constexpr (has_series<Net>) {
        if (norms.empty()) return;
        std::sort(norms.begin(), norms.end());
        constexpr std::size_t intervals = 16;
        for (std::size_t k = 0; k <= intervals; ++k) {
            const double norm = norms[k * (norms.size() - 1) / intervals];
            settle_series<Net, T>(magnitudes, {norm * (norm / static_cast<double>(width))});
        }
    }
}

}  // namespace wide
