#pragma once
// Everything: the language, the kernels, finite networks, inference, readers, and Grams in files. All but what half again as
// much time would go into: infer/loss_flow.hpp, which includes Boost.Odeint.
#include <wide/dsl.hpp>
#include <wide/finite/alignment.hpp>
#include <wide/finite/empirical.hpp>
#include <wide/finite/hessian.hpp>
#include <wide/finite/initial.hpp>
#include <wide/finite/parameters_file.hpp>
#include <wide/finite/relative_change.hpp>
#include <wide/finite/train.hpp>
#include <wide/infer/eigenpairs.hpp>
#include <wide/infer/ensemble.hpp>
#include <wide/infer/gradient_flow.hpp>
#include <wide/infer/likelihood.hpp>
#include <wide/infer/max_learning_rate.hpp>
#include <wide/infer/posterior.hpp>
#include <wide/infer/regress.hpp>
#include <wide/io/cifar.hpp>
#include <wide/io/mnist.hpp>
#include <wide/io/standardize.hpp>
#include <wide/kernel/explain.hpp>
#include <wide/kernel/gram.hpp>
#include <wide/kernel/scale_gradient.hpp>
#include <wide/kernel_at.hpp>
#include <wide/store/gram_file.hpp>
#include <wide/store/gram_to_file.hpp>
