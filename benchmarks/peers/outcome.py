"""What a peer does with what it should not be given, in words: bad_input.cpp words this project's answers the same way."""

import warnings

import numpy


def outcome(work):
    """ "raises TYPE: SENTENCE", or what `work` says of its result, with the first warning where there was one."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            text = work()
        except Exception as problem:
            sentence = next(iter(str(problem).strip().splitlines()), "")
            return f"raises {type(problem).__name__}: {sentence}"
    if said:
        first = str(said[0].message).strip().splitlines()[0]
        text = text.replace(", nothing said", "") + f", warns: {first}"
    return text


def finiteness(values):
    values = numpy.asarray(values)
    bad = int(numpy.count_nonzero(~numpy.isfinite(values)))
    if bad == 0:
        return f"all of {values.size} values finite"
    return f"returns: {bad} of {values.size} values not finite, nothing said"


def gram_outcomes(case, ntk):
    def equal_rows():
        # Of equal samples the kernel is known: |x|^2 / d times the number of layers, the readout included.
        x = case.array("equal")
        exact = float(numpy.mean(x[0].astype("float64") ** 2)) * 4
        return f"off the exact value by {abs(float(numpy.asarray(ntk(x))[0, 1]) / exact - 1):.1e}"

    return {
        "Gram, NaN in row 3": outcome(lambda: finiteness(ntk(case.array("nan")))),
        "Gram, a row of zeros": outcome(lambda: finiteness(ntk(case.array("zero")))),
        "Gram of 3 layers, two equal rows": outcome(equal_rows),
    }


def regression_outcomes(case, solve):
    y = case.array("y")

    def solved(name):
        def work():
            K = case.array(name)
            w = solve(K.copy(), y.copy())
            rest = numpy.linalg.norm(y - K.astype("float64") @ w) / numpy.linalg.norm(y.astype("float64"))
            return f"returns, |y - K w| / |y| = {rest:.1e}, nothing said"

        return outcome(work)

    return {
        "regression, NaN in K": solved("k_nan"),
        "regression, K indefinite": solved("k_indefinite"),
        "regression, K singular (equal rows, different labels)": solved("k_singular"),
    }
