#include <wide/io/npz.hpp>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../skipped.hpp"
#include "../thrown.hpp"
#include "files.hpp"

using test::Bytes;

namespace {

Bytes bytes_of(const std::string& text) {
    Bytes made;
    for (const char letter : text) made.push_back(static_cast<std::byte>(letter));
    return made;
}

std::string small_file() {
    const std::vector<float> numbers{1, 2, 3, 4, 5, 6};
    const std::vector<double> others{0.5, -0.25};
    wide::NpzWriter file;
    file.add("a", std::array<std::size_t, 2>{3, 2}, std::span<const float>(numbers));
    file.add("of one axis", std::array<std::size_t, 1>{2}, std::span<const double>(others));
    return file.bytes();
}

}  // namespace

TEST_CASE("arrays come back with their names, shapes and numbers") {
    const Bytes file = bytes_of(small_file());
    const auto members = wide::npz_members(file, "made");
    REQUIRE(members.size() == 2);
    CHECK(members[0].name == "a");
    CHECK(members[0].header.sizes == std::vector<std::size_t>{3, 2});
    CHECK(members[0].header.element_bytes == 4);
    CHECK(members[0].numbers.size() == 24);
    CHECK(members[1].name == "of one axis");
    CHECK(members[1].header.sizes == std::vector<std::size_t>{2});
    double second = 0;
    std::memcpy(&second, members[1].numbers.data() + 8, 8);
    CHECK(second == -0.25);
    CHECK(wide::npz_members(bytes_of(wide::NpzWriter().bytes()), "empty").empty());
}

TEST_CASE("a file cut at any byte is refused, and no flipped bit of an array passes") {
    const Bytes whole = bytes_of(small_file());
    for (std::size_t count = 0; count < whole.size(); ++count) {
        const auto refused = test::refusal([&] { (void)wide::npz_members(test::first(whole, count), "cut"); });
        REQUIRE(refused);
        CHECK(refused->offset == count);
        CHECK(says(*refused, "truncated"));
    }
    const auto members = wide::npz_members(whole, "made");
    std::size_t read = 0;
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        Bytes flipped = whole;
        flipped[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
        const auto refused = test::refusal([&] { (void)wide::npz_members(flipped, "flipped"); });
        read += !refused;
        const std::size_t at = bit / 8, begin = members[0].offset;
        if (at < begin || at >= begin + members[0].header.offset + members[0].numbers.size()) continue;
        REQUIRE(refused);
        CHECK(refused->offset == begin);
        CHECK(says(*refused, "CRC"));
    }
    CHECK(read > 0);
}

TEST_CASE("what no .npz of ours has is refused by its name") {
    const std::string good = small_file();
    const auto refusal_of = [](const std::string& file) {
        const auto refused = test::refusal([&] { (void)wide::npz_members(bytes_of(file), "made"); });
        REQUIRE(refused);
        return std::string(refused->what());
    };
    const std::size_t directory = good.find("PK\1\2");
    std::string compressed = good;
    compressed[directory + 10] = 8;
    CHECK(refusal_of(compressed).find("savez_compressed") != std::string::npos);
    std::string text = good;
    text.replace(text.rfind("a.npy"), 5, "a.txt");
    CHECK(refusal_of(text).find("'a.txt' is no array") != std::string::npos);
    CHECK(refusal_of("PK") == "made: byte 2: the file does not end as an .npz does: it is truncated, or none; write it again");
    const std::vector<float> number{1};
    wide::NpzWriter twice;
    for (int k = 0; k < 2; ++k) twice.add("a", std::array<std::size_t, 1>{1}, std::span<const float>(number));
    CHECK(refusal_of(twice.bytes()).find("twice") != std::string::npos);
    wide::NpzWriter few;
    few.add("a", std::array<std::size_t, 1>{2}, std::span<const float>(number));
    CHECK(refusal_of(few.bytes()).find("promises 8 bytes of numbers, and 4 are there") != std::string::npos);
}

TEST_CASE("NumPy reads what is written, and what NumPy writes is read") {
    if (std::system("python3 -c 'import numpy' 2>/dev/null") != 0) return skipped("python3 has no numpy");
    const test::Directory directory;
    const std::string path = directory.file("made.npz", bytes_of(small_file()));
    const std::string other = directory.path() + "/numpy.npz";
    const std::string program =
        "import numpy, sys\n"
        "a = numpy.load(sys.argv[1])\n"
        "assert sorted(a.files) == ['a', 'of one axis'], a.files\n"
        "assert a['a'].dtype == numpy.float32 and a['a'].tolist() == [[1, 2], [3, 4], [5, 6]], a['a']\n"
        "assert a['of one axis'].tolist() == [0.5, -0.25]\n"
        "numpy.savez(sys.argv[2], b=numpy.ones((2, 1, 3)), c=numpy.float32(3))\n";
    const std::string script = directory.file("check.py", bytes_of(program));
    REQUIRE(std::system(("python3 " + script + " " + path + " " + other).c_str()) == 0);
    const auto bytes = wide::read_raw_bytes(other);
    const auto members = wide::npz_members(bytes, other);
    REQUIRE(members.size() == 2);
    CHECK(members[0].header.sizes == std::vector<std::size_t>{2, 1, 3});
    CHECK(members[0].numbers.size() == 48);
    CHECK(members[1].header.sizes.empty());
    CHECK(members[1].numbers.size() == 4);
}
