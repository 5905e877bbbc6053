#pragma once
// The language of Wide: architectures as types, and everything the compiler can say about them. Links nothing.
//
//     struct Net : Serial<Dense<512, He>, Relu, Dense<1>> {};
//     static_assert(accepts<Net, Vector<784>>);
//     static_assert(parameters_of<Net, Vector<784>> == 784 * 512 + 512);
#include <wide/dsl/meaning/cost.hpp>
#include <wide/dsl/meaning/output.hpp>
#include <wide/dsl/meaning/parameters.hpp>
#include <wide/dsl/meaning/schedule.hpp>
#include <wide/dsl/refusal/has_kernel.hpp>
#include <wide/dsl/words/branches.hpp>
#include <wide/dsl/words/conv.hpp>
#include <wide/dsl/words/dense.hpp>
#include <wide/dsl/words/dropout.hpp>
#include <wide/dsl/words/inputs.hpp>
#include <wide/dsl/words/nonlinearities/activations.hpp>
#include <wide/dsl/words/nonlinearities/erf.hpp>
#include <wide/dsl/words/nonlinearities/exponential.hpp>
#include <wide/dsl/words/nonlinearities/gabor.hpp>
#include <wide/dsl/words/nonlinearities/gaussian.hpp>
#include <wide/dsl/words/nonlinearities/gelu.hpp>
#include <wide/dsl/words/nonlinearities/hermite.hpp>
#include <wide/dsl/words/nonlinearities/monomial.hpp>
#include <wide/dsl/words/nonlinearities/polynomial.hpp>
#include <wide/dsl/words/nonlinearities/rectified.hpp>
#include <wide/dsl/words/nonlinearities/relu.hpp>
#include <wide/dsl/words/nonlinearities/sign.hpp>
#include <wide/dsl/words/nonlinearities/sine.hpp>
#include <wide/dsl/words/norm.hpp>
#include <wide/dsl/words/pool.hpp>
#include <wide/dsl/words/serial.hpp>
