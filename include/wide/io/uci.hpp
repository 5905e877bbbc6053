#pragma once
// The UCI data sets of Fernandez-Delgado et al. 2014, "Do we need hundreds of classifiers to solve real world classification
// problems?", with their published splits; of their 121 sets, those that Arora et al. 2020 ("Harnessing the power of infinitely wide
// deep nets on small-data tasks") use are the 90 of uci90.tar.xz. Format, for the set NAME, in a folder NAME:
//     NAME.txt             lines `key= value`: n_entradas features, n_clases classes, n_patrons1 rows
//     NAME_R.dat           a header, then a row each: its number from one, features (standardised), class from zero; tabs
//     conxuntos.dat        two lines of zero-based rows: train, validation; to choose hyper-parameters by
//     conxuntos_kfold.dat  eight lines: train and test rows, four times; for the accuracy that is reported
//
//     auto iris = uci<double>("iris", directory);            // see data.hpp for where it is looked for
//     if (!iris) return std::puts(missing_uci("iris", directory).c_str()), 1;
//     iris->samples;  iris->labels;  iris->validation;  iris->splits;
//
// Each of the four splits holds a random quarter of the rows out; they are no partition, a row may be held out several times
// or never. Train and validation rows together are all rows: what is reported is also among what chooses. An archive is unpacked in memory (29 MB), in a
// second or so; of many sets, read it once: `read_tar`, then `read_uci` for each.
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <wide/io/bytes.hpp>
#include <wide/io/data.hpp>
#include <wide/io/tar.hpp>
#include <wide/run/error.hpp>
#include <wide/run/fold.hpp>
#include <wide/run/matrix.hpp>

namespace wide {

template <std::floating_point T>
struct Uci {
    Matrix<T> samples;       ///< rows x features
    std::vector<int> labels;
    std::size_t classes = 0;
    Fold validation;           ///< what hyper-parameters are chosen by
    std::vector<Fold> splits;  ///< what is reported: the mean over them
};

/// One of a set's files: its bytes, and what an error calls it.
struct UciFile {
    std::span<const std::byte> bytes;
    std::string path;
};

/// A text, word by word and line by line, that knows where it is.
class UciText {
public:
    explicit UciText(const UciFile& file)
        : text_{reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()}, path_{file.path} {}

    [[nodiscard]] bad_file bad(const std::string& sentence) const {
        return bad_file{path_ + ": line " + std::to_string(line_) + ", byte " + std::to_string(at_) + ": " + sentence, path_, at_};
    }

    /// Whether anything but white space is left.
    [[nodiscard]] bool ended() {
        std::size_t k = at_;
        while (k < text_.size() && (blank(text_[k]) || text_[k] == '\n')) ++k;
        return k == text_.size();
    }

    /// The next word of this line; empty at its end.
    [[nodiscard]] std::string_view word() {
        while (at_ < text_.size() && blank(text_[at_])) ++at_;
        std::size_t end = at_;
        while (end < text_.size() && !blank(text_[end]) && text_[end] != '\n') ++end;
        const std::string_view found = text_.substr(at_, end - at_);
        word_ = at_;
        at_ = end;
        return found;
    }

    /// The next word as a number of type N; nothing at the end of the line.
    template <class N>
    [[nodiscard]] std::optional<N> number(const std::string& what) {
        const std::string_view found = word();
        if (found.empty()) return std::nullopt;
        N value{};
        const auto [end, status] = std::from_chars(found.data(), found.data() + found.size(), value);
        bool good = status == std::errc{} && end == found.data() + found.size();
        if constexpr (std::floating_point<N>) good = good && std::isfinite(value);
        if (!good) {
            at_ = word_;
            throw bad("'" + std::string(found.substr(0, 20)) + "' where " + what + " has to be: fetch the file again");
        }
        return value;
    }

    template <class N>
    [[nodiscard]] N required(const std::string& what) {
        if (const auto found = number<N>(what)) return *found;
        throw bad("the line ends before " + what + ": fetch the file again");
    }

    /// Goes on to the next line; what is left of this one is passed over.
    void next_line() {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
        if (at_ < text_.size()) ++at_, ++line_;
    }

    /// The same, but nothing may be left.
    void end_line() {
        if (!word().empty()) {
            at_ = word_;
            throw bad("the line goes on where it has to end: fetch the file again");
        }
        next_line();
    }

private:
    [[nodiscard]] static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

