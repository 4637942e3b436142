#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace nacre {

/// A cursor over borrowed bytes that never reads past the end: every take says whether it could.
/// After a failed take the position is unspecified. Value type, no ownership.
class byte_reader {
  public:
    explicit byte_reader(bytes_view data) : _data(data) {}

    [[nodiscard]] std::size_t remaining() const { return _data.size(); }
    [[nodiscard]] bool at_end() const { return _data.empty(); }
    [[nodiscard]] bytes_view rest() const { return _data; }

    [[nodiscard]] std::optional<bytes_view> take(std::uint64_t size) {
        if (size > _data.size()) return std::nullopt;
        const auto taken = _data.substr(0, size);
        _data.remove_prefix(size);
        return taken;
    }

    template <typename Integer>
    [[nodiscard]] std::optional<Integer> take_big_endian() {
        const auto raw = take(sizeof(Integer));
        if (!raw) return std::nullopt;
        return load_big_endian<Integer>(raw->data());
    }

    /// An unsigned LEB128 number, at most ten bytes.
    [[nodiscard]] std::optional<std::uint64_t> take_varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (_data.empty()) return std::nullopt;
            const auto byte = static_cast<unsigned char>(_data.front());
            _data.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if ((byte & 0x80) == 0) return value;
        }
        return std::nullopt;
    }

  private:
    bytes_view _data;
};

/// Appends an unsigned LEB128 number.
inline void append_varint(bytes& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

/// Signed numbers as zig-zag LEB128, so that small magnitudes stay short.
inline void append_signed_varint(bytes& out, std::int64_t value) {
    append_varint(out,
                  static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
}
[[nodiscard]] inline std::optional<std::int64_t> take_signed_varint(byte_reader& in) {
    const auto raw = in.take_varint();
    if (!raw) return std::nullopt;
    return static_cast<std::int64_t>(*raw >> 1) ^ -static_cast<std::int64_t>(*raw & 1);
}

}  // namespace nacre
