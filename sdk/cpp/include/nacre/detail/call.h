#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "nacre/column.h"
#include "nacre/detail/batch.h"
#include "nacre/detail/shape.h"

/// How a function is called by each version of the interface.
namespace nacre::detail {

inline void at_row([[maybe_unused]] std::uint32_t row) {
#ifdef __wasm__
    nacre_row = row;
#endif
}
/// No row in particular: an error then names none.
constexpr std::uint32_t no_row = UINT32_MAX;

// ---- What is called -----------------------------------------------------------------------------

/// A function of the user's, with parameters of CQL types, is called for each row.
template <auto Function, typename Arguments = arguments_of<Function>>
struct row_function;
template <auto Function, typename... A>
struct row_function<Function, std::tuple<A...>> {
    using sign = signature<bare<result_of<Function>>, types<bare<A>...>, false>;
    using result = typename sign::result;
    using arguments = typename sign::arguments;
    static constexpr bool is_called_on_null = sign::is_called_on_null;

    /// Each argument comes as a T or a std::optional<T>.
    static result call(bare<A>... arguments) {
        return Function(static_cast<forwarded<A>>(arguments)...);
    }

  private:
    // What is taken by value or by && is moved there.
    template <typename Parameter>
    using forwarded = std::conditional_t<std::is_lvalue_reference_v<Parameter>, Parameter,
                                         std::remove_reference_t<Parameter>&&>;
};

// ---- Version 3 ----------------------------------------------------------------------------------

/// Whether the row has a null where `Argument` can't have one, in a function that is called for it.
template <typename Called, typename Argument, typename Column>
bool lacks([[maybe_unused]] const Column& column, [[maybe_unused]] std::uint32_t row) {
    if constexpr (Called::is_called_on_null && !is_nullable<Argument>) {
        return column.is_null(row);
    } else {
        return false;
    }
}

/// Whether a function that does not answer null has rows that are null all the same.
template <typename Called, typename... A>
constexpr bool leaves_rows_out = Called::is_called_on_null && (!is_nullable<A> || ...);

template <typename Called, typename... A, std::size_t... I>
void call_rows(batch& in, types<A...> /*arguments*/, std::index_sequence<I...> /*indexes*/) {
    const std::uint32_t rows = in.row_count;
    const std::tuple<argument_column<A>...> columns{argument_column<A>(in.column(I))...};
    using results = result_column<typename Called::result, leaves_rows_out<Called, A...>>;
    results out(in.column(sizeof...(A)));
    std::uint32_t row = 0;
    for (; row < rows; ++row) {
        at_row(row);
        if constexpr (leaves_rows_out<Called, A...>) {
            if ((lacks<Called, A>(std::get<I>(columns), row) || ...)) {
                out.put_null(row);
                continue;
            }
        }
        out.put(row, Called::call(std::get<I>(columns)[row]...));
        if constexpr (!results::is_native) {
            if (out.is_full()) {
                in.row_count = ++row;
                break;
            }
        }
    }
    out.finish();
}

/// The export nacre_call_f of a row_function.
template <typename Called>
std::uint32_t call_batch(batch& in) {
    using arguments = typename Called::arguments;
    call_rows<Called>(in, arguments(), std::make_index_sequence<arguments::count>());
    return 0;
}

// ---- Versions 1 and 2 ---------------------------------------------------------------------------

/// What WebAssembly passes for a T or a std::optional<T>.
template <typename T, bool IsCalledOnNull>
struct row_form {
    using type = sized_address;
};
template <typename T>
    requires is_plain<value_of<T>>
struct row_form<T, false> {
    using type = typename codec<value_of<T>>::plain;
};
template <typename T, bool IsCalledOnNull>
using row_form_of = typename row_form<T, IsCalledOnNull>::type;

template <typename Result, typename Arguments, bool IsCalledOnNull>
struct row_export;
template <typename Result, typename... A, bool IsCalledOnNull>
struct row_export<Result, types<A...>, IsCalledOnNull> {
    /// A plain number can't be null.
    static constexpr bool is_possible =
        IsCalledOnNull || !is_nullable<Result> || !is_plain<value_of<Result>>;
    using type = row_form_of<Result, IsCalledOnNull>(row_form_of<A, IsCalledOnNull>...);
};

struct no_export;

/// The type of the export f, or no_export.
template <typename Called>
using row_type =
    std::conditional_t<row_export<typename Called::result, typename Called::arguments,
                                  Called::is_called_on_null>::is_possible,
                       typename row_export<typename Called::result, typename Called::arguments,
                                           Called::is_called_on_null>::type,
                       no_export>;

/// An argument of one row. It owns the block of a serialised one.
template <typename Argument, typename Form>
class row_argument {
  public:
    using value = value_of<Argument>;

    explicit row_argument(Form given) : _given(given) {}
    row_argument(const row_argument&) = delete;
    ~row_argument() {
        if constexpr (is_sized) {
            if (size_in(_given) != null_size) release_bytes(pointer_to(address_in(_given)));
        }
    }

    [[nodiscard]] bool is_null() const {
        if constexpr (is_sized) {
            const auto size = size_in(_given);
            return size == null_size || (size == 0 && codec<value>::empty_is_null);
        }
        return false;
    }
    [[nodiscard]] Argument get() const {
        if constexpr (is_nullable<Argument>) {
            if (is_null()) return std::nullopt;
        }
        if constexpr (is_sized) {
            return codec<value>::read(pointer_to<const std::byte>(address_in(_given)),
                                      size_in(_given));
        } else {
            return codec<value>::from_column(static_cast<typename codec<value>::column>(_given));
        }
    }

  private:
    static constexpr bool is_sized = std::is_same_v<Form, sized_address>;

    Form _given;
};

/// A serialised value in a block of its own.
template <typename T>
sized_address own_block(const T& value) {
    if constexpr (is_nullable<T>) {
        return value ? own_block(*value) : null_pair;
    } else {
        const auto size = codec<T>::size(value);
        auto* made = allocate_bytes(size);
        codec<T>::write(made, value);
        return pair_of(size, address_of(made));
    }
}

template <typename Called, typename Form, typename... A, typename... Forms>
Form call_row(types<A...> /*arguments*/, Forms... given) {
    // Blocks are released at the end, as views into them may be arguments and in the result.
    const std::tuple<row_argument<A, Forms>...> arguments(given...);
    return std::apply(
        [](const auto&... argument) -> Form {
            if constexpr (leaves_rows_out<Called, A...>) {
                if (((!is_nullable<A> && argument.is_null()) || ...)) return null_pair;
            }
            if constexpr (std::is_same_v<Form, sized_address>) {
                return own_block(Called::call(argument.get()...));
            } else {
                using value = value_of<typename Called::result>;
                return static_cast<Form>(codec<value>::to_column(Called::call(argument.get()...)));
            }
        },
        arguments);
}

}  // namespace nacre::detail
