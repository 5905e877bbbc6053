#include <wide/io/uci.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../skipped.hpp"
#include "archives.hpp"

using test::Bytes;
using test::text;
using Rows = std::vector<std::size_t>;

namespace {

/// The four files of a set of three rows, one of which a test may change.
struct Files {
    std::string description = "n_entradas= 2\nn_clases= 3\nn_arquivos= 1\nfich1= it_R.dat\nn_patrons1= 3\n";
    std::string data = "\tf1\tf2\tclase\n1\t-0.5\t2\t0\n2\t1e-3\t-1.25\t2\n3\t0\t7\t1\n";
    std::string validation = "0 2 \n1 \n";
    std::string splits = "0 1 \n2 \n1 \n0 2 \n2 \n1 \n0 \n1 2 \n";

    [[nodiscard]] wide::Uci<double> parsed() const {
        const Bytes bytes[] = {text(description), text(data), text(validation), text(splits)};
        return wide::parse_uci<double>({bytes[0], "description"}, {bytes[1], "data"}, {bytes[2], "validation"}, {bytes[3], "splits"});
    }
    [[nodiscard]] std::vector<std::pair<std::string, Bytes>> named(const std::string& folder) const {
        return {{folder + "it/it.txt", text(description)},
                {folder + "it/it_R.dat", text(data)},
                {folder + "it/conxuntos.dat", text(validation)},
                {folder + "it/conxuntos_kfold.dat", text(splits)}};
    }
};

void is_the_set(const wide::Uci<double>& set) {
    REQUIRE((set.samples.rows() == 3 && set.samples.cols() == 2));
    const double expected[] = {-0.5, 2, 1e-3, -1.25, 0, 7};
    CHECK(std::equal(expected, expected + 6, set.samples.data()));
    CHECK(set.labels == std::vector<int>{0, 2, 1});
    CHECK(set.classes == 3);
    CHECK((set.validation.train == Rows{0, 2} && set.validation.held_out == Rows{1}));
    REQUIRE(set.splits.size() == 4);
    CHECK((set.splits[3].train == Rows{0} && set.splits[3].held_out == Rows{1, 2}));
}

}  // namespace

TEST_CASE("samples, labels and splits, from memory, from an archive, from a folder") {
    is_the_set(Files{}.parsed());
    const test::Directory directory;
    const std::string path = directory.file("uci/uci90.tar.xz", test::xz(test::tar(Files{}.named("uci90/"))));
    is_the_set(wide::read_uci<double>(wide::read_tar(path), "it"));
    const auto found = wide::uci<double>("it", directory.path());
    REQUIRE(found);
    is_the_set(*found);
    CHECK(wide::missing_uci("it", directory.path()).empty());

    const test::Directory unpacked;
    for (const auto& [name, content] : Files{}.named("uci/uci90/")) (void)unpacked.file(name, content);
    const auto there = wide::uci<double>("it", unpacked.path());
    REQUIRE(there);
    is_the_set(*there);
}

TEST_CASE("a set that the archive does not hold, or that lacks a file, is refused") {
    auto files = Files{}.named("uci90/");
    files.pop_back();
    const wide::Tar archive(test::tar(files), "it.tar");
    for (const std::string name : {"it", "other"}) {
        const auto refused = test::refusal([&] { (void)wide::read_uci<float>(archive, name); });
        REQUIRE(refused);
        CHECK(std::string{refused->what()}.find("it.tar: holds no uci90/" + name + "/") == 0);
    }
}

TEST_CASE("lines may end as on other systems, and numbers be apart by any space") {
    Files files;
    files.description = "n_entradas=   2\r\nn_clases= 3\r\nn_patrons1= 3\r\n";
    files.data = "x\r\n1 -0.5  2 0\r\n2\t1e-3 -1.25\t2\r\n3 0 7 1\r\n\r\n\n";
    files.validation = "0 2\r\n1";
    is_the_set(files.parsed());
}

