// You learn: to say a convolutional network, to ask for its shapes at compile time, and to get kernels of images by
// the calls that you know. How two images compare is up to the last layers: the mean over all positions doesn't see
// where in the image something is, all positions side by side see little else.
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <type_traits>
#include <vector>

#include <wide/wide.hpp>
using namespace wide;

using In = Image<16, 16, 3>;

// Circular: the image goes on at its opposite edge. There is Same, zeros around it, and Valid, no filter over an
// edge.
struct Features : Serial<Repeat<2, Conv<64, Filter<3, 3>, Circular, He>, Relu>> {};
struct Pooled : Serial<Features, GlobalAvgPool, Dense<10>> {};
struct Flat : Serial<Features, Flatten, Dense<10>> {};
struct Halved : Serial<Features, AvgPool<Window<2, 2>, Stride<2, 2>>, Conv<128, Filter<3, 3>>> {};

static_assert(std::is_same_v<output_of<Features, In>, Image<16, 16, 64>>);
static_assert(
    std::is_same_v<output_of<Halved, In>, Image<6, 6, 128>>);  // 16 / 2, and less what a filter reaches over
static_assert(std::is_same_v<output_of<Pooled, In>, Vector<10>>);
static_assert(parameters_of<Pooled, In> == 9 * 3 * 64 + 9 * 64 * 64 + 64 * 10);
static_assert(parameters_of<Flat, In> == 9 * 3 * 64 + 9 * 64 * 64 + 16 * 16 * 64 * 10);
static_assert(!accepts<Serial<Features, Dense<10>>, In>);  // a Dense reads a Vector: Flatten, or pool, first

// A round spot of some colour; row by row, the channels of a pixel beside each other.
void draw_spot(float* image, int centre_y, int centre_x, const float (&colour)[3]) {
    for (int y = 0; y < 16; ++y)
        for (int x = 0; x < 16; ++x)
            for (int c = 0; c < 3; ++c)
                *image++ =
                    colour[c] *
                    std::exp(-static_cast<float>((y - centre_y) * (y - centre_y) + (x - centre_x) * (x - centre_x)) /
                             8);
}

// Of two samples' kernel what doesn't depend on how large they are.
float cosine(const Matrix<float>& K, std::size_t i, std::size_t j) { return K(i, j) / std::sqrt(K(i, i) * K(j, j)); }

int main() {
    constexpr std::size_t size = 16 * 16 * 3;
    std::vector<float> images(3 * size);
    draw_spot(images.data(), 5, 5, {1, 0, 0});
    draw_spot(images.data() + size, 10, 9, {1, 0, 0});     // the same elsewhere
    draw_spot(images.data() + 2 * size, 5, 5, {0, 1, 0});  // another colour

    const auto x = rows<In>(images);
    const Matrix<float> pooled = ntk<Pooled>(x), flat = ntk<Flat>(x);
    std::puts("cosine of a red spot with     the spot moved   a green spot");
    std::printf("mean over all positions   %18.4f %14.4f\n", cosine(pooled, 0, 1), cosine(pooled, 0, 2));
    std::printf("positions side by side    %18.4f %14.4f\n", cosine(flat, 0, 1), cosine(flat, 0, 2));
    std::printf("\n%s", explain<Pooled, In>().c_str());
    return cosine(pooled, 0, 1) > .999f && cosine(pooled, 0, 1) > cosine(flat, 0, 1) ? 0 : 1;
}
