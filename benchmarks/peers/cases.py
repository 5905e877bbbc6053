"""What is compared: tasks, their cases, the arrays of a case, and who takes part."""

from dataclasses import dataclass, field

import numpy

from networks import near_kinks, parameter_count, widths
from numpy_peer import plain_gram

wide = "wide"


@dataclass(frozen=True)
class Entry:
    """One peer with one of its settings; `sizes` are smaller ones, by label, where the case's own would take minutes; `only`
    says of which cases."""

    peer: str
    setting: str = ""
    sizes: dict = field(default_factory=dict, hash=False)
    only: object = field(default=lambda case: True, hash=False)


@dataclass(frozen=True)
class Case:
    task: str
    label: str
    precision: str
    size: tuple
    parameters: dict = field(hash=False)
    tolerance: float
    of_equal: float = None  # the tolerance of a Gram's diagonal, where that is another one


@dataclass
class Task:
    name: str
    title: str
    peers: list
    cases: list
    units: object  # of a size: how many units of work it is
    uses_blas: bool = False
    settings: tuple = ("",)  # this project's own


def together(lists):
    return [case for some in lists for case in some]


def of_precisions(task, label, size, parameters, tolerances, of_equal={}):
    return [
        Case(task, label, precision, size, parameters, tolerance, of_equal.get(precision))
        for precision, tolerance in tolerances.items()
    ]


def tolerances(single, double):
    return {"float32": single, "float64": double}


kernels = tolerances(1e-4, 1e-9)
# An arc cosine loses half of the digits where samples are equal, and every layer adds to that: the diagonal of a peer's Gram.
equal_samples = tolerances(2e-2, 1e-6)
# This project's own answers, in every task, beside those in double; a Gram's diagonal, too.
own = kernels
products = tolerances(1e-3, 1e-6)
networks = tolerances(1e-4, 1e-10)


def gram_task(quick):
    counts, sizes, depths = ((40,), (10,), (3,)) if quick else ((2000, 5000), (10, 784), (1, 3, 10))
    return Task(
        "gram",
        "NNGP and NTK of fully connected ReLU nets, all pairs of N vectors",
        [
            Entry("neural_tangents", "jit"),
            Entry("neural_tangents", "batches", only=lambda case: case.size[0] == max(counts)),
            Entry("numpy", "plain"),
            Entry("numpy", "tiles"),
            Entry("numba", "plain"),
            Entry("numba", "tiles"),
        ],
        together(
            of_precisions("gram", f"d = {d}, L = {layers}", (count,), {"width": d, "layers": layers}, kernels, equal_samples)
            for count in counts
            for d in sizes
            for layers in depths
        ),
        lambda size: size[0] ** 2,
    )


def images_task(quick):
    # A pair of 32 x 32 images takes neural-tangents seconds where all offsets are needed. This project's lanes are pairs: 16.
    if quick:
        sizes, few = {"Flatten": (2, 16), "Myrtle-5": (1, 16)}, {"Myrtle-5": (1, 2)}
    else:
        sizes = {"GAP": (4, 16), "Flatten": (64, 64), "Myrtle-5": (16, 16), "Myrtle-10": (8, 16)}
        few = {"GAP": (1, 2), "Myrtle-5": (2, 4), "Myrtle-10": (1, 2)}
    layers = {"GAP": "21 layers, ", "Flatten": "21 layers, "}
    return Task(
        "images",
        "NNGP and NTK of convolutional nets, pairs of 32 x 32 x 3 images",
        [Entry("neural_tangents", "jit", {layers.get(net, "") + net: size for net, size in few.items()})],
        together(
            of_precisions("images", layers.get(net, "") + net, size, {"net": net}, kernels)
            for net, size in sizes.items()
        ),
        lambda size: size[0] * size[1],
    )


def product_task(quick):
    counts = {10: 300} if quick else {10: 20_000, 784: 4000}
    return Task(
        "product",
        "K V, K of N vectors not stored, 10 columns",
        [Entry("keops", "default"), Entry("keops", "tuned")],
        together(
            of_precisions(
                "product",
                f"{kernel}, d = {d}",
                (count,),
                {"width_of_rows": d, "kernel": kernel, "width": float(d) ** 0.5},
                products,
            )
            for d, count in counts.items()
            for kernel in ("Gaussian", "arc-cosine")
        ),
        lambda size: size[0] ** 2,
        uses_blas=True,
    )


def regression_task(quick):
    return Task(
        "regression",
        "weights of kernel ridge regression, K given, 10 outputs",
        [Entry("scipy", "solve"), Entry("scipy", "cho_factor, unchecked"), Entry("scikit_learn", "KernelRidge")],
        of_precisions("regression", "K used up", (200 if quick else 5000,), {"outputs": 10}, tolerances(1e-3, 1e-9)),
        lambda size: size[0] ** 3,
        uses_blas=True,
        settings=("", "refined"),
    )


def network_task(quick):
    nets = (
        {"784-512-512-10": (8,), "64-64-64-1": (1,)}
        if quick
        else {"784-512-512-10": (1024,), "784-2048-2048-10": (1024,), "64-64-64-1": (1, 32, 1024)}
    )
    return Task(
        "network",
        "outputs, derivative along a direction, gradient of MLPs with ReLU",
        [
            Entry("jax", "jit"),
            Entry("jax", "compiled loop", only=lambda case: case.parameters["net"] == "64-64-64-1"),
            Entry("torch", "torch.func"),
        ],
        together(
            of_precisions("network", f"{net}, {what}", (batch,), {"net": net, "what": what}, networks)
            for net, batches in nets.items()
            for batch in batches
            for what in ("forward", "jvp", "vjp")
        ),
        lambda size: size[0],
    )