TEST_CASE("whatever does not fit is refused, with its file, line and byte") {
    const auto refusal = [](const auto& change) {
        Files files;
        change(files);
        const auto refused = test::refusal([&] { (void)files.parsed(); });
        REQUIRE(refused);
        return std::string{refused->what()};
    };
    using Catch::Matchers::StartsWith;
    const std::string rest = "2\t0\t0\t0\n3\t0\t0\t0\n";
    CHECK_THAT(refusal([](Files& f) { f.description = "n_entradas= 2\nn_patrons1= 3\n"; }),
               StartsWith("description: line 3, byte 28: no line says 'n_clases= ' and a number above zero"));
    CHECK_THAT(refusal([](Files& f) { f.description = "n_entradas= two\n"; }),
               StartsWith("description: line 1, byte 12: 'two' where a number of entradas has to be"));
    CHECK_THAT(refusal([](Files& f) { f.description = "n_entradas= 2\nn_clases= 3\nn_patrons1= 4000000000\n"; }),
               StartsWith("data: line 1, byte 0: too short for the 4000000000 rows of 2 features that description announces"));
    CHECK_THAT(refusal([](Files& f) { f.description = "n_entradas= 18446744073709551615\nn_clases= 3\nn_patrons1= 3\n"; }),
               StartsWith("data: line 1, byte 0: too short for"));
    CHECK_THAT(refusal([](Files& f) { f.data = "x\n1\t-0.5\t2\t0\n3\t0\t7\t1\n2\t0\t0\t2\n"; }),
               StartsWith("data: line 3, byte 14: row 3 where row 2 is due"));
    CHECK_THAT(refusal([](Files& f) { f.data = "x\n1\t-0.5\t2\t0\n2\t0\t1\n"; }), StartsWith("data: line 3, byte 18: the line ends before a class"));
    CHECK_THAT(refusal([&](Files& f) { f.data = "x\n1\t-0.5\tnan\t0\n" + rest; }), StartsWith("data: line 2, byte 9: 'nan' where a feature has to be"));
    CHECK_THAT(refusal([&](Files& f) { f.data = "x\n1\t-0.5\t2,5\t0\n" + rest; }), StartsWith("data: line 2, byte 9: '2,5' where"));
    CHECK_THAT(refusal([&](Files& f) { f.data = "x\n1\t-0.5\t2\t3\n" + rest; }), StartsWith("data: line 2, byte 12: class 3, but there are 3"));
    CHECK_THAT(refusal([&](Files& f) { f.data = "x\n1\t-0.5\t2\t0\t5\n" + rest; }), StartsWith("data: line 2, byte 13: the line goes on"));
    CHECK_THAT(refusal([](Files& f) { f.data += "4\t0\t0\t1\n"; }), StartsWith("data: line 5, byte 47: more rows than the 3"));
    CHECK_THAT(refusal([](Files& f) { f.validation = "0 3\n1\n"; }), StartsWith("validation: line 1, byte 3: row 3, but there are 3"));
    CHECK_THAT(refusal([](Files& f) { f.validation = "0 -1\n1\n"; }), StartsWith("validation: line 1, byte 2: '-1' where the index of a row"));
    CHECK_THAT(refusal([](Files& f) { f.validation = "0 1\n\n"; }), StartsWith("validation: line 2, byte 4: no row in this line, of 2"));
    CHECK_THAT(refusal([](Files& f) { f.splits = "0\n1\n0\n1\n0\n1\n0\n"; }), StartsWith("splits: line 8, byte 14: no row in this line, of 8"));
    CHECK_THAT(refusal([](Files& f) { f.splits += "0\n"; }), StartsWith("splits: line 9, byte 30: more than 8 lines"));
}

TEST_CASE("iris, as published: 150 flowers of three kinds") {
    const auto iris = wide::uci<double>("iris");
    if (!iris) {
        skipped(wide::missing_uci("iris"));
        return;
    }
    REQUIRE((iris->samples.rows() == 150 && iris->samples.cols() == 4 && iris->classes == 3));
    for (const int kind : {0, 1, 2}) CHECK(std::ranges::count(iris->labels, kind) == 50);
    CHECK(iris->samples(0, 0) == -0.897674);
    CHECK(iris->samples(149, 3) == 0.787951);
    CHECK((iris->validation.train.size() == 75 && iris->validation.held_out.size() == 75));
    REQUIRE(iris->splits.size() == 4);
    for (const wide::Fold& fold : iris->splits) CHECK((fold.train.size() == 113 && fold.held_out.size() == 37));
    CHECK((iris->validation.train[0] == 46 && iris->splits[0].train[0] == 41));
}

TEST_CASE("all ninety sets can be read") {
    const auto path = wide::find_data(wide::uci_archive);
    if (!path) {
        skipped(wide::missing_uci("iris"));
        return;
    }
    const wide::Tar archive = wide::read_tar(*path);
    std::size_t sets = 0, rows = 0;
    for (const std::string& name : archive.names()) {
        if (!name.ends_with("/conxuntos.dat")) continue;
        const std::string set = name.substr(6, name.size() - 6 - std::string("/conxuntos.dat").size());
        rows += wide::read_uci<float>(archive, set).samples.rows();
        ++sets;
    }
    CHECK((sets == 90 && rows == 86838));
}
