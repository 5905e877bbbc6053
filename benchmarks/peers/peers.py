#!/usr/bin/env python3
"""This project beside its peers, on the same arrays, on this machine: ./dev bench peers [--help].

Every entry runs in a process of its own, one after the other. Answers have to agree, or the run fails.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

here = Path(__file__).resolve().parent

try:
    import numpy

    import cases
    import page
except ImportError as problem:
    sys.exit(
        f"peers: {problem}: the harness itself needs NumPy (benchmarks/peers/environment.sh FOLDER, or Debian's python3-numpy)"
    )

missing = 3
# Variables that choose kernels, threads or compiler flags of one side or the other.
pinning = re.compile(
    "(OPENBLAS|MKL|BLIS|NVPL|OMP|GOTO|KMP|DNNL|ONEDNN|NUMEXPR|VECLIB|XLA|JAX|TF|NUMBA|NPY|TORCH|KEOPS|CXXFLAGS|CFLAGS)"
)


@dataclass
class Row:
    """A line of the table. `seconds` is None where there is nothing but `note`."""

    task: str
    label: str
    precision: str
    who: str
    setting: str
    size: tuple
    cores: int
    seconds: float = None
    units: float = 1
    ratio: float = None
    difference: float = None
    tolerance: float = None
    before: float = None
    peak: float = None
    note: str = ""

    @property
    def agrees(self):
        return self.difference is None or self.difference <= self.tolerance


def say(text):
    print("peers: " + text, file=sys.stderr, flush=True)


def text_of_size(size):
    return " x ".join(map(str, size))


def difference(one, other):
    """The largest difference of two sets of arrays, relative to the largest value of each array."""
    worst = 0.0
    for name, expected in other.items():
        if name not in one or one[name].shape != expected.shape:
            return numpy.inf
        apart = numpy.max(numpy.abs(one[name].astype("float64") - expected.astype("float64")))
        worst = max(worst, float(apart / numpy.max(numpy.abs(expected)))) if numpy.isfinite(apart) else numpy.inf
    return worst


def halved(size):
    """The largest of the sizes, halved."""
    largest = size.index(max(size))
    return tuple(max(n // 2, 1) if k == largest else n for k, n in enumerate(size))


class Failed(Exception):
    pass


class TooLong(Exception):
    pass


class Missing(Exception):
    pass


class Bench:
    def __init__(self, arguments, scratch):
        self.programs, self.limit = Path(arguments.programs).absolute(), arguments.limit
        self.repetitions, self.budget = (2, 0.2) if arguments.quick else (arguments.repetitions, arguments.budget)
        self.rows_compared = 128
        self.cores = sorted(os.sched_getaffinity(0))[: arguments.threads or None]
        self.scratch = Path(scratch)
        self.environment = {key: value for key, value in os.environ.items() if not pinning.match(key)}
        # What Numba and KeOps compile is kept for this run: a cache that an interrupted run left may be half written.
        caches = self.scratch / "caches"
        self.environment |= {
            "NUMBA_CACHE_DIR": str(caches / "numba"),
            "KEOPS_CACHE_FOLDER": str(caches / "keops"),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        for name in ("numba", "keops"):
            (caches / name).mkdir(parents=True, exist_ok=True)
        self.folders, self.references = {}, {}

    def process(self, command, cores=None, environment=None):
        """Seconds, and what was printed."""
        cores = self.cores[:cores]
        start = time.perf_counter()
        with subprocess.Popen(
            list(map(str, command)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment | (environment or {}),
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        ) as child:
            try:
                out, err = child.communicate(timeout=self.limit)
            except subprocess.TimeoutExpired:
                child.kill()
                raise TooLong from None
        seconds = time.perf_counter() - start
        if child.returncode == missing:
            raise Missing(err.strip().splitlines()[-1].removeprefix("missing: "))
        if child.returncode != 0:
            raise Failed((err.strip().splitlines() or [f"exit status {child.returncode}"])[-1])
        return seconds, out

    def worker(self, peer):
        return [sys.executable, here / "worker.py", peer]

    def folder_of(self, task, parameters, size, precision):
        """Where the arrays of a case lie, and what parameters follow from them. Only those of the last case are kept."""
        key = (task, json.dumps(parameters), size, precision)
        if key not in self.folders:
            arrays, more = cases.arrays_of(task, parameters, size, precision)
            folder = Path(tempfile.mkdtemp(dir=self.scratch))
            for name, values in arrays.items():
                numpy.save(folder / (name + ".npy"), values)
            self.folders[key] = folder, parameters | more
        return self.folders[key]

    def forget_arrays(self):
        for folder, _ in self.folders.values():
            for file in folder.iterdir():
                file.unlink()
        self.folders, self.references = {}, {}

    def run(self, command, case, size, setting, precision=None, repetitions=None, cores=None, environment=None):
        """Runs one entry: its figures, answers, and the seconds of its whole process."""
        folder, parameters = self.folder_of(case.task, case.parameters, size, precision or case.precision)
        said = {
            "task": case.task,
            "precision": precision or case.precision,
            "repetitions": self.repetitions if repetitions is None else repetitions,
            "budget": self.budget,
            "rows_compared": self.rows_compared,
            "parameters": parameters | {"setting": setting},
        }
        (folder / "case.json").write_text(json.dumps(said))
        for file in [folder / "result.json", *folder.glob("answer_*")]:
            file.unlink(missing_ok=True)
        seconds, _ = self.process([*command, folder], cores, environment)
        answers = {file.stem.removeprefix("answer_"): numpy.load(file) for file in folder.glob("answer_*")}
        result = json.loads((folder / "result.json").read_text()) if (folder / "result.json").exists() else {}
        return result, answers, seconds

    def ours(self, case, size, setting="", **how):
        return self.run([self.programs / ("peers_" + case.task)], case, size, setting, **how)

    def reference(self, case, size):
        """This project's answers in double."""
        if size not in self.references:
            self.references[size] = self.ours(case, size, precision="float64", repetitions=0)[1]
        return self.references[size]

    def row(self, task, case, who, setting, size, cores, result, answers):
        return Row(
            case.task,
            case.label,
            case.precision,
            who,
            setting,
            size,
            cores,
            result["seconds"],
            task.units(size),
            difference=difference(answers, self.reference(case, size)),
            tolerance=case.tolerance,
            before=result["before"],
            peak=result["peak"],
        )

    def our_rows(self, task, case):
        told = blas_kernels()
        ways = [("", {}), ("one core", {"cores": 1})]
        if task.uses_blas and told:
            ways.append((f"OPENBLAS_CORETYPE={told}", {"environment": {"OPENBLAS_CORETYPE": told}}))
        for setting in task.settings:
            for way, how in ways:
                if setting == "refined" and case.precision != "float64":
                    continue
                result, answers, _ = self.ours(case, case.size, setting, **how)
                cores = how.get("cores") or len(self.cores)
                yield self.row(
                    task, case, cases.wide, ", ".join(filter(None, (setting, way))), case.size, cores, result, answers
                )

    def peer_row(self, task, case, entry):
        size, note = entry.sizes.get(case.label, case.size), ""
        while True:
            try:
                result, answers, _ = self.run(self.worker(entry.peer), case, size, entry.setting)
                row = self.row(task, case, entry.peer, entry.setting, size, len(self.cores), result, answers)
                return replace(row, note="" if size == case.size else f"measured at {text_of_size(size)}")
            except TooLong:
                if halved(size) == size:
                    note = f"more than {self.limit} s at {text_of_size(size)}"
                size = halved(size)
            except Missing as problem:
                note = f"MISSING: {problem}"
            except Failed as problem:
                note = f"FAILED: {problem}"
            if note:
                return Row(
                    case.task, case.label, case.precision, entry.peer, entry.setting, size, len(self.cores), note=note
                )

    def rows_of(self, task, case, peers):
        ours = list(self.our_rows(task, case))
        others = [self.peer_row(task, case, entry) for entry in task.peers if entry.peer in peers and entry.only(case)]
        # Once more, after the peers: a noisy neighbour does not stay for all of it.
        result, _, _ = self.ours(case, case.size)
        first = ours[0] = replace(ours[0], seconds=min(ours[0].seconds, result["seconds"]))
        for row in ours + others:
            if row.seconds:
                row.ratio = (row.seconds / row.units) / (first.seconds / first.units)
        self.forget_arrays()
        return ours + others

    def first_use_rows(self, quick, peers):
        build = json.loads((self.programs / "build.json").read_text())
        for task, parameters, size, entries, answers in cases.first_uses(quick):
            case = cases.Case(task, "", "float32", size, parameters)
            reference = {name: self.reference(case, size)[name] for name in answers}
            rows = {"cold": [], "warm": []}

            def add(when, who, setting, measured):
                row = Row(
                    "first use", f"{task}, {when}", "float32", who, setting, size, len(self.cores), tolerance=2e-2
                )
                try:
                    row.seconds, made = measured()
                    row.difference = difference(made, reference)
                except (TooLong, Missing, Failed) as problem:
                    row.note = (
                        f"MISSING: {problem}" if isinstance(problem, Missing) else f"FAILED: {problem or 'too long'}"
                    )
                rows[when].append(row)

            for compiler in build["compilers"][: 1 if quick else None]:
                program = self.scratch / f"first_use_{task}"
                source = here / "first_use" / f"{task}.cpp"
                compiling, _ = self.process([compiler, *build["flags"], source, "-o", program, *build["libraries"]])

                def again():
                    _, made, seconds = self.run([program], case, size, "")
                    return seconds, made

                def compiled_first():
                    seconds, made = again()
                    return compiling + seconds, made

                add("cold", cases.wide, Path(compiler).name, compiled_first)
                add("warm", cases.wide, Path(compiler).name, again)
            for entry in entries:
                if entry.peer not in peers:
                    continue
                with tempfile.TemporaryDirectory(dir=self.scratch) as caches:
                    fresh = {"NUMBA_CACHE_DIR": caches, "KEOPS_CACHE_FOLDER": caches}

                    def used():
                        _, made, seconds = self.run(
                            self.worker(entry.peer), case, size, entry.setting, repetitions=0, environment=fresh
                        )
                        return seconds, made

                    add("cold", entry.peer, entry.setting, used)
                    add("warm", entry.peer, entry.setting, used)
            for some in rows.values():
                for row in some:
                    if row.seconds:
                        row.ratio = row.seconds / some[0].seconds
                yield from some
            self.forget_arrays()

    def bad_input(self, peers):
        """What each does, by what it was given."""
        folder = Path(tempfile.mkdtemp(dir=self.scratch))
        for name, values in cases.bad_arrays().items():
            numpy.save(folder / (name + ".npy"), values)
        said = {"task": "bad_input", "precision": "float32", "repetitions": 0, "budget": 0, "rows_compared": 1}
        (folder / "case.json").write_text(json.dumps(said | {"parameters": {"setting": ""}}))
        outcomes = {}
        for who in [cases.wide] + [peer for peer in cases.bad_input_peers if peer in peers]:
            say(f"bad input, {who}")
            try:
                command = [self.programs / "peers_bad_input"] if who == cases.wide else self.worker(who)
                self.process([*command, folder])
                told = json.loads((folder / "result.json").read_text())["outcomes"]
            except Missing as problem:
                told = {"": f"MISSING: {problem}"}
            for case, text in told.items():
                outcomes.setdefault(case, []).append((who, text))
        return outcomes

    def versions(self, peers):
        """What is installed of each peer, or why it is missing."""
        found = {}
        for peer in peers:
            try:
                found[peer] = json.loads(self.process([*self.worker(peer), "--versions"])[1].splitlines()[-1])
            except (Missing, Failed) as problem:
                found[peer] = str(problem)
        return found


