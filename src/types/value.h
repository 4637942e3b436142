#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "types/type.h"

/// Serialised CQL values (native protocol v5, section 6): validation, order, text forms, and the
/// parts of compound values. A null is an absent optional; an empty value has size zero.
namespace nacre::types {

/// Whether `value` is a well-formed value of `t`; the error is 0x2200 with Cassandra's text
/// ("Expected 4 or 0 byte int (7)").
[[nodiscard]] status validate(const type& t, bytes_view value);

/// The order in which Cassandra sorts clustering keys and set elements of the type. Both values
/// are valid. Empty sorts first.
[[nodiscard]] std::strong_ordering compare(const type& t, bytes_view left, bytes_view right);

/// The value as a CQL literal that reads back as the same value: 'it''s', 0xca, [1, 2], …
[[nodiscard]] std::string to_cql_literal(const type& t, bytes_view value);

/// Parses the text inside a quoted CQL literal or a bare number/uuid/duration token as a value of a
/// native type: dates, times, uuids, inet, numbers, booleans, durations. Errors are 0x2200 in
/// Cassandra's words ("Unable to make int from 'x'" …).
[[nodiscard]] result<bytes> from_text(const type& t, std::string_view text);

/// Native values to and from the serialised form.
[[nodiscard]] bytes serialise_boolean(bool v);
template <typename Integer>
[[nodiscard]] inline bytes serialise_integer(Integer v) {
    return to_big_endian(v);
}
[[nodiscard]] bytes serialise_float(float v);
[[nodiscard]] bytes serialise_double(double v);
[[nodiscard]] double load_double(bytes_view value);
[[nodiscard]] float load_float(bytes_view value);

/// Splits a list, set or vector into its elements, a map into key, value, key, value, …. `value`
/// must be valid; a malformed one is an error all the same. Elements borrow from `value`.
[[nodiscard]] result<std::vector<std::optional<bytes_view>>> split_collection(const type& t,
                                                                              bytes_view value);
/// Splits a tuple or user type; missing trailing fields are null.
[[nodiscard]] result<std::vector<std::optional<bytes_view>>> split_fields(const type& t,
                                                                          bytes_view value);
/// The reverse. Elements of a set and entries of a map must be in order and distinct already.
[[nodiscard]] bytes join_list(std::span<const optional_bytes> elements);
[[nodiscard]] bytes join_map(std::span<const std::pair<bytes, bytes>> entries);
[[nodiscard]] bytes join_fields(std::span<const optional_bytes> fields);
/// `elements` are as many as `t`, a vector, has dimensions.
[[nodiscard]] bytes join_vector(const type& t, std::span<const bytes> elements);

/// How many elements or entries a valid list, set, map or vector holds.
[[nodiscard]] std::uint32_t collection_size(const type& t, bytes_view value);

}  // namespace nacre::types
