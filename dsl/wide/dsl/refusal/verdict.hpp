#pragma once
// The verdict on an architecture and an input: quiet or loud.
//
//     static_assert(accepts<Net, Vector<784>>);          // quiet, usable in `requires`
//     refuse<Net, Image<30, 30, 64>>();                  // loud: one static_assert whose text holds the sentence
//
// The sentence is a type: rejected<layer_expects_a_vector, at_layer<2, Dense<10>>, received<Image<30, 30, 64>>>.
#include <cstddef>

#include <wide/dsl/grammar/input.hpp>
#include <wide/dsl/meaning/infer.hpp>
#include <wide/dsl/meaning/nth.hpp>
#include <wide/dsl/words/inputs.hpp>

namespace wide {

template <class Net, class In>
consteval Verdict verdict_on() {
    if constexpr (Input<In>) return meaning<Net, In>.verdict;
    else return {.reason = Reason::not_an_input};
}

/// Whether `Net` is a well-formed architecture for the input `In`.
template <class Net, class In>
inline constexpr bool accepts = verdict_on<Net, In>().reason == Reason::none;

/// Counted from 0 in reading order, with `Repeat` written out.
template <std::size_t position, class Word>
struct at_layer {};

template <class In>
struct received {};

template <class Reason, class Place, class Received>
struct rejected {
    static constexpr bool value = false;
};

struct accepted {
    static constexpr bool value = true;
};

template <class Type>
struct Found {
    using type = Type;
};

/// Whether a word of this identity is `Word`, what `Word` derives from, or one of its parts.
template <class Word>
constexpr bool holds(const char* wanted);

template <class... Words>
constexpr int index_holding(const char* wanted, const Parts<Words...>&) {
    constexpr bool (*each[])(const char*) = {&holds<Words>..., nullptr};
    int index = 0;
    while (index < Parts<Words...>::count && !each[index](wanted)) ++index;
    return index;
}

template <class Word>
constexpr bool is_called(const char* wanted) {
    if constexpr (requires { typename Word::self; })
        return &identity<Word> == wanted || &identity<typename Word::self> == wanted;
    else return &identity<Word> == wanted;
}

template <class Word>
constexpr bool holds(const char* wanted) {
    if (is_called<Word>(wanted)) return true;
    if constexpr (requires { typename Word::parts; }) {
        using Words = typename Word::parts;
        return index_holding(wanted, Words{}) < Words::count;
    } else {
        return false;
    }
}

template <const char* wanted, class Word>
consteval auto find_word();

template <const char* wanted, class... Words>
consteval auto find_among(const Parts<Words...>&) {
    return find_word<wanted, typename nth<index_holding(wanted, Parts<Words...>{}), Words...>::type>();
}

/// The word of an identity, among the parts of a net. Only a refused net pays for this search.
template <const char* wanted, class Word>
consteval auto find_word() {
    if constexpr (&identity<Word> == wanted) return Found<Word>{};
    else if constexpr (is_called<Word>(wanted)) return Found<typename Word::self>{};
    else return find_among<wanted>(typename Word::parts{});
}

/// The type that says a verdict.
template <class Net, class In, Verdict verdict>
consteval auto say() {
    if constexpr (verdict.reason == Reason::none) {
        return Found<accepted>{};
    } else if constexpr (verdict.word == nullptr) {
        return Found<rejected<typename reason_type<verdict.reason>::type, at_layer<0, Net>, received<In>>>{};
    } else {
        constexpr Shape s = verdict.received;
        using Word = typename decltype(find_word<verdict.word, Net>())::type;
        using Received = typename input_with<s.axes, s.extents[0], s.extents[1], s.extents[2], s.channels>::type;
        return Found<rejected<typename reason_type<verdict.reason>::type, at_layer<verdict.position, Word>,
                              received<Received>>>{};
    }
}

template <class Net, class In>
struct sentence {
    using type = typename decltype(say<Net, In, verdict_on<Net, In>()>())::type;
};

template <class Sentence>
struct wide_rejects_this_architecture {
    static_assert(Sentence::value, "the architecture is rejected: rejected<reason, at_layer<place, word>, received<shape>> says why");
    static constexpr bool value = Sentence::value;
};

/// The commonest mistake with images: how it is mended belongs to what the compiler prints.
template <class Place, class Received>
struct wide_rejects_this_architecture<rejected<layer_expects_a_vector, Place, Received>> {
    static_assert(rejected<layer_expects_a_vector, Place, Received>::value,
                  "the architecture is rejected: rejected<reason, at_layer<place, word>, received<shape>> says why; put "
                  "Flatten before this layer, or say Conv<n, Filter<1, 1>> for one at every pixel");
    static constexpr bool value = false;
};

/// What an entry point does with an architecture that it does not accept: one static_assert, whose text is the
/// sentence.
///
///     if constexpr (accepts<Net, In>) { ... } else { refuse<Net, In>(); }
template <class Net, class In>
constexpr void refuse() {
    static_cast<void>(wide_rejects_this_architecture<typename sentence<Net, In>::type>::value);
}

/// Refuses inputs with positions where a question is one of vectors only.
template <class Net, class In>
constexpr void require_vector_input() {
    if constexpr (In::shape.axes > 0)
        static_cast<void>(wide_rejects_this_architecture<
                          rejected<input_must_be_a_vector_here, at_layer<0, Net>, received<In>>>::value);
}

}  // namespace wide
