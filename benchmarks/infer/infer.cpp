// Inference: products with kernels that are not stored.
#include <cblas.h>

#include "operator.hpp"

using namespace wide::benchmark_table;

int main(int argc, char** argv) {
    Report report("infer", argc, argv);
    Measure measure(report.repetitions());
    openblas_set_num_threads(1);
    OperatorCases operators;
    operators.time(measure);
    measure.run();
    operators.tell(report, measure);
    return report.finish();
}
