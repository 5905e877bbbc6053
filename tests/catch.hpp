#pragma once
// Catch2, whichever is installed: 2.13 keeps everything in catch.hpp, 3 in catch_all.hpp.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
