"""test_peers.py PROGRAMS: the harness at tiny sizes, with whatever peers are installed."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import numpy

import cases
import networks
import page
import peers

here = Path(__file__).resolve().parent
programs = Path(sys.argv.pop())


def bench(folder, *arguments, harness=here, ours=programs, **environment):
    """What a quick run printed, and what it wrote."""
    written = folder / "rows.json"
    command = [
        sys.executable,
        harness / "peers.py",
        "--quick",
        "--programs",
        ours,
        "--json",
        written,
    ]
    markdown = folder / "page.md"
    ran = subprocess.run(
        [*command, "--markdown", markdown, *arguments], text=True, capture_output=True, env={**os.environ, **environment}
    )
    return ran, json.loads(written.read_text()) if written.exists() else None, markdown.read_text() if markdown.exists() else ""


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
            if row["difference"] is not None:
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
        self.assertEqual(len(named), 4)
        for row in named:
            self.assertIsNone(row["seconds"])
            self.assertEqual(row["note"], "MISSING: numba is not here")
        self.assertIn("MISSING: numba is not here", ran.stdout)
        self.assertIn("Peers without figures: numba, MISSING: numba is not here.", page)

    def test_what_is_not_asked_for_is_kept(self):
        bench(self.folder, "--task", "gram", "--peer", "numpy")
        earlier = self.folder / "earlier.json"
        shutil.copy(self.folder / "rows.json", earlier)
        ran, told, _ = bench(self.folder, "--task", "product", "--peer", "numpy", "--keep", earlier)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        tasks = [row["task"] for row in told["rows"]]
        self.assertEqual(tasks, sorted(tasks))
        self.assertEqual(set(tasks), {"gram", "product"})
        gram = [row for row in told["rows"] if row["task"] == "gram"]
        self.assertEqual(gram, json.loads(earlier.read_text())["rows"])
        ran, _, _ = bench(self.folder, "--task", "product", "--peer", "numpy", "--keep", earlier, "--limit", "99")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("was made otherwise", ran.stderr)

    def test_an_error_of_one_per_cent_fails(self):
        copy = self.harness_with(
            "numba",
            "x, layers = case.array('x'), case.parameters['layers']\n"
            "    run = lambda: [1.01 * values for values in numpy_peer.plain_gram(x, layers)]\n"
            "    return numpy_peer.Work(run, lambda made: dict(zip(('nngp', 'ntk'), made)))\n",
        )
        ran, told, _ = bench(self.folder, "--task", "gram", "--peer", "numba", harness=copy)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("DISAGREES: gram, d = 10, L = 3, float32, numba plain", ran.stderr)
        self.assertIn("DISAGREES", ran.stdout)
        self.assertEqual({row["who"] for row in told["rows"] if row["difference"] and row["difference"] > row["tolerance"]}, {"numba"})

    def test_a_peer_that_fails_does_not_end_the_run(self):
        copy = self.harness_with("numba", "raise ValueError('numba had enough')\n")
        ran, told, page = bench(self.folder, "--task", "gram", "--peer", "numba", "--peer", "numpy", harness=copy)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("gram, d = 10, L = 3, float32, numba plain: FAILED: ValueError: numba had enough", ran.stderr)
        self.assertNotIn("this project itself", ran.stderr)
        self.assertIn("FAILED: ValueError: numba had enough", page)
        measured = {row["who"] for row in told["rows"] if row["ratio"]}
        self.assertEqual(measured, {"wide", "numpy"})

    def test_our_own_failure_is_said_as_ours(self):
        nothing = self.folder / "nothing"
        nothing.mkdir()
        shutil.copy(programs / "build.json", nothing)
        ran, told, _ = bench(self.folder, "--task", "gram", "--task", "bad_input", "--peer", "numpy", ours=nothing)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("gram, d = 10, L = 3, float32, wide: this project itself: FAILED", ran.stderr)
        self.assertIn("bad input: this project itself: FAILED", ran.stderr)
        for row in told["rows"]:
            if row["who"] == "numpy":
                self.assertTrue(row["note"].startswith("NOT CHECKED: this project has no answers in double."), row["note"])
        self.assertIn("not finite", dict(told["outcomes"]["Gram, NaN in row 3"])["numpy"])

    def harness_with(self, peer, gram):
        """A copy of the harness, with this body of a peer's Gram."""
        copy = self.folder / "harness"
        shutil.copytree(here, copy)
        (copy / f"{peer}_peer.py").write_text(
            f"import numpy_peer\npackages = ['numpy']\ndef gram(case):\n    {gram}tasks = {{'gram': gram}}\n"
        )
        return copy


