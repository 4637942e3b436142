#pragma once

#include <nacre/function.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The library's readers and writers of columns against a vector of sdk/abi/vectors. The same code
/// runs on the host and, as a function, in the sandbox.
namespace vectors {

using nacre::detail::address_of;
using nacre::detail::argument_column;
using nacre::detail::batch;
using nacre::detail::codec;
using nacre::detail::pointer_to;
using nacre::detail::result_column;

/// A block of a file: "encode NAME", its lines, "end".
struct block {
    std::string kind;
    std::string name;
    std::vector<std::pair<std::string, std::string>> lines;

    [[nodiscard]] std::vector<std::string> all(std::string_view key) const {
        std::vector<std::string> found;
        for (const auto& [k, value] : lines) {
            if (k == key) found.push_back(value);
        }
        return found;
    }
    [[nodiscard]] std::string one(std::string_view key) const {
        const auto found = all(key);
        return found.empty() ? std::string() : found.front();
    }
    [[nodiscard]] std::uint32_t number(std::string_view key) const {
        std::uint32_t value = 0;
        for (const char c : one(key)) value = value * 10 + static_cast<std::uint32_t>(c - '0');
        return value;
    }
};

inline std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    while (!line.empty()) {
        const auto end = std::min(line.find(' '), line.size());
        words.emplace_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

inline block read_block(std::string_view text) {
    block made;
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.empty() || line == "end") continue;
        const auto space = std::min(line.find(' '), line.size());
        std::string key(line.substr(0, space));
        std::string value(line.substr(std::min(space + 1, line.size())));
        if (made.kind.empty()) {
            made.kind = std::move(key);
            made.name = std::move(value);
        } else {
            made.lines.emplace_back(std::move(key), std::move(value));
        }
    }
    return made;
}

inline std::vector<std::byte> from_hex(std::string_view text) {
    std::vector<std::byte> made;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        made.push_back(static_cast<std::byte>(nacre::detail::hex_digit(text[i]) * 16 +
                                              nacre::detail::hex_digit(text[i + 1])));
    }
    return made;
}

/// "null", "empty" or the bytes.
template <typename T>
std::string shown(const std::optional<T>& value) {
    if (!value) return "null";
    std::vector<std::byte> bytes(codec<T>::size(*value));
    const auto* end = codec<T>::write(bytes.data(), *value);
    if (end != bytes.data() + bytes.size()) return "a value of another size than it was said to be";
    if (bytes.empty()) return "empty";
    std::string text;
    for (const auto byte : bytes) {
        text += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4];
        text += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}

/// 64 KiB, in which a vector's addresses count from 0. They are made the guest's own.
class memory {
  public:
    static constexpr std::uint32_t bytes = 65536;

    memory() : _begin(nacre::detail::allocate_bytes(bytes)) { std::memset(_begin, 0, bytes); }
    memory(const memory&) = delete;
    ~memory() { nacre::detail::release_bytes(_begin); }

    void write(std::uint32_t at, const std::vector<std::byte>& content) {
        std::memcpy(_begin + at, content.data(), content.size());
    }
    batch& batch_at(std::uint32_t at, std::size_t columns) {
        auto& made = *reinterpret_cast<batch*>(_begin + at);
        for (std::size_t i = 0; i < columns; ++i) {
            auto& column = made.column(i);
            for (auto* address : {&column.validity, &column.values, &column.data}) {
                if (*address != 0) *address += address_of(_begin);
            }
        }
        return made;
    }

  private:
    std::byte* _begin;
};

// ---- One column ---------------------------------------------------------------------------------

using expected_values = std::vector<std::string>;

/// A value of no bytes of a type that has a width is null.
template <typename T>
std::string expected(const std::string& value) {
    return value == "empty" && codec<T>::empty_is_null ? "null" : value;
}

template <typename T>
std::string check_reading(const nacre::detail::column_descriptor& of,
                          const expected_values& values) {
    const argument_column<std::optional<T>> column(of);
    for (std::uint32_t row = 0; row < values.size(); ++row) {
        const auto have = shown<T>(column[row]);
        if (have != expected<T>(values[row])) {
            return nacre::detail::text_of("row ", row, " is ", have, " instead of ", values[row]);
        }
    }
    return {};
}

/// Writes what it reads from one column as a result, and reads that.
template <typename T>
std::string check_writing(batch& in, std::size_t from, std::size_t to,
                          const expected_values& values) {
    const argument_column<std::optional<T>> column(in.column(from));
    result_column<std::optional<T>, false> out(in.column(to));
    for (std::uint32_t row = 0; row < in.row_count; ++row) out.put(row, column[row]);
    out.finish();
    auto complaint = check_reading<T>(in.column(to), values);
    if (!complaint.empty()) complaint.insert(0, "what was written: ");
    return complaint;
}

