#pragma once
// MNIST and Fashion-MNIST: 60,000 training and 10,000 test images of 28 x 28 gray pixels in ten classes, one row an
// image, pixels divided by 255. `find_data` says where the files are looked for.
//
// Sources: LeCun, Cortes, Burges, "The MNIST database of handwritten digits"; Xiao, Rasul, Vollgraf, "Fashion-MNIST",
// arXiv:1708.07747.
//
//     auto train = fashion_mnist<float>(data_split::train, directory, 10'000);
//     if (!train) return std::puts(missing_fashion_mnist(data_split::train, directory).c_str()), 1;
//     auto& [images, labels] = *train;
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <wide/io/data.hpp>
#include <wide/io/labelled.hpp>

namespace wide {

/// The images' and the labels' file of a split, as both publishers name them; `folder` is "mnist" or "fashion-mnist".
[[nodiscard]] inline std::vector<std::string> mnist_files(const std::string& folder, data_split part) {
    const std::string start = folder + (part == data_split::train ? "/train" : "/t10k");
    return {start + "-images-idx3-ubyte.gz", start + "-labels-idx1-ubyte.gz"};
}

/// At most the first `limit` samples of a split laid out as MNIST is, or nothing if one of its files is not found.
/// Throws `bad_file` if they are found and broken.
template <std::floating_point T>
[[nodiscard]] std::optional<LabelledImages<T>> find_mnist(const std::string& folder, data_split part,
                                                          const std::string& directory, std::size_t limit) {
    const std::vector<std::string> files = mnist_files(folder, part);
    const auto images = find_data(files[0], directory), labels = find_data(files[1], directory);
    if (!images || !labels) return std::nullopt;
    return labelled_images<T>(*images, *labels, limit);
}

template <std::floating_point T = float>
[[nodiscard]] std::optional<LabelledImages<T>> mnist(data_split part, const std::string& directory = "",
                                                     std::size_t limit = all_samples) {
    return find_mnist<T>("mnist", part, directory, limit);
}

template <std::floating_point T = float>
[[nodiscard]] std::optional<LabelledImages<T>> fashion_mnist(data_split part, const std::string& directory = "",
                                                             std::size_t limit = all_samples) {
    return find_mnist<T>("fashion-mnist", part, directory, limit);
}

/// Which files of the split are missing and where to put them; empty if none is.
[[nodiscard]] inline std::string missing_mnist(data_split part, const std::string& directory = "") {
    return missing_data(mnist_files("mnist", part), directory, "official: http://yann.lecun.com/exdb/mnist/");
}

[[nodiscard]] inline std::string missing_fashion_mnist(data_split part, const std::string& directory = "") {
    return missing_data(mnist_files("fashion-mnist", part), directory,
                        "Debian's package dataset-fashion-mnist; official: "
                        "https://github.com/zalandoresearch/fashion-mnist");
}

}  // namespace wide
