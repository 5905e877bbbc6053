// You learn: what the linearisation of a network at its initial parameters says about the network.
//
// Tasks. Eigenvectors v_j of the empirical NTK's Gram give tasks sign(v_j) of falling alignment with the kernel,
// alpha(y) = y^T Theta y / y^T y. The linearisation learns the first ones best, and so does the network: the kernel
// ranks tasks for both. On these tasks the linearisation wins, on classes of images the network.
//
//     auto theta             = initial<Net, In>(seed{42});
//     auto [values, vectors] = top_eigenpairs(empirical_ntk<Net>(theta, x), 200);
//     auto y                 = signs(vectors.row(j));                       // 1 and -1
//     auto run               = train<Net>(theta, x, y, how);
//     auto line              = train_linearized<Net>(theta, x, y, how);
//     auto f                 = forward<Net>(run.parameters, z);
//     auto g                 = linearize<Net>(theta)(line.parameters, z);
//
// Rotation. Training turns the kernel towards its target: the target's alignment grows many times more than that of
// the other eigenvectors. A kernel that has turned is a better one: linearised at trained parameters, the same
// network learns more than at the initial ones.
//
//     alignment<Net>(run.parameters, x, y) / alignment<Net>(theta, x, y)
//     auto better = train_linearized<Net>(run.parameters, x, y, how);
//
// Directions. The same along directions in input space: the neural anisotropy directions are right singular vectors
// of the mixed derivative of f by input and parameters at x = 0, so eigenvectors of d^2 Theta / dx dx' (0, 0); tasks
// that differ along the first are easy for both, along the last for neither.
//
// Ortiz-Jimenez, Moosavi-Dezfooli, Frossard 2021, "What can linearized neural networks actually say about
// generalization?"
//
// The pages of this chapter: linearized/tasks.hpp (networks and how they learn), eigenvectors.hpp, trained.hpp
// (CIFAR2), directions.hpp.
#include <cstddef>
#include <vector>

#include "linearized/directions.hpp"
#include "linearized/eigenvectors.hpp"
#include "linearized/tasks.hpp"
#include "linearized/trained.hpp"
#include "study.hpp"

int main(int argc, char** argv) {
    using namespace wide::examples;
    using Flat = wide::Vector<3072>;
    using Coloured = wide::Image<32, 32, 3>;
    const Title title{"linearized", "What linearised networks say about generalisation",
                      "Ortiz-Jimenez, Moosavi-Dezfooli, Frossard 2021"};
    return run_study(title, argc, argv, [](Study& study) {
        const auto cifar10 = cifar<float>(study);
        const auto [images, labels] = joined(cifar10.train, cifar10.test);
        const Task classes{images, cifar10.train.labels.size(), two_halves(labels)};
        using Indices = std::vector<std::size_t>;
        const Indices some{1, 10, 100}, all{1, 2, 5, 10, 20, 50, 100, 200};

        constexpr std::size_t of_classes = 100;
        const auto epochs = study.size<std::size_t>({25, 100, 100});
        const auto both = eigenvector_tasks<Perceptron, Flat>(
            study, classes, {"Perceptron", study.size<Indices>({some, all, all}), epochs, of_classes, reference});
        linearised_at_trained<Perceptron, Flat>(study, classes, both.trained, epochs);
        if (study.run() != Study::Run::quick) {
            gap_by_images<Perceptron, Flat>(study, classes, both, epochs);
            const auto shorter = study.size<std::size_t>({0, 15, 100});
            eigenvector_tasks<LeNet<wide::Relu>, Coloured>(
                study, classes, {"LeNet", study.size<Indices>({{}, some, all}), shorter, shorter, {}});
        }
        if (study.run() == Study::Run::full) directions<32>(study);
        else directions<16>(study);

        study.difference(
            "{} training and {} test images of CIFAR-10's 50,000 and 10,000, 200 eigenvectors of 1,000, no ResNet-18; "
            "MNIST inputs are left out",
            cifar10.train.labels.size(), cifar10.test.labels.size());
        if (study.run() != Study::Run::full)
            study.difference("directions of 16 x 16 inputs, published are 32 x 32 and 10,000 samples");
        study.difference("the last batch of an epoch is not dropped; initial weights are normal, not truncated");
        study.difference(
            "the published results are figures: the reference is an independent run of the same size as the usual one, "
            "of another seed");
    });
}
