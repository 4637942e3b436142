#pragma once

#include "data/token.h"
#include "storage/entry_source.h"
#include "storage/table_store.h"

namespace nacre::storage {

/// Estimates how much of a table lies in a range of tokens from the entries that are first there:
/// tokens are spread evenly, so the share of tokens that those reach to is their share of the
/// whole. Waits for the source if it is blocked.
[[nodiscard]] result<size_estimate> sample_size(entry_source& source, std::uint32_t storage_id,
                                                data::token_range range);

}  // namespace nacre::storage
