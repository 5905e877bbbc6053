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
    "cores",
    "time",
    "peer / ours",
    "difference",
    "MiB, of them before",
]
widths = [10, 32, 9, 34, 10, 5, 10, 11, 10, 20]


def size_of(size):
    return " x ".join(map(str, size))


def time_of(seconds):
    for unit, scale in (("s", 1), ("ms", 1e3), ("us", 1e6)):
        if seconds * scale >= 1:
            break
    return f"{seconds * scale:.3g} {unit}"


def cells(row):
    who = row.who + (f", {row.setting}" if row.setting else "")
    if row.seconds is None:
        return [row.task, row.label, row.precision, who, size_of(row.size), str(row.cores), row.note, "", "", ""]
    # Where a peer was measured at a smaller size, its ratio is that of a pair, an entry, a sample.
    ratio = f"{row.ratio:.3g}" + (", a unit of work" if row.note else "")
    memory = "" if row.peak is None else f"{row.peak:.0f}, {row.before:.0f}"
    apart = f"{row.difference:.1e}" + ("" if row.agrees else " DISAGREES")
    return [
        row.task,
        row.label,
        row.precision,
        who,
        size_of(row.size),
        str(row.cores),
        time_of(row.seconds),
        ratio,
        apart,
        memory,
    ]


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


# What was expected before anything was measured: task, beginning of the label, precision, peer, its settings (the best of them
# counts), the size if it matters, and how many times this project's time the peer's has to be.
expected = [
    ("gram", "d = 784, L = 10", "float32", "neural_tangents", None, 40),
    ("gram", "d = 10, L = 10", "float32", "neural_tangents", None, 150),
    ("gram", "d = 784, L = 3", "float32", "numpy", "tiles", 1.8),
    ("gram", "d = 784, L = 3", "float32", "numba", "tiles", 1.8),
    ("gram", "d = 10, L = 10", "float32", "numpy", "tiles", 5),
    ("gram", "d = 10, L = 10", "float32", "numba", "tiles", 5),
    ("images", "21 layers, GAP", "float32", "neural_tangents", None, 300),
    ("images", "Myrtle-5", "float32", "neural_tangents", None, 100),
    ("network", "", "float32", "jax", "jit", 1),
    ("network", "", "float32", "torch", None, 2),
]


def of_expected(rows):
    for task, label, precision, peer, setting, bound in expected:
        some = [
            row
            for row in rows
            if (row.task, row.precision, row.who) == (task, precision, peer)
            and row.ratio is not None
            and (row.label == label or not label)
            and setting in (None, row.setting)
        ]
        if some:
            least = min(row.ratio for row in some)
            where = min(some, key=lambda row: row.ratio)
            yield task, label or "all nets", peer + (
                f", {setting}" if setting else ""
            ), bound, least, f"{where.label}, {size_of(where.size)}"


def lost(rows):
    return [row for row in rows if row.who != "wide" and row.ratio is not None and row.ratio < 1]


# Where this project is the slower one, why: by task and peer.
reasons = {
    (
        "regression",
        "scipy",
    ): "both are LAPACK's Cholesky; SciPy brings an OpenBLAS that knows this processor, Debian's may not: see the "
    "rows that tell it by OPENBLAS_CORETYPE, as `./dev` does",
    ("regression", "scikit_learn"): "as with SciPy, whose solver it calls",
    (
        "product",
        "keops",
    ): "of a Gaussian, this project's products are OpenBLAS's (see the row with OPENBLAS_CORETYPE) and its exponentials "
    "`std::exp`, one at a time",
}


def reason_of(row):
    if row.task == "first use" and row.label.endswith("cold"):
        return "a compiler reads all headers of the library, and compiles, before the first result"
    return reasons.get((row.task, row.who), "not known")


def processor():
    for text in Path("/proc/cpuinfo").read_text().splitlines():
        if text.startswith("model name"):
            return text.split(":", 1)[1].strip()
    return platform.processor()


def table(head, rows):
    cut = lambda cell: cell.replace("|", "\\|")
    return "\n".join(
        ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
        + ["| " + " | ".join(map(cut, row)) + " |" for row in rows]
    )


def text(rows, outcomes, versions, tasks, arguments, cores):
    build = json.loads((Path(arguments.programs) / "build.json").read_text())
    parts = [(Path(__file__).parent / "page.head.md").read_text().rstrip()]
    parts.append(
        f"{processor()}, {cores} cores; {build['compiler']}, {' '.join(build['flags_of_the_machine'])}. "
        f"The fastest of {arguments.repetitions} repetitions, none begun after {arguments.budget:g} s; at most {arguments.limit:g} s a process."
    )
    if arguments.quick:
        parts.append("Tiny sizes: whether everything works, not how fast it is.")
    missing = [f"{peer}: {why}" for peer, why in versions.items() if not isinstance(why, dict)]
    packages = {
        name: version for found in versions.values() if isinstance(found, dict) for name, version in found.items()
    }
    parts.append("Installed: " + ", ".join(f"{name} {version}" for name, version in sorted(packages.items())) + ".")
    parts.append("Missing: " + ("; ".join(missing) if missing else "no peer") + ".")
    parts.append("## Tasks\n" + "\n".join(f"- `{task.name}`: {task.title}" for task in tasks))
    told = list(of_expected(rows))
    if told:
        parts.append("## Expected, and measured\nThe least of the ratios that a line is about, and where it was.")
        parts.append(
            table(
                ["task", "case", "peer", "expected", "measured", "where", ""],
                [
                    [task, case, peer, f">= {bound:g}", f"{least:.3g}", where, "" if least >= bound else "MISSED"]
                    for task, case, peer, bound, least, where in told
                ],
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
                        f"{row.ratio:.2g}",
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
