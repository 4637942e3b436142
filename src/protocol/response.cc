#include "protocol/response.h"

#include <algorithm>

#include "protocol/result_kind.h"
#include "protocol/type_option.h"

namespace nacre::protocol {

namespace {

message result_message(result_kind kind) {
    message m{opcode::result};
    append_big_endian(m.head, static_cast<std::int32_t>(kind));
    return m;
}

bool of_one_table(std::span<const column_view> columns) {
    return !columns.empty() && std::all_of(columns.begin(), columns.end(), [&](const auto& c) {
        return c.keyspace == columns[0].keyspace && c.table == columns[0].table;
    });
}

void append_columns(bytes& out, version v, std::span<const column_view> columns) {
    const bool global = of_one_table(columns);
    if (global) {
        append_string(out, columns[0].keyspace);
        append_string(out, columns[0].table);
    }
    for (const auto& each : columns) {
        if (!global) {
            append_string(out, each.keyspace);
            append_string(out, each.table);
        }
        append_string(out, each.name);
        append_type(out, v, *each.type);
    }
}

void append_metadata(bytes& out, version v, const rows_head& head) {
    std::int32_t flags = 0;
    const bool changed = head.new_metadata_id && v >= version::v5;
    const bool skip = (head.skip_metadata && !head.new_metadata_id) || head.columns.empty();
    if (skip) flags |= rows_flag::no_metadata;
    if (!skip && of_one_table(head.columns)) flags |= rows_flag::global_table;
    if (head.paging_state) flags |= rows_flag::has_more_pages;
    if (changed) flags |= rows_flag::metadata_changed;
    append_big_endian(out, flags);
    append_big_endian(out, static_cast<std::int32_t>(head.columns.size()));
    if (head.paging_state) append_bytes(out, bytes(*head.paging_state));
    if (changed) append_short_bytes(out, *head.new_metadata_id);
    if (!skip) append_columns(out, v, head.columns);
}

void append_address(bytes& out, bytes_view address, std::int32_t port) {
    append_big_endian(out, static_cast<std::uint8_t>(address.size()));
    out.append(address);
    append_big_endian(out, port);
}

void append_schema_change(bytes& out, version v, const schema_change& change) {
    const bool is_function = change.target == "FUNCTION" || change.target == "AGGREGATE";
    if (is_function && v < version::v4) {
        append_string(out, "UPDATED");
        append_string(out, "KEYSPACE");
        append_string(out, change.keyspace);
        return;
    }
    append_string(out, change.change);
    append_string(out, change.target);
    append_string(out, change.keyspace);
    if (change.target != "KEYSPACE") append_string(out, change.name);
    if (is_function) append_string_list(out, change.argument_types);
}

}  // namespace

message ready_message() {
    return {opcode::ready};
}

message authenticate_message(std::string_view authenticator) {
    message m{opcode::authenticate};
    append_string(m.head, authenticator);
    return m;
}

message auth_success_message() {
    message m{opcode::auth_success};
    append_big_endian(m.head, std::int32_t{-1});
    return m;
}

message supported_message(const string_multimap& options) {
    message m{opcode::supported};
    append_string_multimap(m.head, options);
    return m;
}

message void_message() {
    return result_message(result_kind::void_);
}

message rows_message(version v, const rows_head& head, std::uint32_t row_count, bytes content) {
    auto m = result_message(result_kind::rows);
    append_metadata(m.head, v, head);
    append_big_endian(m.head, static_cast<std::int32_t>(row_count));
    m.tail = std::move(content);
    return m;
}

message set_keyspace_message(std::string_view keyspace) {
    auto m = result_message(result_kind::set_keyspace);
    append_string(m.head, keyspace);
    return m;
}

message prepared_message(version v, const prepared_head& head) {
    auto m = result_message(result_kind::prepared);
    append_short_bytes(m.head, head.id);
    if (v >= version::v5) append_short_bytes(m.head, head.result_metadata_id);
    append_big_endian(m.head, of_one_table(head.markers) ? rows_flag::global_table : 0);
    append_big_endian(m.head, static_cast<std::int32_t>(head.markers.size()));
    if (v >= version::v4) {
        append_big_endian(m.head, static_cast<std::int32_t>(head.partition_key_indices.size()));
        for (const auto index : head.partition_key_indices) append_big_endian(m.head, index);
    }
    append_columns(m.head, v, head.markers);
    append_metadata(m.head, v, {head.columns});
    return m;
}

message schema_change_message(version v, const schema_change& change) {
    auto m = result_message(result_kind::schema_change);
    append_schema_change(m.head, v, change);
    return m;
}

std::string_view event_type(const event& e) {
    if (std::holds_alternative<schema_change>(e)) return "SCHEMA_CHANGE";
    return std::holds_alternative<topology_change>(e) ? "TOPOLOGY_CHANGE" : "STATUS_CHANGE";
}

message event_message(version v, const event& e) {
    message m{opcode::event};
    m.stream = event_stream;
    append_string(m.head, event_type(e));
    if (const auto* schema = std::get_if<schema_change>(&e)) {
        append_schema_change(m.head, v, *schema);
    } else if (const auto* topology = std::get_if<topology_change>(&e)) {
        append_string(m.head, topology->change);
        append_address(m.head, topology->address, topology->port);
    } else if (const auto* up_or_down = std::get_if<status_change>(&e)) {
        append_string(m.head, up_or_down->change);
        append_address(m.head, up_or_down->address, up_or_down->port);
    }
    return m;
}

void add_warnings(version v, message& m, const std::vector<std::string>& warnings) {
    if (warnings.empty() || v < version::v4) return;
    bytes list;
    append_string_list(list, warnings);
    m.head.insert(0, list);
    m.flags |= frame_flag::warning;
}

void add_tracing_id(message& m, const uuid& id) {
    m.head.insert(0, id.to_bytes());
    m.flags |= frame_flag::tracing;
}

}  // namespace nacre::protocol
