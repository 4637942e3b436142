#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre::query {

/// Where a paged SELECT goes on. Travels through the client as opaque bytes and may come back
/// after a restart, from a hostile client too; it is bound to the statement by a digest.
///
/// Layout, version 1: u8 version; 16 bytes digest of the result's metadata and table; varint rows
/// left of LIMIT + 1 (0: no limit); varint rows already given of the last row's partition; the rest
/// is the store's position.
struct paging_position {
    bytes statement_digest;
    std::optional<std::uint64_t> limit_left;
    std::uint64_t rows_of_partition = 0;
    bytes store_position;
};

[[nodiscard]] bytes encode_paging_state(const paging_position& position);

/// Error 0x000a for bytes that this server cannot have made for this statement.
[[nodiscard]] result<paging_position> decode_paging_state(bytes_view state,
                                                          bytes_view statement_digest);

}  // namespace nacre::query
