#include <wide/store/journal.hpp>

#include <string>
#include <vector>

#include "../catch.hpp"
#include "files.hpp"

using namespace wide;

namespace {

const JournalEntry entry{"rows", 16, 32, {std::string(32, 'a'), std::string(32, 'b')}};

Journal sound_journal() { return {{journal_format, {"element", "float32"}}, {entry, {"above", 0, 16, {"c", "d"}}}}; }

}  // namespace

TEST_CASE("a journal is read as it was written") {
    const Journal journal = sound_journal(),
                  read = parse_journal("wide Gram journal: 1\nelement: float32\nname: \n\n" + entry.line(), "made");
    CHECK(journal.text().starts_with("wide Gram journal: 1\nelement: float32\n"));
    REQUIRE(read.facts.size() == 3);
    CHECK(*read.find("element") == "float32");
    CHECK(read.find("name")->empty());
    CHECK(!read.find("rows"));
    REQUIRE(read.entries.size() == 1);
    CHECK(read.entries[0].line() == entry.line());
    CHECK(parse_journal(read.text(), "made").text() == read.text());
}

TEST_CASE("a line of which any byte is changed or missing is no entry") {
    const std::string line = entry.line().substr(0, entry.line().size() - 1);
    REQUIRE(parse_journal_line(line));
    for (std::size_t length = 0; length < line.size(); ++length) CHECK(!parse_journal_line(line.substr(0, length)));
    for (std::size_t bit = 0; bit < 8 * line.size(); ++bit) {
        std::string flipped = line;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        CHECK(!parse_journal_line(flipped));
    }
    CHECK(!parse_journal_line(line + " "));
    CHECK(!parse_journal_line(" " + line));
}

TEST_CASE("facts have to be the same, in both directions, but for the rows of a block") {
    const std::vector<Fact> facts{journal_format, {"element", "float32"}, {fact_of_block_rows, "16"}};
    const auto refused = [&](const std::vector<Fact>& found) {
        return thrown_by<different_gram>([&] { require_same_facts({found, {}}, facts, "made"); });
    };
    CHECK_NOTHROW(require_same_facts({facts, {}}, facts, "made"));
    CHECK_NOTHROW(require_same_facts({{facts[1], facts[0], {fact_of_block_rows, "3"}}, {}}, facts, "made"));
    const auto other = refused({facts[0], {"element", "float64"}, facts[2]});
    CHECK(std::string(other.what()) ==
          "made belongs to another Gram, its `element` is: float64; this call's is: float32. Give another name, or "
          "delete the files of that Gram");
    const auto less = refused({facts[0], facts[2]});
    CHECK((less.fact == "element" && less.found == "nothing" && less.expected == "float32"));
    const auto more = refused({facts[0], facts[1], facts[2], {"color", "blue"}});
    CHECK((more.fact == "color" && more.found == "blue" && more.expected == "nothing"));
}

TEST_CASE("of two claims about the same rows the later counts, and others than a block's are dropped") {
    const GramLayout layout{40, 40, true, fill::both, 16};
    JournalEntry later = entry, last{"rows", 32, 40, {"e", "f"}}, strange = entry, beyond = entry;
    later.print[0] = std::string(32, '9');
    strange.last = 31;
    beyond.first = 48;
    beyond.last = 64;
    const Claims claims({{}, {entry, later, strange, beyond, last, {"above", 0, 16, {"c", "d"}}}}, layout);
    REQUIRE(claims.rows.size() == 3);
    CHECK(!claims.rows[0]);
    CHECK((claims.rows[1] && claims.rows[1]->print[0] == later.print[0]));
    CHECK((claims.rows[2] && claims.rows[2]->last == 40));
    CHECK((claims.above[0] && !claims.above[1] && !claims.above[2]));
}
