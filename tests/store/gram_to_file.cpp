// Grams in files: the numbers of gram<Net>, and what becomes of them when files are damaged between two calls.
#include <wide/store/gram_to_file.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <stop_token>
#include <string>
#include <vector>

#include <wide/io/npy.hpp>

#include "../catch.hpp"
#include "files.hpp"

using namespace wide;
using test::directly;
using test::In;
using test::Net;
using test::same_bits;

namespace {

constexpr std::size_t n = 61, rows_a_block = 13, blocks = 5;

/// Pairs of the blocks named, of n rows.
std::uint64_t pairs_of(const std::vector<std::size_t>& which) {
    const GramLayout layout{n, n, true, fill::both, rows_a_block};
    std::uint64_t pairs = 0;
    for (const std::size_t b : which) pairs += layout.pairs(b);
    return pairs;
}

/// The second number of the last progress report of a call.
struct LastTotal {
    std::uint64_t done = 0, total = 0;

    options watched(options how) {
        how.progress = [this](std::uint64_t now, std::uint64_t of) { done = now, total = of; };
        return how;
    }
};

}  // namespace

TEMPLATE_TEST_CASE("a symmetric Gram in files is gram<Net>, to the bit", "", float, double) {
    const auto data = random_rows<TestType>(n, 7, 1);
    for (const std::size_t count : {std::size_t{1}, std::size_t{13}, std::size_t{26}, n})
        for (const std::size_t height : {std::size_t{1}, rows_a_block, n, std::size_t{1000}, std::size_t{0}}) {
            INFO(count << " rows, " << height << " a block");
            const test::Directory directory;
            const std::string name = directory.path() + "/gram";
            const auto x = rows<In>(data.data(), count);
            const auto report = gram_to_file<Net>(name, x, directly(), block_rows{height});
            CHECK((report.rows == count && report.columns == count));
            CHECK((report.rows_computed == count && report.rows_kept == 0));
            const auto expected = gram<Net>(x, directly());
            CHECK(same_bits(read_gram_file<TestType>(name), expected));
            CHECK(report.nngp == name + ".nngp.npy");
            CHECK(same_bits(npy_matrix<TestType>(report.nngp), expected.nngp));
            CHECK(same_bits(npy_matrix<TestType>(report.ntk), expected.ntk));

            const std::string journal = test::content_of(report.journal), ntk = test::content_of(report.ntk);
            const auto again = gram_to_file<Net>(name, x, block_rows{height}, directly());
            CHECK((again.rows_computed == 0 && again.rows_kept == count));
            CHECK(test::content_of(report.journal) == journal);
            CHECK(test::content_of(report.ntk) == ntk);
        }
}

TEMPLATE_TEST_CASE("a cross Gram in files is gram<Net>, to the bit", "", float, double) {
    const auto data = random_rows<TestType>(n, 7, 1), other = random_rows<TestType>(40, 7, 2);
    const auto x = rows<In>(data), z = rows<In>(other);
    auto scales = default_scales<Net>();
    scales[1] = {1.3, 0};
    const auto expected = gram<Net>(z, x, directly(), scales);
    for (const std::size_t height : {1u, 13u, 40u, 0u}) {
        const test::Directory directory;
        const std::string name = directory.path() + "/gram";
        const auto report = gram_to_file<Net>(name, z, x, scales, directly(), block_rows{height});
        CHECK((report.rows == 40 && report.columns == n && report.rows_computed == 40));
        CHECK(same_bits(read_gram_file<TestType>(name), expected));
        CHECK(same_bits(npy_matrix<TestType>(report.ntk), expected.ntk));
        CHECK(gram_to_file<Net>(name, z, x, scales, directly()).rows_kept == 40);
    }
}

