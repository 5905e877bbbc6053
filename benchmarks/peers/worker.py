"""One entry of one peer in a process of its own: worker.py PEER FOLDER, where the case lies as ours/case.hpp has it.

worker.py PEER --versions prints what of the peer is installed, and fails where it is not, or does not work.
"""

import importlib
import importlib.metadata
import json
import sys
import traceback
from pathlib import Path

import numpy

from measure import measured

missing = 3


class Case:
    def __init__(self, folder):
        self.folder = Path(folder)
        said = json.loads((self.folder / "case.json").read_text())
        self.task, self.parameters = said["task"], said["parameters"]
        self.setting = self.parameters["setting"]
        self.precision = numpy.dtype(said["precision"])
        self.repetitions, self.budget, self.rows_compared = said["repetitions"], said["budget"], said["rows_compared"]

    def array(self, name):
        return numpy.load(self.folder / (name + ".npy"))

    def answer(self, name, values):
        if values.dtype != self.precision:
            raise TypeError(f"{name} was asked for in {self.precision}, and came in {values.dtype}")
        rows = len(values)
        kept = min(rows, self.rows_compared)
        numpy.save(self.folder / f"answer_{name}.npy", values[numpy.arange(kept) * rows // kept])


def first_line(problem):
    return (str(problem).strip().splitlines() or [""])[0]


def main():
    peer, folder = sys.argv[1:]
    try:
        module = importlib.import_module(peer + "_peer")
    except ImportError as problem:
        print(f"missing: {problem}", file=sys.stderr)
        return missing
    if folder == "--versions":
        try:
            getattr(module, "works", lambda: None)()
        except Exception as problem:
            print(f"missing: {type(problem).__name__}: {first_line(problem)}", file=sys.stderr)
            return missing
        print(json.dumps({name: importlib.metadata.version(name) for name in module.packages}))
        return 0
    case = Case(folder)
    work = module.tasks[case.task](case)
    if case.task == "bad_input":
        result = {"outcomes": work}
    else:
        result, arrays = measured(work, case.repetitions, case.budget)
        for name, values in arrays.items():
            case.answer(name, values)
    (case.folder / "result.json").write_text(json.dumps(result))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception as problem:
        # The last line is what the table tells.
        traceback.print_exc()
        print(f"{type(problem).__name__}: {first_line(problem)}", file=sys.stderr)
        sys.exit(1)
