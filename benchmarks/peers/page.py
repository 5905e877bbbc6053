"""What peers.py prints, and docs/performance/peers.md."""

import json
import platform
from pathlib import Path

columns = [
    "task",
    "case",
    "precision",
    "who",
    "size",
    "cores, busy",
    "time",
    "peer / ours",
    "difference, diagonal",
    "MiB, of them before",
]
widths = [10, 32, 9, 34, 10, 11, 10, 11, 20, 20]


def size_of(size):
    return " x ".join(map(str, size))


def time_of(seconds):
    for unit, scale in (("s", 1), ("ms", 1e3), ("us", 1e6)):
        if seconds * scale >= 1:
            break
    return f"{seconds * scale:.3g} {unit}"


def apart_of(row):
    if row.difference is None:
        return ""
    diagonal = "" if row.on_diagonal is None else f", {row.on_diagonal:.1e}"
    return f"{row.difference:.1e}{diagonal}" + ("" if row.agrees else " DISAGREES")


def who_of(row):
    return row.who + (f", {row.setting}" if row.setting else "")


def cells(row):
    begin = [row.task, row.label, row.precision, who_of(row), size_of(row.size)]
    if row.seconds is None:
        return begin + [str(row.cores), row.note, "", "", ""]
    # Where a peer was measured at a smaller size, its ratio is that of a pair, an entry, a sample.
    ratio = ("" if row.ratio is None else f"{row.ratio:.3g}") + (f", a unit of work; {row.note}" if row.note else "")
    busy = "" if row.busy is None else f", {row.busy:.1f}"
    memory = "" if row.peak is None else f"{row.peak:.0f}, {row.before:.0f}"
    return begin + [f"{row.cores}{busy}", time_of(row.seconds), ratio, apart_of(row), memory]


def head_of_table():
    return "  ".join(text.ljust(width) for text, width in zip(columns, widths)).rstrip()


def line(row):
    return "  ".join(text.ljust(width) for text, width in zip(cells(row), widths)).rstrip()


def text_of_outcomes(outcomes):
    return "\n".join(
        f"\n{case or 'not asked'}\n" + "\n".join(f"    {who:<18} {text}" for who, text in told)
        for case, told in outcomes.items()
    )


def listing(tasks):
    text = []
    for task in tasks:
        text.append(f"{task.name}: {task.title}")
        for label, size in dict.fromkeys((case.label, case.size) for case in task.cases):
            text.append(f"    {label}, {size_of(size)}")
        text.append("    with " + "; ".join(f"{entry.peer}, {entry.setting}" for entry in task.peers))
    return "\n".join(
        [
            *text,
            "first_use: seconds from nothing to the first result",
            "bad_input: NaN, indefinite and singular matrices",
        ]
    )


# What was expected before anything was measured: task, beginning of the label, precision, peer, its setting or None (the best of
# them counts, case by case), and how many times this project's time the peer's has to be.
expected = [
    ("gram", "d = 784, L = 10", "float32", "neural_tangents", None, 40),
    ("gram", "d = 10, L = 10", "float32", "neural_tangents", None, 150),
    ("gram", "d = 784, L = 3", "float32", "numpy", "tiles", 1.8),
    ("gram", "d = 784, L = 3", "float32", "numba", "tiles", 1.8),
    ("gram", "d = 10, L = 10", "float32", "numpy", "tiles", 5),
    ("gram", "d = 10, L = 10", "float32", "numba", "tiles", 5),
    ("images", "21 layers, GAP", "float32", "neural_tangents", None, 300),
    ("images", "Myrtle-5", "float32", "neural_tangents", None, 100),
    ("network", "", "float32", "jax", None, 1),
    ("network", "", "float32", "torch", None, 2),
]


def of_expected(rows):
    """For each line: what it is about, the bound, what was measured, where that was, what was not measured, and whether the peer
    is better off in double."""
    for task, label, precision, peer, setting, bound in expected:
        about = [
            row
            for row in rows
            if (row.task, row.precision, row.who) == (task, precision, peer)
            and row.label.startswith(label)
            and setting in (None, row.setting)
        ]
        some = [row for row in about if row.ratio is not None]
        without = dict.fromkeys(
            f"{row.setting}, {size_of(row.size)}: {row.note}"
            for row in about
            if row.ratio is None or "TOO LONG" in row.note or "OUT OF MEMORY" in row.note
        )
        who = peer + (f", {setting}" if setting else "")
        if some:
            least = min(some, key=lambda row: row.ratio)
            measured, where = f"{least.ratio:.3g}", f"{least.label}, {size_of(least.size)}"
            remarks = ([] if least.ratio >= bound else ["MISSED"]) + [*without]
            same = lambda row: (row.task, row.label, row.size, row.who, row.setting)
            for row in rows:
                if same(row) == same(least) and row.precision == "float64" and row.seconds and row.seconds < least.seconds:
                    remarks.append(f"in double the peer takes {time_of(row.seconds)}, not {time_of(least.seconds)}")
        else:
            kinds = dict.fromkeys(row.note or "this project has no time" for row in about)
            measured, where, remarks = "not measured: " + ("; ".join(kinds) or "not asked for"), "", []
        yield (task, label or "all nets", precision, who), bound, (measured, where, "; ".join(remarks))


def lost(rows):
    return [row for row in rows if row.who != "wide" and row.ratio is not None and row.ratio < 1]


