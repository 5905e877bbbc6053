#pragma once
// Everything: the language, the kernels, finite networks, inference, readers, and Grams in files.
#include <wide/dsl.hpp>
#include <wide/finite/empirical.hpp>
#include <wide/finite/initial.hpp>
#include <wide/infer/likelihood.hpp>
#include <wide/infer/regress.hpp>
#include <wide/io/cifar.hpp>
#include <wide/io/mnist.hpp>
#include <wide/io/standardize.hpp>
#include <wide/kernel/explain.hpp>
#include <wide/kernel/gram.hpp>
#include <wide/kernel_at.hpp>
#include <wide/store/gram_file.hpp>
#include <wide/store/gram_to_file.hpp>
