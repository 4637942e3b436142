#include <algorithm>

#include "protocol/error_message.h"
#include "protocol/response.h"
#include "protocol/result_kind.h"
#include "protocol/type_option.h"

namespace nacre::protocol {

namespace {

std::vector<column> take_columns(wire_reader& in, std::int32_t flags, std::int32_t count) {
    std::vector<column> columns;
    std::string keyspace, table;
    const bool global = (flags & rows_flag::global_table) != 0;
    if (global) {
        keyspace = in.take_string();
        table = in.take_string();
    }
    for (auto left = count; left > 0 && !in.failed(); --left) {
        if (!global) {
            keyspace = in.take_string();
            table = in.take_string();
        }
        std::string name(in.take_string());
        columns.push_back({keyspace, table, std::move(name), take_type(in)});
    }
    return columns;
}

metadata take_metadata(wire_reader& in) {
    metadata m;
    const auto flags = in.take_int();
    m.column_count = in.take_int();
    if (m.column_count < 0) in.fail("a negative number of columns");
    if ((flags & rows_flag::has_more_pages) != 0) m.paging_state = in.take_bytes();
    if ((flags & rows_flag::metadata_changed) != 0) m.new_metadata_id = in.take_short_bytes();
    if ((flags & rows_flag::no_metadata) == 0) m.columns = take_columns(in, flags, m.column_count);
    return m;
}

schema_change take_schema_change(wire_reader& in) {
    schema_change change;
    change.change = in.take_string();
    change.target = in.take_string();
    change.keyspace = in.take_string();
    if (change.target != "KEYSPACE") change.name = in.take_string();
    if (change.target == "FUNCTION" || change.target == "AGGREGATE") {
        change.argument_types = in.take_string_list();
    }
    return change;
}

template <typename Change>
Change take_node_change(wire_reader& in) {
    Change change;
    change.change = in.take_string();
    change.address = in.take(in.take_byte());
    change.port = in.take_int();
    return change;
}

response_body take_event(wire_reader& in) {
    const std::string type(in.take_string());
    if (type == "SCHEMA_CHANGE") return event(take_schema_change(in));
    if (type == "TOPOLOGY_CHANGE") return event(take_node_change<topology_change>(in));
    if (type == "STATUS_CHANGE") return event(take_node_change<status_change>(in));
    in.fail(fmt::format("unknown event '{}'", type));
    return void_response{};
}

response_body take_prepared(wire_reader& in, version v) {
    prepared_response prepared;
    prepared.id = in.take_short_bytes();
    if (v >= version::v5) prepared.result_metadata_id = in.take_short_bytes();
    const auto flags = in.take_int();
    const auto count = in.take_int();
    if (v >= version::v4) {
        for (auto left = in.take_int(); left > 0 && !in.failed(); --left) {
            prepared.partition_key_indices.push_back(in.take_short());
        }
    }
    prepared.markers = take_columns(in, flags, count);
    prepared.metadata = take_metadata(in);
    return prepared;
}

response_body take_result(wire_reader& in, version v) {
    const auto kind = in.take_int();
    switch (static_cast<result_kind>(kind)) {
        case result_kind::void_:
            return void_response{};
        case result_kind::rows: {
            rows_response rows;
            rows.metadata = take_metadata(in);
            rows.row_count = in.take_int();
            if (rows.row_count < 0) in.fail("a negative number of rows");
            rows.content = in.take_rest();
            return rows;
        }
        case result_kind::set_keyspace:
            return set_keyspace_response{std::string(in.take_string())};
        case result_kind::prepared:
            return take_prepared(in, v);
        case result_kind::schema_change:
            return take_schema_change(in);
    }
    in.fail(fmt::format("unknown kind of result {}", kind));
    return void_response{};
}

optional_bytes take_token(wire_reader& in) {
    const auto token = in.take_bytes();
    if (!token) return std::nullopt;
    return bytes(*token);
}

result<response_body> take_body(wire_reader& in, const frame_header& header) {
    switch (header.op) {
        case opcode::error: {
            NACRE_TRY(auto failure, take_error(in, header.version));
            return response_body(std::move(failure));
        }
        case opcode::ready:
            return response_body(ready_response{});
        case opcode::authenticate:
            return response_body(authenticate_response{std::string(in.take_string())});
        case opcode::auth_challenge:
            return response_body(auth_challenge_response{take_token(in)});
        case opcode::auth_success:
            return response_body(auth_success_response{take_token(in)});
        case opcode::supported:
            return response_body(supported_response{in.take_string_multimap()});
        case opcode::result:
            return take_result(in, header.version);
        case opcode::event:
            return take_event(in);
        default:
            return protocol_error("{} ({:#04x}) is not a response", to_string(header.op),
                                  static_cast<std::uint8_t>(header.op));
    }
}

}  // namespace

result<response> decode_response(const frame& whole) {
    wire_reader in(whole.body);
    response r{void_response{}, {}, std::nullopt};
    if ((whole.header.flags & frame_flag::tracing) != 0) r.tracing_id = in.take_uuid();
    if ((whole.header.flags & frame_flag::warning) != 0) r.warnings = in.take_string_list();
    if ((whole.header.flags & frame_flag::custom_payload) != 0) in.skip_bytes_map();
    NACRE_TRY(r.body, take_body(in, whole.header));
    NACRE_CHECK(in.finish());
    return r;
}

}  // namespace nacre::protocol