TEMPLATE_TEST_CASE("Grams of images go into files like those of vectors", "", float, double) {
    struct Convolutions
        : Serial<Conv<8, Filter<3, 3>, Same, He, Bias<0.1>>, Relu, AvgPool<Window<2, 2>, Stride<2, 2>>,
                 Conv<8, Filter<3, 3>, Same, He>, Relu, GlobalAvgPool, Dense<1>> {};
    using Picture = Image<4, 4, 2>;
    const auto data = random_rows<TestType>(23, 32, 1), other = random_rows<TestType>(9, 32, 2);
    const auto x = rows<Picture>(data), z = rows<Picture>(other);
    const test::Directory directory;
    const std::string name = directory.path() + "/gram";
    const auto report = gram_to_file<Convolutions>(name, x, directly(), block_rows{5});
    const auto expected = gram<Convolutions>(x, directly());
    CHECK(same_bits(read_gram_file<TestType>(name), expected));
    std::string journal = test::content_of(report.journal);
    journal.resize(journal.find("rows 15 20") + 40);
    test::set_content(report.journal, journal);
    CHECK(gram_to_file<Convolutions>(name, x, directly()).rows_kept == 15);
    CHECK(same_bits(read_gram_file<TestType>(name), expected));
    using Other = Image<2, 8, 2>;
    const auto e = thrown_by<different_gram>(
        [&] { (void)gram_to_file<Convolutions>(name, rows<Other>(data), directly()); });
    CHECK((e.fact == "input" && e.found == "4 x 4 x 2" && e.expected == "2 x 8 x 2"));

    (void)gram_to_file<Convolutions>(name + "2", z, x, directly(), block_rows{5});
    CHECK(same_bits(read_gram_file<TestType>(name + "2"), gram<Convolutions>(z, x, directly())));
}

TEST_CASE("of a lower triangle nothing is written above the diagonal") {
    const test::Directory directory;
    const std::string name = directory.path() + "/gram";
    const auto data = random_rows<float>(n, 7, 1);
    options how = directly();
    how.fill = fill::lower;
    const auto report = gram_to_file<Net>(name, rows<In>(data), how, block_rows{rows_a_block});
    const auto expected = gram<Net>(rows<In>(data), how);
    CHECK(expected.ntk(0, 1) == 0);
    CHECK(same_bits(read_gram_file<float>(name), expected));
    CHECK(same_bits(npy_matrix<float>(report.ntk), expected.ntk));
    CHECK(gram_to_file<Net>(name, rows<In>(data), how).rows_kept == n);
}

TEST_CASE("no samples have a Gram in files, too") {
    const test::Directory directory;
    const auto data = random_rows<float>(5, 7, 1);
    const auto none = rows<In>(data.data(), 0), some = rows<In>(data);
    const auto report = gram_to_file<Net>(directory.path() + "/none", none);
    CHECK((report.rows == 0 && report.rows_computed == 0));
    CHECK(npy_matrix<float>(report.nngp).rows() == 0);
    CHECK(read_gram_file<float>(directory.path() + "/none").ntk.empty());
    (void)gram_to_file<Net>(directory.path() + "/wide", none, some);
    CHECK(read_gram_file<float>(directory.path() + "/wide").ntk.cols() == 5);
    (void)gram_to_file<Net>(directory.path() + "/tall", some, none);
    CHECK(read_gram_file<float>(directory.path() + "/tall").ntk.rows() == 5);
}

/// Blocks may choose differently than the whole: how long a series is, whether to collapse.
TEMPLATE_TEST_CASE("a cheaper schedule and series agree within the promised accuracy", "", float, double) {
    struct Series : Serial<Dense<8>, Tanh, Dense<8>, Relu, Dense<1>> {};
    struct Homogeneous : Serial<Dense<8, He>, Relu, Dense<8, He>, Relu, Dense<8, He>, Relu, Dense<1>> {};
    auto data = random_rows<TestType>(n, 7, 1);
    for (std::size_t k = 0; k < 7; ++k) data(3, k) = 2 * data(3, k);
    const auto x = rows<In>(data);
    const double tolerance = sizeof(TestType) == sizeof(float) ? 1e-5 : 1e-10;
    const auto check = [&](const Gram<TestType>& found, const Gram<TestType>& expected) {
        double largest = 0;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j) {
                const auto entry = [&](const Matrix<TestType>& one, const Matrix<TestType>& two) {
                    const double scale = std::sqrt(static_cast<double>(two(i, i)) * static_cast<double>(two(j, j)));
                    return std::abs(static_cast<double>(one(i, j)) - static_cast<double>(two(i, j))) / scale;
                };
                largest = std::max({largest, entry(found.nngp, expected.nngp), entry(found.ntk, expected.ntk)});
            }
        CHECK(largest < tolerance);
    };
    const test::Directory directory;
    (void)gram_to_file<Series>(directory.path() + "/series", x, block_rows{rows_a_block});
    check(read_gram_file<TestType>(directory.path() + "/series"), gram<Series>(x));
    (void)gram_to_file<Homogeneous>(directory.path() + "/homogeneous", x, block_rows{rows_a_block});
    check(read_gram_file<TestType>(directory.path() + "/homogeneous"), gram<Homogeneous>(x));
}

