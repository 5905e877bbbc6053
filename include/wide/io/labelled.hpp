#pragma once
// Images and their labels, from the two IDX files that they are published as.
//
//     auto [images, labels] = labelled_images<float>("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz");
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <wide/io/idx.hpp>
#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

/// The two parts that data sets are published in.
enum class data_split { train, test };

/// Row i of `images` is the image that `labels[i]` names.
template <std::floating_point T>
struct LabelledImages {
    Matrix<T> images;
    std::vector<int> labels;
};

/// At most the first `limit` images, divided by `divisor` (255 takes bytes to [0, 1]), with their labels.
/// Throws `bad_file` as `read_idx` does, and if the two files do not count the same number of samples.
template <std::floating_point T>
[[nodiscard]] LabelledImages<T> labelled_images(const std::string& images_path, const std::string& labels_path,
                                                std::size_t limit = all_samples, double divisor = 255) {
    const Idx labels = read_idx(labels_path);
    const Idx images = read_idx(images_path);
    std::vector<int> classes = idx_labels(labels, limit);
    // Compared before the limit applies: files that do not belong together may well agree on a few samples.
    if (labels.samples() != images.samples())
        throw bad_file{labels_path + ": byte 4: " + std::to_string(labels.samples()) + " labels for the " +
                           std::to_string(images.samples()) + " images of " + images_path +
                           ": give two files of the same split",
                       labels_path, 4};
    return {idx_matrix<T>(images, {.divisor = divisor, .limit = limit}), std::move(classes)};
}

}  // namespace wide
