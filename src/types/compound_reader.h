#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/byte_reader.h"
#include "types/type.h"

namespace nacre::types {

/// Walks the elements of a serialised list, set, map (key, value, key, …) or vector without
/// allocating. Borrows the type and the bytes.
class collection_reader {
  public:
    collection_reader(const type& t, bytes_view value);

    /// Moves to the next element; false at the end and when the bytes run out.
    bool next();
    /// The element; null only if the value holds a null where CQL allows none.
    [[nodiscard]] const std::optional<bytes_view>& current() const { return _current; }
    /// Whether the walk ended because the bytes did.
    [[nodiscard]] bool is_malformed() const { return _malformed; }
    [[nodiscard]] std::size_t bytes_left() const { return _in.remaining(); }
    /// "list", "set", "map" or "vector".
    [[nodiscard]] std::string_view noun() const;

  private:
    bool fail() {
        _malformed = true;
        return false;
    }

    type_kind _kind;
    byte_reader _in;
    std::uint32_t _element_size_bytes = 0;  // vectors of fixed-size elements only
    std::uint64_t _left = 0;
    std::optional<bytes_view> _current;
    bool _malformed = false;
};

/// Walks the fields of a serialised tuple or user type; after the last byte every further field is
/// null. Borrows the bytes.
class field_reader {
  public:
    explicit field_reader(bytes_view value) : _in(value) {}

    /// Moves to the next field; false if it is cut short.
    bool next();
    [[nodiscard]] const std::optional<bytes_view>& current() const { return _current; }
    [[nodiscard]] bool has_bytes_left() const { return !_in.at_end(); }
    /// After a failed next(): whether even the field's size was missing.
    [[nodiscard]] bool lacked_size() const { return _lacked_size; }

  private:
    byte_reader _in;
    std::optional<bytes_view> _current;
    bool _lacked_size = false;
};

}  // namespace nacre::types
