#pragma once

#include <cstdint>
#include <tuple>
#include <utility>

#include "nacre/column.h"
#include "nacre/detail/call.h"

/// How a function over columns is called.
namespace nacre::detail {

template <typename T>
struct column_parameter {
    static constexpr bool is = false;
    using value = T;
};
template <typename T>
struct column_parameter<column<T>> {
    static constexpr bool is = true;
    using value = T;
};
template <typename T>
struct column_parameter<new_column<T>> {
    static constexpr bool is = true;
    using value = T;
};
template <typename T>
constexpr bool is_column = column_parameter<bare<T>>::is;
template <typename T>
using column_value = typename column_parameter<bare<T>>::value;

template <auto Function, typename Arguments = arguments_of<Function>>
struct column_function;
template <auto Function, typename... A>
struct column_function<Function, std::tuple<A...>> {
    using sign = signature<column_value<result_of<Function>>, types<column_value<A>...>, false>;
    /// Rows are null by run.
    using result = typename sign::result;
    using arguments = typename sign::arguments;
    static constexpr bool is_called_on_null = sign::is_called_on_null;

    static void call_columns(batch& in) {
        at_row(no_row);
        auto& result = in.column(sizeof...(A));
        the_room = {&result, in.row_count};
        result = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return Function(bare<A>(in.column(I), in.row_count)...).finished();
        }(std::make_index_sequence<sizeof...(A)>());
    }
};

template <typename Called>
    requires requires(batch& in) { Called::call_columns(in); }
std::uint32_t call_batch(batch& in) {
    Called::call_columns(in);
    return 0;
}

/// One value as a column.
template <typename Argument, typename Form>
class row_as_column {
  public:
    using value = value_of<Argument>;
    static constexpr bool is_native = is_fixed<value>;

    explicit row_as_column(const row_argument<Argument, Form>& given, sized_address pair) {
        const bool is_null = given.is_null();
        _bits = is_null ? 0 : 1;
        if constexpr (is_native) {
            _number = is_null ? element{} : codec<value>::to_column(value_in(given));
        } else {
            _offsets[1] = is_null ? 0 : size_in(pair);
            _data = static_cast<std::uint32_t>(pair);
        }
    }
    [[nodiscard]] column_descriptor descriptor() const {
        if constexpr (is_native) return {address_of(&_bits), address_of(&_number), 0, 0};
        return {address_of(&_bits), address_of(_offsets), _data, _offsets[1]};
    }

  private:
    using element = typename argument_column<Argument>::element;
    static value value_in(const row_argument<Argument, Form>& given) {
        if constexpr (is_nullable<Argument>)
            return *given.get();
        else
            return given.get();
    }

    std::uint8_t _bits = 0;
    alignas(8) element _number{};
    std::uint32_t _offsets[2] = {0, 0};
    std::uint32_t _data = 0;
};

template <typename... A>
struct one_row_batch {
    std::uint32_t row_count = 1;
    std::uint32_t argument_count = sizeof...(A);
    column_descriptor columns[sizeof...(A) + 1];
};

template <typename Form>
sized_address pair_in(Form given) {
    if constexpr (std::is_same_v<Form, sized_address>) return given;
    return 0;
}

template <typename Called, typename Form, typename... A, typename... Forms>
    requires requires(batch& in) { Called::call_columns(in); }
Form call_row(types<A...> /*arguments*/, Forms... given) {
    using result = typename Called::result;
    const std::tuple<row_argument<A, Forms>...> arguments(given...);
    return std::apply(
        [&](const auto&... argument) -> Form {
            const std::tuple<row_as_column<A, Forms>...> values{
                row_as_column<A, Forms>(argument, pair_in(given))...};
            std::uint8_t bits = 0;
            alignas(8) std::byte room[8];
            auto in = std::apply(
                [&](const auto&... value) {
                    return one_row_batch<A...>{
                        1,
                        sizeof...(A),
                        {value.descriptor()..., {address_of(&bits), address_of(room), 0, 0}}};
                },
                values);
            if constexpr (leaves_rows_out<Called, A...>) {
                if (((!is_nullable<A> && argument.is_null()) || ...)) return null_pair;
            }
            Called::call_columns(reinterpret_cast<batch&>(in));
            const argument_column<std::optional<result>> answer(in.columns[sizeof...(A)]);
            const auto value = answer[0];
            if constexpr (std::is_same_v<Form, sized_address>) {
                return own_block(value);
            } else {
                if (!value)
                    fail("version 2 of the interface has no null here: take a std::optional");
                return static_cast<Form>(codec<result>::to_column(*value));
            }
        },
        arguments);
}

}  // namespace nacre::detail
