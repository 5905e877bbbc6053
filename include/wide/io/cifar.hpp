#pragma once
// CIFAR-10: 50,000 training and 10,000 test images of 32 x 32 colour pixels in ten classes, from the binary batches
// that they are published as; a batch may hold any number of them. One row an image, in the order (y, x, channel),
// pixels divided by 255: rows<Image<32, 32, 3>>(images) is right.
//
// Format (https://www.cs.toronto.edu/~kriz/cifar.html, section "Binary version"): records of 3,073 bytes and nothing
// else,
//     byte 0             the class, 0 to 9
//     byte 1 ... 3072    1,024 red, then 1,024 green, then 1,024 blue values, each row by row
// Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
//
//     auto train = cifar10<float>(data_split::train, directory, 1'000);
//     if (!train) return std::puts(missing_cifar10(data_split::train, directory).c_str()), 1;
//     auto& [images, labels] = *train;
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wide/io/bytes.hpp>
#include <wide/io/data.hpp>
#include <wide/io/idx.hpp>
#include <wide/io/labelled.hpp>
#include <wide/run/error.hpp>

namespace wide {

inline constexpr std::size_t cifar10_side = 32, cifar10_channels = 3, cifar10_classes = 10;

/// Bytes of one record: a label and an image.
inline constexpr std::size_t cifar10_record = 1 + cifar10_side * cifar10_side * cifar10_channels;

/// The content of one batch, or of several joined: images of bytes as an array (sample, y, x, channel), and the class
/// of each.
struct Cifar10 {
    Idx images{"", idx_type::unsigned_byte, {0, cifar10_side, cifar10_side, cifar10_channels}, {}};
    std::vector<int> labels;
};

/// Reads a batch (not compressed) from memory; `name` is what an error calls it.
/// Throws `bad_file`, with the first byte where it shows, unless this is one whole record or more.
[[nodiscard]] inline Cifar10 parse_cifar10(std::span<const std::byte> file, const std::string& name) {
    const auto bad = [&](std::uint64_t offset, const std::string& sentence) {
        return bad_file{name + ": byte " + std::to_string(offset) + ": " + sentence, name, offset};
    };
    const std::string record = std::to_string(cifar10_record);
    if (file.empty())
        throw bad(0, "an empty file, a CIFAR-10 batch has at least one record of " + record +
                         " bytes: fetch the file again");
    // Before the length: a file of another kind is hardly a whole number of records, yet not truncated.
    for (std::size_t at = 0; at < file.size(); at += cifar10_record)
        if (const auto label = std::to_integer<unsigned>(file[at]); label >= cifar10_classes)
            throw bad(at, "label " + std::to_string(label) +
                              ", but the classes of CIFAR-10 are 0 to 9: check that this is a batch of its binary "
                              "version, unpacked from the archive");
    const std::size_t count = file.size() / cifar10_record, rest = file.size() % cifar10_record;
    if (rest != 0)
        throw bad(file.size(), "truncated CIFAR-10 batch, whole records of " + record +
                                   " bytes: " + std::to_string(count) + ", then " + std::to_string(rest) +
                                   " bytes of one that is cut off: fetch the file again");

    Cifar10 batch;
    batch.images.name = name;
    batch.images.dimensions.front() = count;
    batch.images.bytes.reserve(file.size() - count);
    batch.labels.reserve(count);
    constexpr std::size_t plane = cifar10_side * cifar10_side;
    for (std::size_t at = 0; at < file.size(); at += cifar10_record) {
        batch.labels.push_back(std::to_integer<int>(file[at]));
        for (std::size_t pixel = at + 1; pixel <= at + plane; ++pixel)
            for (std::size_t channel = 0; channel < cifar10_channels; ++channel)
                batch.images.bytes.push_back(std::to_integer<unsigned char>(file[pixel + channel * plane]));
    }
    return batch;
}

/// At most the first `limit` images of several batches, plain or gzip, joined in the order given, divided by
/// `divisor` (255 takes bytes to [0, 1]), with their labels. Batches that lie wholly behind the limit are not read.
/// Throws `bad_file` as `read_bytes` and `parse_cifar10` do, and `error` as `idx_matrix` does for its divisor.
template <std::floating_point T>
[[nodiscard]] LabelledImages<T> read_cifar10_batches(const std::vector<std::string>& paths,
                                                     std::size_t limit = all_samples, double divisor = 255) {
    Cifar10 joined;
    auto& [images, labels] = joined;
    for (const std::string& path : paths) {
        if (labels.size() >= limit) break;
        const Cifar10 batch = parse_cifar10(read_bytes(path), path);
        images.bytes.insert(images.bytes.end(), batch.images.bytes.begin(), batch.images.bytes.end());
        labels.insert(labels.end(), batch.labels.begin(), batch.labels.end());
    }
    images.dimensions.front() = labels.size();
    labels.resize(std::min(labels.size(), limit));
    return {idx_matrix<T>(images, {.divisor = divisor, .limit = limit}), std::move(labels)};
}

/// The same from one batch.
template <std::floating_point T>
[[nodiscard]] LabelledImages<T> read_cifar10(const std::string& path, std::size_t limit = all_samples,
                                             double divisor = 255) {
    return read_cifar10_batches<T>({path}, limit, divisor);
}

/// The folders that the batches may lie in: ours, and the one that the official archive unpacks to.
[[nodiscard]] inline std::vector<std::string> cifar10_folders() { return {"cifar10", "cifar-10-batches-bin"}; }

/// The batches of a split in `folder`, as their publisher names them, in order.
[[nodiscard]] inline std::vector<std::string> cifar10_files(const std::string& folder, data_split part) {
    if (part == data_split::test) return {folder + "/test_batch.bin"};
    std::vector<std::string> files;
    for (int batch = 1; batch <= 5; ++batch)
        files.push_back(folder + "/data_batch_" + std::to_string(batch) + ".bin");
    return files;
}

/// The paths of a split's batches, all in one folder: the first that has them all, in the first such directory of
/// `data_directories`. Not `find_data` for each file: batches of different copies (one of them cut short, say) must
/// not be joined, and a copy in the directory that the user names goes before any other, whatever its folder's name.
[[nodiscard]] inline std::optional<std::vector<std::string>> find_cifar10(
    data_split part, const std::string& directory = "", const std::vector<std::string>& folders = cifar10_folders()) {
    for (const std::string& place : data_directories(directory))
        for (const std::string& folder : folders) {
            std::vector<std::string> paths = cifar10_files(place + "/" + folder, part);
            if (std::all_of(paths.begin(), paths.end(), file_exists)) return paths;
        }
    return std::nullopt;
}

/// At most the first `limit` samples of a split, or nothing if its batches are not found.
/// Throws `bad_file` if they are found and broken.
template <std::floating_point T = float>
[[nodiscard]] std::optional<LabelledImages<T>> cifar10(data_split part, const std::string& directory = "",
                                                       std::size_t limit = all_samples) {
    const auto paths = find_cifar10(part, directory);
    if (!paths) return std::nullopt;
    return read_cifar10_batches<T>(*paths, limit);
}

/// Which batches of the split are missing and where to put them; empty if none is.
[[nodiscard]] inline std::string missing_cifar10(data_split part, const std::string& directory = "",
                                                 const std::vector<std::string>& folders = cifar10_folders()) {
    if (find_cifar10(part, directory, folders)) return "";
    const std::vector<std::string> files = cifar10_files(folders.front(), part);
    const std::string sentence = missing_data(
        files, directory,
        "official: https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz; its folder cifar-10-batches-bin will do");
    if (!sentence.empty()) return sentence;
    return "data not found: " + files.front() + " to " + files.back() +
           " are there, but in different directories: put all of them into one";
}

}  // namespace wide
