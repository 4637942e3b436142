#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "data/column_vector.h"
#include "udf/wasm/guest_memory.h"

namespace nacre::udf {

using argument_columns = std::span<const data::column_vector* const>;
using row_numbers = std::span<const std::uint32_t>;

/// Which part of a run of rows goes into one batch, and how much room its layout takes.
struct batch_size {
    std::uint32_t rows = 0;
    std::uint64_t total_bytes = 0;
};

/// How much of a batch may be asked for at once.
struct batch_limits {
    std::uint32_t rows_max = 0;
    std::uint64_t bytes_max = 0;
};

/// The first rows of `rows` that stay within the limits, at least one. `result_type` is null if
/// there is no result to make room for.
[[nodiscard]] batch_size measure_batch(argument_columns arguments, row_numbers rows,
                                       const types::type* result_type, batch_limits limits);

/// Lays the batch (sdk/abi/batch.md) out at `address`, which must be 8-byte aligned, with
/// size.total_bytes of room there: the rows `rows`, compacted. The error is of the guest's making:
/// the buffer that it offered is not inside its memory.
[[nodiscard]] status write_batch(const wasm::guest_memory& memory, std::uint32_t address,
                                 argument_columns arguments, row_numbers rows,
                                 const types::type* result_type, batch_size size);

/// Appends the rows that the guest finished, at most `rows`, to `result` and returns their number.
/// Nothing the guest wrote is trusted: addresses, offsets, and values of the result's type are
/// checked before they become values. The error says what was wrong.
[[nodiscard]] result<std::uint32_t> read_results(const wasm::guest_memory& memory,
                                                 std::uint32_t address, std::uint32_t rows,
                                                 data::column_vector& result);

}  // namespace nacre::udf