TEST_CASE("what was damaged is computed again, and nothing else") {
    const auto data = random_rows<float>(n, 7, 1);
    const auto x = rows<In>(data);
    const auto expected = gram<Net>(x, directly());
    const std::size_t header = npy_header<float>(n, n).size();
    const auto at = [&](std::size_t i, std::size_t j) { return header + (i * n + j) * sizeof(float); };

    /// Damages finished files; then says which blocks a second call computed.
    const auto computed = [&](const std::function<void(const GramFileReport&)>& damage) {
        const test::Directory directory;
        const std::string name = directory.path() + "/gram";
        const auto first = gram_to_file<Net>(name, x, directly(), block_rows{rows_a_block});
        const std::string journal = test::content_of(first.journal);
        damage(first);
        LastTotal last;
        const auto second = gram_to_file<Net>(name, x, last.watched(directly()));
        CHECK(second.rows_kept + second.rows_computed == n);
        CHECK(last.done == last.total);
        CHECK(same_bits(read_gram_file<float>(name), expected));
        CHECK(same_bits(npy_matrix<float>(second.nngp), expected.nngp));
        CHECK(same_bits(npy_matrix<float>(second.ntk), expected.ntk));
        CHECK(gram_to_file<Net>(name, x, directly()).rows_kept == n);
        CHECK(test::finished_blocks(test::content_of(first.journal)) >= blocks);
        return last.total;
    };
    const auto flip = [](const std::string& path, std::size_t byte) {
        std::string content = test::content_of(path);
        content[byte] = static_cast<char>(content[byte] ^ 16);
        test::set_content(path, content);
    };
    const auto cut = [](const std::string& path, std::size_t bytes) { std::filesystem::resize_file(path, bytes); };
    const auto edit = [](const std::string& path, const std::function<void(std::string&)>& change) {
        std::string content = test::content_of(path);
        change(content);
        test::set_content(path, content);
    };

    SECTION("nothing") {
        CHECK(computed([](const auto&) {}) == 0);
    }
    SECTION("a byte of a finished block") {
        CHECK(computed([&](const auto& files) { flip(files.ntk, at(20, 3)); }) == pairs_of({1}));
        CHECK(computed([&](const auto& files) { flip(files.nngp, at(20, 20)); }) == pairs_of({1}));
        CHECK(computed([&](const auto& files) { flip(files.nngp, at(n, 0) - 1); }) == pairs_of({4}));
        CHECK(computed([&](const auto& files) {
                  flip(files.nngp, at(0, 0));
                  flip(files.ntk, at(40, 2));
              }) == pairs_of({0, 3}));
    }
    SECTION("a byte above the diagonal, which is copied again") {
        CHECK(computed([&](const auto& files) { flip(files.ntk, at(3, 20)); }) == 0);
        CHECK(computed([&](const auto& files) { flip(files.nngp, at(0, n - 1)); }) == 0);
    }
    SECTION("bytes above the diagonal, and lines about them") {
        CHECK(computed([&](const auto& files) {
                  for (const std::size_t i : {2u, 15u, 16u, 40u}) flip(files.ntk, at(i, n - 2));
                  edit(files.journal, [](std::string& text) {
                      const std::size_t line = text.find("above 13 ");
                      text.erase(line, text.find('\n', line) + 1 - line);
                  });
              }) == 0);
    }
    SECTION("a byte of a header") {
        CHECK(computed([&](const auto& files) { flip(files.ntk, 0); }) == 0);
        CHECK(computed([&](const auto& files) { flip(files.nngp, 60); }) == 0);
    }
    SECTION("a file that is cut") {
        CHECK(computed([&](const auto& files) { cut(files.ntk, at(n, 0) - 1); }) == pairs_of({4}));
        CHECK(computed([&](const auto& files) { cut(files.nngp, at(39, 0)); }) == pairs_of({3, 4}));
        CHECK(computed([&](const auto& files) { cut(files.nngp, at(38, n - 1)); }) == pairs_of({3, 4}));
        CHECK(computed([&](const auto& files) { cut(files.nngp, at(38, 38)); }) == pairs_of({2, 3, 4}));
        CHECK(computed([&](const auto& files) { cut(files.ntk, 10); }) == pairs_of({0, 1, 2, 3, 4}));
        CHECK(computed([&](const auto& files) { cut(files.ntk, 0); }) == pairs_of({0, 1, 2, 3, 4}));
    }
    SECTION("a file that is gone, or longer than it should be") {
        CHECK(computed([&](const auto& files) { std::filesystem::remove(files.ntk); }) == pairs_of({0, 1, 2, 3, 4}));
        CHECK(computed([&](const auto& files) { cut(files.ntk, at(n, 0) + 5); }) == 0);
    }
    SECTION("lines of the journal that are gone") {
        const auto drop_from = [&](const std::string& line) {
            return computed([&](const auto& files) {
                edit(files.journal, [&](std::string& text) { text.resize(text.find(line)); });
            });
        };
        CHECK(drop_from("above 0 ") == 0);
        CHECK(drop_from("above 39 ") == 0);
        CHECK(drop_from("rows 52 61 ") == pairs_of({4}));
        CHECK(drop_from("rows 26 39 ") == pairs_of({2, 3, 4}));
        CHECK(drop_from("rows 0 13 ") == pairs_of({0, 1, 2, 3, 4}));
    }
    SECTION("a line that breaks off, anywhere") {
        const std::size_t whole =
            JournalEntry{"rows", 39, 52, {std::string(32, '0'), std::string(32, '0')}}.line().size();
        for (const std::size_t length : {std::size_t{1}, std::size_t{7}, std::size_t{60}, whole - 2, whole - 1}) {
            INFO(length << " bytes of the line");
            CHECK(computed([&](const auto& files) {
                      edit(files.journal, [&](std::string& text) { text.resize(text.find("rows 39 ") + length); });
                  }) == pairs_of({3, 4}));
        }
    }
    SECTION("a line that was changed") {
        for (const char* words : {"rows 13 26", "nngp ", "check "})
            CHECK(computed([&](const auto& files) {
                      edit(files.journal, [&](std::string& text) {
                          const std::size_t line = text.find("rows 13 26");
                          char& letter = text[text.find(words, line) + 5];
                          letter = letter == '7' ? '8' : '7';
                      });
                  }) == pairs_of({1}));
        CHECK(computed([&](const auto& files) {
                  edit(files.journal, [](std::string& text) { text += std::string("garbage\n\0\xff\n\n", 12); });
              }) == 0);
    }
    SECTION("a line about a block that has other numbers now") {
        // Claims of two Grams mixed up: well-formed, and wrong.
        const test::Directory directory;
        const auto other = random_rows<float>(n, 7, 9);
        const auto strange =
            gram_to_file<Net>(directory.path() + "/gram", rows<In>(other), directly(), block_rows{rows_a_block});
        const std::string lines = test::content_of(strange.journal);
        const std::size_t line = lines.find("rows 13 26");
        CHECK(computed([&](const auto& files) {
                  edit(files.journal,
                       [&](std::string& text) { text += lines.substr(line, lines.find('\n', line) + 1 - line); });
              }) == pairs_of({1}));
    }
}

