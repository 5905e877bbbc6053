#pragma once
// Where data sets lie. A file such as "fashion-mnist/train-images-idx3-ubyte.gz" is looked for, in this order, in
//     1. the directory that the user names (a program's --data DIR), if any,
//     2. the directory that the environment variable WIDE_DATA names, if it is set,
//     3. ../shared/data,
//     4. /usr/share/datasets, where Debian's packages put data,
// under its name and, if that ends in .gz, without the ending too (readers look at the bytes, not at the name).
//
//     if (auto path = find_data("mnist/t10k-images-idx3-ubyte.gz", directory)) images = read_idx(*path);
//     else std::puts(missing_data({"mnist/t10k-images-idx3-ubyte.gz"}, directory).c_str());
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wide {

/// The directories to look in, in order.
[[nodiscard]] inline std::vector<std::string> data_directories(const std::string& directory = "") {
    std::vector<std::string> places;
    if (!directory.empty()) places.push_back(directory);
    if (const char* const set = std::getenv("WIDE_DATA"); set && *set) places.emplace_back(set);
    places.emplace_back("../shared/data");
    places.emplace_back("/usr/share/datasets");
    return places;
}

/// Whether something lies at `path`. A file that exists but may not be opened counts: its reader will say why.
[[nodiscard]] inline bool file_exists(const std::string& path) {
    errno = 0;
    if (std::FILE* const file = std::fopen(path.c_str(), "rb")) {
        std::fclose(file);
        return true;
    }
    return errno != ENOENT && errno != ENOTDIR;
}

/// The path of the first `file` found, or nothing.
[[nodiscard]] inline std::optional<std::string> find_data(const std::string& file,
                                                          const std::string& directory = "") {
    constexpr std::string_view packed = ".gz";
    for (const std::string& place : data_directories(directory)) {
        const std::string path = place + "/" + file;
        if (file_exists(path)) return path;
        if (!path.ends_with(packed)) continue;
        const std::string plain = path.substr(0, path.size() - packed.size());
        if (file_exists(plain)) return plain;
    }
    return std::nullopt;
}

/// One sentence for the user: which of `files` were found nowhere, and where to put them. `source`, if given, says
/// who publishes them. Empty if all are there.
[[nodiscard]] inline std::string missing_data(const std::vector<std::string>& files,
                                              const std::string& directory = "", const std::string& source = "") {
    const auto joined = [](const std::vector<std::string>& parts) {
        std::string list;
        for (const std::string& part : parts) list += (list.empty() ? "" : ", ") + part;
        return list;
    };
    std::vector<std::string> absent;
    for (const std::string& file : files)
        if (!find_data(file, directory)) absent.push_back(file);
    if (absent.empty()) return "";
    return "data not found: put " + joined(absent) + (source.empty() ? "" : " (" + source + ")") +
           " into one of these directories: " + joined(data_directories(directory)) +
           "; --data DIR or the environment variable WIDE_DATA names another";
}

}  // namespace wide
