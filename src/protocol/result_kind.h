#pragma once

#include <cstdint>

namespace nacre::protocol {

/// The first number of a RESULT body.
enum class result_kind : std::int32_t {
    void_ = 1,
    rows = 2,
    set_keyspace = 3,
    prepared = 4,
    schema_change = 5,
};

/// Bits of the flags of result metadata.
namespace rows_flag {
inline constexpr std::int32_t global_table = 0x01;
inline constexpr std::int32_t has_more_pages = 0x02;
inline constexpr std::int32_t no_metadata = 0x04;
inline constexpr std::int32_t metadata_changed = 0x08;
}  // namespace rows_flag

}  // namespace nacre::protocol
