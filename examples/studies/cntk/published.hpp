#pragma once
// What is known of these kernels on CIFAR-10, per cent right: from the papers, and from another program on the images
// that are here. 0: not known.
#include <cstddef>

namespace wide::examples {

/// Arora et al. 2019.
struct KnownDepth {
    int depth;
    double v, gap;                     ///< 50,000 training images
    double v_of_2000, gap_of_2000;     ///< recalled from the paper
    double here_of_2000, here_of_all;  ///< CNTK-V, the other program: the first 2,000 images, all 4,660
};
constexpr KnownDepth known_depths[] = {{3, 64.67, 70.47, 40.94, 49.71, 39.38, 47.00},
                                       {4, 65.52, 75.93, 42.54, 51.06, 40.77, 48.28},
                                       {6, 66.03, 76.73, 43.43, 51.73, 42.06, 49.03},
                                       {11, 65.90, 77.43, 43.42, 51.92, 43.56, 48.71},
                                       {21, 64.09, 77.08, 42.53, 52.22, 0, 0}};

/// Few training images, as many of each class. The other program's come in a fixed order, its test images are the
/// first 400.
struct KnownCount {
    std::size_t images;
    double gap3, gap6, v3, v6;  ///< the other program
    double gap[4], resnet;      ///< recalled from Arora et al. 2020: CNTK-GAP of 5, 8, 11 and 14 layers, ResNet-34
};
constexpr KnownCount known_counts[] = {{10, 17.00, 18.50, 15.25, 15.50, {15.08, 15.24, 15.31, 15.33}, 14.59},
                                       {20, 19.50, 18.75, 17.00, 16.75, {18.03, 18.50, 18.69, 18.79}, 17.50},
                                       {40, 19.00, 21.75, 18.25, 18.75, {20.83, 21.07, 21.23, 21.34}, 19.52},
                                       {80, 24.50, 22.75, 18.75, 20.00, {24.82, 25.18, 25.40, 25.48}, 23.32},
                                       {160, 28.75, 28.75, 20.25, 22.25, {29.63, 30.17, 30.46, 30.48}, 28.30},
                                       {320, 0, 0, 0, 0, {35.26, 36.05, 36.44, 36.57}, 33.15},
                                       {640, 0, 0, 0, 0, {41.24, 42.10, 42.44, 42.63}, 41.66},
                                       {1280, 0, 0, 0, 0, {47.21, 48.22, 48.67, 48.86}, 49.14}};

}  // namespace wide::examples