def empirical_task(quick):
    sizes = {"784-512-512-1": 8 if quick else 512, "conv 16 - conv 32 / 2 - dense 1": 4 if quick else 64}
    few = {} if quick else {"784-512-512-1": (128,)}
    return Task(
        "empirical",
        "empirical NTK of N samples with themselves",
        [
            Entry("neural_tangents", "1, Jacobians"),
            Entry("neural_tangents", "2, products", few),
            Entry("neural_tangents", "3, structured"),
            Entry("torch", "Jacobians"),
        ],
        together(
            of_precisions("empirical", net, (count,), {"net": net}, networks)
            for net, count in sizes.items()
        ),
        lambda size: size[0] ** 2,
    )


def tasks(quick):
    return [
        make(quick) for make in (gram_task, images_task, product_task, regression_task, network_task, empirical_task)
    ]


def first_uses(quick):
    """What a first use of a peer is measured with: the case, who takes part, and the one answer that is made."""

    gram = (
        Case("gram", "", "float32", (100,), {"width": 784, "layers": 3}, kernels["float32"], equal_samples["float32"]),
        [Entry("neural_tangents", "jit"), Entry("numpy", "plain"), Entry("numba", "plain")],
        "ntk",
    )
    product = (
        Case("product", "", "float32", (100,), {"width_of_rows": 10, "kernel": "Gaussian", "width": 3.0}, products["float32"]),
        [Entry("keops", "default")],
        "product",
    )
    network = (
        Case("network", "", "float32", (32,), {"net": "64-64-64-1", "what": "vjp"}, networks["float32"]),
        [Entry("jax", "jit"), Entry("torch", "torch.func")],
        "gradient",
    )
    # The one that compiles fastest.
    return [product] if quick else [gram, product, network]


bad_input_peers = ["numpy", "numba", "neural_tangents", "scipy", "scikit_learn", "jax", "torch", "keops"]


def random_rows(name, count, width, precision):
    """A smaller size has the first rows of a larger one."""
    seed = sum(ord(letter) << 5 * k for k, letter in enumerate(name[:6]))
    return numpy.random.default_rng(seed).standard_normal((count, width)).astype(precision)


def arrays_of(task, parameters, size, precision):
    """The inputs of a case, by name, and what parameters follow from them. Every precision has the same numbers: rounded to
    float once, so that answers in double are answers to the same question."""

    def normal(name, count, width):
        return random_rows(name, count, width, "float32").astype(precision)

    def network(net):
        arrays = {
            "theta": normal("theta", 1, parameter_count(net)),
            "direction": normal("direction", 1, parameter_count(net)),
        }
        if net in widths:
            arrays["x"] = normal("x", size[0], widths[net][0])
            draw = 0
            while (near := near_kinks(net, arrays["theta"], arrays["x"])).any():
                draw += 1
                arrays["x"][near] = normal(f"x{draw}", size[0], widths[net][0])[near]
            arrays["cotangent"] = normal("cotangent", size[0], widths[net][-1])
        else:
            arrays["x"] = normal("x", size[0], 32 * 32 * 3)
        return arrays

    if task == "gram":
        return {"x": normal("x", size[0], parameters["width"])}, {}
    if task == "images":
        return {"z": normal("z", size[0], 32 * 32 * 3), "x": normal("x", size[1], 32 * 32 * 3)}, {}
    if task == "product":
        return {"x": normal("x", size[0], parameters["width_of_rows"]), "v": normal("v", size[0], 10)}, {}
    if task == "regression":
        K = plain_gram(normal("x", size[0], 784).astype("float64"), 1)[1].astype("float32")
        return (
            {"k": K.astype(precision), "y": normal("y", size[0], parameters["outputs"])},
            {"ridge": 1e-3 * float(numpy.mean(numpy.diag(K)))},
        )
    return network(parameters["net"]), {}


def bad_arrays():
    """Fifty rows that nobody should have to meet."""
    count, precision = 50, "float32"
    x = random_rows("x", count, 10, precision)
    nan, zero, equal = x.copy(), x.copy(), x.copy()
    nan[3, 2] = numpy.nan
    zero[3] = 0
    equal[1] = equal[0]
    K = plain_gram(x.astype("float64"), 1)[1]
    k_nan = K.copy()
    k_nan[7, 3] = k_nan[3, 7] = numpy.nan
    values, vectors = numpy.linalg.eigh(K)
    values[0] = -0.1 * values[-1]
    k_singular = K.copy()
    k_singular[1], k_singular[:, 1] = k_singular[0], k_singular[:, 0]
    k_singular[1, 1] = k_singular[0, 1] = k_singular[1, 0] = k_singular[0, 0]
    samples = random_rows("samples", 5, 64, precision)
    samples[2, 1] = numpy.nan
    arrays = {
        "nan": nan,
        "zero": zero,
        "equal": equal,
        "k_nan": k_nan,
        "k_indefinite": (vectors * values) @ vectors.T,
        "k_singular": k_singular,
        "y": random_rows("y", count, 2, precision),
        "samples": samples,
        "theta": random_rows("theta", 1, parameter_count("64-64-64-1"), precision),
    }
    return {name: values.astype(precision) for name, values in arrays.items()}
