#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "data/column_vector.h"
#include "schema/function.h"
#include "udf/failure_kind.h"
#include "udf/guest_world.h"

namespace nacre::udf {

/// Rows of one capture.
inline constexpr std::uint32_t captured_rows_max = 1 << 20;

/// What a guest was asked for.
enum class captured_entry : std::uint8_t { call = 1, fold = 2 };

/// How a call ended.
struct captured_outcome {
    std::optional<failure_kind> failed_as;  ///< none: it finished
    std::string message;                    ///< of the error
    std::chrono::nanoseconds cpu{0};
    std::chrono::nanoseconds wall{0};
    /// Of a call that finished, for the rows that were kept; none if they took too much room.
    std::optional<data::column_vector> results;
};

/// A call of a function with everything that is needed to make it again elsewhere.
struct captured_call {
    std::string server_version;
    std::chrono::system_clock::time_point time;
    schema::function_ptr definition;
    function_limits limits;
    world_origin world;

    captured_entry entry = captured_entry::call;
    /// Batches that the same guest had taken before: what they left behind is not in the capture.
    std::uint32_t batches_before = 0;
    optional_bytes state;  ///< of a fold: before the batch
    std::uint32_t rows_of_batch = 0;
    std::uint32_t rows = 0;  ///< that were kept
    /// By argument (of a fold: without the state), `rows` values each.
    std::vector<data::column_vector> arguments;
    std::optional<std::uint32_t> failed_row;  ///< among those that were kept

    captured_outcome outcome;
};

/// The file of a captured call (docs/internals/capture-format.md).
[[nodiscard]] bytes encode(const captured_call& call);
/// Reads it back. The error says what is wrong with the file: not one of these, of a version that
/// is not known, or damaged.
[[nodiscard]] result<captured_call> decode_captured_call(bytes_view file);

}  // namespace nacre::udf
