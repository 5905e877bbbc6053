// Any bytes as the four files of a UCI set, cut at zeros, and as a tar archive: only `bad_file` may come out, with an offset inside
// of what was read, and a set that is accepted has as many labels as rows, and indices that are rows.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

#include <wide/io/uci.hpp>

namespace {

void require(bool law, const char* sentence) {
    if (law) return;
    std::fputs(sentence, stderr);
    std::abort();
}

void rows_of(const std::vector<std::size_t>& indices, std::size_t rows) {
    require(!indices.empty(), "a fold without rows\n");
    for (const std::size_t index : indices) require(index < rows, "a row that is not there\n");
}

void as_set(std::span<const std::byte> bytes) {
    std::vector<std::span<const std::byte>> parts;
    while (parts.size() < 3) {
        std::size_t length = 0;
        while (length < bytes.size() && bytes[length] != std::byte{0}) ++length;
        parts.push_back(bytes.first(length));
        bytes = bytes.subspan(length < bytes.size() ? length + 1 : length);
    }
    parts.push_back(bytes);
    std::size_t longest = 0;
    for (const auto& part : parts) longest = part.size() > longest ? part.size() : longest;
    try {
        const auto set = wide::parse_uci<double>({parts[0], "0"}, {parts[1], "1"}, {parts[2], "2"}, {parts[3], "3"});
        require(set.labels.size() == set.samples.rows(), "not as many labels as rows\n");
        rows_of(set.validation.train, set.labels.size()), rows_of(set.validation.held_out, set.labels.size());
        require(set.splits.size() == 4, "not four splits\n");
        for (const wide::Fold& fold : set.splits) rows_of(fold.train, set.labels.size()), rows_of(fold.held_out, set.labels.size());
    } catch (const wide::bad_file& refused) {
        require(refused.offset <= longest, "the fault lies outside\n");
    }
}

void as_archive(std::span<const std::byte> bytes) {
    try {
        const wide::Tar archive({bytes.begin(), bytes.end()}, "tar");
        for (const auto& name : archive.names()) require(archive.file(name).size() <= bytes.size(), "a file larger than its archive\n");
    } catch (const wide::bad_file& refused) {
        require(refused.offset <= bytes.size(), "the fault lies outside\n");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::byte> bytes{reinterpret_cast<const std::byte*>(data), size};
    as_set(bytes);
    as_archive(bytes);
    return 0;
}
