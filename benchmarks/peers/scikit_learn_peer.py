"""scikit-learn: KernelRidge with a kernel that is given. It has no way to use that kernel up: it copies it."""

import numpy
from sklearn.kernel_ridge import KernelRidge

from measure import Work
from outcome import regression_outcomes

packages = ["scikit-learn", "scipy", "numpy"]


def solved(K, y, ridge=0.0):
    return KernelRidge(alpha=ridge, kernel="precomputed").fit(K, y).dual_coef_


def regression(case):
    K, y, ridge = case.array("k"), case.array("y"), case.parameters["ridge"]
    return Work(lambda: solved(K, y, ridge), lambda w: {"weights": numpy.asarray(w)})


def bad_input(case):
    return regression_outcomes(case, solved)


tasks = {"regression": regression, "bad_input": bad_input}
