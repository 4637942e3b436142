#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "types/type.h"

/// Values inside keys: docs/internals/storage-format.md, section 3. An ordered value sorts
/// bytewise as Cassandra sorts the type, is never a prefix of another one, and decodes to the
/// value's canonical spelling.
namespace nacre::storage {

/// Which way a clustering column sorts. Descending inverts every byte.
enum class direction : std::uint8_t { ascending, descending };

/// Appends the ordered form of a serialised value, which is valid for the type.
void append_ordered(bytes& out, const types::type& t, bytes_view value, direction way);

/// Reads from the front of `in`, moves it past what was read, and appends the serialised value to
/// `out`. False if `in` does not begin with an ordered value of the type (a null, legal only
/// inside, included).
[[nodiscard]] bool take_ordered(bytes_view& in, const types::type& t, direction way, bytes& out);

/// Whether different serialised values of the type can have the same ordered form.
[[nodiscard]] bool has_spellings(const types::type& t);

/// Appends x with every 00 as 00 ff, then 00 00.
void append_terminated(bytes& out, bytes_view x);
/// The reverse; false if there is no end.
[[nodiscard]] bool take_terminated(bytes_view& in, bytes& out);

}  // namespace nacre::storage