TEST_CASE("another Gram is refused by what differs, and nothing is changed") {
    const test::Directory directory;
    const std::string name = directory.path() + "/gram";
    const auto data = random_rows<float>(n, 7, 1);
    const auto x = rows<In>(data);
    const auto report = gram_to_file<Net>(name, x, directly(), block_rows{rows_a_block});
    const std::vector<std::string> paths{report.nngp, report.ntk, report.journal};
    std::vector<std::string> before;
    for (const std::string& path : paths) before.push_back(test::content_of(path));
    const auto refused = [&](const auto& call) {
        const auto e = thrown_by<different_gram>(call);
        INFO(e.what());
        for (std::size_t k = 0; k < paths.size(); ++k) CHECK(test::content_of(paths[k]) == before[k]);
        CHECK(says(e, report.journal + " belongs to another Gram, its `" + e.fact + "` is: " + e.found +
                                "; this call's is: " + e.expected + ". Give another name, or delete"));
        CHECK(e.found != e.expected);
        return e.fact;
    };

    struct Erfs : Serial<Dense<8, He, Bias<0.1>>, Erf, Dense<8, He>, Relu, Dense<1>> {};
    struct Shorter : Serial<Dense<8, He, Bias<0.1>>, Relu, Dense<1>> {};
    struct Longer : Serial<Dense<8, He, Bias<0.1>>, Relu, Dense<8, He>, Relu, Dense<8, He>, Relu, Dense<1>> {};
    struct Unbiased : Serial<Dense<8, He>, Relu, Dense<8, He>, Relu, Dense<1>> {};
    struct Heavier : Serial<Dense<8, He, Bias<0.1>>, Relu, Dense<8, Weight<1.5>>, Relu, Dense<1>> {};
    struct Cold : Serial<Dense<8, He, Bias<0.1>, Frozen>, Relu, Dense<8, He>, Relu, Dense<1>> {};
    CHECK(refused([&] { (void)gram_to_file<Erfs>(name, x, directly()); }) == "nonlinearity 1");
    CHECK(refused([&] { (void)gram_to_file<Shorter>(name, x, directly()); }) == "value 3");
    CHECK(refused([&] { (void)gram_to_file<Longer>(name, x, directly()); }) == "value 5");
    CHECK(refused([&] { (void)gram_to_file<Unbiased>(name, x, directly()); }) == "value 1");
    CHECK(refused([&] { (void)gram_to_file<Heavier>(name, x, directly()); }) == "scale 2");
    CHECK(refused([&] { (void)gram_to_file<Cold>(name, x, directly()); }) == "value 1");

    auto scales = default_scales<Net>();
    scales[0].bias = std::nextafter(0.1, 1.0);
    CHECK(refused([&] { (void)gram_to_file<Net>(name, x, scales, directly()); }) == "scale 1");

    auto changed = data.copy();
    changed(n - 1, 6) = std::nextafter(changed(n - 1, 6), 100.0f);
    CHECK(refused([&] { (void)gram_to_file<Net>(name, rows<In>(changed), directly()); }) == "samples");
    std::swap_ranges(changed.row(0).begin(), changed.row(0).end(), changed.row(1).begin());
    CHECK(refused([&] { (void)gram_to_file<Net>(name, rows<In>(changed), directly()); }) == "samples");
    CHECK(refused([&] { (void)gram_to_file<Net>(name, rows<In>(data.data(), n - 1), directly()); }) == "rows");
    CHECK(refused([&] { (void)gram_to_file<Net>(name, x, x, directly()); }) == "pairs");
    const auto narrow = rows<Vector<>>(data.data(), n, 6);
    CHECK(refused([&] { (void)gram_to_file<Net>(name, narrow, directly()); }) == "samples");

    Matrix<double> twofold(n, 7);
    std::copy_n(data.data(), data.size(), twofold.data());
    CHECK(refused([&] { (void)gram_to_file<Net>(name, rows<In>(twofold), directly()); }) == "element");

    options how = directly();
    how.fill = fill::lower;
    CHECK(refused([&] { (void)gram_to_file<Net>(name, x, how); }) == "pairs");
    CHECK(refused([&] { (void)gram_to_file<Net>(name, x); }) == "schedule");

    CHECK(gram_to_file<Net>(name, x, directly(), default_scales<Net>()).rows_kept == n);
}

