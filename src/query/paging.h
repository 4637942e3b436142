#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre::query {

/// Where a paged SELECT goes on. Travels through the client as opaque bytes and may come back
/// after a restart or a change of the table's columns, from a hostile client too; it is bound to
/// the table.
///
/// Layout, version 1: u8 version; 16 bytes the table's id; varint rows
/// left of LIMIT + 1 (0: no limit); varint rows already given of the last row's partition; the rest
/// is the store's position.
struct paging_position {
    bytes table_id;
    std::optional<std::uint64_t> limit_left;
    std::uint64_t rows_of_partition = 0;
    bytes store_position;
};

[[nodiscard]] bytes encode_paging_state(const paging_position& position);

/// Error 0x000a for bytes that this server cannot have made for this statement.
[[nodiscard]] result<paging_position> decode_paging_state(bytes_view state, bytes_view table_id);

}  // namespace nacre::query
