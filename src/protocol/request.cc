#include "protocol/request.h"

#include <algorithm>

#include "types/value.h"

namespace nacre::protocol {

namespace {

namespace query_flag {
constexpr std::uint32_t values = 0x01;
constexpr std::uint32_t skip_metadata = 0x02;
constexpr std::uint32_t page_size = 0x04;
constexpr std::uint32_t paging_state = 0x08;
constexpr std::uint32_t serial_consistency = 0x10;
constexpr std::uint32_t default_timestamp = 0x20;
constexpr std::uint32_t value_names = 0x40;
constexpr std::uint32_t keyspace = 0x80;
constexpr std::uint32_t now_seconds = 0x100;
constexpr std::uint32_t known_v3 = 0x7f;
constexpr std::uint32_t known_v5 = 0x1ff;
}  // namespace query_flag

constexpr std::uint32_t prepare_flag_keyspace = 0x01;

std::uint32_t take_query_flags(wire_reader& in, version v) {
    const auto flags = v >= version::v5 ? static_cast<std::uint32_t>(in.take_int())
                                        : std::uint32_t{in.take_byte()};
    const auto known = v >= version::v5 ? query_flag::known_v5 : query_flag::known_v3;
    if ((flags & ~known) != 0) in.fail(fmt::format("unknown query flags {:#x}", flags & ~known));
    return flags;
}

std::vector<value> take_values(wire_reader& in, version v, std::vector<std::string>* names) {
    std::vector<value> values;
    const int count = in.take_short();
    // A value takes at least the four bytes of its length.
    values.reserve(std::min<std::size_t>(static_cast<std::size_t>(count), in.remaining() / 4));
    for (int left = count; left > 0 && !in.failed(); --left) {
        if (names != nullptr) names->emplace_back(in.take_string());
        values.push_back(in.take_value(v));
    }
    return values;
}

void take_serial_and_timestamp(wire_reader& in, std::uint32_t flags, query_parameters& p) {
    if ((flags & query_flag::serial_consistency) != 0) p.serial_consistency = in.take_short();
    if ((flags & query_flag::default_timestamp) != 0) p.default_timestamp_us = in.take_long();
    if ((flags & query_flag::keyspace) != 0) p.keyspace = in.take_string();
    if ((flags & query_flag::now_seconds) != 0) p.now_seconds = in.take_int();
}

query_parameters take_parameters(wire_reader& in, version v) {
    query_parameters p;
    p.consistency = in.take_short();
    const auto flags = take_query_flags(in, v);
    if (in.failed()) return p;
    if ((flags & query_flag::values) != 0) {
        const bool named = (flags & query_flag::value_names) != 0;
        p.values = take_values(in, v, named ? &p.value_names : nullptr);
    }
    p.skip_metadata = (flags & query_flag::skip_metadata) != 0;
    if ((flags & query_flag::page_size) != 0) p.page_size = in.take_int();
    if ((flags & query_flag::paging_state) != 0) {
        if (const auto state = in.take_bytes()) p.paging_state = bytes(*state);
    }
    take_serial_and_timestamp(in, flags, p);
    return p;
}

batch_request take_batch(wire_reader& in, version v) {
    batch_request batch;
    const auto type = in.take_byte();
    if (type > static_cast<std::uint8_t>(batch_type::counter)) {
        in.fail(fmt::format("invalid batch type {}", type));
    }
    batch.type = static_cast<batch_type>(type);
    for (int left = in.take_short(); left > 0 && !in.failed(); --left) {
        auto& entry = batch.entries.emplace_back();
        const auto kind = in.take_byte();
        if (kind > static_cast<std::uint8_t>(batch_request::entry::kind::prepared)) {
            in.fail(fmt::format("invalid kind of batch entry {}", kind));
        }
        entry.what = static_cast<batch_request::entry::kind>(kind);
        entry.statement = entry.what == batch_request::entry::kind::text ? in.take_long_string()
                                                                         : in.take_short_bytes();
        entry.values = take_values(in, v, nullptr);
    }
    batch.parameters.consistency = in.take_short();
    const auto flags = take_query_flags(in, v);
    if (!in.failed()) take_serial_and_timestamp(in, flags, batch.parameters);
    return batch;
}

request take_request(wire_reader& in, const frame_header& header) {
    const auto v = header.version;
    switch (header.op) {
        case opcode::startup:
            return startup_request{in.take_string_map()};
        case opcode::options:
            return options_request{};
        case opcode::register_:
            return register_request{in.take_string_list()};
        case opcode::query: {
            query_request query;
            query.text = in.take_long_string();
            query.parameters = take_parameters(in, v);
            return query;
        }
        case opcode::prepare: {
            prepare_request prepare;
            prepare.text = in.take_long_string();
            if (v >= version::v5) {
                const auto flags = static_cast<std::uint32_t>(in.take_int());
                if ((flags & ~prepare_flag_keyspace) != 0) in.fail("unknown prepare flags");
                if ((flags & prepare_flag_keyspace) != 0) prepare.keyspace = in.take_string();
            }
            return prepare;
        }
        case opcode::execute: {
            execute_request execute;
            execute.id = in.take_short_bytes();
            if (v >= version::v5) execute.result_metadata_id = in.take_short_bytes();
            execute.parameters = take_parameters(in, v);
            return execute;
        }
        case opcode::batch:
            return take_batch(in, v);
        case opcode::auth_response: {
            auth_response_request auth;
            if (const auto token = in.take_bytes()) auth.token = bytes(*token);
            return auth;
        }
        default:
            in.fail(fmt::format("{} ({:#04x}) is not a request", to_string(header.op),
                                static_cast<std::uint8_t>(header.op)));
            return options_request{};
    }
}

status check_text(std::string_view text) {
    const auto checked = types::validate(*types::type::native(types::type_kind::text), text);
    if (!checked) return protocol_error("Malformed message: the query text is not UTF-8");
    return {};
}

status check_texts(const request& r) {
    if (const auto* query = std::get_if<query_request>(&r)) return check_text(query->text);
    if (const auto* prepare = std::get_if<prepare_request>(&r)) return check_text(prepare->text);
    if (const auto* batch = std::get_if<batch_request>(&r)) {
        for (const auto& entry : batch->entries) {
            if (entry.what == batch_request::entry::kind::text) {
                NACRE_CHECK(check_text(entry.statement));
            }
        }
    }
    return {};
}

void append_query_flags(bytes& out, version v, std::uint32_t flags) {
    if (v >= version::v5) {
        append_big_endian(out, flags);
    } else {
        append_big_endian(out, static_cast<std::uint8_t>(flags));
    }
}

std::uint32_t shared_flags(version v, const query_parameters& p) {
    std::uint32_t flags = 0;
    if (p.serial_consistency != serial_consistency_default) flags |= query_flag::serial_consistency;
    if (p.default_timestamp_us) flags |= query_flag::default_timestamp;
    if (v >= version::v5 && p.keyspace) flags |= query_flag::keyspace;
    if (v >= version::v5 && p.now_seconds) flags |= query_flag::now_seconds;
    return flags;
}

void append_serial_and_timestamp(bytes& out, std::uint32_t flags, const query_parameters& p) {
    if ((flags & query_flag::serial_consistency) != 0) append_big_endian(out, p.serial_consistency);
    if (p.default_timestamp_us) append_big_endian(out, *p.default_timestamp_us);
    if ((flags & query_flag::keyspace) != 0) append_string(out, *p.keyspace);
    if ((flags & query_flag::now_seconds) != 0) append_big_endian(out, *p.now_seconds);
}

void append_parameters(bytes& out, version v, const query_parameters& p) {
    append_big_endian(out, p.consistency);
    auto flags = shared_flags(v, p);
    if (!p.values.empty()) flags |= query_flag::values;
    if (!p.value_names.empty()) flags |= query_flag::value_names;
    if (p.skip_metadata) flags |= query_flag::skip_metadata;
    if (p.page_size > 0) flags |= query_flag::page_size;
    if (p.paging_state) flags |= query_flag::paging_state;
    append_query_flags(out, v, flags);
    if (!p.values.empty()) {
        append_big_endian(out, static_cast<std::uint16_t>(p.values.size()));
        for (std::size_t i = 0; i < p.values.size(); ++i) {
            if (!p.value_names.empty()) append_string(out, p.value_names[i]);
            append_value(out, p.values[i]);
        }
    }
    if (p.page_size > 0) append_big_endian(out, p.page_size);
    if (p.paging_state) append_bytes(out, p.paging_state);
    append_serial_and_timestamp(out, flags, p);
}

void append_batch(bytes& out, version v, const batch_request& batch) {
    append_big_endian(out, static_cast<std::uint8_t>(batch.type));
    append_big_endian(out, static_cast<std::uint16_t>(batch.entries.size()));
    for (const auto& entry : batch.entries) {
        append_big_endian(out, static_cast<std::uint8_t>(entry.what));
        if (entry.what == batch_request::entry::kind::text) {
            append_long_string(out, entry.statement);
        } else {
            append_short_bytes(out, entry.statement);
        }
        append_big_endian(out, static_cast<std::uint16_t>(entry.values.size()));
        for (const auto& each : entry.values) append_value(out, each);
    }
    append_big_endian(out, batch.parameters.consistency);
    const auto flags = shared_flags(v, batch.parameters);
    append_query_flags(out, v, flags);
    append_serial_and_timestamp(out, flags, batch.parameters);
}

struct request_encoder {
    version v;

