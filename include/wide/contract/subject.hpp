#pragma once
// A nonlinearity as plain functions and numbers. Everything that is generated per word is here; the examination
// itself (examination.hpp) is compiled once, whatever the words.
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

#include <wide/contract/quadrature.hpp>
#include <wide/dsl.hpp>
#include <wide/dsl/meaning/nonlinearities.hpp>
#include <wide/dsl/meaning/range.hpp>
#include <wide/dsl/words/nonlinearities/automatic.hpp>
#include <wide/kernel/gram.hpp>
#include <wide/simd/block.hpp>
#include <wide/simd/scalar.hpp>

namespace wide {

/// The duals of two samples of variances `first` and `second` at some deficits, by the compiler.
struct ConstantTable {
    static constexpr float deficits[] = {1e-6f, 0.3f, 1, -1e-3f, -0.6f};
    static constexpr int size = 5;
    double first = 0, second = 0, after = 0, deficit[size]{}, slope[size]{};
};

/// Lanes side by side in the examination of SIMD.
template <class T>
inline constexpr int examined_lanes = 4 * lanes<T>;

/// What a word does on elements of type T.
template <class T>
struct Behaviour {
    using Lane = Scalar<T>;
    int hoisted;
    /// The new variance; writes the hoisted numbers, computed in double as kernels do it, and how many of them count.
    /// `settled` says how many there are to be, if that is known.
    double (*variance)(double q, Lane* numbers, HermiteUse& use, const Terms& settled);
    Dual<Lane> (*dual[ranges])(Lane t, const Lane* left, const Lane* right, const Terms& terms);
    /// The same on SIMD lanes, for the first two ranges; line k of `left` holds number k of each lane's sample.
    void (*dual_on_lanes[2])(const T* t, const T* left, const T* right, const Terms& terms, T* deficit, T* slope);
    /// Value and slope, on lanes and one by one; null where the word has none on lanes.
    void (*value_on_lanes)(const T* x, T* value, T* slope, T* one_value, T* one_slope);
    Gram<T> (*gram)(const Matrix<T>& rows);
};

struct Subject {
    const char* name;
    double float_accuracy, double_accuracy;
    Domain domain;
    bool unit_variance, automatic;
    quadrature::Function value, slope;  ///< null: a kernel that belongs to no function
    std::vector<double> kinks;
    double (*lowest_correlation)(double);
    const ConstantTable* constant;  ///< null: the word is not for constant evaluation
    Behaviour<float> in_float;
    Behaviour<double> in_double;