def blas_kernels():
    """The kernels that ./dev tells OpenBLAS to use; Debian's knows newer processors by no name, and takes them for old ones."""
    flags = Path("/proc/cpuinfo").read_text().split()
    return "SkylakeX" if "avx512dq" in flags else "Haswell" if "avx2" in flags else ""


def main():
    every = {task.name: task for task in cases.tasks(False)}
    names = [*every, "first_use", "bad_input"]
    peers = sorted({entry.peer for task in every.values() for entry in task.peers} | set(cases.bad_input_peers))
    parser = argparse.ArgumentParser(
        prog="./dev bench peers", description="This project beside its peers, on the same arrays."
    )
    parser.add_argument("--task", action="append", choices=names, help="only this task (may be said several times)")
    parser.add_argument("--peer", action="append", choices=peers, help="only this peer (may be said several times)")
    parser.add_argument("--list", action="store_true", help="tell tasks, their cases and peers, and end")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: whether everything works, not how fast it is")
    parser.add_argument("--threads", type=int, default=0, help="cores that every process may use (all)")
    parser.add_argument(
        "--limit",
        type=float,
        default=150,
        help="seconds of one process; where a peer needs more, its size is halved (150)",
    )
    parser.add_argument("--repetitions", type=int, default=7, help="the fastest of so many counts (7)")
    parser.add_argument("--budget", type=float, default=2, help="seconds after which no repetition is begun (2)")
    parser.add_argument("--json", help="also write rows to this file")
    parser.add_argument("--markdown", help="also write the page to this file")
    parser.add_argument(
        "--programs", default="build/bench-gcc-native/benchmarks/peers", help="the folder of peers_gram, ..."
    )
    arguments = parser.parse_args()
    if arguments.list:
        print(page.listing(cases.tasks(arguments.quick)))
        return 0
    wanted, peers = arguments.task or names, arguments.peer or peers
    rows, outcomes = [], {}
    with tempfile.TemporaryDirectory(prefix="peers-") as scratch:
        bench = Bench(arguments, scratch)
        versions = bench.versions(peers)
        for peer, found in versions.items():
            say(
                f"{peer}: "
                + (
                    ", ".join(f"{name} {version}" for name, version in found.items())
                    if isinstance(found, dict)
                    else f"MISSING: {found}"
                )
            )
        begun = time.perf_counter()
        print(page.head_of_table())

        def show(some):
            for row in some:
                rows.append(row)
                print(page.line(row), flush=True)

        for task in cases.tasks(arguments.quick):
            if task.name in wanted:
                for k, case in enumerate(task.cases):
                    say(
                        f"{task.name}, {case.label}, {case.precision} ({k + 1} of {len(task.cases)}; {time.perf_counter() - begun:.0f} s so far)"
                    )
                    show(bench.rows_of(task, case, peers))
        if "first_use" in wanted:
            say("first use")
            show(bench.first_use_rows(arguments.quick, peers))
        if "bad_input" in wanted:
            outcomes = bench.bad_input(peers)
            print(page.text_of_outcomes(outcomes))
        say(f"{time.perf_counter() - begun:.0f} s")
        if arguments.json:
            Path(arguments.json).write_text(
                json.dumps({"rows": [vars(row) for row in rows], "outcomes": outcomes, "versions": versions}, indent=1)
                + "\n"
            )
        if arguments.markdown:
            Path(arguments.markdown).write_text(
                page.text(rows, outcomes, versions, cases.tasks(arguments.quick), arguments, len(bench.cores))
            )
    apart = [row for row in rows if not row.agrees]
    failed = [row for row in rows if row.note.startswith("FAILED")]
    for row in apart:
        say(
            f"DISAGREES: {row.task}, {row.label}, {row.precision}, {row.who} {row.setting}: {row.difference:.2g} > {row.tolerance:g}"
        )
    for row in failed:
        say(f"{row.task}, {row.label}, {row.precision}, {row.who} {row.setting}: {row.note}")
    return 1 if apart or failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as problem:
        sys.exit(f"peers: this project's own program failed: {problem}")
