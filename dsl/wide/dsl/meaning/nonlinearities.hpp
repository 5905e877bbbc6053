#pragma once
// The distinct nonlinearities of an architecture: the one thing about it that has to stay a type, because its
// behaviour is code. Everything else that is asked about them goes through a table of plain values.
#include <utility>

#include <wide/dsl/grammar/nonlinearity.hpp>
#include <wide/dsl/meaning/nth.hpp>
#include <wide/dsl/meaning/program.hpp>
#include <wide/dsl/words/nonlinearities/angle_series.hpp>
#include <wide/dsl/words/nonlinearities/automatic.hpp>
#include <wide/dsl/words/nonlinearities/split_kinks.hpp>

namespace wide {

template <class... Ns>
struct Nonlinearities {
    static constexpr int count = sizeof...(Ns);
};

template <int i, class List>
struct nth_of;
template <int i, class... Ns>
struct nth_of<i, Nonlinearities<Ns...>> : nth<i, Ns...> {};

/// Where the distinct nonlinearities of several lists first occur.
template <int capacity>
struct Firsts {
    const char* word[capacity]{};
    int list[capacity]{}, index[capacity]{};
    int count = 0;

    constexpr void add(const char* candidate, int in_list, int at_index) {
        for (int k = 0; k < count; ++k)
            if (word[k] == candidate) return;
        word[count] = candidate;
        list[count] = in_list;
        index[count++] = at_index;
    }
};

template <class W>
struct nonlinearities;

template <class... Ns>
constexpr int add_all(Nonlinearities<Ns...>, auto& firsts, int list) {
    int index = 0;
    (firsts.add(&identity<Ns>, list, index++), ...);
    return list + 1;
}

template <class... Lists>
struct Union {
    // Loops over arrays rather than folds: clang nests folds 256 deep and no further.
    static constexpr int total = [] {
        int sum = 1;
        for (const int count : {Lists::count..., 0}) sum += count;
        return sum;
    }();
    static constexpr auto firsts = [] {
        Firsts<total> found;
        [[maybe_unused]] int list = 0;
        int order[] = {(list = add_all(Lists{}, found, list))..., 0};
        (void)order;
        return found;
    }();
    template <int... k>
    static Nonlinearities<typename nth_of<firsts.index[k], typename nth<firsts.list[k], Lists...>::type>::type...>
        pick(std::integer_sequence<int, k...>);
    using type = decltype(pick(std::make_integer_sequence<int, firsts.count>{}));
};

template <class... Words>
auto union_of(const Parts<Words...>&) -> typename Union<typename nonlinearities<Words>::type...>::type;

template <class W>
struct nonlinearities {
    static auto find() {
        if constexpr (requires { typename W::parts; }) return decltype(wide::union_of(typename W::parts{})){};
        else if constexpr (!Word<W> && Nonlinearity<W>) return Nonlinearities<W>{};
        else return Nonlinearities<>{};
    }
    using type = decltype(find());
};

template <class Net>
using nonlinearities_of = typename nonlinearities<Net>::type;

/// The word that carries the dual: N itself, or the one made for an activation.
template <class N>
struct kernel_form_of {
    using type = Automatic<N>;
};
template <class N>
requires(!ClosedForm<N> && kinks_at_zero<N>) struct kernel_form_of<N> {
    using type = AngleSeries<N>;
};
template <class N>
requires(!ClosedForm<N> && has_kinks<N> && !kinks_at_zero<N>) struct kernel_form_of<N> {
    using type = SplitKinks<N>;
};
template <ClosedForm N>
struct kernel_form_of<N> {
    using type = N;
};
template <class N>
using kernel_form = typename kernel_form_of<N>::type;

/// Made for an activation: how many numbers a dual reads depends on the samples.
template <class Form>
inline constexpr bool is_automatic = requires {
    Form::template capacity<float>;
};

/// How many numbers per sample a dual reads, at most, for pairs on lanes of T.
template <class Form, class T>
inline constexpr int hoisted_in = [] {
    if constexpr (is_automatic<Form>) return 2 * Form::template capacity<T>;
    else return Form::hoisted;
}();

/// n if the word is positively homogeneous: its dual reads no numbers, and variances q become a multiple of q^n. Else
/// -1.
template <class Form>
constexpr int degree_of() {
    if constexpr (requires { Form::degree; }) return Form::degree;
    else return -1;
}

/// What constant evaluation needs to know of each.
struct NonlinearityTable {
    const char* const* word;
    const char* const* name;
    double (*const* lowest_correlation)(double);
    const int *hoisted, *hoisted_in_float;
    const double* flops;
    const bool* automatic;
    const int* degree;
    const bool* keeps_small;
    const Domain* domain;
    int count;

    constexpr int index_of(const char* wanted) const {
        int index = 0;
        while (index < count && word[index] != wanted) ++index;
        return index;
    }
};

/// Its `name`, if it says one: only `explain` asks.
template <class N>
constexpr const char* name_of() {
    if constexpr (requires { N::name[0]; }) return N::name;
    else return "a nonlinearity of your own";
}

template <class List>
struct nonlinearity_rows;
template <class... Ns>
struct nonlinearity_rows<Nonlinearities<Ns...>> {
    static constexpr const char* word[] = {&identity<Ns>..., nullptr};
    static constexpr const char* name[] = {name_of<Ns>()..., nullptr};
    static constexpr double (*lowest_correlation[])(double) = {&kernel_form<Ns>::lowest_correlation..., nullptr};
    static constexpr int hoisted[] = {hoisted_in<kernel_form<Ns>, double>..., 0};
    static constexpr int hoisted_in_float[] = {hoisted_in<kernel_form<Ns>, float>..., 0};
    static constexpr double flops[] = {kernel_form<Ns>::flops..., 0};
    static constexpr int degree[] = {degree_of<kernel_form<Ns>>()..., 0};
    static constexpr bool keeps_small[] = {wide::keeps_small<kernel_form<Ns>>()..., false};
    static constexpr Domain domain[] = {domain_of<Ns>()..., Domain{}};
    static constexpr bool automatic[] = {!ClosedForm<Ns>..., false};
};

template <class List>
inline constexpr NonlinearityTable nonlinearity_table = [] {
    using Rows = nonlinearity_rows<List>;
    return NonlinearityTable{.word = Rows::word,
                             .name = Rows::name,
                             .lowest_correlation = Rows::lowest_correlation,
                             .hoisted = Rows::hoisted,
                             .hoisted_in_float = Rows::hoisted_in_float,
                             .flops = Rows::flops,
                             .automatic = Rows::automatic,
                             .degree = Rows::degree,
                             .keeps_small = Rows::keeps_small,
                             .domain = Rows::domain,
                             .count = List::count};
}();

}  // namespace wide
