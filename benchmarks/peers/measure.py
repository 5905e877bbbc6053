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
    clock, busy_clock = time.perf_counter, time.process_time

    def timed(calls):
        """Seconds of one call, and processor time of all threads in it."""
        # One look at each clock for all calls: a look at the processor's takes as long as a call of a small network.
        prepared = [work.prepare() for _ in range(calls)]
        busy_start, start = busy_clock(), clock()
        for arguments in prepared:
            work.run(*arguments)
        seconds = clock() - start
        return seconds / calls, (busy_clock() - busy_start) / calls

    forget_peak()
    before = resident("VmRSS")
    prepared = work.prepare()
    busy_start, start = busy_clock(), clock()
    made = work.run(*prepared)
    seconds = clock() - start
    fastest = seconds, busy_clock() - busy_start
    arrays = work.arrays(made)
    del made, prepared
    if repetitions > 0:
        # The first call may have compiled; the second one says how many calls make a time that the clock can tell.
        forget_peak()
        begun, shortest = clock(), 0.01
        fastest = timed(1)
        calls = min(max(math.ceil(shortest / max(fastest[0], 1e-9)), 1), 100_000)
        for _ in range(repetitions - 1):
            if clock() - begun > budget:
                break
            fastest = min(fastest, timed(calls))
    seconds, busy = fastest
    figures = {"seconds": seconds / work.turns, "busy": busy / seconds, "before": before, "peak": resident("VmHWM")}
    return figures, arrays
