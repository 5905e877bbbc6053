#include <wide/io/labelled.hpp>

#include "../catch.hpp"
#include "files.hpp"

using Catch::Matchers::Equals;
using test::bytes;
using test::Bytes;
using test::idx_header;
using test::operator+;

namespace {

const Bytes images = idx_header(0x08, {3, 1, 2}) + bytes({0, 51, 102, 153, 204, 255});
const Bytes labels = idx_header(0x08, {3}) + bytes({7, 0, 9});

}  // namespace

TEST_CASE("images and labels are read together, pixels in [0, 1]") {
    const test::Directory directory;
    const std::string images_path = directory.file("images", test::gzip(images));
    const std::string labels_path = directory.file("labels", labels);
    const auto all = wide::labelled_images<double>(images_path, labels_path);
    REQUIRE(all.images.rows() == 3);
    CHECK(all.images(0, 1) == 0.2);
    CHECK(all.images(2, 1) == 1.0);
    CHECK(all.labels == std::vector{7, 0, 9});

    const auto some = wide::labelled_images<float>(images_path, labels_path, 2, 51);
    CHECK(some.images.rows() == 2);
    CHECK(some.images(1, 1) == 3.0f);
    CHECK(some.labels == std::vector{7, 0});
}

TEST_CASE("labels that do not count as many samples as the images are refused, whatever the limit") {
    const test::Directory directory;
    const std::string images_path = directory.file("images", images);
    const std::string labels_path = directory.file("labels", idx_header(0x08, {2}) + bytes({7, 0}));
    for (const std::size_t limit : {std::size_t{1}, wide::all_samples}) {
        const auto refused =
            test::refusal([&] { (void)wide::labelled_images<float>(images_path, labels_path, limit); });
        REQUIRE(refused);
        CHECK_THAT(refused->what(), Equals(labels_path + ": byte 4: 2 labels for the 3 images of " + images_path +
                                           ": give two files of the same split"));
        CHECK(refused->path == labels_path);
        CHECK(refused->offset == 4);
    }
}

TEST_CASE("images given as labels are refused") {
    const test::Directory directory;
    const std::string path = directory.file("images", images);
    const auto refused = test::refusal([&] { (void)wide::labelled_images<float>(path, path); });
    REQUIRE(refused);
    CHECK_THAT(refused->what(),
               Equals(path + ": byte 3: labels have one dimension, this array has 3: are these the images?"));
}
