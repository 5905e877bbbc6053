#pragma once
// Parameters in a file that NumPy reads: one array a leaf, named by the number of its word among the affine ones.
//
//     save_parameters("net.npz", theta);
//     auto theta = load_parameters<Net, In>("net.npz");            // load_parameters<Net, In, double>
//
//     net = numpy.load("net.npz")
//     net["0_weights"]      # (inputs, outputs); of a convolution (taps along every axis, inputs, outputs): HWIO
//     net["0_bias"]         # (outputs,)
//
// Saving is durable: whenever the process ends, the file has its old content or all of the new one. What numpy.savez writes
// under these names is loaded as well. Loading throws bad_file (byte) where a file is damaged, or its numbers are of another
// type; shape_mismatch, naming the leaf, where it is of another architecture.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include <wide/finite/parameters.hpp>
#include <wide/io/npz.hpp>

namespace wide {

/// What leaf i is called in a file, and its shape there.
struct LeafArray {
    std::string name;
    std::vector<std::size_t> sizes;
};

template <class Parameters>
[[nodiscard]] LeafArray leaf_array(int i) {
    constexpr auto& plan = Parameters::plan;
    const Leaf& leaf = plan.leaf[i];
    const std::string word = std::to_string(leaf.word);
    if (leaf.is_bias) return {word + "_bias", {leaf.columns}};
    LeafArray array{word + "_weights", {}};
    for (int s = 0; s < plan.steps; ++s) {
        const NetworkStep& step = plan.step[s];
        if (step.weights != i) continue;
        for (int axis = 0; axis < step.taps.axes; ++axis) array.sizes.push_back(step.taps.size[axis]);
        array.sizes.push_back(step.left_shape.channels);
        array.sizes.push_back(leaf.columns);
    }
    return array;
}

template <class Net, class In, class T>
void save_parameters(const std::string& path, const Parameters<Net, In, T>& theta) {
    NpzWriter file;
    for (int i = 0; i < theta.leaves; ++i) {
        const LeafArray array = leaf_array<Parameters<Net, In, T>>(i);
        file.add(array.name, array.sizes, theta.leaf(i));
    }
    file.write(path);
}

template <class Net, class In, class T = float>
[[nodiscard]] Parameters<Net, In, T> load_parameters(const std::string& path) {
    const std::vector<std::byte> bytes = read_raw_bytes(path);
    const std::vector<NpzMember> members = npz_members(bytes, path);
    Parameters<Net, In, T> theta;
    std::vector<std::string> known;
    for (int i = 0; i < theta.leaves; ++i) {
        const LeafArray array = leaf_array<Parameters<Net, In, T>>(i);
        known.push_back(array.name);
        const auto found = std::find_if(members.begin(), members.end(), [&](const NpzMember& m) { return m.name == array.name; });
        if (found == members.end())
            throw shape_mismatch(path + ": there is no '" + array.name + "', which this network reads with shape " +
                                 npy_shape(array.sizes) + ": load it as the architecture that wrote it");
        if (found->header.sizes != array.sizes)
            throw shape_mismatch(path + ": '" + array.name + "' has shape " + npy_shape(found->header.sizes) +
                                 ", but in this network it has " + npy_shape(array.sizes) +
                                 ": load it as the architecture that wrote it");
        if (found->header.element_bytes != sizeof(T))
            throw bad_file{path + ": byte " + std::to_string(found->offset) + ": '" + array.name + "' has numbers of " +
                               std::to_string(found->header.element_bytes) + " bytes, and those asked for have " +
                               std::to_string(sizeof(T)) + ": load float from '<f4', double from '<f8'",
                           path, found->offset};
        std::memcpy(theta.leaf(i).data(), found->numbers.data(), found->numbers.size());
    }
    for (const NpzMember& member : members)
        if (std::find(known.begin(), known.end(), member.name) == known.end())
            throw shape_mismatch(path + ": '" + member.name + "' of shape " + npy_shape(member.header.sizes) +
                                 " belongs to no layer of this network: load it as the architecture that wrote it");
    return theta;
}

}  // namespace wide
