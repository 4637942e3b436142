#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/uuid.h"
#include "protocol/version.h"

/// The notations of the native protocol specification, section 3: [string], [bytes], [value], …
namespace nacre::protocol {

/// A [value]: null and "not set" (v4+) differ.
struct value {
    enum class kind : std::uint8_t { value, null, unset };
    kind what = kind::null;
    bytes data;

    bool operator==(const value&) const = default;
};

using string_map = std::map<std::string, std::string>;
using string_multimap = std::map<std::string, std::vector<std::string>>;

/// Text longer than string_max_bytes is cut at a character boundary.
void append_string(bytes& out, std::string_view text);
void append_long_string(bytes& out, std::string_view text);
void append_string_list(bytes& out, const std::vector<std::string>& list);
void append_string_map(bytes& out, const string_map& map);
void append_string_multimap(bytes& out, const string_multimap& map);
/// `data` has at most 65535 bytes.
void append_short_bytes(bytes& out, bytes_view data);
void append_bytes(bytes& out, const optional_bytes& data);
void append_value(bytes& out, const value& v);

/// A cursor over a message body whose failures stick: after the first wrong length every take
/// gives an empty value, so a decoder reads straight down and asks `finish()` at the end. Loops
/// over counts from the wire must end on `failed()`. Borrows the body.
class wire_reader {
  public:
    explicit wire_reader(bytes_view body) : _data(body) {}

    [[nodiscard]] bool failed() const { return !_failure.empty(); }
    [[nodiscard]] std::size_t remaining() const { return _data.size(); }
    void fail(std::string why);

    std::uint8_t take_byte() { return take_integer<std::uint8_t>(); }
    std::uint16_t take_short() { return take_integer<std::uint16_t>(); }
    std::int32_t take_int() { return take_integer<std::int32_t>(); }
    std::int64_t take_long() { return take_integer<std::int64_t>(); }
    std::string_view take_string() { return take(take_short()); }
    std::string_view take_long_string();
    bytes_view take_short_bytes() { return take(take_short()); }
    /// Any negative length is null.
    std::optional<bytes_view> take_bytes();
    value take_value(version v);
    uuid take_uuid();
    std::vector<std::string> take_string_list();
    string_map take_string_map();
    string_multimap take_string_multimap();
    /// Reads and drops a [bytes map]: custom payloads, which nothing here answers to.
    void skip_bytes_map();
    bytes_view take(std::uint64_t size);
    bytes_view take_rest();

    /// A protocol error if a take failed or bytes are left over.
    [[nodiscard]] status finish() const;

  private:
    template <typename Integer>
    Integer take_integer() {
        const auto raw = take(sizeof(Integer));
        return failed() ? Integer{} : load_big_endian<Integer>(raw.data());
    }

    bytes_view _data;
    std::string _failure;
};

}  // namespace nacre::protocol
