// Derivatives by deviations through nonlinearities of every kind, LayerNorm and dropout.
#include "quotients.hpp"

using namespace wide;

namespace {

struct Normalised : Serial<Dense<8, Bias<0.2>>, LayerNorm, Gelu, Dropout<0.7, Train>, Dense<8, Weight<1.2>>,
                           Sin<1, 1, 0.3>, Dense<1>> {};
struct Series : Serial<Dense<8, Bias<0.1>>, Tanh, Dense<8>, Elu<>, Dense<1, Bias<0.1>>> {};
struct Powers : Serial<Dense<8, Weight<0.7>>, Exp<1, 0.5>, Dense<8, Weight<0.4>, Bias<0.1>>, Polynomial<0.1, 1, 0.3>,
                       Dense<8>, RectifiedMonomial<2>, Dense<1>> {};

}  // namespace

TEST_CASE("derivatives through LayerNorm, dropout, GELU and sines") {
    quotients::agrees_with_quotients_on_both_shapes<Normalised>();
}

TEST_CASE("derivatives through duals from Hermite coefficients") {
    quotients::agrees_with_quotients_on_both_shapes<Series>();
}

TEST_CASE("derivatives through exponentials and powers") {
    quotients::agrees_with_quotients_on_both_shapes<Powers>();
}
