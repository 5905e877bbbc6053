#pragma once
// The language, the kernels, finite networks, inference, readers, and Grams in files. What costs every program time that few
// need is included by itself: infer/refined, infer/choose_ridge, infer/folds, infer/svm, infer/svm_path, infer/cross_validation,
// infer/loss_flow, io/uci.
#include <wide/dsl.hpp>
#include <wide/finite/alignment.hpp>
#include <wide/finite/empirical.hpp>
#include <wide/finite/hessian.hpp>
#include <wide/finite/initial.hpp>
#include <wide/finite/parameters_file.hpp>
#include <wide/finite/relative_change.hpp>
#include <wide/finite/train.hpp>
#include <wide/infer/classes.hpp>
#include <wide/infer/conjugate_gradients.hpp>
#include <wide/infer/eigenpairs.hpp>
#include <wide/infer/eigenpro.hpp>
#include <wide/infer/ensemble.hpp>
#include <wide/infer/gradient_flow.hpp>
#include <wide/infer/least_norm.hpp>
#include <wide/infer/leave_one_out.hpp>
#include <wide/infer/likelihood.hpp>
#include <wide/infer/max_learning_rate.hpp>
#include <wide/infer/nystrom.hpp>
#include <wide/infer/posterior.hpp>
#include <wide/infer/radial_kernel.hpp>
#include <wide/infer/regress.hpp>
#include <wide/infer/ridge_path.hpp>
#include <wide/io/cifar.hpp>
#include <wide/io/mnist.hpp>
#include <wide/io/standardize.hpp>
#include <wide/kernel/explain.hpp>
#include <wide/kernel/gram.hpp>
#include <wide/kernel/operator.hpp>
#include <wide/kernel/scale_gradient.hpp>
#include <wide/kernel_at.hpp>
#include <wide/store/gram_file.hpp>
#include <wide/store/gram_to_file.hpp>
