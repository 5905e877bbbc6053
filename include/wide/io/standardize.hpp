#pragma once
// Images whose channels have mean 0 and standard deviation 1 over the training set, as published preprocessing says:
//     x -> (x - mean[channel]) / deviation[channel],
// both taken over all images and all positions (deviation: the root of the mean square, divided by the count and not
// by one less). Element k of a row belongs to channel k % channels, as in rows of Image<height, width, channels>.
// With as many channels as columns, each column is standardised for itself.
//
//     const ChannelMoments moments = channel_moments(train.images, 3);
//     standardize(train.images, moments);
//     standardize(test.images, moments);      // by the training set's moments, too
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

#include <wide/run/error.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

/// One number a channel.
struct ChannelMoments {
    std::vector<double> mean, deviation;
};

/// Throws shape_mismatch unless rows of `width` numbers are a whole number of positions of `channels` each.
inline void require_channels(const std::string& caller, std::size_t width, std::size_t channels) {
    if (channels == 0) throw shape_mismatch{caller + ": no channels: a position has at least one"};
    if (width % channels != 0)
        throw shape_mismatch{caller + ": rows of width " + std::to_string(width) +
                             " do not divide into positions of " + std::to_string(channels) +
                             " channels: give the number of channels of these images"};
}

/// Means and standard deviations of the channels, accumulated in double. A channel that is constant has exactly its
/// value as mean and exactly 0 as deviation.
/// Throws `shape_mismatch` if the widths disagree or there are no numbers, `not_finite` for NaN or Inf among them,
/// and `error` if their squares exceed double.
template <std::floating_point T>
[[nodiscard]] ChannelMoments channel_moments(const Matrix<T>& images, std::size_t channels) {
    require_channels("channel_moments", images.cols(), channels);
    if (images.empty())
        throw shape_mismatch{"channel_moments: " + std::to_string(images.rows()) + " rows of width " +
                             std::to_string(images.cols()) + " have no mean: give at least one image"};

    // The mean over all positions of f(element, channel). Summed row by row, so that rounding errors do not grow with
    // the number of images times the number of positions.
    const auto mean_of = [&](const auto& f) {
        std::vector<double> mean(channels), of_row(channels);
        for (std::size_t i = 0; i < images.rows(); ++i) {
            of_row.assign(channels, 0);
            const auto row = images.row(i);
            for (std::size_t at = 0; at < row.size(); at += channels)
                for (std::size_t c = 0; c < channels; ++c) of_row[c] += f(static_cast<double>(row[at + c]), c);
            for (std::size_t c = 0; c < channels; ++c) mean[c] += of_row[c];
        }
        for (double& value : mean) value /= static_cast<double>(images.size() / channels);
        return mean;
    };

    // Differences from the first position are exactly 0 where a channel is constant; sums of its values need not be
    // exact multiples, and would leave a deviation of rounding errors to divide by.
    ChannelMoments moments;
    moments.mean = mean_of([&](double value, std::size_t c) { return value - static_cast<double>(images(0, c)); });
    for (std::size_t c = 0; c < channels; ++c) moments.mean[c] += static_cast<double>(images(0, c));
    moments.deviation = mean_of([&](double value, std::size_t c) {
        const double difference = value - moments.mean[c];
        return difference * difference;
    });
    for (double& value : moments.deviation) value = std::sqrt(value);

    for (std::size_t c = 0; c < channels; ++c) {
        if (std::isfinite(moments.mean[c]) && std::isfinite(moments.deviation[c])) continue;
        for (std::size_t i = 0; i < images.rows(); ++i)
            for (std::size_t k = 0; k < images.cols(); ++k)
                if (!std::isfinite(images(i, k)))
                    throw not_finite{"channel_moments: row " + std::to_string(i) + " of the images holds " +
                                         (std::isnan(images(i, k)) ? "NaN" : "Inf") + " in column " +
                                         std::to_string(k) + ": drop or repair that row",
                                     i, k};
        throw error{"channel_moments: the squares of channel " + std::to_string(c) +
                    " exceed double: scale the images down"};
    }
    return moments;
}

/// Standardises the images in place, by moments of these images or of others; a channel of deviation 0 is only
/// centred. Each element is computed in double and rounded once; NaN and Inf stay (the kernels refuse them, naming
/// the row). Throws, before anything is written, `shape_mismatch` if the widths disagree, and `error` for a mean that
/// is not finite or a deviation that is not finite or negative.
template <std::floating_point T>
void standardize(Matrix<T>& images, const ChannelMoments& moments) {
    const std::size_t channels = moments.mean.size();
    if (moments.deviation.size() != channels)
        throw shape_mismatch{"standardize: " + std::to_string(channels) + " means, but " +
                             std::to_string(moments.deviation.size()) + " deviations: give one of each a channel"};
    require_channels("standardize", images.cols(), channels);
    for (std::size_t c = 0; c < channels; ++c)
        if (!std::isfinite(moments.mean[c]) || !std::isfinite(moments.deviation[c]) || moments.deviation[c] < 0)
            throw error{"standardize: channel " + std::to_string(c) + " has mean " + std::to_string(moments.mean[c]) +
                        " and deviation " + std::to_string(moments.deviation[c]) +
                        ": give finite numbers, the deviation not negative"};

    for (std::size_t i = 0; i < images.rows(); ++i) {
        const auto row = images.row(i);
        for (std::size_t at = 0; at < row.size(); at += channels)
            for (std::size_t c = 0; c < channels; ++c) {
                const double centred = static_cast<double>(row[at + c]) - moments.mean[c];
                const double deviation = moments.deviation[c];
                row[at + c] = static_cast<T>(deviation == 0 ? centred : centred / deviation);
            }
    }
}

}  // namespace wide
