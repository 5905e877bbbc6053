// Windows of framed samples against windows gathered tap by tap, and the transpose of a convolution against windows scattered
// tap by tap: every padding, strides beyond windows, windows beyond samples, one to three axes.
#include <wide/finite/frame.hpp>

#include <cstddef>
#include <vector>

#include <wide/finite/back_windows.hpp>

#include "../catch.hpp"
#include "../random_rows.hpp"

using namespace wide;

namespace {

/// A convolution whose axes have `extent` positions each, the last one two more.
NetworkStep convolution(int axes, std::size_t extent, std::size_t size, std::size_t stride, Padding padding) {
    NetworkStep step{.op = Op::affine};
    step.left_shape.axes = step.taps.axes = axes;
    step.left_shape.channels = 3;
    step.taps.padding = padding;
    for (int a = 0; a < axes; ++a) {
        step.left_shape.extents[a] = a + 1 == axes ? extent + 2 : extent;
        step.taps.size[a] = size;
        step.taps.stride[a] = stride;
    }
    step.out_shape = shape_through(step.taps, step.left_shape);
    return step;
}

/// Calls visit(step) for windows that fit.
template <class Visit>
void each_convolution(Visit visit) {
    for (const Padding padding : {Padding::valid, Padding::same, Padding::circular})
        for (const int axes : {1, 2, 3})
            for (const std::size_t extent : {1u, 2u, 5u, 8u})
                for (const std::size_t size : {1u, 2u, 3u, 4u, 7u})
                    for (const std::size_t stride : {1u, 2u, 3u, 5u}) {
                        if (padding == Padding::valid && size > extent) continue;
                        INFO("padding " << static_cast<int>(padding) << ", " << axes << " axes, extent " << extent << ", size " << size
                                        << ", stride " << stride);
                        visit(convolution(axes, extent, size, stride, padding));
                    }
}

}  // namespace

TEST_CASE("a window in a frame is the window gathered from the sample") {
    each_convolution([](const NetworkStep& step) {
        const Windows windows(step);
        const Frame frame(windows);
        const auto sample = random_rows<float>(1, size_of(step.left_shape), 1);
        std::vector<float> room(frame.room(), -7.f), window(windows.length());
        const float* const framed = frame.fill(sample.data(), room.data());
        bool same = frame.lines() * frame.in_line() == windows.positions() && frame.tap_lines() * frame.run() == windows.length();
        std::size_t visited = 0;
        frame.each_window(0, windows.positions(), [&](std::size_t o, std::size_t at) {
            same = same && visited++ == o && at == frame.line(o / frame.in_line()) + o % frame.in_line() * frame.step();
            windows.gather(sample.data(), o, window.data());
            for (std::size_t k = 0; k < window.size(); ++k)
                same = same && window[k] == framed[at + frame.tap_line(k / frame.run()) + k % frame.run()];
        });
        CHECK(same);
        CHECK(visited == windows.positions());
        // From the middle on, too.
        const std::size_t half = windows.positions() / 2;
        visited = half;
        frame.each_window(half, windows.positions() - half, [&](std::size_t k, std::size_t at) {
            const std::size_t o = half + k;
            same = same && visited++ == o;
            same = same && at == frame.line(o / frame.in_line()) + o % frame.in_line() * frame.step();
        });
        CHECK(same);
        CHECK(visited == windows.positions());
    });
}

TEST_CASE("the transpose of a convolution scatters every window") {
    each_convolution([](const NetworkStep& step) {
        constexpr std::size_t width = 5;
        const Windows windows(step);
        const std::size_t channels = windows.channels(), taps = windows.taps();
        const auto weights = random_rows<double>(taps * channels, width, 2);
        const auto cotangents = random_rows<double>(windows.positions(), width, 3);
        const auto before = random_rows<double>(1, size_of(step.left_shape), 4);
        Matrix<double> panels(taps, panel_elements<double>(width, channels));
        RightFactor<double> first;
        for (std::size_t t = 0; t < taps; ++t) {
            const auto tap = pack_panels(weights.row(t * channels).data(), 1, std::ptrdiff_t{width}, width, channels, panels.row(t).data());
            if (t == 0) first = tap;
        }
        std::vector<double> expected(before.data(), before.data() + before.size()), found = expected,
                                                                                    room(CotangentLines::room(windows, width), -7.);
        for (std::size_t o = 0; o < windows.positions(); ++o)
            windows.each_tap(o, [&](std::size_t tap, std::size_t position) {
                for (std::size_t c = 0; c < channels; ++c)
                    for (std::size_t k = 0; k < width; ++k)
                        expected[position * channels + c] += 0.5 * weights(tap * channels + c, k) * cotangents(o, k);
            });
        add_transposed_windows(windows, cotangents.data(), width, first, 0.5, room.data(), found.data());
        double most = 0;
        for (std::size_t k = 0; k < found.size(); ++k)
            if (const double apart = std::abs(found[k] - expected[k]); !(apart <= most)) most = apart;
        CHECK(most < 1e-12);
    });
}
