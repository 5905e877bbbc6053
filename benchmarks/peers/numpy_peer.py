"""NumPy: passes over whole matrices, as one writes them first, and an expert's tiles that stay in the second-level cache."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy

from measure import Work
from outcome import gram_outcomes

packages = ["numpy"]


def plain_gram(x, layers):
    """K and T of the formulas, layer by layer: He weights, K = 2 E phi phi, T = K + 2 T E phi' phi'."""
    K = x @ x.T * (2 / x.shape[1])
    T = K.copy()
    for layer in range(layers):
        norm = numpy.sqrt(numpy.diag(K))
        norms = numpy.outer(norm, norm)
        cosine = numpy.clip(numpy.divide(K, norms, out=numpy.zeros_like(K), where=norms > 0), -1, 1)
        angle = numpy.arccos(cosine)
        slope = (numpy.pi - angle) / numpy.pi
        K = norms * (numpy.sqrt(1 - cosine * cosine) / numpy.pi + slope * cosine)
        T = K + T * slope
    return K / 2, T / 2


class Tiles:
    """An expert's version. The lower triangle of the correlations is made by one product (syrk) and goes through all layers
    tile by tile, in place, on buffers of one tile: nothing but the result is ever in memory. As the variance is the same in
    all layers, all of them are one function of the correlation, and are scaled once, at the end."""

    side = 192

    def __init__(self, x, layers):
        self.layers = layers
        self.variance = numpy.einsum("ij,ij->i", x, x) / x.shape[1]
        root = numpy.sqrt(self.variance)
        self.root = root
        self.unit = (
            x
            * numpy.divide(1, root * numpy.sqrt(x.dtype.type(x.shape[1])), out=numpy.zeros_like(root), where=root > 0)[
                :, None
            ]
        )

    def tile(self, rows, columns, buffers):
        cosine, kernel, angle, slope = (
            buffer[: rows.stop - rows.start, : columns.stop - columns.start] for buffer in buffers
        )
        type_ = cosine.dtype.type
        numpy.clip(self.K[rows, columns], -1, 1, out=cosine)
        kernel[...] = cosine
        for layer in range(self.layers):
            numpy.arccos(cosine, out=angle)
            numpy.multiply(angle, type_(-1 / numpy.pi), out=slope)
            slope += type_(1)
            kernel *= slope
            slope *= cosine
            numpy.multiply(cosine, cosine, out=cosine)
            numpy.subtract(type_(1), cosine, out=cosine)
            numpy.sqrt(cosine, out=cosine)
            cosine *= type_(1 / numpy.pi)
            cosine += slope
            numpy.minimum(cosine, type_(1), out=cosine)
            kernel += cosine
        scale = self.root[rows, None] * self.root[columns]
        cosine *= scale
        kernel *= scale
        self.K[rows, columns] = cosine
        self.T[rows, columns] = kernel
        if rows != columns:
            self.K[columns, rows] = cosine.T
            self.T[columns, rows] = kernel.T

    def both(self):
        count, side = len(self.unit), self.side
        self.K = self.unit @ self.unit.T
        self.T = numpy.empty_like(self.K)
        blocks = [slice(begin, min(begin + side, count)) for begin in range(0, count, side)]
        threads = len(os.sched_getaffinity(0))

        def share(thread):
            buffers = [numpy.empty((side, side), self.K.dtype) for _ in range(4)]
            tiles = [(rows, columns) for i, rows in enumerate(blocks) for columns in blocks[: i + 1]]
            for rows, columns in tiles[thread::threads]:
                self.tile(rows, columns, buffers)

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(share, range(threads)))
        return self.K, self.T


def gram(case):
    x, layers = case.array("x"), case.parameters["layers"]
    run = {"plain": lambda: plain_gram(x, layers), "tiles": lambda: Tiles(x, layers).both()}[case.setting]
    return Work(run, lambda made: dict(zip(("nngp", "ntk"), made)))


def bad_input(case):
    return gram_outcomes(case, lambda x: plain_gram(x, 3)[1])


tasks = {"gram": gram, "bad_input": bad_input}
