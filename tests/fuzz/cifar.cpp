// Any bytes as a CIFAR-10 batch, and records made of those bytes (which by themselves are hardly ever a whole number
// of records): only `bad_file` may come out, at the file's first fault, and what is accepted must be the file itself
// with its channels last.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <vector>

#include <wide/io/cifar.hpp>

namespace {

using Bytes = std::span<const std::byte>;

// Said here once more, as the format says it.
constexpr std::size_t record = 3073, side = 32, channels = 3;

void require(bool law, const char* sentence) {
    if (law) return;
    std::fputs(sentence, stderr);
    std::abort();
}

/// The first byte where it shows that this is no batch; nothing if it is one.
std::optional<std::uint64_t> first_fault(Bytes file) {
    for (std::size_t at = 0; at < file.size(); at += record)
        if (std::to_integer<unsigned>(file[at]) > 9) return at;
    if (file.empty() || file.size() % record != 0) return file.size();
    return std::nullopt;
}

void compare(const wide::Cifar10& batch, Bytes file) {
    const std::size_t count = file.size() / record;
    const auto images = wide::idx_matrix<double>(batch.images);
    require(images.rows() == count && images.cols() == record - 1, "the matrix has not the size of the data\n");
    require(batch.labels.size() == count, "not as many labels as records\n");
    for (std::size_t i = 0; i < count; ++i) {
        const Bytes whole = file.subspan(i * record, record);
        require(batch.labels[i] == std::to_integer<int>(whole[0]), "a label changed on its way\n");
        for (std::size_t y = 0; y < side; ++y)
            for (std::size_t x = 0; x < side; ++x)
                for (std::size_t c = 0; c < channels; ++c)
                    require(images(i, (y * side + x) * channels + c) ==
                                std::to_integer<int>(whole[1 + (c * side + y) * side + x]),
                            "a pixel changed on its way\n");
    }
}

void examine(Bytes file) {
    const std::optional<std::uint64_t> fault = first_fault(file);
    try {
        const wide::Cifar10 batch = wide::parse_cifar10(file, "fuzz");
        require(!fault, "a fault went unnoticed\n");
        compare(batch, file);
    } catch (const wide::bad_file& refused) {
        require(fault.has_value(), "a batch was refused\n");
        require(*fault == refused.offset, "the fault lies elsewhere\n");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes{reinterpret_cast<const std::byte*>(data), size};
    examine(bytes);

    // The first two bytes say how many records, and how many bytes of another; the next ones are the labels, one in
    // eleven of them wrong; the pixels are the input over and over.
    if (size < 6) return 0;
    const std::size_t count = data[0] % 4, tail = data[1] < 128 ? 0 : data[1];
    std::vector<std::byte> made(count * record + tail);
    for (std::size_t k = 0; k < made.size(); ++k) made[k] = bytes[k % size];
    for (std::size_t at = 0; at < made.size(); at += record)
        made[at] = static_cast<std::byte>(data[2 + at / record] % 11);
    examine(made);
    return 0;
}
