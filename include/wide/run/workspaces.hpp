#pragma once
// What the threads of a call work in: one workspace each, claimed when a thread first comes and not again for every
// block, and never more of them than threads may run.
#include <cstddef>
#include <memory>
#include <vector>

#include <oneapi/tbb/task_arena.h>

#include <wide/run/parallel.hpp>

namespace wide {

/// Of one call of run_blocks with these options.
template <class Workspace>
class Workspaces {
public:
    explicit Workspaces(const options& how)
        : alone_{how.threads == 1}, each_(static_cast<std::size_t>(threads_of(how))) {}

    /// This thread's, made from what is given if there is none yet.
    template <class... Given>
    Workspace& mine(const Given&... given) {
        const int place = alone_ ? 0 : oneapi::tbb::this_task_arena::current_thread_index();
        auto& own = each_.at(static_cast<std::size_t>(place));
        if (!own) own = std::make_unique<Workspace>(given...);
        return *own;
    }

private:
    bool alone_;
    std::vector<std::unique_ptr<Workspace>> each_;
};

}  // namespace wide
