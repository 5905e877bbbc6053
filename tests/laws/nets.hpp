#pragma once
// Architectures that between them use every kind of step.
#include <wide/dsl.hpp>

struct Shallow : wide::Serial<wide::Dense<8, wide::He>, wide::Relu, wide::Dense<1>> {};
struct Biased : wide::Serial<wide::Dense<8, wide::Weight<1.3>, wide::Bias<0.4>>, wide::LeakyRelu<0.1>,
                             wide::Dense<8, wide::Bias<0.2>>, wide::Erf, wide::Dense<1, wide::Bias<0.1>>> {};
struct Branching
    : wide::Serial<wide::Dense<8, wide::Bias<0.3>>, wide::Residual<wide::Relu, wide::Dense<8, wide::He>>,
                   wide::Concat<wide::Serial<wide::Abs, wide::Dense<4>>, wide::Serial<wide::Relu, wide::Dense<12>>>,
                   wide::Dense<8>, wide::Relu,
                   wide::Product<wide::Dense<8, wide::Bias<0.5>>, wide::Dense<8, wide::He>>, wide::Dense<1>> {};
struct Normal : wide::Serial<wide::Dense<8, wide::Bias<0.2>, wide::Standard>, wide::LayerNorm, wide::Relu,
                             wide::Dropout<0.7, wide::Train>, wide::Dense<8, wide::Frozen>, wide::ABRelu<-0.5, 0.2>,
                             wide::Dense<1, wide::Standard>> {};
struct Looped
    : wide::Serial<wide::Repeat<20, wide::Dense<8, wide::He, wide::Bias<0.05>>, wide::Relu>, wide::Dense<1>> {};