    template <class T>
    const Behaviour<T>& on() const {
        if constexpr (std::is_same_v<T, float>) return in_float;
        else return in_double;
    }
    template <class T>
    double accuracy() const {
        return std::is_same_v<T, float> ? float_accuracy : double_accuracy;
    }
};

template <class Form, double lowest, class L>
constexpr Dual<L> dual_of(L t, const L* left, const L* right, [[maybe_unused]] const Terms& terms) {
    if constexpr (is_automatic<Form>)
        return Form::template dual<lowest, typename L::value_type>(t, left, right, terms);
    else return Form::template dual<lowest>(t, left, right);
}

template <class Form, class T>
constexpr double variance_of(double q, Scalar<T>* numbers, [[maybe_unused]] HermiteUse& use,
                             [[maybe_unused]] const Terms& settled = {}) {
    constexpr int hoisted = hoisted_in<Form, T>;
    Scalar<double> in_double[hoisted + 1]{}, after;
    if constexpr (is_automatic<Form>) {
        after = Form::template variance<T>(Scalar<double>(q), in_double, use, settled);
    } else {
        after = Form::variance(Scalar<double>(q), in_double);
    }
    for (int k = 0; k < hoisted; ++k) numbers[k] = Scalar<T>(static_cast<T>(in_double[k].value));
    return after.value;
}

template <class Form, double lowest, class T>
void dual_on_lanes(const T* t, const T* left, const T* right, const Terms& terms, T* deficit, T* slope) {
    using L = Block<T, 4>;
    constexpr int hoisted = hoisted_in<Form, T>;
    L of_left[hoisted + 1]{}, of_right[hoisted + 1]{};
    for (int k = 0; k < hoisted; ++k) {
        of_left[k] = L::load(left + k * examined_lanes<T>);
        of_right[k] = L::load(right + k * examined_lanes<T>);
    }
    const Dual<L> both = dual_of<Form, lowest>(L::load(t), of_left, of_right, terms);
    both.deficit.store(deficit);
    both.slope.store(slope);
}

template <class W, class T>
void value_on_lanes(const T* x, T* value, T* slope, T* one_value, T* one_slope) {
    using L = Block<T, 1>;
    for (int i = 0; i < examined_lanes<T>; i += lanes<T>) {
        W::value(L::load(x + i)).store(value + i);
        W::slope(L::load(x + i)).store(slope + i);
    }
    for (int i = 0; i < examined_lanes<T>; ++i) {
        one_value[i] = W::value(Scalar<T>(x[i])).value;
        one_slope[i] = W::slope(Scalar<T>(x[i])).value;
    }
}

template <class W>
struct TwoLayers : Serial<Dense<8>, W, Dense<8, Bias<0.3>>, W, Dense<1>> {};
template <class W>
struct OneLayer : Serial<Dense<8>, W, Dense<1, Bias<0.3>>> {};
template <class W>
struct NormalizedLayers : Serial<Dense<8>, LayerNorm, W, Dense<8, Bias<0.3>>, LayerNorm, W, Dense<1>> {};

/// Where variances may be of any size, two layers: the second reads other correlations. In double one is enough, it
/// halves what the compiler has to do. Of one layer only the rows' own variances have to lie in the domain.
template <class W, class T>
Gram<T> gram_of(const Matrix<T>& data) {
    constexpr bool two_layers = sizeof(T) == sizeof(float) && domain_of<W>().largest >= Domain{}.largest;
    const auto x = rows<Vector<3>>(data);
    if constexpr (needs_unit_variance<W>()) return gram<NormalizedLayers<W>>(x);
    else if constexpr (two_layers) return gram<TwoLayers<W>>(x);
    else return gram<OneLayer<W>>(x);
}

template <class Form>
constexpr ConstantTable constant_table(double first, double second) {
    ConstantTable table{.first = first, .second = second};
    Scalar<double> one[hoisted_in<Form, double> + 1]{}, two[hoisted_in<Form, double> + 1]{};
    HermiteUse use;
    table.after = variance_of<Form>(first, one, use);
    variance_of<Form>(second, two, use);
    for (int i = 0; i < ConstantTable::size; ++i) {
        const Scalar<double> t(static_cast<double>(ConstantTable::deficits[i]));
        const auto both = dual_of<Form, -1.0>(t, one, two, use.terms);
        table.deficit[i] = both.deficit.value;
        table.slope[i] = both.slope.value;
    }
    return table;
}

template <class Form, bool unit_variance>
struct Constant {
    static constexpr double first =
        unit_variance || domain_of<Form>().largest >= 1 ? 1 : domain_of<Form>().largest / 2;
    static constexpr ConstantTable table = constant_table<Form>(first, unit_variance ? 1 : first / 4);
};

/// Not every user's word is constexpr; and hundreds of numbers a sample are no work for constant evaluation.
template <class Form>
concept ForConstants = !is_automatic<Form> && requires {
    typename std::bool_constant<(constant_table<Form>(0.25, 0.125).first > 0)>;
};

template <class W, class Form, class T>
constexpr Behaviour<T> behaviour_of() {
    Behaviour<T> does{};
    does.hoisted = hoisted_in<Form, T>;
    does.variance = &variance_of<Form, T>;
    [&]<std::size_t... range>(std::index_sequence<range...>) {
        ((does.dual[range] = &dual_of<Form, range_floor[range], Scalar<T>>), ...);
    }
    (std::make_index_sequence<ranges>{});
    does.dual_on_lanes[0] = &dual_on_lanes<Form, -1.0, T>;
    does.dual_on_lanes[1] = &dual_on_lanes<Form, 0.0, T>;
    if constexpr (requires(Block<T, 1> x) { W::value(x).store(nullptr), W::slope(x).store(nullptr); })
        does.value_on_lanes = &value_on_lanes<W, T>;
    does.gram = &gram_of<W, T>;
    return does;
}

template <class W>
Subject subject_of(const char* name) {
    using Form = kernel_form<W>;
    Subject word{};
    word.name = name;
    word.automatic = is_automatic<Form>;
    word.float_accuracy = 1e-6;
    word.double_accuracy = word.automatic ? 1e-10 : 1e-11;
    if constexpr (requires { W::promise_float; }) word.float_accuracy = W::promise_float;
    if constexpr (requires { W::promise_double; }) word.double_accuracy = W::promise_double;
    word.domain = domain_of<W>();
    word.unit_variance = needs_unit_variance<W>();
    if constexpr (Activation<W>) {
        word.value = [](double x) { return value_on<W>(Scalar<double>(x)).value; };
        word.slope = [](double x) { return slope_on<W>(Scalar<double>(x)).value; };
    }
    word.kinks = {0};
    if constexpr (has_kinks<W>) word.kinks.insert(word.kinks.end(), std::begin(W::kinks), std::end(W::kinks));
    word.lowest_correlation = &Form::lowest_correlation;
    if constexpr (ForConstants<Form>) word.constant = &Constant<Form, needs_unit_variance<W>()>::table;
    word.in_float = behaviour_of<W, Form, float>();
    word.in_double = behaviour_of<W, Form, double>();
    return word;
}

}  // namespace wide
