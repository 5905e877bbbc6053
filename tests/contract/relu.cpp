#include "nonlinearity.hpp"

using namespace wide;

TEST_CASE("Relu keeps its contract") { check_nonlinearity<Relu>(); }
TEST_CASE("LeakyRelu keeps its contract") { check_nonlinearity<LeakyRelu<0.1>>(); }
TEST_CASE("Abs keeps its contract") { check_nonlinearity<Abs>(); }
TEST_CASE("ABRelu of one sign keeps its contract") { check_nonlinearity<ABRelu<0.3, 1.7>>(); }
TEST_CASE("ABRelu of both signs keeps its contract") { check_nonlinearity<ABRelu<-0.5, 0.2>>(); }