    std::string_view text_;
    std::string path_;
    std::size_t at_ = 0, word_ = 0, line_ = 1;
};

/// Features, classes and rows, as a set's description counts them.
struct UciSizes {
    std::size_t features = 0, classes = 0, rows = 0;
};

[[nodiscard]] inline UciSizes parse_uci_description(const UciFile& file) {
    UciText text(file);
    UciSizes sizes;
    for (; !text.ended(); text.next_line()) {
        const std::string key{text.word()};
        std::size_t* const place = key == "n_entradas=" ? &sizes.features
                                   : key == "n_clases=" ? &sizes.classes
                                   : key == "n_patrons1=" ? &sizes.rows
                                                        : nullptr;
        if (place) *place = text.required<std::size_t>("a number of " + key.substr(2, key.size() - 3));
    }
    for (const auto& [size, key] : {std::pair{sizes.features, "n_entradas"}, {sizes.classes, "n_clases"}, {sizes.rows, "n_patrons1"}})
        if (size == 0) throw text.bad("no line says '" + std::string(key) + "= ' and a number above zero: fetch the file again");
    return sizes;
}

/// Pairs of lines: rows that train, rows held out.
[[nodiscard]] inline std::vector<Fold> parse_uci_folds(const UciFile& file, std::size_t count, std::size_t rows) {
    UciText text(file);
    const auto line = [&] {
        std::vector<std::size_t> indices;
        while (const auto index = text.number<std::size_t>("the index of a row")) {
            if (*index >= rows)
                throw text.bad("row " + std::to_string(*index) + ", but there are " + std::to_string(rows) +
                               ", counted from zero: give the files of one set");
            indices.push_back(*index);
        }
        if (indices.empty())
            throw text.bad("no row in this line, of " + std::to_string(2 * count) + " with some: fetch the file again");
        text.next_line();
        return indices;
    };
    std::vector<Fold> folds(count);
    for (Fold& fold : folds) {
        fold.train = line();
        fold.held_out = line();
    }
    if (!text.ended()) throw text.bad("more than " + std::to_string(2 * count) + " lines: give the files of one set");
    return folds;
}

/// Reads a set from its four files. Throws `bad_file`, with the byte and the line where it shows.
template <std::floating_point T>
[[nodiscard]] Uci<T> parse_uci(const UciFile& description, const UciFile& data, const UciFile& validation, const UciFile& splits) {
    const UciSizes sizes = parse_uci_description(description);
    UciText text(data);
    // Two bytes a number at least: what a description promises is not believed beyond that.
    if (sizes.features >= data.bytes.size() || sizes.rows > data.bytes.size() / (2 * (sizes.features + 2)) + 1)
        throw text.bad("too short for the " + std::to_string(sizes.rows) + " rows of " + std::to_string(sizes.features) +
                       " features that " + description.path + " announces: fetch the file again");
    Uci<T> set{Matrix<T>(sizes.rows, sizes.features), {}, sizes.classes, {}, {}};
    text.next_line();
    for (std::size_t i = 0; i < sizes.rows; ++i) {
        if (const auto number = text.required<std::size_t>("the number of a row"); number != i + 1)
            throw text.bad("row " + std::to_string(number) + " where row " + std::to_string(i + 1) + " is due: fetch the file again");
        for (T& feature : set.samples.row(i)) {
            feature = static_cast<T>(text.required<double>("a feature"));
            if (!std::isfinite(feature)) throw text.bad("a feature that float has no room for: read the set in double");
        }
        const auto label = text.required<std::size_t>("a class");
        if (label >= sizes.classes)
            throw text.bad("class " + std::to_string(label) + ", but there are " + std::to_string(sizes.classes) +
                           ", counted from zero: give the files of one set");
        set.labels.push_back(static_cast<int>(label));
        text.end_line();
    }
    if (!text.ended())
        throw text.bad("more rows than the " + std::to_string(sizes.rows) + " that " + description.path + " announces: give the files of one set");
    set.validation = std::move(parse_uci_folds(validation, 1, sizes.rows).front());
    set.splits = parse_uci_folds(splits, 4, sizes.rows);
    return set;
}

/// The four files of a set, in the order in which `parse_uci` takes them.
[[nodiscard]] inline std::vector<std::string> uci_files(const std::string& name) {
    const std::string folder = name + "/";
    return {folder + name + ".txt", folder + name + "_R.dat", folder + "conxuntos.dat", folder + "conxuntos_kfold.dat"};
}

/// A set of an archive whose top folder is uci90. Throws `bad_file` as `parse_uci` does, and for a set that is not there.
template <std::floating_point T>
[[nodiscard]] Uci<T> read_uci(const Tar& archive, const std::string& name) {
    std::vector<UciFile> files;
    for (const std::string& file : uci_files(name)) {
        const std::string inside = "uci90/" + file;
        files.push_back({archive.file(inside), archive.path() + ":" + inside});
    }
    return parse_uci<T>(files[0], files[1], files[2], files[3]);
}

/// A set that is unpacked: `directory` holds the folder `name`.
template <std::floating_point T>
[[nodiscard]] Uci<T> read_uci(const std::string& directory, const std::string& name) {
    std::vector<std::vector<std::byte>> bytes;
    std::vector<UciFile> files;
    for (const std::string& file : uci_files(name)) bytes.push_back(read_bytes(directory + "/" + file));
    for (const std::string& file : uci_files(name)) files.push_back({bytes[files.size()], directory + "/" + file});
    return parse_uci<T>(files[0], files[1], files[2], files[3]);
}

inline constexpr const char* uci_archive = "uci/uci90.tar.xz";

/// The set from where data lie, unpacked as uci/uci90/NAME/ or inside uci/uci90.tar.xz; nothing if neither is found.
template <std::floating_point T = float>
[[nodiscard]] std::optional<Uci<T>> uci(const std::string& name, const std::string& directory = "") {
    const std::string unpacked = "uci/uci90/", first = uci_files(name).front();
    if (const auto path = find_data(unpacked + first, directory))
        return read_uci<T>(path->substr(0, path->size() - first.size() - 1), name);
    if (const auto path = find_data(uci_archive, directory)) return read_uci<T>(read_tar(*path), name);
    return std::nullopt;
}

/// What is missing and where to put it; empty if nothing is.
[[nodiscard]] inline std::string missing_uci(const std::string& name, const std::string& directory = "") {
    if (find_data("uci/uci90/" + uci_files(name).front(), directory)) return "";
    return missing_data({uci_archive}, directory,
                        "an archive of folders uci90/NAME; official: Fernandez-Delgado et al. 2014, "
                        "http://persoal.citius.usc.es/manuel.fernandez.delgado/papers/jmlr/data.tar.gz");
}

}  // namespace wide
