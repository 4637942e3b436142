#include "protocol/wire.h"

#include "protocol/limits.h"

namespace nacre::protocol {

void append_string(bytes& out, std::string_view text) {
    if (text.size() > string_max_bytes) {
        std::size_t cut = string_max_bytes;
        while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
        text = text.substr(0, cut);
    }
    append_big_endian(out, static_cast<std::uint16_t>(text.size()));
    out.append(text);
}

void append_long_string(bytes& out, std::string_view text) {
    append_big_endian(out, static_cast<std::int32_t>(text.size()));
    out.append(text);
}

void append_string_list(bytes& out, const std::vector<std::string>& list) {
    append_big_endian(out, static_cast<std::uint16_t>(list.size()));
    for (const auto& each : list) append_string(out, each);
}

void append_string_map(bytes& out, const string_map& map) {
    append_big_endian(out, static_cast<std::uint16_t>(map.size()));
    for (const auto& [key, text] : map) {
        append_string(out, key);
        append_string(out, text);
    }
}

void append_string_multimap(bytes& out, const string_multimap& map) {
    append_big_endian(out, static_cast<std::uint16_t>(map.size()));
    for (const auto& [key, list] : map) {
        append_string(out, key);
        append_string_list(out, list);
    }
}

void append_short_bytes(bytes& out, bytes_view data) {
    append_big_endian(out, static_cast<std::uint16_t>(data.size()));
    out.append(data);
}

void append_bytes(bytes& out, const optional_bytes& data) {
    if (!data) {
        append_big_endian(out, std::int32_t{-1});
        return;
    }
    append_big_endian(out, static_cast<std::int32_t>(data->size()));
    out.append(*data);
}

void append_value(bytes& out, const value& v) {
    switch (v.what) {
        case value::kind::null:
            append_big_endian(out, std::int32_t{-1});
            return;
        case value::kind::unset:
            append_big_endian(out, std::int32_t{-2});
            return;
        case value::kind::value:
            append_big_endian(out, static_cast<std::int32_t>(v.data.size()));
            out.append(v.data);
            return;
    }
}

void wire_reader::fail(std::string why) {
    if (failed()) return;
    _failure = std::move(why);
    _data = {};
}

bytes_view wire_reader::take(std::uint64_t size) {
    if (size > _data.size()) {
        fail(fmt::format("wrong length: {} bytes are expected where {} are left", size,
                         _data.size()));
        return {};
    }
    const auto taken = _data.substr(0, size);
    _data.remove_prefix(size);
    return taken;
}

bytes_view wire_reader::take_rest() {
    return take(_data.size());
}

std::string_view wire_reader::take_long_string() {
    const auto size = take_int();
    if (size < 0) {
        fail(fmt::format("wrong length: a long string of {} bytes", size));
        return {};
    }
    return take(static_cast<std::uint64_t>(size));
}

std::optional<bytes_view> wire_reader::take_bytes() {
    const auto size = take_int();
    if (size < 0 || failed()) return std::nullopt;
    const auto data = take(static_cast<std::uint64_t>(size));
    if (failed()) return std::nullopt;
    return data;
}

value wire_reader::take_value(version v) {
    const auto size = take_int();
    if (failed()) return {};
    if (size >= 0) return {value::kind::value, bytes(take(static_cast<std::uint64_t>(size)))};
    if (size == -1 || v < version::v4) return {value::kind::null, {}};
    if (size == -2) return {value::kind::unset, {}};
    fail(fmt::format("wrong length: a value of {} bytes", size));
    return {};
}

uuid wire_reader::take_uuid() {
    const auto raw = take(16);
    return failed() ? uuid{} : uuid::from_bytes(raw);
}

std::vector<std::string> wire_reader::take_string_list() {
    std::vector<std::string> list;
    for (int left = take_short(); left > 0 && !failed(); --left) list.emplace_back(take_string());
    return list;
}

string_map wire_reader::take_string_map() {
    string_map map;
    for (int left = take_short(); left > 0 && !failed(); --left) {
        std::string key(take_string());
        map[std::move(key)] = take_string();
    }
    return map;
}

string_multimap wire_reader::take_string_multimap() {
    string_multimap map;
    for (int left = take_short(); left > 0 && !failed(); --left) {
        std::string key(take_string());
        map[std::move(key)] = take_string_list();
    }
    return map;
}

void wire_reader::skip_bytes_map() {
    for (int left = take_short(); left > 0 && !failed(); --left) {
        take_string();
        take_bytes();
    }
}

status wire_reader::finish() const {
    if (failed()) return protocol_error("Malformed message: {}", _failure);
    if (!_data.empty()) {
        return protocol_error(
            "Malformed message: wrong length: {} bytes are left after the message", _data.size());
    }
    return {};
}

}  // namespace nacre::protocol
