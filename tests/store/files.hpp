#pragma once
// What the tests of Grams in files share: a net, whole files as strings, and comparison to the bit.
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <wide/kernel/gram.hpp>
#include <wide/store/gram_file.hpp>
#include <wide/store/gram_to_file.hpp>

#include "../io/files.hpp"
#include "../random_rows.hpp"
#include "../thrown.hpp"

namespace test {

/// Every entry has the same bits whatever samples there are besides: closed forms, and no collapse.
struct Net : wide::Serial<wide::Dense<8, wide::He, wide::Bias<0.1>>, wide::Relu, wide::Dense<8, wide::He>, wide::Relu,
                          wide::Dense<1>> {};
using In = wide::Vector<7>;

/// fill::both and schedule::direct, quiet.
inline wide::options directly() {
    wide::options how;
    how.schedule = wide::schedule::direct;
    return how;
}

inline std::string content_of(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    if (!in) throw std::runtime_error{"cannot read " + path};
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void set_content(const std::string& path, const std::string& content) {
    std::ofstream out{path, std::ios::binary};
    out << content;
    if (!out.flush()) throw std::runtime_error{"cannot write " + path};
}

template <class T>
bool same_bits(const wide::Matrix<T>& one, const wide::Matrix<T>& two) {
    return one.rows() == two.rows() && one.cols() == two.cols() &&
           (one.empty() || std::memcmp(one.data(), two.data(), one.size() * sizeof(T)) == 0);
}
template <class T>
bool same_bits(const wide::Gram<T>& one, const wide::Gram<T>& two) {
    return same_bits(one.nngp, two.nngp) && same_bits(one.ntk, two.ntk);
}

/// The rows [first, first + count).
template <class T>
wide::Gram<T> some_rows(const wide::Gram<T>& whole, std::size_t first, std::size_t count) {
    wide::Gram<T> part{wide::Matrix<T>(count, whole.ntk.cols()), wide::Matrix<T>(count, whole.ntk.cols())};
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = 0; j < whole.ntk.cols(); ++j) {
            part.nngp(i, j) = whole.nngp(first + i, j);
            part.ntk(i, j) = whole.ntk(first + i, j);
        }
    return part;
}

/// The lines of a journal that claim finished rows.
inline std::size_t finished_blocks(const std::string& journal) {
    std::size_t count = 0;
    for (std::size_t at = journal.find("\nrows "); at != std::string::npos; at = journal.find("\nrows ", at + 1))
        if (journal.find('\n', at + 1) != std::string::npos && journal.compare(at, 13, "\nrows a block") != 0)
            ++count;
    return count;
}

}  // namespace test
