#include <wide/infer/ridge.hpp>

#include "../catch.hpp"

using namespace wide;

namespace {
struct NoRule {
    double value = 0;
};
struct SquaredRidge {
    double value = 0;
    double on(double mean_diagonal) const { return value * mean_diagonal * mean_diagonal; }
};
}  // namespace

static_assert(Ridge<ridge> && Ridge<absolute_ridge> && Ridge<SquaredRidge> && !Ridge<NoRule>);

TEST_CASE("a relative ridge scales with the diagonal, an absolute one does not") {
    CHECK(ridge{0.5}.on(8) == 4);
    CHECK(absolute_ridge{0.5}.on(8) == 0.5);
    CHECK(ridge{}.on(8) == 0);
}
