"""PyTorch on the processor: torch.func's jvp and vjp, forward without a graph, empirical kernels from its Jacobians."""

import os

import numpy
import torch
import torch.nn.functional as F
from torch.func import jvp, vjp, vmap, jacrev

from measure import Work
from networks import factors_of, leaves_of, one_row
from outcome import finiteness, outcome

packages = ["torch", "numpy"]
# By itself torch counts the machine's cores, not those that this process may use.
torch.set_num_threads(len(os.sched_getaffinity(0)))


def network_of(net):
    """The factor of a layer is the product's own, and ReLU is in place: no other pass over the activations."""
    *hidden, last = factors_of(net)

    def layer(x, weights, factor):
        return torch.addmm(x.new_zeros(1), x, weights, beta=0, alpha=factor)

    def network(theta, x):
        for weights, factor in zip(theta, hidden):
            x = layer(x, weights, factor).relu_()
        return layer(x, theta[-1], last)

    return network


def image_network(theta, x):
    """x: samples, channels, height, width; the weights as torch has them: outputs, inputs, height, width."""
    first, second, last = factors_of("image")
    x = torch.relu(F.conv2d(x, theta[0], padding=1) * first)
    # Of a window of 3 at stride 2 on 32 pixels, "same" pads one pixel, behind.
    x = torch.relu(F.conv2d(F.pad(x, (0, 1, 0, 1)), theta[1], stride=2) * second)
    return x.permute(0, 2, 3, 1).flatten(1) @ theta[2] * last


def tensors(arrays):
    return tuple(torch.from_numpy(numpy.ascontiguousarray(array)) for array in arrays)


def network(case):
    net, what = case.parameters["net"], case.parameters["what"]
    function = network_of(net)
    theta, direction = (tensors(leaves_of(net, case.array(name)[0])) for name in ("theta", "direction"))
    x, cotangent = tensors([case.array("x"), case.array("cotangent")])
    if what == "forward":

        def run():
            with torch.inference_mode():
                return function(theta, x)

        return Work(run, lambda made: {"outputs": made.numpy()})
    if what == "jvp":
        return Work(
            lambda: jvp(lambda *at: function(at, x), theta, direction),
            lambda made: {"outputs": made[0].numpy(), "tangent": made[1].numpy()},
        )
    return Work(
        lambda: vjp(lambda *at: function(at, x), *theta)[1](cotangent),
        lambda made: {"gradient": one_row([leaf.numpy() for leaf in made])},
    )


def empirical(case):
    """Each sample's gradient (jacrev under vmap), then the sum over leaves of their products."""
    net, leaves = case.parameters["net"], leaves_of(case.parameters["net"], case.array("theta")[0])
    x = case.array("x")
    if net == "784-512-512-1":
        function = network_of(net)
    else:
        function = image_network
        x = x.reshape(-1, 32, 32, 3).transpose(0, 3, 1, 2)
        leaves = [leaf.transpose(3, 2, 0, 1) if leaf.ndim == 4 else leaf for leaf in leaves]
    theta = tensors(leaves)
    (x,) = tensors([x])
    gradients = vmap(jacrev(lambda theta, one: function(theta, one[None])[0, 0]), (None, 0))

    def run():
        with torch.no_grad():
            return sum(J @ J.T for J in (leaf.flatten(1) for leaf in gradients(theta, x)))

    return Work(run, lambda K: {"ntk": K.numpy()})


def bad_input(case):
    net = "64-64-64-1"
    theta = tensors(leaves_of(net, case.array("theta")[0]))
    forward = network_of(net)
    return {
        "network, NaN in a sample": outcome(lambda: finiteness(forward(theta, torch.from_numpy(case.array("samples")))))
    }


tasks = {"network": network, "empirical": empirical, "bad_input": bad_input}
