#pragma once
// The old model, fitted both ways on each kernel, beside the new one: true labels and random ones.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <wide/infer/choose_ridge.hpp>
#include <wide/infer/cross_validation.hpp>
#include <wide/infer/folds.hpp>
#include <wide/infer/svm.hpp>
#include <wide/wide.hpp>

#include "../data.hpp"
#include "../study.hpp"
#include "kernels.hpp"
#include "random_labels.hpp"

namespace wide::examples {

/// Accuracy on the images trained on, and on test images.
struct Right {
    double train = 0, test = 0;
};

/// One kernel, both ways to fit it, true labels and random ones.
class Models {
public:
    Models(Study& study, const TrainAndTest<double>& data)
        : study_{study},
          data_{data},
          random_{random_labels(data.train.labels)},
          table_{study.table(fmt::format("Fashion-MNIST, {} training and {} test images: per cent right",
                                         data.train.labels.size(), data.test.labels.size()),
                             {"model", "SVM: C x mean diagonal", "test", "ridge / mean diagonal", "test",
                              "random labels: SVM train", "test", "no ridge (linear: 1e-9): train", "test"})} {}

    void add(const std::string& name, const Kernel& kernel, bool interpolates) {
        const Labels& labels = data_.train.labels;
        const auto path = ridge_path(kernel.K, one_hot<double>(labels, classes, 0.9, -0.1));
        const ChosenRidge chosen = choose_ridge(path, criterion::leave_one_out, ridge_range{1e-9, 1});
        const double with_ridge = accuracy(path.fit(chosen.rule).predict(kernel.Kz), data_.test.labels);

        // The price of an error in units of the kernel, so that it means the same for each.
        const double unit = 1 / path.mean_diagonal();
        const SvmRows rows(kernel.K);
        const auto tried =
            cross_validate(rows, labels, make_folds(labels, 5, 0), {unit, 10 * unit, 100 * unit, 1000 * unit},
                           study_.options(name + ", 5 folds"));
        const double C = tried.C[tried.best()];
        const double margin = accuracy(rows.train(labels, {.C = C}).predict(kernel.Kz), data_.test.labels);

        const Svm hard = rows.train(random_, {.C = 1e6 * unit});
        const Right svm{accuracy(hard.predict(kernel.K), random_),
                        accuracy(hard.predict(kernel.Kz), data_.test.labels)};
        // A kernel of rank 784 cannot be inverted for more images; the least ridge that can is as near as it comes.
        const auto fit = interpolates ? interpolate(kernel.K, random_)
                                      : regress(kernel.K, one_hot<double>(random_, classes, 0.9, -0.1), ridge{1e-9});
        const Right regression{accuracy(fit.predict(kernel.K), random_),
                               accuracy(fit.predict(kernel.Kz), data_.test.labels)};
        table_.row(name, fmt::format("{:.0f}", C / unit), percent(margin), fmt::format("{:.1e}", chosen.rule.value),
                   percent(with_ridge), percent(svm.train), percent(svm.test), percent(regression.train),
                   percent(regression.test));
        if (!interpolates) return;
        study_.claim(svm.train == 100 && regression.train == 100,
                     "{}: SVM and regression fit {} random labels exactly", name, random_.size());
        const double deviation = 100 * std::sqrt(0.1 * 0.9 / static_cast<double>(data_.test.labels.size()));
        study_.claim(std::max(std::abs(svm.test - 10), std::abs(regression.test - 10)) < 4 * deviation,
                     "{}: what they learnt from them is worth nothing, {:.1f} and {:.1f} % of the test images", name,
                     svm.test, regression.test);
    }

    /// The network itself, by stochastic gradient descent.
    void add_network(std::size_t epochs) {
        TrainAndTest<double> scaled{some_of(data_.train, 0, data_.train.labels.size()),
                                    some_of(data_.test, 0, data_.test.labels.size())};
        const ChannelMoments moments = channel_moments(scaled.train.images, 1);
        standardize(scaled.train.images, moments);
        standardize(scaled.test.images, moments);
        const auto train_images = converted<float>(scaled.train.images),
                   test_images = converted<float>(scaled.test.images);
        const auto learn = [&](const Labels& labels, const std::string& what) {
            const auto x = rows<In>(train_images);
            // A label that is missed costs log 2 at least: until none can be.
            const auto until_none_is_missed = [&](const auto& done) {
                return done.loss * static_cast<double>(labels.size()) < 0.5 ? after_epoch::stop : after_epoch::go_on;
            };
            const auto run = train<Net<3>>(initial<Net<3>, In>(seed{0}), x, one_hot<float>(labels, classes),
                                           training{.epochs = epochs,
                                                    .batch = 64,
                                                    .rate = 0.1,
                                                    .momentum = 0.9,
                                                    .loss = softmax{},
                                                    .on_epoch = until_none_is_missed},
                                           study_.options(what));
            return Right{accuracy(forward<Net<3>>(run.parameters, x), labels),
                         accuracy(forward<Net<3>>(run.parameters, rows<In>(test_images)), data_.test.labels)};
        };
        const Right clean = learn(data_.train.labels, "network"), noise = learn(random_, "network, random labels");
        table_.row("finite network, 3 x 256", "", "", "descent", percent(clean.test), "", "", percent(noise.train),
                   percent(noise.test));
        study_.claim(noise.train == 100, "the finite network fits {} random labels: {:.2f} %", random_.size(),
                     noise.train);
    }

private:
    Study& study_;
    const TrainAndTest<double>& data_;
    Labels random_;
    Table& table_;
};

}  // namespace wide::examples
