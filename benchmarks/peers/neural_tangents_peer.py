"""neural-tangents: exact kernels compiled by JAX, and its three empirical kernels."""

import jax
import jax.numpy as jnp
import neural_tangents as nt
import numpy
from jax._src import source_info_util
from jax.interpreters import ad
from neural_tangents import stax

from measure import Work
from networks import leaves_of
from outcome import gram_outcomes

packages = ["neural-tangents", "jax", "jaxlib", "tensorflow-cpu", "numpy"]
# neural-tangents 0.6.5's structured derivatives look for these where JAX 0.4.30 has them no more.
ad.source_info_util = source_info_util
ad.config = jax.config
root_two = 2**0.5


def arrays_of(case, *names):
    """Where JAX may use double, neural-tangents does, whatever its inputs are."""
    jax.config.update("jax_enable_x64", case.precision == "float64")
    return [jnp.asarray(case.array(name)) for name in names]


def dense_kernel(layers):
    words = []
    for _ in range(layers):
        words += [stax.Dense(512, W_std=root_two), stax.Relu()]
    return stax.serial(*words, stax.Dense(1))[2]


def both(made):
    return {"nngp": numpy.asarray(made.nngp), "ntk": numpy.asarray(made.ntk)}


def gram(case):
    """The whole Gram in one compiled program, or by nt.batch in 25 or more blocks that stay on the device."""
    (x,) = arrays_of(case, "x")
    of_layers = dense_kernel(case.parameters["layers"])
    kernel = jax.jit(lambda z, x: of_layers(z, x, ("nngp", "ntk")))
    if case.setting == "batches":
        # Batches have to be equal.
        batch = next(size for size in range(max(len(x) // 5, 1), 0, -1) if len(x) % size == 0)
        kernel = nt.batch(kernel, batch_size=batch, device_count=0, store_on_device=True)
    return Work(lambda: jax.block_until_ready(kernel(x, None)), both)


def convolutional_kernel(net):
    def layers(count):
        return [
            word for _ in range(count) for word in (stax.Conv(64, (3, 3), padding="SAME", W_std=root_two), stax.Relu())
        ]

    def halve(count=1):
        return [stax.AvgPool((2, 2), strides=(2, 2)) for _ in range(count)]

    if net == "GAP":
        words = layers(21) + [stax.GlobalAvgPool()]
    elif net == "Flatten":
        words = layers(21) + [stax.Flatten()]
    else:
        first, later = {"Myrtle-5": (2, 1), "Myrtle-10": (3, 3)}[net]
        words = layers(first) + halve() + layers(later) + halve() + layers(later) + halve(3) + [stax.Flatten()]
    return stax.serial(*words, stax.Dense(1))[2]


def images(case):
    z, x = (array.reshape(-1, 32, 32, 3) for array in arrays_of(case, "z", "x"))
    kernel = jax.jit(lambda z, x: convolutional_kernel(case.parameters["net"])(z, x, ("nngp", "ntk")))
    return Work(lambda: jax.block_until_ready(kernel(z, x)), both)


def empirical(case):
    net, (x, theta) = case.parameters["net"], arrays_of(case, "x", "theta")
    if net == "784-512-512-1":
        words = [stax.Dense(512, W_std=root_two), stax.Relu(), stax.Dense(512, W_std=root_two), stax.Relu()]
    else:
        x = x.reshape(-1, 32, 32, 3)
        words = [
            stax.Conv(16, (3, 3), padding="SAME", W_std=root_two),
            stax.Relu(),
            stax.Conv(32, (3, 3), strides=(2, 2), padding="SAME", W_std=root_two),
            stax.Relu(),
            stax.Flatten(),
        ]
    _, apply, _ = stax.serial(*words, stax.Dense(1))
    # Layers without parameters stand in the list, too; so does a bias, where a layer has one.
    values = iter(leaves_of(net, theta[0]))
    parameters = []
    for k in range(len(words) + 1):
        is_affine = k % 2 == 0 and k < 4 or k == len(words)
        parameters.append((next(values), None) if is_affine else ())
    implementation = nt.NtkImplementation[
        {
            "1, Jacobians": "JACOBIAN_CONTRACTION",
            "2, products": "NTK_VECTOR_PRODUCTS",
            "3, structured": "STRUCTURED_DERIVATIVES",
        }[case.setting]
    ]
    kernel = jax.jit(nt.empirical_ntk_fn(apply, implementation=implementation, vmap_axes=0))
    return Work(lambda: jax.block_until_ready(kernel(x, None, parameters)), lambda K: {"ntk": numpy.asarray(K)})


def bad_input(case):
    kernel = jax.jit(lambda x: dense_kernel(3)(x, None, "ntk"))
    return gram_outcomes(case, kernel)


tasks = {"gram": gram, "images": images, "empirical": empirical, "bad_input": bad_input}
