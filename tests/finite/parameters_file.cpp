#include <wide/finite/parameters_file.hpp>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <wide/dsl.hpp>
#include <wide/finite/initial.hpp>

#include "../catch.hpp"
#include "../io/files.hpp"
#include "../skipped.hpp"
#include "../thrown.hpp"

using namespace wide;

namespace {

struct Net : Serial<Dense<3, Bias<.1>>, Relu, Dense<2>> {};
using In = Vector<4>;
struct Pictures : Serial<Conv<3, Filter<3, 2>, Same, Bias<.1>>, Relu, Flatten, Dense<2, Bias<.1>>> {};
using Picture = Image<4, 4, 2>;
struct Waves : Serial<Conv<3, Filter<3>, Same>, Relu, Flatten, Dense<2>> {};

struct Taller : Serial<Dense<3, Bias<.1>>, Relu, Dense<5>> {};
struct Unbiased : Serial<Dense<3>, Relu, Dense<2>> {};
struct Deeper : Serial<Dense<3, Bias<.1>>, Relu, Dense<2>, Relu, Dense<2>> {};

template <class P>
bool same(const P& a, const P& b) {
    return std::equal(a.data(), a.data() + a.size(), b.data());
}

}  // namespace

TEMPLATE_TEST_CASE("parameters come back, bit by bit", "", float, double) {
    const test::Directory directory;
    const std::string path = directory.path() + "/net.npz";
    const auto theta = initial<Net, In, TestType>(seed{1});
    save_parameters(path, theta);
    CHECK(same(theta, load_parameters<Net, In, TestType>(path)));
    const auto other = initial<Net, In, TestType>(seed{2});
    save_parameters(path, other);
    CHECK(same(other, load_parameters<Net, In, TestType>(path)));
    const auto files = std::filesystem::directory_iterator(directory.path());
    CHECK(std::distance(begin(files), end(files)) == 1);
    const auto pictures = initial<Pictures, Picture, TestType>(seed{1});
    save_parameters(path, pictures);
    CHECK(same(pictures, load_parameters<Pictures, Picture, TestType>(path)));
}

TEST_CASE("a leaf's array has its layer's shape") {
    CHECK(leaf_array<Parameters<Pictures, Picture>>(0).name == "0_weights");
    CHECK(leaf_array<Parameters<Pictures, Picture>>(0).sizes == std::vector<std::size_t>{3, 2, 2, 3});
    CHECK(leaf_array<Parameters<Pictures, Picture>>(1).name == "0_bias");
    CHECK(leaf_array<Parameters<Pictures, Picture>>(1).sizes == std::vector<std::size_t>{3});
    CHECK(leaf_array<Parameters<Pictures, Picture>>(2).sizes == std::vector<std::size_t>{48, 2});
    CHECK(leaf_array<Parameters<Waves, Signal<4, 2>>>(0).sizes == std::vector<std::size_t>{3, 2, 3});
    CHECK(leaf_array<Parameters<Waves, Signal<4, 2>>>(1).name == "1_weights");
}

TEST_CASE("parameters of another network are refused, naming the leaf") {
    const test::Directory directory;
    const std::string path = directory.path() + "/net.npz";
    save_parameters(path, initial<Net, In>(seed{1}));
    const auto refused = [&](const auto& load) { return thrown_by<shape_mismatch>(load); };
    CHECK(says(refused([&] { (void)load_parameters<Taller, In>(path); }), "'1_weights' has shape (3, 2), but in this network it has (3, 5)"));
    CHECK(says(refused([&] { (void)load_parameters<Net, Vector<5>>(path); }), "'0_weights' has shape (4, 3)"));
    CHECK(says(refused([&] { (void)load_parameters<Unbiased, In>(path); }), "'0_bias' of shape (3,) belongs to no layer"));
    CHECK(says(refused([&] { (void)load_parameters<Deeper, In>(path); }), "there is no '2_weights'"));
    const auto type = thrown_by<bad_file>([&] { (void)load_parameters<Net, In, double>(path); });
    CHECK(says(type, "'0_weights' has numbers of 4 bytes"));
    CHECK(type.path == path);
    CHECK(says(thrown_by<bad_file>([&] { (void)load_parameters<Net, In>(directory.path() + "/none"); }), "cannot be opened"));
}

TEST_CASE("a file of parameters that is cut at any byte is refused") {
    const test::Directory directory;
    const std::string path = directory.path() + "/net.npz";
    save_parameters(path, initial<Net, In>(seed{1}));
    const auto whole = read_raw_bytes(path);
    for (std::size_t count = 0; count < whole.size(); ++count) {
        const std::string cut = directory.file("cut.npz", test::first(whole, count));
        const auto refused = test::refusal([&] { (void)load_parameters<Net, In>(cut); });
        REQUIRE(refused);
        CHECK(refused->offset == count);
    }
}

TEST_CASE("NumPy's own file of the same arrays is loaded") {
    if (std::system("python3 -c 'import numpy' 2>/dev/null") != 0) return skipped("python3 has no numpy");
    const test::Directory directory;
    const std::string path = directory.path() + "/net.npz", other = directory.path() + "/other.npz";
    const auto theta = initial<Pictures, Picture>(seed{1});
    save_parameters(path, theta);
    const std::string program =
        "import numpy, sys\n"
        "net = dict(numpy.load(sys.argv[1]))\n"
        "assert net['0_weights'].shape == (3, 2, 2, 3) and net['1_bias'].shape == (2,)\n"
        "net['0_weights'][2, 1, 1, 2] = 42\n"
        "numpy.savez(sys.argv[2], **net)\n";
    test::Bytes text;
    for (const char letter : program) text.push_back(static_cast<std::byte>(letter));
    REQUIRE(std::system(("python3 " + directory.file("check.py", text) + " " + path + " " + other).c_str()) == 0);
    auto read = load_parameters<Pictures, Picture>(other);
    CHECK(read.leaf(0).back() == 42);
    read.leaf(0).back() = theta.leaf(0).back();
    CHECK(same(read, theta));
}
