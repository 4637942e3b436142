#pragma once

#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "types/type.h"

/// Sets and maps as Cassandra keeps them: in the order of their elements or keys, without
/// repetition.
namespace nacre::types {

/// A set of these elements, none of them null. Of elements that compare equal (decimal 1 and 1.0)
/// the first stays.
[[nodiscard]] bytes make_set(const type& element, std::vector<optional_bytes> elements);

/// A map of these entries. Of entries whose keys compare equal the first key and the last value
/// stay.
[[nodiscard]] bytes make_map(const type& key, std::vector<std::pair<bytes, bytes>> entries);

/// A valid value of any type as it is to be kept: a set or map, which clients may send in any order
/// and with repetitions, is put in order. What is nested inside other values stays as it was sent,
/// as in Cassandra.
[[nodiscard]] result<bytes> canonical(const type& t, bytes_view value);

/// Whether `canonical` can change values of this type.
[[nodiscard]] bool has_order(const type& t);

}  // namespace nacre::types
