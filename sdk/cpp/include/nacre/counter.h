#pragma once

#include <compare>
#include <cstdint>

#include "nacre/detail/codec.h"

namespace nacre {

/// A value of a counter column.
struct counter {
    std::int64_t value = 0;

    friend constexpr auto operator<=>(const counter&, const counter&) = default;
};

namespace detail {

template <>
struct codec<counter> : fixed_codec<counter, std::int64_t, void> {
    static constexpr void describe(constant_text& to) { to.add("counter"); }
    static counter from_column(std::int64_t value) { return {value}; }
    static std::int64_t to_column(counter hits) { return hits.value; }
};

}  // namespace detail

}  // namespace nacre