TEST_CASE("the same samples in another order of memory, and another name of the net, go on") {
    struct SameNet : Serial<Dense<8, Weight<sqrt2>, Bias<0.1>>, Relu, Serial<Dense<8, He>, Relu>, Dense<1>> {};
    const test::Directory directory;
    const std::string name = directory.path() + "/gram";
    const auto data = random_rows<float>(n, 7, 1);
    Matrix<float> turned(7, n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < 7; ++k) turned(k, i) = data(i, k);
    (void)gram_to_file<Net>(name, rows<In>(data), directly(), block_rows{rows_a_block});
    const Rows<In, float> strided{turned.data(), n, 7, 1, static_cast<std::ptrdiff_t>(n)};
    CHECK(gram_to_file<SameNet>(name, strided, directly()).rows_kept == n);
    CHECK(gram_to_file<Net>(name, rows<Vector<>>(data.data(), n, 7), directly(), block_rows{2}).rows_kept == n);
}

TEST_CASE("a stopped run goes on, and its progress is that of what is left") {
    const auto data = random_rows<double>(n, 7, 1);
    const auto x = rows<In>(data);
    const auto expected = gram<Net>(x, directly());
    for (const std::uint64_t enough : {std::uint64_t{1}, pairs_of({0}) + 1, pairs_of({0, 1, 2}) + 1}) {
        const test::Directory directory;
        const std::string name = directory.path() + "/gram";
        std::stop_source source;
        options how = directly();
        how.stop = source.get_token();
        how.progress = [&](std::uint64_t done, std::uint64_t total) {
            CHECK(total == pairs_of({0, 1, 2, 3, 4}));
            if (done >= enough) source.request_stop();
        };
        const auto e =
            thrown_by<cancelled>([&] { (void)gram_to_file<Net>(name, x, how, block_rows{rows_a_block}); });
        INFO(e.what());
        const std::size_t kept = test::finished_blocks(test::content_of(name + ".journal")) * rows_a_block;
        CHECK(kept < n);
        CHECK(says(e, "cancelled: options::stop was set; the first " + std::to_string(kept) + " of 61 rows"));

        std::vector<std::uint64_t> reports;
        std::uint64_t left = 0;
        how = directly();
        how.progress = [&](std::uint64_t done, std::uint64_t total) { reports.push_back(done), left = total; };
        const auto report = gram_to_file<Net>(name, x, how);
        CHECK(report.rows_kept == kept);
        CHECK(left == pairs_of({0, 1, 2, 3, 4}) - kept * (kept + 1) / 2);
        REQUIRE(!reports.empty());
        CHECK(reports.back() == left);
        CHECK(std::is_sorted(reports.begin(), reports.end()));
        CHECK(std::count(reports.begin(), reports.end(), left) == 1);
        CHECK(same_bits(read_gram_file<double>(name), expected));
    }
}

