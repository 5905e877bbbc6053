"""Numba: one pass over pairs with every layer in it; plain, and an expert's tiles with a polynomial arc cosine."""

import math

import numba
import numpy

from measure import Work
from outcome import gram_outcomes

packages = ["numba", "llvmlite", "numpy"]


@numba.njit(parallel=True, fastmath=True, cache=True)
def plain_pairs(K, T, norm, layers):
    one, pi = K.dtype.type(1), K.dtype.type(math.pi)
    for i in numba.prange(len(K)):
        for j in range(i + 1):
            scale = norm[i] * norm[j]
            cosine = min(max(K[i, j] / scale, -one), one) if scale > 0 else one * 0
            kernel = cosine
            for _ in range(layers):
                angle = math.acos(cosine)
                slope = one - angle / pi
                cosine = min(math.sqrt(one - cosine * cosine) / pi + slope * cosine, one)
                kernel = cosine + kernel * slope
            K[i, j] = cosine * scale
            T[i, j] = kernel * scale
    for i in numba.prange(len(K)):
        for j in range(i + 1, len(K)):
            K[i, j] = K[j, i]
            T[i, j] = T[j, i]


def plain_gram(x, layers):
    x = x / numpy.sqrt(x.dtype.type(x.shape[1]))
    K = x @ x.T
    T = numpy.empty_like(K)
    plain_pairs(K, T, numpy.sqrt(numpy.diag(K)), layers)
    return K, T


def arc_cosine_coefficients(degree):
    """arccos(1 - u) = sqrt(2 u) p(u) on [0, 1], p by least squares at Chebyshev's points."""
    points = numpy.cos(numpy.pi * (numpy.arange(4 * degree) + 0.5) / (4 * degree)) / 2 + 0.5
    values = 2 * numpy.arcsin(numpy.sqrt(points / 2)) / numpy.sqrt(2 * points)
    fitted = numpy.polynomial.Chebyshev.fit(points, values, degree, domain=[0, 1])
    return fitted.convert(kind=numpy.polynomial.Polynomial).coef


coefficients = {numpy.dtype("float32"): arc_cosine_coefficients(6), numpy.dtype("float64"): arc_cosine_coefficients(15)}


def tiles_for(precision):
    """The polynomial's coefficients and the tile are constants of the compiled code: LLVM unrolls and vectorises them."""
    real = numba.float32 if precision == "float32" else numba.float64
    p = tuple(numpy.dtype(precision).type(c) for c in coefficients[numpy.dtype(precision)][::-1])
    one, two, inverse_pi, root_two = (numpy.dtype(precision).type(c) for c in (1, 2, 1 / math.pi, math.sqrt(2)))
    zero, side = numpy.dtype(precision).type(0), 128

    @numba.njit(fastmath=True, inline="always")
    def layer(cosine, kernel):
        u = one - abs(cosine)
        root = math.sqrt(u)
        series = p[0]
        for c in numba.literal_unroll(p[1:]):
            series = series * u + c
        part = root_two * root * series * inverse_pi
        slope = one - part if cosine >= zero else part
        sine = root * math.sqrt(two - u)
        cosine = min(sine * inverse_pi + slope * cosine, one)
        return cosine, cosine + kernel * slope

    @numba.njit(parallel=True, fastmath=True)
    def tiled_pairs(K, T, root, layers):
        count = len(K)
        blocks = (count + side - 1) // side
        for t in numba.prange(blocks * (blocks + 1) // 2):
            row = int((math.sqrt(8.0 * t + 1) - 1) / 2)
            while (row + 1) * (row + 2) // 2 <= t:
                row += 1
            while row * (row + 1) // 2 > t:
                row -= 1
            column = t - row * (row + 1) // 2
            first, last = column * side, min(column * side + side, count)
            cosine, kernel = numpy.empty(side, real), numpy.empty(side, real)
            for i in range(row * side, min(row * side + side, count)):
                for j in range(first, last):
                    value = min(max(K[i, j], -one), one)
                    cosine[j - first] = value
                    kernel[j - first] = value
                for _ in range(layers):
                    for k in range(last - first):
                        cosine[k], kernel[k] = layer(cosine[k], kernel[k])
                for j in range(first, last):
                    scale = root[i] * root[j]
                    K[i, j] = cosine[j - first] * scale
                    T[i, j] = kernel[j - first] * scale
            if row != column:
                for j in range(first, last):
                    for i in range(row * side, min(row * side + side, count)):
                        K[j, i] = K[i, j]
                        T[j, i] = T[i, j]
        for t in numba.prange(blocks):
            for i in range(t * side, min(t * side + side, count)):
                for j in range(i + 1, min(t * side + side, count)):
                    K[i, j] = K[j, i]
                    T[i, j] = T[j, i]

    return tiled_pairs


def gram(case):
    x, layers = case.array("x"), case.parameters["layers"]
    if case.setting == "plain":
        run = lambda: plain_gram(x, layers)
    else:
        tiled_pairs = tiles_for(case.precision.name)

        def run():
            root = numpy.sqrt(numpy.einsum("ij,ij->i", x, x))
            unit = x * numpy.divide(1, root, out=numpy.zeros_like(root), where=root > 0)[:, None]
            K = unit @ unit.T
            T = numpy.empty_like(K)
            tiled_pairs(K, T, root / numpy.sqrt(x.dtype.type(x.shape[1])), layers)
            return K, T

    return Work(run, lambda made: dict(zip(("nngp", "ntk"), made)))


def bad_input(case):
    return gram_outcomes(case, lambda x: plain_gram(x, 3)[1])


tasks = {"gram": gram, "bad_input": bad_input}
