#pragma once
// Everything: the language, the kernels, inference and readers.
#include <wide/dsl.hpp>
#include <wide/kernel/gram.hpp>
#include <wide/kernel_at.hpp>
