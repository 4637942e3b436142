#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/uuid.h"
#include "protocol/frame.h"
#include "protocol/version.h"
#include "protocol/wire.h"
#include "types/type.h"

/// What a server answers, as messages; from and to the bodies of frames. The functions give
/// messages without a stream id.
namespace nacre::protocol {

/// A column of a result or a bind marker, borrowed for the encoding.
struct column_view {
    std::string_view keyspace;
    std::string_view table;
    std::string_view name;
    const types::type* type;
};

/// The head of a rows result.
struct rows_head {
    std::span<const column_view> columns;
    /// Only the number of columns goes out: the client said it knows them.
    bool skip_metadata = false;
    std::optional<bytes_view> paging_state;     ///< more rows follow
    std::optional<bytes_view> new_metadata_id;  ///< the client's metadata is stale: sent whole
};

struct prepared_head {
    bytes_view id;
    bytes_view result_metadata_id;  ///< v5
    std::span<const column_view> markers;
    std::span<const std::uint16_t> partition_key_indices;
    std::span<const column_view> columns;  ///< none if the statement gives no rows
};

/// SCHEMA_CHANGE, as a result and as an event. Words as on the wire: "CREATED", "UPDATED",
/// "DROPPED"; "KEYSPACE", "TABLE", "TYPE", "FUNCTION", "AGGREGATE".
struct schema_change {
    std::string change;
    std::string target;
    std::string keyspace;
    std::string name;                         ///< empty for a keyspace
    std::vector<std::string> argument_types;  ///< functions and aggregates

    bool operator==(const schema_change&) const = default;
};
/// "NEW_NODE", "REMOVED_NODE", "MOVED_NODE".
struct topology_change {
    std::string change;
    bytes address;  ///< 4 or 16 octets
    std::int32_t port = 0;
};
/// "UP", "DOWN".
struct status_change {
    std::string change;
    bytes address;  ///< 4 or 16 octets
    std::int32_t port = 0;
};
using event = std::variant<schema_change, topology_change, status_change>;

/// The word by which REGISTER asks for events of this kind.
[[nodiscard]] std::string_view event_type(const event& e);

[[nodiscard]] message ready_message();
[[nodiscard]] message authenticate_message(std::string_view authenticator);
/// Without a token: what authenticates has nothing more to say.
[[nodiscard]] message auth_success_message();
[[nodiscard]] message supported_message(const string_multimap& options);
[[nodiscard]] message void_message();
/// `content` is row after row, each cell a [bytes]; it is moved, not copied.
[[nodiscard]] message rows_message(version v, const rows_head& head, std::uint32_t row_count,
                                   bytes content);
[[nodiscard]] message set_keyspace_message(std::string_view keyspace);
[[nodiscard]] message prepared_message(version v, const prepared_head& head);
/// v3 has no functions: changes of them are told it as an update of their keyspace.
[[nodiscard]] message schema_change_message(version v, const schema_change& change);
/// On event_stream.
[[nodiscard]] message event_message(version v, const event& e);

/// Puts warnings before the body (v4+; dropped below).
void add_warnings(version v, message& m, const std::vector<std::string>& warnings);
/// Puts a tracing id before all else; add it last.
void add_tracing_id(message& m, const uuid& id);

// The client's side.

struct column {
    std::string keyspace;
    std::string table;
    std::string name;
    types::type_ptr type;
};
struct metadata {
    std::vector<column> columns;  ///< empty when skipped
    std::int32_t column_count = 0;
    std::optional<bytes> paging_state;
    std::optional<bytes> new_metadata_id;
};
struct ready_response {};
struct authenticate_response {
    std::string authenticator;
};
struct auth_challenge_response {
    optional_bytes token;
};
struct auth_success_response {
    optional_bytes token;
};
struct supported_response {
    string_multimap options;
};
struct void_response {};
struct rows_response {
    protocol::metadata metadata;
    std::int32_t row_count = 0;
    bytes content;
};
struct set_keyspace_response {
    std::string keyspace;
};
struct prepared_response {
    bytes id;
    bytes result_metadata_id;
    std::vector<column> markers;
    std::vector<std::uint16_t> partition_key_indices;
    protocol::metadata metadata;
};
using response_body =
    std::variant<error, ready_response, authenticate_response, auth_challenge_response,
                 auth_success_response, supported_response, void_response, rows_response,
                 set_keyspace_response, prepared_response, schema_change, event>;
struct response {
    response_body body;
    std::vector<std::string> warnings;
    std::optional<uuid> tracing_id;
};

/// A response out of a frame.
[[nodiscard]] result<response> decode_response(const frame& whole);

}  // namespace nacre::protocol
