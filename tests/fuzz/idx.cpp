// Any bytes, as an IDX file and as a gzip file of one: only `bad_file` may come out, and what is accepted must be
// what the header says. zlib carries no coverage instrumentation, so valid gzip is made here from the same bytes.
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

#include <wide/io/gzip.hpp>
#include <wide/io/idx.hpp>

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint64_t at_most = std::uint64_t{1} << 22;

void require(bool law, const char* sentence) {
    if (law) return;
    std::fputs(sentence, stderr);
    std::abort();
}

/// Whether the call refuses with `bad_file`; any other exception ends the run.
template <class Call>
bool refuses(const Call& call) {
    try {
        call();
    } catch (const wide::bad_file&) {
        return true;
    }
    return false;
}

std::vector<unsigned char> parse(Bytes bytes) {
    std::vector<unsigned char> elements;
    (void)refuses([&] {
        const wide::Idx idx = wide::parse_idx(bytes, "fuzz");
        elements = idx.bytes;
        require(idx.samples() * idx.sample_size() == idx.size(), "the dimensions do not multiply to the size\n");
        const auto single = wide::idx_matrix<float>(idx, {.divisor = 255, .limit = 3});
        const auto twofold = wide::idx_matrix<double>(idx);
        require(twofold.size() == idx.size(), "the matrix has not the size of the data\n");
        require(single.rows() <= 3 && single.cols() == twofold.cols(), "the limit changes more than the rows\n");
        for (std::size_t k = 0; k < twofold.size(); ++k)
            require(twofold.data()[k] == idx[k] || idx[k] != idx[k], "an element changed on its way\n");
        const std::vector<int> labels = wide::idx_labels(idx);
        require(labels.size() == idx.size(), "not as many labels as elements\n");
    });
    return elements;
}

std::vector<std::byte> gzip(Bytes plain) {
    z_stream stream{};
    constexpr int gzip_window = 9 + 16, least_memory = 1;
    require(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, least_memory, Z_DEFAULT_STRATEGY) == Z_OK,
            "deflateInit2\n");
    std::vector<std::byte> packed(deflateBound(&stream, static_cast<uLong>(plain.size())) + 64);
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "deflate\n");
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes{reinterpret_cast<const std::byte*>(data), size};
    const std::vector<unsigned char> elements = parse(bytes);
    (void)refuses([&] { (void)parse(wide::gunzip(bytes, "fuzz", at_most)); });

    const std::vector<std::byte> packed = gzip(bytes);
    const std::vector<std::byte> plain = wide::gunzip(packed, "fuzz", at_most);
    require(std::equal(plain.begin(), plain.end(), bytes.begin(), bytes.end()), "gzip and back is another file\n");
    require(parse(plain) == elements, "gzip and plain are read differently\n");

    // The first two bytes of the input choose a place to cut and a bit to flip.
    if (size < 2) return 0;
    const std::size_t cut = (data[0] | std::size_t{data[1]} << 8) % packed.size();
    require(refuses([&] { (void)wide::gunzip(Bytes{packed}.first(cut), "fuzz", at_most); }),
            "a cut went unnoticed\n");
    std::vector<std::byte> flipped = packed;
    flipped[cut] ^= std::byte{1};
    (void)refuses([&] {
        require(wide::gunzip(flipped, "fuzz", at_most) == plain, "a flipped bit changed the content unnoticed\n");
    });
    return 0;
}