TEST_CASE("bad samples are found before anything is written, by their place among all") {
    const test::Directory directory;
    const std::string name = directory.path() + "/gram";
    const auto nothing_there = [&] { return std::filesystem::is_empty(directory.path()); };
    auto data = random_rows<float>(n, 7, 1), other = random_rows<float>(20, 7, 2);
    other(15, 2) = std::numeric_limits<float>::quiet_NaN();
    const auto e = thrown_by<not_finite>(
        [&] { (void)gram_to_file<Net>(name, rows<In>(other), rows<In>(data), block_rows{4}); });
    CHECK((e.row == 15 && e.column == 2));
    CHECK(says(e, "row 15 of the first set of samples holds NaN in column 2"));
    CHECK(nothing_there());
    data(50, 1) = std::numeric_limits<float>::infinity();
    CHECK(thrown_by<not_finite>([&] { (void)gram_to_file<Net>(name, rows<In>(data)); }).row == 50);
    CHECK(nothing_there());

    struct Growing : Serial<Dense<8>, Gaussian<1, 0.3>, Dense<1>> {};
    auto small = random_rows<float>(n, 7, 1);
    for (std::size_t k = 0; k < small.size(); ++k) small.data()[k] *= 0.1f;
    for (std::size_t k = 0; k < 7; ++k) small(44, k) = 2;
    const auto far = thrown_by<outside_domain>([&] { (void)gram_to_file<Growing>(name, rows<In>(small)); });
    CHECK(far.row == 44);
    CHECK(says(far, "of the samples: row 44 of the samples reaches layer 1"));
    CHECK(nothing_there());

    auto scales = default_scales<Net>();
    scales[0].weight = 0;
    const auto good = random_rows<float>(n, 7, 1);
    CHECK_THROWS_AS((void)gram_to_file<Net>(name, rows<In>(good), scales), error);
    CHECK_THROWS_AS((void)gram_to_file<Net>(name, rows<Vector<>>(good), rows<Vector<>>(good.data(), 5, 6)),
                    shape_mismatch);
    const auto large = thrown_by<insufficient_memory>(
        [&] { (void)gram_to_file<Net>(name, rows<In>(good), options{.budget = 20000}, block_rows{61}); });
    CHECK(says(large, "a block of 61 rows of a Gram in files needs "));
    CHECK(nothing_there());
    options small_memory = directly();
    small_memory.budget = 20000;
    CHECK(gram_to_file<Net>(name, rows<In>(good), small_memory, block_rows{4}).rows_computed == n);
    CHECK(same_bits(npy_matrix<float>(name + ".ntk.npy"), gram<Net>(rows<In>(good), directly()).ntk));
}

