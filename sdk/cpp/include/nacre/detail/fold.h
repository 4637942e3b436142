#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <tuple>
#include <utility>

#include "nacre/detail/call.h"

/// States that stay in the guest from row to row (sdk/abi/batch.md, Aggregates).
namespace nacre::detail {

/// A state, or null. Needs no constructor to run before the module's first call.
template <typename T>
class state_slot {
  public:
    [[nodiscard]] bool has_value() const { return _has; }
    T& operator*() { return *std::launder(reinterpret_cast<T*>(_bytes)); }
    T* operator->() { return &**this; }
    void reset() {
        if (_has) std::destroy_at(&**this);
        _has = false;
    }
    template <typename... From>
    void emplace(From&&... from) {
        reset();
        ::new (static_cast<void*>(_bytes)) T(std::forward<From>(from)...);
        _has = true;
    }
    /// The value is moved out.
    std::optional<T> take() {
        if (!_has) return std::nullopt;
        std::optional<T> taken(std::move(**this));
        reset();
        return taken;
    }

  private:
    alignas(T) std::byte _bytes[sizeof(T)];
    bool _has;
};

/// One for each function.
template <typename Called, typename State>
struct held_state {
    static inline constinit state_slot<State> slot{};

    static std::uint32_t set(const std::byte* at, std::uint32_t size) {
        if (size == null_size || (size == 0 && codec<State>::empty_is_null)) {
            slot.reset();
        } else {
            slot.emplace(codec<State>::read(at, size));
        }
        return 0;
    }
    static sized_address get() {
        if (!slot.has_value()) return null_pair;
        if constexpr (requires { codec<State>::is_null(slot->object); }) {
            if (codec<State>::is_null(slot->object)) return null_pair;
        }
        const auto size = codec<State>::size(*slot);
        auto* room = result_bytes.room(0, size);
        codec<State>::write(room, *slot);
        return pair_of(size, address_of(room));
    }
};

/// Of a row_function f(state, arguments…) whose result is the state again.
template <typename Called, typename Arguments = typename Called::arguments>
struct function_fold {
    static constexpr bool is_possible = false;
};
template <typename Called, typename State, typename First, typename... A>
    requires std::same_as<value_of<State>, value_of<typename Called::result>> &&
             (!requires(batch& in) { Called::call_columns(in); })
struct function_fold<Called, types<State, First, A...>> {
    static constexpr bool is_possible = true;
    using state = value_of<State>;
    using held = held_state<Called, state>;

    static std::uint32_t fold(batch& in) {
        fold_rows(in, types<First, A...>(), std::make_index_sequence<1 + sizeof...(A)>());
        return 0;
    }

  private:
    template <typename... B, std::size_t... I>
    static void fold_rows(batch& in, types<B...> /*arguments*/,
                          std::index_sequence<I...> /*indexes*/) {
        const std::tuple<argument_column<B>...> columns{argument_column<B>(in.column(I))...};
        auto& slot = held::slot;
        for (std::uint32_t row = 0; row < in.row_count; ++row) {
            at_row(row);
            if constexpr (!is_nullable<State>) {
                if (!slot.has_value()) break;  // and stays null
            }
            if ((lacks<Called, B>(std::get<I>(columns), row) || ...)) {
                slot.reset();
                continue;
            }
            keep(Called::call(state_argument(), std::get<I>(columns)[row]...));
        }
    }
    static State state_argument() {
        if constexpr (is_nullable<State>) {
            return held::slot.take();
        } else {
            return std::move(*held::slot);
        }
    }
    static void keep(typename Called::result&& next) {
        if constexpr (is_nullable<typename Called::result>) {
            if (!next) return held::slot.reset();
            held::slot.emplace(*std::move(next));
        } else if constexpr (is_nullable<State>) {
            held::slot.emplace(std::move(next));
        } else {
            *held::slot = std::move(next);
        }
    }
};

}  // namespace nacre::detail
