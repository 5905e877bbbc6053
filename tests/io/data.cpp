#include <wide/io/data.hpp>

#include <cstdlib>
#include <optional>
#include <string>

#include "../catch.hpp"
#include "files.hpp"

using Catch::Matchers::Equals;
using test::bytes;

namespace {

/// WIDE_DATA as a test wants it, and as it was afterwards.
class WideData {
public:
    explicit WideData(const char* value) {
        if (const char* const set = std::getenv("WIDE_DATA")) before_ = set;
        set_to(value);
    }
    ~WideData() { set_to(before_ ? before_->c_str() : nullptr); }
    WideData(const WideData&) = delete;
    WideData& operator=(const WideData&) = delete;

private:
    static void set_to(const char* value) {
        if (value) ::setenv("WIDE_DATA", value, 1);
        else ::unsetenv("WIDE_DATA");
    }

    std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("data is looked for in the given directory, WIDE_DATA, the shared folder, Debian's folder") {
    using Places = std::vector<std::string>;
    {
        const WideData set{"from-environment"};
        CHECK(wide::data_directories("given") ==
              Places{"given", "from-environment", "../shared/data", "/usr/share/datasets"});
        CHECK(wide::data_directories() == Places{"from-environment", "../shared/data", "/usr/share/datasets"});
    }
    for (const char* const unset : {static_cast<const char*>(nullptr), ""}) {
        const WideData set{unset};
        CHECK(wide::data_directories("given") == Places{"given", "../shared/data", "/usr/share/datasets"});
        CHECK(wide::data_directories() == Places{"../shared/data", "/usr/share/datasets"});
    }
}

TEST_CASE("the first place that has the file wins") {
    const test::Directory given, environment;
    const WideData set{environment.path().c_str()};
    const std::string name = "made-by-this-test/images-idx3-ubyte.gz";
    CHECK(!wide::find_data(name, given.path()));
    const std::string second = environment.file(name, bytes({1}));
    CHECK(wide::find_data(name, given.path()) == second);
    const std::string first = given.file(name, bytes({1}));
    CHECK(wide::find_data(name, given.path()) == first);
    CHECK(wide::find_data(name) == second);
}

TEST_CASE("a file that was decompressed is found under its plain name") {
    const test::Directory given;
    const std::string plain = given.file("made-by-this-test/images-idx3-ubyte", bytes({1}));
    CHECK(wide::find_data("made-by-this-test/images-idx3-ubyte.gz", given.path()) == plain);
    CHECK(wide::find_data("made-by-this-test/images-idx3-ubyte", given.path()) == plain);
    const std::string packed = given.file("made-by-this-test/images-idx3-ubyte.gz", bytes({1}));
    CHECK(wide::find_data("made-by-this-test/images-idx3-ubyte.gz", given.path()) == packed);
}

TEST_CASE("a name below something that is no directory is absent, not an error") {
    const test::Directory given;
    const std::string file = given.file("file", bytes({1}));
    CHECK(!wide::find_data("made-by-this-test/images", file));
}

TEST_CASE("what is missing is said in one sentence, only what is missing, with the places") {
    const test::Directory given;
    const WideData set{nullptr};
    (void)given.file("made-by-this-test/a.gz", bytes({1}));
    CHECK_THAT(
        wide::missing_data({"made-by-this-test/a.gz", "made-by-this-test/b.gz", "made-by-this-test/c"}, given.path(),
                           "official: somewhere"),
        Equals("data not found: put made-by-this-test/b.gz, made-by-this-test/c (official: somewhere) into one of "
               "these directories: " +
               given.path() +
               ", ../shared/data, /usr/share/datasets; --data DIR or the environment variable WIDE_DATA names "
               "another"));
    CHECK(wide::missing_data({"made-by-this-test/a.gz"}, given.path()).empty());
}
