"""JAX: networks written by hand, compiled by jit; also many calls inside one compiled loop, which no user's call is."""

import jax
import jax.numpy as jnp
import numpy

from measure import Work
from networks import factors_of, leaves_of, one_row
from outcome import finiteness, outcome

packages = ["jax", "jaxlib", "numpy"]


def network_of(net):
    *hidden, last = factors_of(net)

    def network(theta, x):
        for weights, factor in zip(theta, hidden):
            x = jax.nn.relu(x @ weights * factor)
        return x @ theta[-1] * last

    return network


def call_of(case):
    """The function of the case, of samples first, and its arguments."""
    net, what = case.parameters["net"], case.parameters["what"]
    network = network_of(net)
    theta, direction = (
        [jnp.asarray(leaf) for leaf in leaves_of(net, case.array(name)[0])] for name in ("theta", "direction")
    )
    x, cotangent = jnp.asarray(case.array("x")), jnp.asarray(case.array("cotangent"))
    if what == "forward":
        return lambda x, theta: network(theta, x), (x, theta)
    if what == "jvp":
        return (
            lambda x, theta, direction: jax.jvp(lambda at: network(at, x), (theta,), (direction,)),
            (x, theta, direction),
        )
    return lambda x, theta, cotangent: jax.vjp(lambda at: network(at, x), theta)[1](cotangent)[0], (x, theta, cotangent)


turns = 100


def looped(function):
    """A call inside a compiled loop: what it costs without Python and dispatch. One number of the samples depends on what the
    turn before made, by nothing that changes it, so that no turn can be left out or be done once for all."""

    @jax.jit
    def many(x, *arguments):
        def turn(_, carried):
            x, made = carried
            x = x.at[0, 0].add(0 * jax.tree_util.tree_leaves(made)[0].ravel()[0])
            return x, function(x, *arguments)

        nothing = jax.tree_util.tree_map(lambda of: jnp.zeros(of.shape, of.dtype), jax.eval_shape(function, x, *arguments))
        return jax.lax.fori_loop(0, turns, turn, (x, nothing))[1]

    return many


def network(case):
    jax.config.update("jax_enable_x64", case.precision == "float64")
    function, arguments = call_of(case)
    what = case.parameters["what"]
    is_loop = case.setting == "compiled loop"
    compiled = looped(function) if is_loop else jax.jit(function)

    def arrays(made):
        if what == "forward":
            return {"outputs": numpy.asarray(made)}
        if what == "jvp":
            return {"outputs": numpy.asarray(made[0]), "tangent": numpy.asarray(made[1])}
        return {"gradient": one_row(made)}

    return Work(lambda: jax.block_until_ready(compiled(*arguments)), arrays, turns=turns if is_loop else 1)


def bad_input(case):
    net = "64-64-64-1"
    theta = [jnp.asarray(leaf) for leaf in leaves_of(net, case.array("theta")[0])]
    forward = jax.jit(network_of(net))
    return {"network, NaN in a sample": outcome(lambda: finiteness(forward(theta, case.array("samples"))))}


tasks = {"network": network, "bad_input": bad_input}
