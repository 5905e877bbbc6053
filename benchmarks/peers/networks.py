"""The finite networks of the tasks: how their parameters lie, leaf after leaf, in the one row of a file."""

import numpy

# Every layer but the last is a He layer followed by ReLU: x W sqrt(2 / fan in); the last one is x W / sqrt(fan in).
widths = {
    "784-512-512-10": (784, 512, 512, 10),
    "784-2048-2048-10": (784, 2048, 2048, 10),
    "64-64-64-1": (64, 64, 64, 1),
    "784-512-512-1": (784, 512, 512, 1),
}
# conv 16 - conv 32, stride 2 - dense 1 on 32 x 32 x 3: height, width, inputs, outputs.
image_shapes = [(3, 3, 3, 16), (3, 3, 16, 32), (16 * 16 * 32, 1)]


def shapes_of(net):
    if net not in widths:
        return image_shapes
    sizes = widths[net]
    return list(zip(sizes[:-1], sizes[1:]))


def parameter_count(net):
    return sum(numpy.prod(shape) for shape in shapes_of(net))


def leaves_of(net, row):
    shapes, leaves, begin = shapes_of(net), [], 0
    for shape in shapes:
        end = begin + int(numpy.prod(shape))
        leaves.append(row[begin:end].reshape(shape))
        begin = end
    return leaves


def factors_of(net):
    """What each layer's product is multiplied by."""
    shapes = shapes_of(net)
    fan_in = [numpy.prod(shape[:-1]) for shape in shapes]
    return [float(numpy.sqrt((2 if k + 1 < len(shapes) else 1) / size)) for k, size in enumerate(fan_in)]


def one_row(leaves):
    return numpy.concatenate([numpy.asarray(leaf).ravel() for leaf in leaves])[None]


def near_kinks(net, theta, x):
    """Which samples have a hidden unit so near to zero that float and double, rightly, may disagree on its slope."""
    leaves, factors = leaves_of(net, theta[0].astype("float64")), factors_of(net)
    values, near = x.astype("float64"), numpy.zeros(len(x), bool)
    for weights, factor in list(zip(leaves, factors))[:-1]:
        values = values @ weights * factor
        near |= (numpy.abs(values) < 1e-5).any(axis=1)
        values = numpy.maximum(values, 0)
    return near
