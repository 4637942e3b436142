#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/frame.h"
#include "protocol/version.h"
#include "protocol/wire.h"

/// What clients ask, as values; from and to the bodies of frames.
namespace nacre::protocol {

/// SERIAL, which a request means when it names none.
inline constexpr std::uint16_t serial_consistency_default = 8;

/// <query_parameters>, with QUERY and EXECUTE and, without what BATCH can't have, with BATCH.
struct query_parameters {
    std::uint16_t consistency = 1;
    std::uint16_t serial_consistency = serial_consistency_default;
    std::vector<value> values;
    std::vector<std::string> value_names;  ///< as many as values, or none
    bool skip_metadata = false;
    std::int32_t page_size = 0;  ///< rows; 0: not given
    std::optional<bytes> paging_state;
    std::optional<std::int64_t> default_timestamp_us;
    std::optional<std::string> keyspace;      ///< v5
    std::optional<std::int32_t> now_seconds;  ///< v5

    bool operator==(const query_parameters&) const = default;
};

struct startup_request {
    string_map options;
};
struct options_request {};
struct register_request {
    std::vector<std::string> event_types;
};
struct query_request {
    std::string text;
    query_parameters parameters;
};
struct prepare_request {
    std::string text;
    std::optional<std::string> keyspace;  ///< v5
};
struct execute_request {
    bytes id;
    bytes result_metadata_id;  ///< v5
    query_parameters parameters;
};
enum class batch_type : std::uint8_t { logged = 0, unlogged = 1, counter = 2 };
struct batch_request {
    struct entry {
        enum class kind : std::uint8_t { text = 0, prepared = 1 };
        kind what = kind::text;
        bytes statement;  ///< CQL, or a prepared statement's id
        std::vector<value> values;
    };
    batch_type type = batch_type::logged;
    std::vector<entry> entries;
    query_parameters parameters;
};
struct auth_response_request {
    optional_bytes token;
};

using request =
    std::variant<startup_request, options_request, register_request, query_request, prepare_request,
                 execute_request, batch_request, auth_response_request>;

/// A request out of a frame. The errors are protocol errors that leave the framing sound: the
/// answer is for this stream, the connection goes on. A custom payload is skipped.
[[nodiscard]] result<request> decode_request(const frame& whole);

/// The reverse, without a stream id. What `v` does not have is left out.
[[nodiscard]] message encode_request(version v, const request& r);

}  // namespace nacre::protocol