TEST_CASE("files that are no part of a Gram are left alone") {
    const test::Directory directory;
    const std::string name = directory.path() + "/gram";
    const auto data = random_rows<float>(n, 7, 1);
    const auto x = rows<In>(data);
    test::set_content(name + ".ntk.npy", "somebody's");
    const auto strange = thrown_by<error>([&] { (void)gram_to_file<Net>(name, x); });
    CHECK(says(strange, name + ".ntk.npy is there, but no " + name + ".journal that says what it is"));
    CHECK(test::content_of(name + ".ntk.npy") == "somebody's");

    for (const char* text : {"", "somebody's", "somebody's\n", "some: body\n\n", "wide Gram journal: 0\n\n",
                             "wide Gram journal: 1\n", "\n"}) {
        INFO(text);
        test::set_content(name + ".journal", text);
        const auto refused = test::refusal([&] { (void)gram_to_file<Net>(name, x); });
        REQUIRE(refused);
        CHECK(refused->path == name + ".journal");
        CHECK(test::content_of(name + ".journal") == text);
        CHECK(test::content_of(name + ".ntk.npy") == "somebody's");
    }

    std::filesystem::remove(name + ".journal");
    std::filesystem::remove(name + ".ntk.npy");
    const auto report = gram_to_file<Net>(name, x, directly(), block_rows{rows_a_block});
    const std::string ours = test::content_of(report.nngp);
    test::set_content(report.journal, test::content_of(report.journal) + "rows 0 1");
    const std::string journal = test::content_of(report.journal);
    std::string whole_numbers = ours, one_axis = ours;
    whole_numbers.replace(ours.find("<f4"), 3, "<i4");
    one_axis.replace(ours.find("(61, 61)"), 8, "(3721,) ");
    for (const std::string& other : {whole_numbers, one_axis, npy_header<float>(61, 62), npy_header<double>(61, 61)}) {
        INFO(other.substr(10, 62));
        for (const std::string& path : {report.nngp, report.ntk}) {
            const std::string before = test::content_of(path);
            test::set_content(path, other);
            const auto e = thrown_by<error>([&] { (void)gram_to_file<Net>(name, x, directly()); });
            CHECK(says(e, path + " holds another array, not the 61 x 61 numbers of <f4 that belong there"));
            CHECK(test::content_of(path) == other);
            CHECK(test::content_of(report.journal) == journal);
            test::set_content(path, before);
        }
    }
    CHECK(gram_to_file<Net>(name, x, directly()).rows_kept == n);

    const auto nowhere = thrown_by<error>([&] { (void)gram_to_file<Net>(directory.path() + "/no/gram", x); });
    CHECK(says(nowhere, directory.path() + "/no/gram.nngp.npy: cannot be opened (No such file or directory)"));
}

TEST_CASE("two calls never write the same files at once") {
    const test::Directory directory;
    const std::string name = directory.path() + "/gram";
    const auto data = random_rows<float>(n, 7, 1);
    const auto x = rows<In>(data);
    bool met = false;
    options how = directly();
    how.progress = [&](std::uint64_t, std::uint64_t) {
        if (met) return;
        met = true;
        const auto e = thrown_by<error>([&] { (void)gram_to_file<Net>(name, x, directly()); });
        CHECK(says(e, name + ".nngp.npy: another computation is writing to it"));
    };
    CHECK(gram_to_file<Net>(name, x, how, block_rows{rows_a_block}).rows_computed == n);
    CHECK(met);
}

