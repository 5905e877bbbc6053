#pragma once
// What the tests of archives are made of: xz bytes and tar bytes.
#include <lzma.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "files.hpp"

namespace test {

inline Bytes text(const std::string& words) {
    Bytes made;
    for (const char c : words) made.push_back(static_cast<std::byte>(c));
    return made;
}

/// One xz stream, as liblzma writes it.
inline Bytes xz(const Bytes& plain) {
    Bytes packed(lzma_stream_buffer_bound(plain.size()));
    std::size_t size = 0;
    if (lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(plain.data()), plain.size(),
                                reinterpret_cast<std::uint8_t*>(packed.data()), &size, packed.size()) != LZMA_OK)
        throw std::runtime_error{"lzma_easy_buffer_encode"};
    packed.resize(size);
    return packed;
}

/// A file in a tar archive, its header first; `prefix` is the first part of a long name.
inline Bytes tar_entry(const std::string& name, const Bytes& content, char type = '0', const std::string& prefix = "") {
    Bytes header(512);
    const auto put = [&](std::size_t at, const std::string& words) { std::ranges::copy(text(words), header.begin() + static_cast<std::ptrdiff_t>(at)); };
    const auto octal = [](std::size_t value, int digits) {
        char made[32];
        std::snprintf(made, sizeof made, "%0*zo", digits, value);
        return std::string(made);
    };
    put(0, name), put(124, octal(content.size(), 11)), put(156, std::string(1, type)), put(257, "ustar"), put(345, prefix);
    put(148, "        ");
    std::size_t sum = 0;
    for (const std::byte b : header) sum += std::to_integer<std::size_t>(b);
    put(148, octal(sum, 6) + std::string(1, '\0'));
    Bytes padded = content;
    padded.resize((content.size() + 511) / 512 * 512);
    return header + padded;
}

inline Bytes tar(const std::vector<std::pair<std::string, Bytes>>& files) {
    Bytes made;
    for (const auto& [name, content] : files) made = made + tar_entry(name, content);
    return made + Bytes(1024);
}

}  // namespace test
