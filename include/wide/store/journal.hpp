#pragma once
// What is known of a Gram in files: whose it is, and which of its rows are finished.
//
// Format: text. First facts, one a line, `name: text`, up to an empty line. Then a line for every finished block,
// added when its numbers are on the disk:
//
//     rows 0 944 nngp cbd8a7b341bd9b025b1e906a48ae1d19 ntk e34bbc7bbc071b6c7a433ca9c49a9347 check 5b1e906a48ae1d19
//
// with the fingerprints of the rows' numbers and one of the line itself. `above 0 944 ...` says the same of what
// stands above the diagonal in these rows, taken column by column. A line that breaks off or does not match its check
// is as good as none; of two about the same rows the later one counts. A line is a claim: whoever relies on it
// compares the numbers with the fingerprints first.
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <wide/io/bytes.hpp>
#include <wide/io/fingerprint.hpp>
#include <wide/lower/architecture_facts.hpp>
#include <wide/run/error.hpp>
#include <wide/store/gram_layout.hpp>

namespace wide {

/// A Gram in files that is not the one asked for.
struct different_gram : error {
    std::string fact, found, expected;
    different_gram(const std::string& what, std::string about, std::string in_the_file, std::string asked_for)
        : error{what}, fact{std::move(about)}, found{std::move(in_the_file)}, expected{std::move(asked_for)} {}
};

struct JournalEntry {
    std::string kind;  ///< "rows" or "above"
    std::size_t first = 0, last = 0;
    std::string print[2];  ///< of the NNGP's and of the NTK's numbers

    [[nodiscard]] std::string line() const {
        const std::string claim = kind + " " + std::to_string(first) + " " + std::to_string(last) + " nngp " +
                                  print[0] + " ntk " + print[1] + " check ";
        Fingerprint check;
        check.add(claim.data(), claim.size());
        return claim + check.text().substr(16) + "\n";
    }
};

struct Journal {
    std::vector<Fact> facts;
    std::vector<JournalEntry> entries;

    [[nodiscard]] std::string text() const {
        std::string all;
        for (const Fact& fact : facts) all += fact.name + ": " + fact.text + "\n";
        all += "\n";
        for (const JournalEntry& entry : entries) all += entry.line();
        return all;
    }

    /// Null if nothing is said of it.
    [[nodiscard]] const std::string* find(std::string_view name) const {
        for (const Fact& fact : facts)
            if (fact.name == name) return &fact.text;
        return nullptr;
    }
};

/// The first fact of every journal; the number grows when the format changes.
inline const Fact journal_format{"wide Gram journal", "1"};

/// The entry that a line (without its end) tells, if it is one.
inline std::optional<JournalEntry> parse_journal_line(std::string_view line) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at <= line.size();) {
        const std::size_t end = std::min(line.find(' ', at), line.size());
        words.push_back(line.substr(at, end - at));
        at = end + 1;
    }
    if (words.size() != 9 || (words[0] != "rows" && words[0] != "above")) return std::nullopt;
    JournalEntry entry{std::string(words[0]), 0, 0, {std::string(words[4]), std::string(words[6])}};
    for (const auto& [word, number] : {std::pair{words[1], &entry.first}, std::pair{words[2], &entry.last}})
        if (std::from_chars(word.data(), word.data() + word.size(), *number).ec != std::errc{}) return std::nullopt;
    // Whatever is not as it would be written is no entry.
    if (entry.line() != std::string(line) + "\n") return std::nullopt;
    return entry;
}

