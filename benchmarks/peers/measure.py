"""Times one piece of work as ours/case.hpp does: once to warm up, then the fastest of several repetitions."""

import math
import time
from dataclasses import dataclass
from typing import Any, Callable


@dataclass
class Work:
    """run(*prepare()) is timed, prepare() is not; `arrays` makes NumPy's arrays, by name, of what run gave."""

    run: Callable[..., Any]
    arrays: Callable[[Any], dict]
    prepare: Callable[[], tuple] = tuple
    turns: int = 1  # how often one run does the work


def resident(field):
    """Resident memory in MiB: now ("VmRSS"), or the most since forget_peak ("VmHWM")."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
    return 0.0


def forget_peak():
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")


def measured(work, repetitions, budget):
    """The figures, and what the first run gave. Without repetitions, the first run is what is told."""

    def timed(calls):
        together = 0.0
        for _ in range(calls):
            prepared = work.prepare()
            start = time.perf_counter()
            work.run(*prepared)
            together += time.perf_counter() - start
            del prepared
        return together / calls

    forget_peak()
    before = resident("VmRSS")
    prepared = work.prepare()
    start = time.perf_counter()
    made = work.run(*prepared)
    fastest = time.perf_counter() - start
    arrays = work.arrays(made)
    del made, prepared
    if repetitions > 0:
        # The first call may have compiled; the second one says how many calls make a time that the clock can tell.
        begun, shortest = time.perf_counter(), 0.01
        fastest = timed(1)
        calls = min(max(math.ceil(shortest / max(fastest, 1e-9)), 1), 100_000)
        for _ in range(repetitions - 1):
            if time.perf_counter() - begun > budget:
                break
            fastest = min(fastest, timed(calls))
    return {"seconds": fastest / work.turns, "before": before, "peak": resident("VmHWM")}, arrays