class Processes(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        arguments = argparse.Namespace(programs=temporary.name, limit=0.5, repetitions=2, budget=0.2, threads=0)
        self.bench = peers.Bench(arguments, temporary.name)

    def test_what_takes_too_long_ends_with_its_children(self):
        # The child says its own number and keeps the pipe open.
        child = Path(self.bench.scratch) / "child"
        with self.assertRaisesRegex(peers.TooLong, "TOO LONG: more than 0.5 s"):
            self.bench.process(["bash", "-c", f"sleep 60 & echo $! >{child}; wait"])
        state = Path("/proc") / child.read_text().strip() / "stat"
        deadline = time.monotonic() + 5
        while state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z" and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertTrue(not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z")

    def test_why_a_process_has_no_figures(self):
        for command, kind in (
            ("echo missing: a package >&2; exit 3", peers.Missing),
            ("echo ValueError: no >&2; exit 1", peers.Failed),
            ("exit 1", peers.Failed),
            ("echo MemoryError: >&2; exit 1", peers.OutOfMemory),
            ("kill -9 $$", peers.OutOfMemory),
        ):
            with self.assertRaises(kind, msg=command):
                self.bench.process(["bash", "-c", command])


class Pages(unittest.TestCase):
    row = peers.Row("gram", "d = 10, L = 10", "float32", "neural_tangents", "jit", (5000,), 2)

    def told(self, *rows):
        return next(
            found
            for (_, label, _, who), _, found in page.of_expected(rows)
            if (label, who) == ("d = 10, L = 10", "neural_tangents")
        )

    def test_what_was_expected_and_not_measured_is_said(self):
        self.assertEqual(self.told()[0], "not measured: not asked for")
        self.assertEqual(self.told(peers.replace(self.row, note="MISSING: jax"))[0], "not measured: MISSING: jax")

    def test_what_was_too_large_is_said_beside_what_was_measured(self):
        small = peers.replace(self.row, size=(2000,), seconds=1.0, ratio=151.0)
        large = peers.replace(self.row, note="TOO LONG: more than 150 s")
        self.assertEqual(
            self.told(small, large), ("151", "d = 10, L = 10, 2000", "jit, 5000: TOO LONG: more than 150 s")
        )
        self.assertEqual(self.told(peers.replace(small, ratio=149.0))[2], "MISSED")

    def test_that_a_peer_is_better_off_in_double_is_said(self):
        single = peers.replace(self.row, seconds=2.0, ratio=151.0)
        double = peers.replace(self.row, precision="float64", seconds=1.0, ratio=60.0)
        self.assertEqual(self.told(single, double)[2], "in double the peer takes 1 s, not 2 s")

    def test_a_loss_without_a_reason_is_a_complaint(self):
        kept = argparse.Namespace(markdown="page.md", quick=False)
        slower = peers.replace(self.row, seconds=1.0, ratio=0.5)
        self.assertEqual(len(peers.complaints([slower], {}, kept)), 1)
        known = peers.replace(slower, task="regression", who="scipy", setting="solve")
        self.assertEqual(peers.complaints([known], {}, kept), [])
        self.assertEqual(peers.complaints([peers.replace(slower, ratio=1.5)], {}, kept), [])


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
        agrees = peers.replace(row, difference=0.1)
        self.assertTrue(agrees.agrees)
        self.assertFalse(peers.replace(agrees, on_diagonal=0.4, of_equal=0.3).agrees)

    def test_a_diagonal_is_told_apart(self):
        # Rows 0 and 2 of a matrix of four.
        K = numpy.array([[4.0, 1, 1, 1], [1, 1, 4, 1]])
        off, on = K.copy(), K.copy()
        off[1, 1] += 1
        on[1, 2] += 2
        of = lambda made: peers.compared({"ntk": made}, {"ntk": K}, 0.1, 0.1)
        self.assertEqual((of(off)["difference"], of(off)["on_diagonal"]), (0.25, 0))
        self.assertEqual((of(on)["difference"], of(on)["on_diagonal"]), (0, 0.5))

    def test_one_per_cent_is_too_much_in_every_case(self):
        answers = {"ntk": numpy.ones((4, 8))}
        wrong = {"ntk": 1.01 * answers["ntk"]}
        for quick in (True, False):
            every = [case for task in cases.tasks(quick) for case in task.cases]
            for case in every + [case for case, _, _ in cases.first_uses(quick)]:
                row = peers.Row(case.task, case.label, case.precision, "numpy", "", case.size, 1)
                apart = peers.compared(wrong, answers, case.tolerance, case.of_equal)
                self.assertFalse(peers.replace(row, **apart).agrees, row.name)

    def test_sizes_are_halved_where_they_are_largest(self):
        self.assertEqual(peers.halved((4, 16)), (4, 8))
        self.assertEqual(peers.halved((1,)), (1,))


class Arrays(unittest.TestCase):
    def test_no_sample_is_near_a_kink(self):
        net = "64-64-64-1"
        arrays, _ = cases.arrays_of("network", {"net": net}, (4000,), "float32")
        plain = cases.random_rows("x", 4000, 64, "float32")
        near = networks.near_kinks(net, arrays["theta"], plain)
        self.assertTrue(near.any())
        self.assertTrue((arrays["x"][~near] == plain[~near]).all())
        self.assertFalse(networks.near_kinks(net, arrays["theta"], arrays["x"]).any())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], verbosity=2)