template <typename Use>
std::string with_type(std::string_view name, Use use) {
    using text = std::string;
    using number = std::int32_t;
    if (name == "boolean") return use.template operator()<bool>();
    if (name == "tinyint") return use.template operator()<std::int8_t>();
    if (name == "smallint") return use.template operator()<std::int16_t>();
    if (name == "int") return use.template operator()<number>();
    if (name == "bigint") return use.template operator()<std::int64_t>();
    if (name == "counter") return use.template operator()<nacre::counter>();
    if (name == "float") return use.template operator()<float>();
    if (name == "double") return use.template operator()<double>();
    if (name == "date") return use.template operator()<nacre::date>();
    if (name == "time") return use.template operator()<nacre::time_of_day>();
    if (name == "timestamp") return use.template operator()<nacre::timestamp>();
    if (name == "duration") return use.template operator()<nacre::duration>();
    if (name == "ascii") return use.template operator()<nacre::ascii>();
    if (name == "text") return use.template operator()<text>();
    if (name == "blob") return use.template operator()<nacre::blob>();
    if (name == "varint") return use.template operator()<nacre::varint>();
    if (name == "decimal") return use.template operator()<nacre::decimal>();
    if (name == "inet") return use.template operator()<nacre::inet>();
    if (name == "uuid") return use.template operator()<nacre::uuid>();
    if (name == "timeuuid") return use.template operator()<nacre::timeuuid>();
    if (name == "list<int>") return use.template operator()<std::vector<number>>();
    if (name == "set<text>") return use.template operator()<std::set<text>>();
    if (name == "map<text, int>") return use.template operator()<std::map<text, number>>();
    if (name == "tuple<int, text>") {
        return use.template operator()<std::tuple<std::optional<number>, std::optional<text>>>();
    }
    if (name == "vector<float, 2>") return use.template operator()<std::array<float, 2>>();
    if (name == "list<frozen<list<int>>>") {
        return use.template operator()<std::vector<std::vector<number>>>();
    }
    return "this type is unknown: " + std::string(name);
}

// ---- One vector ---------------------------------------------------------------------------------

inline std::string check_encode(const block& of) {
    const auto arguments = of.all("argument");
    std::vector<expected_values> values(arguments.size());
    for (const auto& row : of.all("row")) {
        const auto words = words_of(row);
        for (std::size_t i = 0; i < arguments.size(); ++i) values[i].push_back(words[i]);
    }
    memory guest;
    const auto at = of.number("address");
    guest.write(at, from_hex(of.one("batch")));
    auto& in = guest.batch_at(at, arguments.size() + 1);
    if (in.argument_count != arguments.size()) return "the number of arguments is another";
    if (in.row_count != of.all("row").size()) return "the number of rows is another";
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto complaint = with_type(arguments[i], [&]<typename T>() {
            auto read = check_reading<T>(in.column(i), values[i]);
            if (!read.empty() || of.one("result") != arguments[i]) return read;
            return check_writing<T>(in, i, arguments.size(), values[i]);
        });
        if (!complaint.empty()) return arguments[i] + ": " + complaint;
    }
    return {};
}

/// What a guest answers, as far as the host takes it: its column reads as an argument's does.
inline std::string check_decode(const block& of) {
    if (!of.all("refused").empty()) return {};
    memory guest;
    for (const auto& line : of.all("memory")) {
        const auto words = words_of(line);
        std::uint32_t at = 0;
        for (const char c : words[0]) at = at * 10 + static_cast<std::uint32_t>(c - '0');
        guest.write(at, from_hex(words[1]));
    }
    auto& in = guest.batch_at(of.number("address"), 1);
    if (in.row_count != of.all("value").size()) return "the number of rows is another";
    return with_type(of.one("result"),
                     [&]<typename T>() { return check_reading<T>(in.column(0), of.all("value")); });
}

inline std::string check_error(const block& of) {
    std::uint64_t pair = 0;
    for (const char c : of.one("pair")) {
        pair = pair * 16 + static_cast<std::uint64_t>(nacre::detail::hex_digit(c));
    }
    using nacre::detail::address_in;
    using nacre::detail::pair_of;
    using nacre::detail::size_in;
    if (pair_of(size_in(pair), address_in(pair)) != pair) return "the pair is another";
    const auto text = of.one("text");
    if (text.empty() || text == "empty") return {};
    return size_in(pair) == text.size() / 2 ? "" : "the text has another size";
}

/// Empty, or what is wrong.
inline std::string check(std::string_view text) {
    const auto of = read_block(text);
    if (of.kind == "encode") return check_encode(of);
    if (of.kind == "decode") return check_decode(of);
    if (of.kind == "error") return check_error(of);
    return "this kind is unknown: " + of.kind;
}

}  // namespace vectors
