#!/usr/bin/env python3
"""This project beside its peers, on the same arrays, on this machine: ./dev bench peers [--help].

Every entry runs in a process of its own, one after the other. Answers have to agree, or the run fails.
"""

import argparse
import json
import os
import re
import signal
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
    from worker import missing
except ImportError as problem:
    sys.exit(
        f"peers: {problem}: the harness itself needs NumPy (benchmarks/peers/environment.sh FOLDER, or Debian's python3-numpy)"
    )

# Variables that choose kernels, threads, memory's allocator or a compiler and its flags, of one side or the other.
pinning = re.compile(
    "(OPENBLAS|MKL|BLIS|NVPL|OMP|GOTO|KMP|DNNL|ONEDNN|NUMEXPR|VECLIB|XLA|JAX|TF|NUMBA|NPY|TORCH|KEOPS"
    "|CXX|CFLAGS|CPPFLAGS|LDFLAGS|GLIBC_TUNABLES|MALLOC_)"
)


@dataclass
class Row:
    """A line of the table. `seconds` is None where there is nothing but `note`. `busy` is how many cores worked, on average."""

    task: str
    label: str
    precision: str
    who: str
    setting: str
    size: tuple
    cores: int
    seconds: float = None
    busy: float = None
    units: float = 1
    ratio: float = None
    difference: float = None
    tolerance: float = None
    on_diagonal: float = None
    of_equal: float = None  # the tolerance of a Gram's diagonal, where that is apart
    before: float = None
    peak: float = None
    kernels: str = ""
    note: str = ""

    @property
    def agrees(self):
        pairs = (self.difference, self.tolerance), (self.on_diagonal, self.of_equal)
        return all(apart is None or apart <= bound for apart, bound in pairs)

    @property
    def name(self):
        who = self.who + (f" {self.setting}" if self.setting else "")
        return f"{self.task}, {self.label}, {self.precision}, {who}"


def say(text):
    print("peers: " + text, file=sys.stderr, flush=True)


def difference(one, other, places=lambda values: ...):
    """The largest difference of two sets of arrays, relative to the largest value of each array; of some places, or of all."""
    worst = 0.0
    for name, expected in other.items():
        if name not in one or one[name].shape != expected.shape:
            return numpy.inf
        apart = numpy.abs(one[name].astype("float64") - expected.astype("float64"))[places(expected)]
        largest = numpy.max(apart, initial=0)
        worst = max(worst, float(largest / numpy.max(numpy.abs(expected)))) if numpy.isfinite(largest) else numpy.inf
    return worst