/// Throws bad_file unless the text begins with the facts of a journal.
[[nodiscard]] inline Journal parse_journal(std::string_view text, const std::string& path) {
    Journal journal;
    std::size_t at = 0;
    const auto bad = [&](const std::string& sentence) {
        return bad_file{path + ": byte " + std::to_string(at) + ": " + sentence, path, at};
    };
    for (;;) {
        const std::size_t end = text.find('\n', at);
        if (end == std::string_view::npos)
            throw bad(
                "this is not the journal of a Gram, or its facts are not whole: give another name, or delete "
                "the files of this one");
        const std::string_view line = text.substr(at, end - at);
        if (line.empty()) {
            at = end + 1;
            break;
        }
        const std::size_t colon = line.find(": ");
        if (colon == std::string_view::npos)
            throw bad(
                "a fact is `name: text`, this line is neither: give another name, or delete the files of this one");
        journal.facts.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))});
        if (journal.facts.size() == 1 && !(journal.facts[0] == journal_format))
            throw bad("expected `" + journal_format.name + ": " + journal_format.text +
                      "`: give another name, or use the version of the library that wrote this file");
        at = end + 1;
    }
    if (journal.facts.empty()) throw bad("the facts are missing: give another name, or delete this file");
    while (at < text.size()) {
        const std::size_t end = text.find('\n', at);
        if (end == std::string_view::npos) break;
        if (auto entry = parse_journal_line(text.substr(at, end - at))) journal.entries.push_back(std::move(*entry));
        at = end + 1;
    }
    return journal;
}

/// The bytes of a journal. Throws bad_file.
[[nodiscard]] inline std::string read_journal(const std::string& path) {
    const std::vector<std::byte> bytes = read_raw_bytes(path);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline constexpr const char* fact_of_block_rows = "rows a block";

/// What a journal says about the layout, as facts.
inline std::vector<Fact> layout_facts(const GramLayout& layout) {
    return {{"rows", std::to_string(layout.rows)},
            {"columns", std::to_string(layout.columns)},
            {"pairs", !layout.symmetric   ? "of two sets"
                      : layout.mirrored() ? "of one set, both triangles"
                                          : "of one set, lower triangle"},
            {fact_of_block_rows, std::to_string(layout.rows_a_block)}};
}

/// The same, read back. Throws bad_file.
inline GramLayout layout_of(const Journal& journal, const std::string& path) {
    const auto text = [&](const char* name) {
        const std::string* const found = journal.find(name);
        return found ? *found : std::string();
    };
    const auto number = [&](const char* name) {
        const std::string digits = text(name);
        std::size_t value = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return value;
    };
    GramLayout layout{number("rows"), number("columns"), text("pairs") != "of two sets",
                      text("pairs") == "of one set, lower triangle" ? fill::lower : fill::both,
                      number(fact_of_block_rows)};
    bool sound = layout.rows_a_block > 0 && (!layout.symmetric || layout.rows == layout.columns);
    for (const Fact& fact : layout_facts(layout)) sound = sound && text(fact.name.c_str()) == fact.text;
    if (sound) return layout;
    throw bad_file{path + ": byte 0: the facts do not describe a Gram: delete this file and the matrices beside it",
                   path, 0};
}

/// Throws different_gram naming the first fact that differs. The rows of a block are nobody's property.
inline void require_same_facts(const Journal& journal, const std::vector<Fact>& expected, const std::string& path) {
    const auto differs = [&](const std::string& name, const std::string& found, const std::string& wanted) {
        throw different_gram(path + " belongs to another Gram, its `" + name + "` is: " + found +
                                 "; this call's is: " + wanted +
                                 ". Give another name, or delete the files of that Gram",
                             name, found, wanted);
    };
    for (const Fact& fact : expected) {
        if (fact.name == fact_of_block_rows) continue;
        const std::string* const found = journal.find(fact.name);
        if (!found || *found != fact.text) differs(fact.name, found ? *found : "nothing", fact.text);
    }
    for (const Fact& fact : journal.facts) {
        bool known = false;
        for (const Fact& one : expected) known = known || one.name == fact.name;
        if (!known) differs(fact.name, fact.text, "nothing");
    }
}

/// What a journal claims of each block of a layout: the later of two claims. Claims about other rows are dropped.
struct Claims {
    std::vector<std::optional<JournalEntry>> rows, above;

    Claims(const Journal& journal, const GramLayout& layout) : rows(layout.blocks()), above(layout.blocks()) {
        for (const JournalEntry& entry : journal.entries) {
            const std::size_t block = entry.first / layout.rows_a_block;
            if (block >= rows.size() || entry.first != layout.first(block) || entry.last != layout.last(block))
                continue;
            (entry.kind == "rows" ? rows : above)[block] = entry;
        }
    }
};

}  // namespace wide
