"""test_peers.py PROGRAMS: the harness at tiny sizes, with whatever peers are installed."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy

import peers

here = Path(__file__).resolve().parent
programs = Path(sys.argv.pop())


def bench(folder, *arguments, harness=here, **environment):
    """What a quick run printed, and what it wrote."""
    written = folder / "rows.json"
    command = [
        sys.executable,
        harness / "peers.py",
        "--quick",
        "--programs",
        programs,
        "--json",
        written,
    ]
    page = folder / "page.md"
    ran = subprocess.run(
        [*command, "--markdown", page, *arguments], text=True, capture_output=True, env={**os.environ, **environment}
    )
    return ran, json.loads(written.read_text()) if written.exists() else None, page.read_text() if page.exists() else ""


class Harness(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.addCleanup(self.temporary.cleanup)

    def test_whatever_is_installed_agrees(self):
        ran, told, page = bench(self.folder)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIsInstance(told["versions"]["numpy"], dict)
        tasks = {row["task"] for row in told["rows"]}
        self.assertEqual(tasks, {"gram", "images", "product", "regression", "network", "empirical", "first use"})
        for row in told["rows"]:
            what = f"{row['task']}, {row['label']}, {row['who']} {row['setting']}"
            if row["note"].startswith("MISSING"):
                self.assertIsInstance(told["versions"][row["who"]], str, what)
                continue
            self.assertGreater(row["seconds"], 0, what)
            self.assertLessEqual(row["difference"], row["tolerance"], what)
            self.assertGreater(row["ratio"], 0, what)
        settings = {(row["who"], row["setting"]) for row in told["rows"] if row["seconds"]}
        self.assertLessEqual({("numpy", "plain"), ("numpy", "tiles"), ("wide", ""), ("wide", "one core")}, settings)
        nan = dict(told["outcomes"]["Gram, NaN in row 3"])
        self.assertIn("raises wide::not_finite", nan["wide"])
        self.assertIn("not finite", nan["numpy"])
        self.assertIn("| gram | d = 10, L = 3 | float32 | numpy, tiles | 40 |", page)

    def test_a_missing_peer_is_named(self):
        # A package of that name that cannot be imported stands before the real one, where there is one.
        (self.folder / "numba.py").write_text("raise ImportError('numba is not here')\n")
        ran, told, page = bench(
            self.folder, "--task", "gram", "--peer", "numba", "--peer", "numpy", PYTHONPATH=str(self.folder)
        )
        self.assertEqual(ran.returncode, 0, ran.stderr)
        named = [row for row in told["rows"] if row["who"] == "numba"]
        self.assertEqual(len(named), 8)
        for row in named:
            self.assertIsNone(row["seconds"])
            self.assertEqual(row["note"], "MISSING: numba is not here")
        self.assertIn("MISSING: numba is not here", ran.stdout)
        self.assertIn("Missing: numba: numba is not here.", page)

    def test_answers_that_differ_fail(self):
        # A harness whose Numba is ten per cent off.
        copy = self.folder / "harness"
        shutil.copytree(here, copy)
        (copy / "numba_peer.py").write_text(
            "import numpy_peer\n"
            "packages = ['numpy']\n"
            "def gram(case):\n"
            "    x, layers = case.array('x'), case.parameters['layers']\n"
            "    run = lambda: [1.1 * values for values in numpy_peer.plain_gram(x, layers)]\n"
            "    return numpy_peer.Work(run, lambda made: dict(zip(('nngp', 'ntk'), made)))\n"
            "tasks = {'gram': gram}\n"
        )
        ran, told, _ = bench(self.folder, "--task", "gram", "--peer", "numba", harness=copy)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("DISAGREES: gram, d = 10, L = 1, float32, numba plain", ran.stderr)
        self.assertIn("DISAGREES", ran.stdout)
        self.assertEqual({row["who"] for row in told["rows"] if row["difference"] > row["tolerance"]}, {"numba"})


class Difference(unittest.TestCase):
    def test_is_relative_to_the_largest_value(self):
        one = {"a": numpy.array([1.0, 4.0]), "b": numpy.array([2.0])}
        other = {"a": numpy.array([1.5, 4.0]), "b": numpy.array([2.0])}
        self.assertEqual(peers.difference(other, one), 0.125)
        self.assertEqual(peers.difference(one, one), 0)

    def test_of_what_is_no_number_is_infinite(self):
        one = {"a": numpy.array([1.0, 4.0])}
        self.assertEqual(peers.difference({"a": numpy.array([1.0, numpy.nan])}, one), numpy.inf)

    def test_of_what_is_not_there_is_infinite(self):
        one = {"a": numpy.array([1.0, 4.0])}
        self.assertEqual(peers.difference({}, one), numpy.inf)
        self.assertEqual(peers.difference({"a": numpy.array([1.0])}, one), numpy.inf)

    def test_a_row_that_differs_does_not_agree(self):
        row = peers.Row("gram", "", "float32", "numpy", "plain", (2,), 1, 1.0, difference=0.2, tolerance=0.1)
        self.assertFalse(row.agrees)
        self.assertTrue(peers.replace(row, difference=0.1).agrees)

    def test_sizes_are_halved_where_they_are_largest(self):
        self.assertEqual(peers.halved((4, 16)), (4, 8))
        self.assertEqual(peers.halved((1,)), (1,))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], verbosity=2)