def diagonal(values):
    """Where the diagonal of a square matrix is, of which an answer has some rows only: see worker.py."""
    kept, count = values.shape
    return numpy.arange(count) == (numpy.arange(kept) * count // kept)[:, None]


def compared(answers, reference, tolerance, of_equal=None):
    """The fields of a row that say how far its answers are from those in double."""
    if of_equal is None:
        return {"difference": difference(answers, reference), "tolerance": tolerance}
    return {
        "difference": difference(answers, reference, lambda values: ~diagonal(values)),
        "tolerance": tolerance,
        "on_diagonal": difference(answers, reference, diagonal),
        "of_equal": of_equal,
    }


def halved(size):
    """The largest of the sizes, halved."""
    largest = size.index(max(size))
    return tuple(max(n // 2, 1) if k == largest else n for k, n in enumerate(size))


class NotMeasured(Exception):
    """Why an entry has no figures. The table says so, and the next entry has its turn."""

    kind = ""

    def __str__(self):
        return f"{self.kind}: {super().__str__()}"


class Missing(NotMeasured):
    kind = "MISSING"


class Failed(NotMeasured):
    kind = "FAILED"


class TooLarge(NotMeasured):
    """A smaller size may do."""


class TooLong(TooLarge):
    kind = "TOO LONG"


class OutOfMemory(TooLarge):
    kind = "OUT OF MEMORY"


class NotChecked(NotMeasured):
    kind = "NOT CHECKED"


def last_line(text, otherwise):
    return (text.strip().splitlines() or [otherwise])[-1]


class Bench:
    def __init__(self, arguments, scratch):
        self.programs, self.limit = Path(arguments.programs).absolute(), arguments.limit
        self.repetitions, self.budget = arguments.repetitions, arguments.budget
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
        self.folders, self.references, self.absent = {}, {}, {}

    def process(self, command, cores=None, environment=None):
        """Seconds, and what was printed."""
        cores = self.cores[:cores]
        start = time.perf_counter()
        try:
            child = subprocess.Popen(
                list(map(str, command)),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                env=self.environment | (environment or {}),
                preexec_fn=lambda: os.sched_setaffinity(0, cores),
                start_new_session=True,
            )
        except OSError as problem:
            raise Failed(f"{command[0]}: {problem.strerror}") from None
        with child:
            try:
                out, err = child.communicate(timeout=self.limit)
            except BaseException as problem:
                # With all that it has begun: a peer's compiler, for one.
                os.killpg(child.pid, signal.SIGKILL)
                if isinstance(problem, subprocess.TimeoutExpired):
                    raise TooLong(f"more than {self.limit:g} s") from None
                raise
        seconds = time.perf_counter() - start
        if child.returncode == missing:
            raise Missing(last_line(err, "it does not say why").removeprefix("missing: "))
        if child.returncode != 0:
            why = last_line(err, f"exit status {child.returncode}")
            refused = re.search("MemoryError|RESOURCE_EXHAUSTED|bad_alloc", why)
            raise (OutOfMemory if refused or child.returncode == -signal.SIGKILL else Failed)(why)
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
            try:
                self.references[size] = self.ours(case, size, precision="float64", repetitions=0)[1]
            except NotMeasured as problem:
                self.references[size] = problem
        if isinstance(self.references[size], NotMeasured):
            raise NotChecked(f"this project has no answers in double. {self.references[size]}")
        return self.references[size]

    def row(self, task, case, who, setting, size, cores, run):
        """What `run` measures, or why it could not."""
        row = Row(case.task, case.label, case.precision, who, setting, size, cores, units=task.units(size))
        try:
            result, answers, _ = run()
            if "seconds" not in result:
                raise Failed("it wrote no result")
            if who != cases.wide:
                apart = compared(answers, self.reference(case, size), case.tolerance, case.of_equal)
            elif case.precision == "float64" and not setting:
                apart = {}  # These are what all others are compared with.
            else:
                apart = compared(answers, self.reference(case, size), min(case.tolerance, cases.own[case.precision]))
            figures = {name: result[name] for name in ("seconds", "busy", "before", "peak")}
            return replace(row, **figures, **apart, kernels=result.get("kernels", ""))
        except TooLarge as problem:
            if who != cases.wide and halved(size) != size:
                raise
            return replace(row, note=f"{problem}")
        except NotMeasured as problem:
            return replace(row, note=f"{problem}")

    def our_rows(self, task, case):
        told = blas_kernels()
        ways = [("", {}), ("one core", {"cores": 1})]
        if task.uses_blas and told:
            ways.append((f"OPENBLAS_CORETYPE={told}", {"environment": {"OPENBLAS_CORETYPE": told}}))
        for setting in task.settings:
            for way, how in ways:
                if setting == "refined" and case.precision != "float64":
                    continue
                yield self.row(
                    task,
                    case,
                    cases.wide,
                    ", ".join(filter(None, (setting, way))),
                    case.size,
                    how.get("cores") or len(self.cores),
                    lambda: self.ours(case, case.size, setting, **how),
                )

    def peer_row(self, task, case, entry):
        def run():
            if entry.peer in self.absent:
                raise self.absent[entry.peer]
            return self.run(self.worker(entry.peer), case, size, entry.setting)

        size, too_large = entry.sizes.get(case.label, case.size), []
        while True:
            try:
                row = self.row(task, case, entry.peer, entry.setting, size, len(self.cores), run)
            except TooLarge as problem:
                too_large.append(f"{problem} at {page.size_of(size)}")
                size = halved(size)
                continue
            if row.seconds and size != case.size:
                row.note = "; ".join([f"measured at {page.size_of(size)}", *too_large])
            return row

    def rows_of(self, task, case, peers):
        """Each entry has one turn, this project's as the others."""
        ours = list(self.our_rows(task, case))
        others = [self.peer_row(task, case, entry) for entry in task.peers if entry.peer in peers and entry.only(case)]
        first = ours[0]
        for row in ours + others:
            if row.seconds and first.seconds:
                row.ratio = (row.seconds / row.units) / (first.seconds / first.units)
        self.forget_arrays()
        return ours + others

    def first_use_rows(self, quick, peers):
        build = json.loads((self.programs / "build.json").read_text())
        for case, entries, answer in cases.first_uses(quick):
            rows = {"cold": [], "warm": []}

            def add(when, who, setting, measured, tolerance, of_equal=None):
                row = Row("first use", f"{when}: {case.task}", "float32", who, setting, case.size, len(self.cores))
                try:
                    if who in self.absent:
                        raise self.absent[who]
                    seconds, made = measured()
                    reference = {answer: self.reference(case, case.size)[answer]}
                    row = replace(row, seconds=seconds, **compared(made, reference, tolerance, of_equal))
                except NotMeasured as problem:
                    row.note = f"{problem}"
                rows[when].append(row)

            flags = build["flags"] + (["-O0"] if quick else [])
            for compiler in build["compilers"][: 1 if quick else None]:
                program = self.scratch / f"first_use_{case.task}_{Path(compiler).name}"
                source = here / "first_use" / f"{case.task}.cpp"

                def again():
                    _, made, seconds = self.run([program], case, case.size, "")
                    return seconds, made

                def compiled_first():
                    command = [compiler, *flags, source, "-o", program, *build["libraries"]]
                    compiling, _ = self.process(command)
                    seconds, made = again()
                    return compiling + seconds, made

                tolerance = cases.own["float32"]
                add("cold", cases.wide, Path(compiler).name, compiled_first, tolerance)
                add("warm", cases.wide, Path(compiler).name, again, tolerance)
            for entry in entries:
                if entry.peer not in peers:
                    continue
                with tempfile.TemporaryDirectory(dir=self.scratch) as caches:
                    fresh = {
                        "NUMBA_CACHE_DIR": caches,
                        "KEOPS_CACHE_FOLDER": caches,
                        "JAX_COMPILATION_CACHE_DIR": caches,
                        # By itself JAX keeps only what took long to compile.
                        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
                        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
                    }

                    def used():
                        _, made, seconds = self.run(
                            self.worker(entry.peer), case, case.size, entry.setting, repetitions=0, environment=fresh
                        )
                        return seconds, made

                    add("cold", entry.peer, entry.setting, used, case.tolerance, case.of_equal)
                    add("warm", entry.peer, entry.setting, used, case.tolerance, case.of_equal)
            for some in rows.values():
                for row in some:
                    if row.seconds and some[0].seconds:
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
                if who in self.absent:
                    raise self.absent[who]
                (folder / "result.json").unlink(missing_ok=True)
                command = [self.programs / "peers_bad_input"] if who == cases.wide else self.worker(who)
                self.process([*command, folder])
                if not (folder / "result.json").exists():
                    raise Failed("it wrote no result")
                told = json.loads((folder / "result.json").read_text())["outcomes"]
            except NotMeasured as problem:
                told = {"": f"{problem}"}
            for case, text in told.items():
                outcomes.setdefault(case, []).append((who, text))
        return outcomes

    def versions(self, peers):
        """What is installed of each peer, or why it is missing. What is, is not asked for anything later on."""
        found = {}
        for peer in peers:
            try:
                _, printed = self.process([*self.worker(peer), "--versions"])
                found[peer] = json.loads(last_line(printed, "{}"))
            except NotMeasured as problem:
                self.absent[peer], found[peer] = problem, f"{problem}"
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
    parser.add_argument("--repetitions", type=int, default=30, help="the fastest of so many counts (30)")
    parser.add_argument("--budget", type=float, default=1, help="seconds after which no repetition is begun (1)")
    parser.add_argument("--json", help="also write rows to this file")
    parser.add_argument("--keep", help="tasks that are not asked for are as this file, an earlier --json, has them")
    parser.add_argument("--markdown", help="also write the page to this file")
    parser.add_argument(
        "--programs", default="build/bench-gcc-native/benchmarks/peers", help="the folder of peers_gram, ..."
    )
    arguments = parser.parse_args()
    if arguments.list:
        print(page.listing(cases.tasks(arguments.quick)))
        return 0
    if arguments.quick:
        arguments.repetitions, arguments.budget = 2, 0.2
    wanted, peers = arguments.task or names, arguments.peer or peers
    order = [*every, "first use"]
    rows, outcomes = [], {}
    with tempfile.TemporaryDirectory(prefix="peers-") as scratch:
        bench = Bench(arguments, scratch)
        versions = bench.versions(peers)
        for peer, found in versions.items():
            told = found if isinstance(found, str) else ", ".join(f"{name} {version}" for name, version in found.items())
            say(f"{peer}: {told}")
        made_with = page.made_with(arguments, len(bench.cores))
        days = {name: time.strftime("%Y-%m-%d") for name in wanted}
        if arguments.keep:
            rows, outcomes, earlier = kept(arguments.keep, wanted, {"made with": made_with, "versions": versions})
            days |= earlier
        begun = time.perf_counter()
        print(page.head_of_table())

        def show(some):
            for row in some:
                rows.append(row)
                print(page.line(row), flush=True)

        def save():
            """After each task: what comes later may not come."""
            rows.sort(key=lambda row: order.index(row.task))
            if arguments.json:
                told = {"rows": [vars(row) for row in rows], "outcomes": outcomes, "versions": versions}
                told |= {"made with": made_with, "days": days}
                Path(arguments.json).write_text(json.dumps(told, indent=1) + "\n")
            if arguments.markdown:
                Path(arguments.markdown).write_text(
                    page.text(rows, outcomes, versions, cases.tasks(arguments.quick), made_with, days)
                )

        for task in cases.tasks(arguments.quick):
            if task.name in wanted:
                for k, case in enumerate(task.cases):
                    so_far = f"{k + 1} of {len(task.cases)}; {time.perf_counter() - begun:.0f} s so far"
                    say(f"{task.name}, {case.label}, {case.precision} ({so_far})")
                    show(bench.rows_of(task, case, peers))
                save()
        if "first_use" in wanted:
            say("first use")
            show(bench.first_use_rows(arguments.quick, peers))
            save()
        if "bad_input" in wanted:
            outcomes |= bench.bad_input(peers)
            print(page.text_of_outcomes(outcomes))
            save()
        say(f"{time.perf_counter() - begun:.0f} s")
    return 1 if complaints(rows, outcomes, arguments) else 0


def kept(file, wanted, now):
    """What an earlier run found out about tasks that are not wanted anew, and when, if it was made as this one is."""
    try:
        earlier = json.loads(Path(file).read_text())
    except (OSError, ValueError) as problem:
        sys.exit(f"peers: --keep {file}: {problem}")
    for what, this in now.items():
        if earlier.get(what) != this:
            sys.exit(f"peers: {file} was made otherwise: {what}: {earlier.get(what)}; now {this}")
    rows = [Row(**{**row, "size": tuple(row["size"])}) for row in earlier["rows"]]
    outcomes = {case: [tuple(pair) for pair in told] for case, told in earlier["outcomes"].items()}
    left = [row for row in rows if row.task.replace(" ", "_") not in wanted]
    days = {name: day for name, day in earlier["days"].items() if name not in wanted}
    return left, {} if "bad_input" in wanted else outcomes, days


def complaints(rows, outcomes, arguments):
    """Says what must not stay as it is, and whether there was anything."""
    said = []
    for row in rows:
        if row.note and not row.seconds and row.who == cases.wide:
            said.append(f"{row.name}: this project itself: {row.note}")
        elif row.note.startswith((Failed.kind, NotChecked.kind)):
            said.append(f"{row.name}: {row.note}")
        elif not row.agrees:
            said.append(f"DISAGREES: {row.name}: {page.apart_of(row)}")
    for who, text in outcomes.get("", []):
        if who == cases.wide:
            said.append(f"bad input: this project itself: {text}")
        elif not text.startswith(Missing.kind):
            said.append(f"bad input, {who}: {text}")
    # A page that is kept says why this project is the slower one. Tiny sizes say nothing about that.
    if arguments.markdown and not arguments.quick:
        for row in page.lost(rows):
            if page.reason_of(row) == page.not_known:
                said.append(f"slower than a peer, and benchmarks/peers/page.py has no reason: {row.name}, {row.ratio:.2g}")
    for text in said:
        say(text)
    return said


if __name__ == "__main__":
    sys.exit(main())
