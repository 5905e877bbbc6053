"""SciPy: Cholesky, told that the matrix is positive definite and may be overwritten."""

import numpy
import scipy.linalg

from measure import Work
from outcome import regression_outcomes

packages = ["scipy", "numpy"]


def solved(K, y, ridge=0.0):
    K.flat[:: len(K) + 1] += K.dtype.type(ridge)
    # The transpose of a symmetric matrix is itself, and lies as LAPACK wants it: no copy is made.
    return scipy.linalg.solve(K.T, y, assume_a="pos", overwrite_a=True, check_finite=True)


def regression(case):
    K, y, ridge = case.array("k"), case.array("y"), case.parameters["ridge"]
    return Work(lambda used: solved(used, y, ridge), lambda w: {"weights": numpy.asarray(w)}, lambda: (K.copy(),))


def bad_input(case):
    return regression_outcomes(case, solved)


tasks = {"regression": regression, "bad_input": bad_input}
