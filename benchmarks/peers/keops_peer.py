"""KeOps: products with kernels that are never stored, in code that it writes and compiles with g++: as it comes ("default"), and
for this machine's vectors with reordered sums ("tuned", CXXFLAGS)."""

import importlib.util
import os

import numpy

from measure import Work
from outcome import finiteness, outcome

packages = ["pykeops", "keopscore", "numpy"]
# It is imported when its flags are known: it reads them then, and never again.
if importlib.util.find_spec("pykeops") is None:
    raise ImportError("No module named 'pykeops'")


def lazy_tensors(setting):
    folder = os.path.join(os.environ["KEOPS_CACHE_FOLDER"], setting)
    os.makedirs(folder, exist_ok=True)
    os.environ["KEOPS_CACHE_FOLDER"] = folder
    if setting == "tuned":
        os.environ["CXXFLAGS"] = "-march=native -ffast-math"
    from pykeops.numpy import LazyTensor

    return LazyTensor


def gaussian_product(LazyTensor, x, v, width):
    x = x * x.dtype.type(numpy.sqrt(0.5) / width)
    return (-LazyTensor(x[:, None, :]).sqdist(LazyTensor(x[None, :, :]))).exp() @ v


def arc_cosine_product(LazyTensor, x, v):
    """|x| |z| (sin + (pi - angle) cos) / pi d: the norms are taken out of the sum."""
    norm = numpy.sqrt(numpy.einsum("ij,ij->i", x, x))[:, None]
    unit = x * numpy.divide(1, norm, out=numpy.zeros_like(norm), where=norm > 0)
    cosine = (LazyTensor(unit[:, None, :]) | LazyTensor(unit[None, :, :])).clamp(-1, 1)
    kernel = (1 - cosine * cosine).sqrt() + (numpy.pi - cosine.acos()) * cosine
    return (kernel @ (v * norm)) * (norm / x.dtype.type(numpy.pi * x.shape[1]))


def product(case):
    LazyTensor = lazy_tensors(case.setting)
    x, v = case.array("x"), case.array("v")
    if case.parameters["kernel"] == "Gaussian":
        run = lambda: gaussian_product(LazyTensor, x, v, case.parameters["width"])
    else:
        run = lambda: arc_cosine_product(LazyTensor, x, v)
    return Work(run, lambda made: {"product": made})


def works():
    """One tiny formula, compiled: without a compiler that KeOps can use, it is as good as missing."""
    one = numpy.ones((1, 1), "float32")
    gaussian_product(lazy_tensors("default"), one, one, 1.0)


def bad_input(case):
    LazyTensor = lazy_tensors("default")
    return {
        "product, NaN in row 3": outcome(
            lambda: finiteness(gaussian_product(LazyTensor, case.array("nan"), case.array("y"), 3.0))
        )
    }


tasks = {"product": product, "bad_input": bad_input}