openblas = (
    "this project calls the OpenBLAS of the system, which may not know this processor, SciPy brings a newer one: see the rows "
    "that tell it by OPENBLAS_CORETYPE, as `./dev` does"
)
whole_depth = (
    "sums run over the whole depth of 2048, as layers are fused: what a block of samples and a panel of weights read is then more "
    "than the second-level cache, where BLAS cuts the depth"
)
few_blocks = (
    "within the noise of this machine; samples go through all layers in six blocks, which divide less evenly between cores than "
    "products do"
)
short = "a call too short for a second core to save much: see the row of one core"
loop = (
    "the loop is compiled as one, calls nothing and checks nothing; a call here looks whether samples, outputs and the gradient are "
    "finite"
)
# Where this project is the slower one, why: task, peer, setting, beginning of the label. What is empty is any.
reasons = {
    ("network", "", "", "784-2048"): whole_depth,
    ("network", "", "", "784-512"): few_blocks,
    ("network", "torch", "", "64-64-64-1, forward"): short,
    ("network", "jax", "compiled loop", "64-64-64-1"): loop,
    ("regression", "scipy", "solve", ""): f"both are LAPACK's Cholesky; {openblas}",
    ("regression", "scipy", "cho_factor, unchecked", ""): (
        f"both are LAPACK's Cholesky, and this project looks whether numbers are finite, and at pivots; {openblas}"
    ),
    ("regression", "scikit_learn", "", ""): f"it calls SciPy's solver; {openblas}",
    (
        "product",
        "keops",
        "",
        "Gaussian",
    ): "this project's products are OpenBLAS's (see the row with OPENBLAS_CORETYPE) and its exponentials `std::exp`, one at a "
    "time",
    ("first use", "", "", "cold"): "a compiler reads all headers of the library, and compiles, before the first result",
}
not_known = "not known"


def reason_of(row):
    for (task, peer, setting, label), why in reasons.items():
        if row.task == task and peer in ("", row.who) and setting in ("", row.setting) and row.label.startswith(label):
            return why
    return not_known


def said_of_processor(field):
    for text in Path("/proc/cpuinfo").read_text().splitlines():
        if text.startswith(field):
            return text.split(":", 1)[1].strip()
    return ""


def table(head, rows):
    cut = lambda cell: cell.replace("|", "\\|")
    return "\n".join(
        ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
        + ["| " + " | ".join(map(cut, row)) + " |" for row in rows]
    )


def made_with(arguments, cores):
    """The machine and the settings of a run, in a sentence or two."""
    build = json.loads((Path(arguments.programs) / "build.json").read_text())
    return (
        f"{said_of_processor('model name') or platform.processor()}, {cores} cores; "
        f"{build['compiler']}, {' '.join(build['flags_of_the_machine'])}. The fastest of {arguments.repetitions} repetitions, "
        f"none begun after {arguments.budget:g} s; at most {arguments.limit:g} s a process."
        + (" Tiny sizes: whether everything works, not how fast it is." if arguments.quick else "")
    )


def text(rows, outcomes, versions, tasks, made_with, days):
    """`days`: when each task was measured."""
    parts = [(Path(__file__).parent / "page.head.md").read_text().rstrip(), made_with]
    at = {day: ", ".join(name for name, that in days.items() if that == day) for day in sorted(set(days.values()))}
    parts.append("Measured on " + "; on ".join(f"{day}: {names}" for day, names in at.items()) + ".")
    known = {row.task.replace(" ", "_") for row in rows} | ({"bad_input"} if outcomes else set())
    if absent := [name for name in [*(task.name for task in tasks), "first_use", "bad_input"] if name not in known]:
        parts.append("Not measured: " + ", ".join(absent) + ".")
    missing = [f"{peer}, {why}" for peer, why in versions.items() if not isinstance(why, dict)]
    packages = {
        name: version for found in versions.values() if isinstance(found, dict) for name, version in found.items()
    }
    parts.append("Installed: " + ", ".join(f"{name} {version}" for name, version in sorted(packages.items())) + ".")
    if said_of_processor("vendor_id") != "GenuineIntel":
        parts.append(
            "torch runs as installed: its products are MKL's, which takes other kernels where a processor is not Intel's."
        )
    kernels = dict.fromkeys(
        f"{row.kernels} ({row.setting or 'as installed'})"
        for row in rows
        if row.kernels and (not row.setting or row.setting.startswith("OPENBLAS"))
    )
    if kernels:
        parts.append("This project's vectors: " + "; ".join(kernels) + ".")
    parts.append("Peers without figures: " + ("; ".join(missing) if missing else "none") + ".")
    parts.append("## Tasks\n" + "\n".join(f"- `{task.name}`: {task.title}" for task in tasks))
    parts.append("## Expected, and measured\nThe least of the ratios that a line is about, and where it was.")
    parts.append(
        table(
            ["task", "case", "precision", "peer", "expected", "measured", "where", ""],
            [[*about, f">= {bound:g}", *found] for about, bound, found in of_expected(rows)],
        )
    )
    if losses := lost(rows):
        parts.append("## Where a peer is faster")
        parts.append(
            table(
                ["task", "case", "precision", "peer", "peer / ours", "why"],
                [
                    [
                        row.task,
                        f"{row.label}, {size_of(row.size)}",
                        row.precision,
                        f"{row.who}, {row.setting}",
                        f"{row.ratio:.3g}",
                        reason_of(row),
                    ]
                    for row in losses
                ],
            )
        )
    if rows:
        parts.append("## All figures")
        parts.append(table(columns, map(cells, rows)))
    if outcomes:
        parts.append("## Bad input")
        parts.append(
            table(
                ["given", "who", "what it does"],
                [[case or "not asked", who, said] for case, told in outcomes.items() for who, said in told],
            )
        )
    return "\n\n".join(parts) + "\n"
