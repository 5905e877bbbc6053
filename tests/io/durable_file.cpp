#include <wide/io/durable_file.hpp>

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "../catch.hpp"
#include "files.hpp"

using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;
using wide::DurableFile;
using wide::open_for;

namespace {

template <class Call>
std::string error_of(const Call& call) {
    try {
        call();
    } catch (const wide::error& e) {
        return e.what();
    }
    return "";
}

/// No file of this process may grow beyond some bytes while this lives, as on a disk that is full.
class SmallDisk {
public:
    explicit SmallDisk(rlim_t bytes) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const struct ::rlimit less { bytes, before_.rlim_max };
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &less);
    }
    ~SmallDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

private:
    struct ::rlimit before_ {};
    void (*handler_)(int);
};

}  // namespace

TEST_CASE("what was written at an offset is read there, and files end where they end") {
    const test::Directory directory;
    const std::string path = directory.path() + "/file";
    {
        DurableFile file(path, open_for::updating);
        CHECK(file.size() == 0);
        file.write(5, "hello", 5);
        file.flush();
        CHECK(file.size() == 10);
    }
    DurableFile file(path, open_for::updating);
    char found[10] = {};
    CHECK(file.read(5, found, 10) == 5);
    CHECK(std::string(found, 5) == "hello");
    CHECK(file.read(100, found, 10) == 0);
    file.resize(7);
    CHECK(file.read(0, found, 10) == 7);
    CHECK(std::string(found, 7) == std::string("\0\0\0\0\0he", 7));
    file.resize(9);
    CHECK(file.read(7, found, 10) == 2);
    CHECK((found[0] == 0 && found[1] == 0));
    file.reserve(100000);
    CHECK(file.size() == 9);
    CHECK(DurableFile(path, open_for::replacing).size() == 0);
}

TEST_CASE("files that cannot be opened are named, with the system's reason") {
    const test::Directory directory;
    const std::string path = directory.path() + "/no/file";
    CHECK_THAT(error_of([&] { DurableFile file(path, open_for::updating); }),
               Equals(path + ": cannot be opened (No such file or directory) for writing: check that its directory "
                             "is there and may be written to"));
    const auto refused = test::refusal([&] { DurableFile file(path, open_for::reading); });
    REQUIRE(refused);
    CHECK_THAT(refused->what(),
               Equals(path + ": cannot be opened (No such file or directory): check the path and its "
                             "permissions"));
}

TEST_CASE("a disk without room is named, with the place and the system's reason") {
    const test::Directory directory;
    const std::string path = directory.path() + "/file";
    DurableFile file(path, open_for::updating);
    const std::string content(3000, 'x');
    std::string written, resized;
    {
        const SmallDisk disk(1000);
        written = error_of([&] { file.write(0, content.data(), content.size()); });
        resized = error_of([&] { file.resize(2000); });
    }
    CHECK_THAT(written, Equals(path + ": cannot be written at byte 1000 (File too large): check the disk and its "
                                      "limits"));
    CHECK_THAT(resized, StartsWith(path + ": cannot be resized at byte 2000 (File too large)"));
    CHECK(file.size() == 1000);
    if (!std::filesystem::exists("/dev/full")) return;
    DurableFile full("/dev/full", open_for::updating);
    CHECK_THAT(error_of([&] { full.write(0, "x", 1); }),
               Equals("/dev/full: cannot be written at byte 0 (No space left on device): make room on that disk, or "
                      "give a name on another"));
}

TEST_CASE("a locked file is refused until its lock ends") {
    const test::Directory directory;
    const std::string path = directory.path() + "/file";
    DurableFile second(path, open_for::updating);
    {
        DurableFile first(path, open_for::updating);
        first.lock();
        CHECK_THAT(error_of([&] { second.lock(); }),
                   Equals(path + ": another computation is writing to it: wait for that, or give another name"));
    }
    CHECK(error_of([&] { second.lock(); }).empty());
}

TEST_CASE("a file is replaced as a whole, and nothing is left beside it") {
    const test::Directory directory;
    const std::string path = directory.path() + "/file";
    for (const std::string content : {"first", "", "third, and longer"}) {
        wide::replace_file(path, content);
        const auto found = wide::DurableFile(path, open_for::reading);
        std::string read(100, '?');
        read.resize(found.read(0, read.data(), read.size()));
        CHECK(read == content);
    }
    CHECK(!std::filesystem::exists(path + ".new"));
    CHECK(!error_of([&] { wide::replace_file(directory.path() + "/no/file", "x"); }).empty());
}