    message operator()(const startup_request& r) const {
        message m{opcode::startup};
        append_string_map(m.head, r.options);
        return m;
    }
    message operator()(const options_request&) const { return {opcode::options}; }
    message operator()(const register_request& r) const {
        message m{opcode::register_};
        append_string_list(m.head, r.event_types);
        return m;
    }
    message operator()(const query_request& r) const {
        message m{opcode::query};
        append_long_string(m.head, r.text);
        append_parameters(m.head, v, r.parameters);
        return m;
    }
    message operator()(const prepare_request& r) const {
        message m{opcode::prepare};
        append_long_string(m.head, r.text);
        if (v >= version::v5) {
            append_big_endian(m.head, r.keyspace ? prepare_flag_keyspace : std::uint32_t{0});
            if (r.keyspace) append_string(m.head, *r.keyspace);
        }
        return m;
    }
    message operator()(const execute_request& r) const {
        message m{opcode::execute};
        append_short_bytes(m.head, r.id);
        if (v >= version::v5) append_short_bytes(m.head, r.result_metadata_id);
        append_parameters(m.head, v, r.parameters);
        return m;
    }
    message operator()(const batch_request& r) const {
        message m{opcode::batch};
        append_batch(m.head, v, r);
        return m;
    }
    message operator()(const auth_response_request& r) const {
        message m{opcode::auth_response};
        append_bytes(m.head, r.token);
        return m;
    }
};

}  // namespace

result<request> decode_request(const frame& whole) {
    if (to_string(whole.header.op) == "UNKNOWN") {
        return protocol_error("Unknown opcode {}", static_cast<int>(whole.header.op));
    }
    wire_reader in(whole.body);
    if ((whole.header.flags & frame_flag::custom_payload) != 0) in.skip_bytes_map();
    auto decoded = take_request(in, whole.header);
    NACRE_CHECK(in.finish());
    NACRE_CHECK(check_texts(decoded));
    return decoded;
}

message encode_request(version v, const request& r) {
    return std::visit(request_encoder{v}, r);
}

}  // namespace nacre::protocol
