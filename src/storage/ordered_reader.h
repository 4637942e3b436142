#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "storage/ordered_value.h"

namespace nacre::storage {

/// Reads ordered values, descending ones as if they were ascending. Borrows; never past the end.
class ordered_reader {
  public:
    ordered_reader(bytes_view data, direction way)
        : _data(data), _mask(way == direction::descending ? 0xff : 0x00) {}

    [[nodiscard]] bytes_view rest() const { return _data; }

    [[nodiscard]] std::optional<char> peek() const {
        if (_data.empty()) return std::nullopt;
        return at(0);
    }
    void skip() { _data.remove_prefix(1); }

    [[nodiscard]] bool take(char* to, std::size_t size) {
        if (_data.size() < size) return false;
        for (std::size_t i = 0; i < size; ++i) to[i] = at(i);
        _data.remove_prefix(size);
        return true;
    }
    /// Appends the next `size` bytes to `out`.
    [[nodiscard]] bool take(bytes& out, std::size_t size) {
        if (_data.size() < size) return false;
        const auto begin = out.size();
        out.resize(begin + size);
        return take(out.data() + begin, size);
    }
    template <typename Integer>
    [[nodiscard]] bool take_big_endian(Integer& value) {
        char raw[sizeof(Integer)];
        if (!take(raw, sizeof(raw))) return false;
        value = load_big_endian<Integer>(raw);
        return true;
    }
    [[nodiscard]] bool take_terminated(bytes& out) {
        if (_mask == 0) return storage::take_terminated(_data, out);
        for (std::size_t i = 0; i + 1 < _data.size(); ++i) {
            const char c = at(i);
            if (c == 0) {
                const char next = at(++i);
                if (next == 0) {
                    _data.remove_prefix(i + 1);
                    return true;
                }
                if (next != '\xff') return false;
            }
            out.push_back(c);
        }
        return false;
    }

  private:
    [[nodiscard]] char at(std::size_t i) const {
        return static_cast<char>(static_cast<unsigned char>(_data[i]) ^ _mask);
    }

    bytes_view _data;
    unsigned char _mask;
};

}  // namespace nacre::storage
