// Reading Grams back: what is returned was checked, and what is not sound is not returned.
#include <wide/store/gram_file.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

#include "../catch.hpp"
#include "files.hpp"

using namespace wide;
using test::directly;
using test::In;
using test::Net;
using test::same_bits;

namespace {

constexpr std::size_t n = 61, rows_a_block = 13;

}  // namespace

TEMPLATE_TEST_CASE("any range of rows is read, of all three kinds of Gram", "", float, double) {
    const auto data = random_rows<TestType>(n, 7, 1), other = random_rows<TestType>(30, 7, 2);
    const auto x = rows<In>(data), z = rows<In>(other);
    options lower = directly();
    lower.fill = fill::lower;
    const test::Directory directory;
    const auto check = [](const std::string& name, const Gram<TestType>& expected) {
        const GramFile<TestType> file(name);
        REQUIRE((file.rows() == expected.ntk.rows() && file.columns() == expected.ntk.cols()));
        CHECK(file.missing_rows() == 0);
        for (const std::size_t first : {0u, 5u, 12u, 13u, 14u, 26u, 30u})
            for (const std::size_t count : {0u, 1u, 8u, 13u, 30u}) {
                if (first + count > file.rows()) {
                    CHECK_THROWS_AS((void)file.read(first, count), shape_mismatch);
                    continue;
                }
                INFO(count << " rows from row " << first);
                CHECK(same_bits(file.read(first, count), test::some_rows(expected, first, count)));
            }
        CHECK_THROWS_AS((void)file.read(SIZE_MAX, 2), shape_mismatch);
    };
    const std::string path = directory.path();
    (void)gram_to_file<Net>(path + "/both", x, directly(), block_rows{rows_a_block});
    check(path + "/both", gram<Net>(x, directly()));
    (void)gram_to_file<Net>(path + "/lower", x, lower, block_rows{rows_a_block});
    check(path + "/lower", gram<Net>(x, lower));
    (void)gram_to_file<Net>(path + "/cross", z, x, directly(), block_rows{rows_a_block});
    check(path + "/cross", gram<Net>(z, x, directly()));
}

TEST_CASE("a damaged number, wherever it stands, is not returned") {
    const test::Directory directory;
    const std::string name = directory.path() + "/gram";
    const auto data = random_rows<float>(n, 7, 1);
    const auto report = gram_to_file<Net>(name, rows<In>(data), directly(), block_rows{rows_a_block});
    for (const std::string& path : {report.nngp, report.ntk}) {
        const std::string sound = test::content_of(path);
        for (const std::size_t i : {0u, 20u, 60u})
            for (const std::size_t j : {0u, 20u, 25u, 60u}) {
                INFO("row " << i << ", column " << j);
                std::string damaged = sound;
                const std::size_t header = damaged.size() - n * n * sizeof(float);
                damaged[header + (i * n + j) * sizeof(float) + 1] ^= 1;
                test::set_content(path, damaged);
                const GramFile<float> file(name);
                const auto refused = test::refusal([&] { (void)file.read(i, 1); });
                REQUIRE(refused);
                CHECK(refused->path == path);
                CHECK(refused->offset == header + i / rows_a_block * rows_a_block * n * sizeof(float));
                CHECK(
                    says(*refused, "are not what was written: call gram_to_file again, it computes them anew"));
                CHECK(test::refusal([&] { (void)read_gram_file<float>(name); }));
                // The rows of other blocks are as sound as they were.
                CHECK(file.read(i == 0 ? 30 : 0, 1).ntk.rows() == 1);
            }
        test::set_content(path, sound.substr(0, sound.size() - 1));
        CHECK(test::refusal([&] { (void)read_gram_file<float>(name); }));
        CHECK(GramFile<float>(name).read(0, 39).ntk.rows() == 39);
        test::set_content(path, sound.substr(0, 100));
        const auto headless = test::refusal([&] { (void)read_gram_file<float>(name); });
        REQUIRE(headless);
        CHECK(says(*headless, path + ": byte 0: its header is not that of "));
        test::set_content(path, sound);
    }
    CHECK(read_gram_file<float>(name).ntk.rows() == n);
    std::filesystem::remove(report.nngp);
    CHECK(test::refusal([&] { (void)read_gram_file<float>(name); }));
}

TEST_CASE("what is missing is told, and finished rows of lower triangles are read before all are there") {
    const test::Directory directory;
    const auto data = random_rows<float>(n, 7, 1);
    for (const fill triangles : {fill::both, fill::lower}) {
        const std::string name = directory.path() + (triangles == fill::both ? "/both" : "/lower");
        options how = directly();
        how.fill = triangles;
        const auto report = gram_to_file<Net>(name, rows<In>(data), how, block_rows{rows_a_block});
        std::string journal = test::content_of(report.journal);
        journal.resize(journal.find("rows 39 52"));
        test::set_content(report.journal, journal);
        const GramFile<float> file(name);
        CHECK(file.missing_rows() == 22);
        const auto e = thrown_by<error>([&] { (void)read_gram_file<float>(name); });
        CHECK(says(e, report.journal + ": 22 of 61 rows are missing: call gram_to_file again"));
        if (triangles == fill::lower)
            CHECK(same_bits(file.read(10, 29), test::some_rows(gram<Net>(rows<In>(data), how), 10, 29)));
        else CHECK_THROWS_AS((void)file.read(10, 29), error);
    }
    const std::string name = directory.path() + "/both";
    (void)gram_to_file<Net>(name, rows<In>(data), directly());
    std::string journal = test::content_of(name + ".journal");
    journal.resize(journal.find("above 13"));
    test::set_content(name + ".journal", journal);
    CHECK(GramFile<float>(name).missing_rows() == 0);
    const auto e = thrown_by<error>([&] { (void)read_gram_file<float>(name); });
    CHECK(says(e, "what is above the diagonal is not checked yet: call gram_to_file again"));
}

TEST_CASE("another element type, no Gram at all, and too little memory are refused") {
    const test::Directory directory;
    const std::string name = directory.path() + "/gram";
    const auto absent = test::refusal([&] { (void)read_gram_file<float>(name); });
    REQUIRE(absent);
    CHECK(absent->path == name + ".journal");
    const auto data = random_rows<float>(n, 7, 1);
    (void)gram_to_file<Net>(name, rows<In>(data), directly(), block_rows{rows_a_block});
    const auto other = thrown_by<different_gram>([&] { (void)read_gram_file<double>(name); });
    CHECK((other.fact == "element" && other.found == "float32" && other.expected == "float64"));
    const std::uint64_t needed = (2 * n + rows_a_block) * n * sizeof(float);
    CHECK(read_gram_file<float>(name, needed).ntk.rows() == n);
    const auto small = thrown_by<insufficient_memory>([&] { (void)read_gram_file<float>(name, needed - 1); });
    CHECK((small.needed == needed && small.budget == needed - 1));
    CHECK(GramFile<float>(name, needed / 2).read(0, 10).ntk.rows() == 10);

    for (const char* change : {"rows a block: 0", "rows a block: x", "columns: 60", "pairs: of three sets"}) {
        std::string journal = test::content_of(name + ".journal");
        const std::string words(change);
        const std::size_t at = journal.find(words.substr(0, words.find(':')) + ":");
        const std::string sound = journal;
        journal.replace(at, journal.find('\n', at) - at, words);
        test::set_content(name + ".journal", journal);
        const auto refused = test::refusal([&] { (void)read_gram_file<float>(name); });
        REQUIRE(refused);
        CHECK(says(*refused, "the facts do not describe a Gram"));
        test::set_content(name + ".journal", sound);
    }
}
