#include <wide/io/npy.hpp>

#include <limits>
#include <string>

#include "../catch.hpp"
#include "files.hpp"

using Catch::Matchers::Equals;
using test::bytes;
using test::Bytes;
using test::operator+;
using wide::Matrix;

namespace {

Bytes text_bytes(const std::string& text) {
    Bytes made;
    for (const char letter : text) made.push_back(static_cast<std::byte>(letter));
    return made;
}

/// A header of version 1 around any dictionary.
Bytes header_of(const std::string& words) {
    return bytes({0x93}) + text_bytes("NUMPY") +
           bytes({1, 0, static_cast<unsigned>(words.size() & 255), static_cast<unsigned>(words.size() >> 8)}) +
           text_bytes(words);
}

std::string header_error(const Bytes& file, std::uint64_t offset) {
    const auto refused = test::refusal([&] { (void)wide::parse_npy_header(file, "made"); });
    REQUIRE(refused);
    CHECK(refused->offset == offset);
    CHECK(refused->path == "made");
    return refused->what();
}

}  // namespace

TEST_CASE("a header is what NumPy itself writes") {
    std::string expected =
        std::string("\x93NUMPY\x01\0\x76\0", 10) + "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 784), }";
    expected.resize(127, ' ');
    CHECK(wide::npy_header<float>(3, 784) == expected + "\n");
    for (const std::size_t rows : {std::size_t{0}, std::size_t{60000}, std::numeric_limits<std::size_t>::max()}) {
        const std::string header = wide::npy_header<double>(rows, 0);
        CHECK(header.size() % 64 == 0);
        const auto read = wide::parse_npy_header(text_bytes(header), "made");
        CHECK(read.rows == rows);
        CHECK(read.columns == 0);
        CHECK(read.element_bytes == 8);
        CHECK(read.offset == header.size());
    }
}

TEMPLATE_TEST_CASE("a matrix comes back as it was written", "", float, double) {
    const test::Directory directory;
    Matrix<TestType> matrix(5, 3);
    for (std::size_t k = 0; k < matrix.size(); ++k) matrix.data()[k] = TestType(1) / static_cast<TestType>(k + 1);
    const std::string path = directory.path() + "/matrix.npy";
    wide::write_npy(path, matrix);
    const auto same = wide::npy_matrix<TestType>(path);
    const auto other = wide::npy_matrix<double>(path);
    REQUIRE((same.rows() == 5 && same.cols() == 3));
    for (std::size_t k = 0; k < matrix.size(); ++k) {
        CHECK(same.data()[k] == matrix.data()[k]);
        CHECK(other.data()[k] == static_cast<double>(matrix.data()[k]));
    }
    wide::write_npy(path, Matrix<TestType>(0, 3));
    CHECK(wide::npy_matrix<TestType>(path).rows() == 0);
}

TEST_CASE("headers in other people's hands are read too") {
    const auto read =
        wide::parse_npy_header(header_of("{ 'shape':(2,3),'fortran_order':False ,  'descr': '<f8'}\n"), "made");
    CHECK((read.rows == 2 && read.columns == 3 && read.element_bytes == 8));
    const std::string words = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
    const Bytes second = bytes({0x93}) + text_bytes("NUMPY") +
                         bytes({2, 0, static_cast<unsigned>(words.size()), 0, 0, 0}) + text_bytes(words);
    CHECK(wide::parse_npy_header(second, "made").offset == 12 + words.size());
}

TEST_CASE("what is no matrix of floats or doubles is refused, with the place") {
    const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
    const auto with = [&](const std::string& old, const std::string& words) {
        std::string changed = good;
        return header_of(changed.replace(changed.find(old), old.size(), words));
    };
    CHECK_THAT(header_error(bytes({1, 2, 3}), 0),
               Equals("made: byte 0: NumPy's files begin with 93 'NUMPY': check that this is one"));
    CHECK_THAT(header_error(test::first(header_of(good), 40), 40),
               Equals("made: byte 40: truncated NumPy header: write the file again"));
    CHECK_THAT(header_error(test::first(header_of(good), 7), 7),
               Equals("made: byte 7: truncated NumPy header: write the file again"));
    CHECK_THAT(header_error(with("<f4", ">f4"), 20),
               Equals("made: byte 20: the elements are neither '<f4' nor '<f8': save array.astype(numpy.float32)"));
    CHECK_THAT(header_error(with("False", "True"), 44),
               Equals("made: byte 44: the array lies column by column: save numpy.ascontiguousarray of it"));
    for (const char* shape : {"(2,)", "(2, 3, 4)", "()", "(-2, 3)", "2", "(2, 99999999999999999999)"}) {
        INFO(shape);
        CHECK(test::refusal([&] { (void)wide::parse_npy_header(with("(2, 3)", shape), "made"); }));
    }
    CHECK_THAT(header_error(with("'shape'", "'shade'"), 10),
               Equals("made: byte 10: the header has no 'shape': save the array anew"));
    CHECK(test::refusal([&] { (void)wide::parse_npy_header(with("(2, 3)", "(4294967296, 4294967296)"), "made"); }));
    CHECK(test::refusal([&] {
        Bytes later = header_of(good);
        later[6] = std::byte{9};
        (void)wide::parse_npy_header(later, "made");
    }));
}

TEST_CASE("a header cut at any byte is refused, and no byte of it crashes the reader") {
    const Bytes whole = header_of("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n");
    for (std::size_t count = 0; count < whole.size(); ++count)
        CHECK(test::refusal([&] { (void)wide::parse_npy_header(test::first(whole, count), "cut"); }));
    std::size_t read = 0;
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        Bytes flipped = whole;
        flipped[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
        if (!test::refusal([&] { (void)wide::parse_npy_header(flipped, "flipped"); })) ++read;
    }
    CHECK(read < 8 * whole.size() / 2);
}

TEST_CASE("numbers that are fewer or more than the shape says are refused") {
    const test::Directory directory;
    const Bytes header = text_bytes(wide::npy_header<float>(2, 3));
    for (const std::size_t count : {0u, 23u, 25u}) {
        const std::string path = directory.file("matrix.npy", header + Bytes(count));
        const auto refused = test::refusal([&] { (void)wide::npy_matrix<float>(path); });
        REQUIRE(refused);
        CHECK(refused->offset == header.size());
        CHECK_THAT(refused->what(), Equals(path + ": byte 128: the shape promises 24 bytes of numbers, and " +
                                           std::to_string(count) + " are there: write the file again"));
    }
}