TEST_CASE("a file that is deleted while it is written lets no second writer in") {
    const auto data = random_rows<float>(n, 7, 1);
    const auto x = rows<In>(data);
    const auto expected = gram<Net>(x, directly());
    const auto refused = [&](bool begun, const std::vector<std::string>& deleted) {
        const test::Directory directory;
        const std::string name = directory.path() + "/gram";
        if (begun) {
            (void)gram_to_file<Net>(name, x, directly(), block_rows{rows_a_block});
            std::string journal = test::content_of(name + ".journal");
            journal.resize(journal.find("rows 26 39"));
            test::set_content(name + ".journal", journal);
        }
        std::string said = "not met";
        options how = directly();
        how.progress = [&](std::uint64_t, std::uint64_t) {
            if (said != "not met") return;
            for (const std::string& end : deleted) std::filesystem::remove(name + end);
            said = thrown_by<error>([&] { (void)gram_to_file<Net>(name, x, directly()); }).what();
        };
        (void)gram_to_file<Net>(name, x, how, block_rows{rows_a_block});
        INFO(said);
        // What was deleted is computed anew.
        if (deleted != std::vector<std::string>{".nngp.npy", ".journal"}) {
            (void)gram_to_file<Net>(name, x, directly());
            CHECK(same_bits(read_gram_file<float>(name), expected));
        }
        return said.substr(std::min(said.size(), name.size()));
    };
    for (const bool begun : {false, true}) {
        CHECK_THAT(refused(begun, {".nngp.npy"}), Catch::Matchers::StartsWith(".journal: another computation"));
        CHECK_THAT(refused(begun, {".nngp.npy", ".ntk.npy"}),
                   Catch::Matchers::StartsWith(".journal: another computation"));
        CHECK_THAT(refused(begun, {".ntk.npy"}), Catch::Matchers::StartsWith(".nngp.npy: another computation"));
        CHECK_THAT(refused(begun, {".nngp.npy", ".journal"}), Catch::Matchers::StartsWith(".ntk.npy is there, but no "));
    }
}

TEST_CASE("the header is one that numpy.load reads") {
    const test::Directory directory;
    const auto data = random_rows<double>(n, 7, 1);
    const auto report = gram_to_file<Net>(directory.path() + "/gram", rows<In>(data), directly());
    const std::string file = test::content_of(report.ntk);
    CHECK(file.substr(0, 8) == std::string("\x93NUMPY\x01\0", 8));
    const std::size_t length = static_cast<unsigned char>(file[8]) + 256u * static_cast<unsigned char>(file[9]);
    CHECK((10 + length) % 64 == 0);
    CHECK(file[9 + length] == '\n');
    std::string words = file.substr(10, length - 1);
    words.erase(words.find_last_not_of(' ') + 1);
    CHECK(words == "{'descr': '<f8', 'fortran_order': False, 'shape': (61, 61), }");
    CHECK(file.size() == 10 + length + 61 * 61 * 8);
    double entry;
    std::memcpy(&entry, file.data() + 10 + length + (5 * 61 + 60) * 8, 8);
    CHECK(entry == gram<Net>(rows<In>(data), directly()).ntk(5, 60));
}

TEST_CASE("blocks are a 64th of the rows, in whole tiles, as memory allows") {
    CHECK(default_block_rows(60000, 60000, 4, 16_GiB) == 944);
    CHECK(default_block_rows(60000, 60000, 4, 1_GiB) == 272);
    CHECK(default_block_rows(60000, 60000, 8, 1_GiB) == 128);
    CHECK(default_block_rows(60000, 60000, 8, 32_MiB) == 4);
    CHECK(default_block_rows(60000, 60000, 8, 1) == 1);
    CHECK(default_block_rows(1000, 1000, 4, 1_GiB) == 16);
    CHECK(default_block_rows(0, 0, 4, 0) >= 1);
    CHECK(default_block_rows(SIZE_MAX, SIZE_MAX, 8, 1_GiB) == 1);
}
