"""SciPy: Cholesky, told that the matrix is positive definite and may be overwritten; checked for what is not finite, or not."""

import numpy
import scipy.linalg

from measure import Work
from outcome import regression_outcomes

packages = ["scipy", "numpy"]


def solved(K, y, ridge=0.0):
    K.flat[:: len(K) + 1] += K.dtype.type(ridge)
    # The transpose of a symmetric matrix is itself, and lies as LAPACK wants it: no copy is made.
    return scipy.linalg.solve(K.T, y, assume_a="pos", overwrite_a=True, check_finite=True)


def solved_unchecked(K, y, ridge):
    K.flat[:: len(K) + 1] += K.dtype.type(ridge)
    factor = scipy.linalg.cho_factor(K.T, lower=True, overwrite_a=True, check_finite=False)
    return scipy.linalg.cho_solve(factor, y, check_finite=False)


def regression(case):
    K, y, ridge = case.array("k"), case.array("y"), case.parameters["ridge"]
    solve = solved if case.setting == "solve" else solved_unchecked
    return Work(lambda used: solve(used, y, ridge), lambda w: {"weights": numpy.asarray(w)}, lambda: (K.copy(),))


def bad_input(case):
    return regression_outcomes(case, solved)


tasks = {"regression": regression, "bad_input": bad_input}
