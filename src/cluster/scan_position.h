#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "data/token.h"

namespace nacre::cluster {

/// Where a scan goes on behind one of its rows. Travels through clients, so that it may come back
/// from a hostile one.
///
/// Layout, version 1: u8 version; i64 after, i64 up_to: the range of tokens that was read (both 0
/// for partitions); u32 the statement's number among those of the request's partitions; u32 rows of
/// the page to skip; u32 rows of a page; the rest is the cluster's paging state.
struct scan_position {
    data::token_range range;
    std::uint32_t statement = 0;
    std::uint32_t skip = 0;
    std::uint32_t page_rows = 0;
    bytes paging_state;

    [[nodiscard]] bytes encode() const;
    [[nodiscard]] static result<scan_position> decode(bytes_view from);
};

}  // namespace nacre::cluster
