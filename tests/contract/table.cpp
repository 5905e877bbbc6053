// With WIDE_ACCURACY_TABLE=FILE in the environment, the errors that the contract's tests measure are appended to
// FILE, a line for every word.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "check.hpp"

namespace {

class Table {
public:
    Table() {
        const char* path = std::getenv("WIDE_ACCURACY_TABLE");
        if (path) file_ = std::fopen(path, "a");
        if (!file_) return;
        std::fputs(
            "\n### Duals of single words\n\n"
            "The largest error of the new correlation and of the slope (relative where it is above 1) against\n"
            "two-dimensional quadrature, over 16 correlations from -1 + 1e-9 to 1 - 1e-9 and all pairs of the "
            "variances\n"
            "1e-3, 0.5, 1, 4, 10 that lie in the word's domain (`tests/contract`).\n\n"
            "| word | dual, float | dual, double | slope, float | slope, double |\n|---|---|---|---|---|\n",
            file_);
    }
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;
    ~Table() {
        if (file_) std::fclose(file_);
    }

    void row(const wide::Report& report) {
        if (!file_ || !report.promise("dual").in_float.examined) return;
        std::fprintf(file_, "| `%s` | %.1e | %.1e | %.1e | %.1e |\n", report.word.c_str(),
                     report.worst<float>("dual"), report.worst<double>("dual"), report.worst<float>("dual's slope"),
                     report.worst<double>("dual's slope"));
    }

private:
    std::FILE* file_ = nullptr;
};

}  // namespace

void write_accuracy(const wide::Report& report) {
    static Table table;
    table.row(report);
}
