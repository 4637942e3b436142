#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/version.h"
#include "protocol/wire.h"
#include "types/type.h"

namespace nacre::protocol {

/// Appends a type as an [option]. What a version does not know (date, time, smallint and tinyint
/// before v4, duration before v5, vectors always) goes as a custom type with its Java class name.
void append_type(bytes& out, version v, const types::type& t);

/// Reads an [option]; a failure sticks to the reader. Collections come unfrozen: the protocol
/// does not say. Null after a failure.
[[nodiscard]] types::type_ptr take_type(wire_reader& in);

/// Whether a class name says of a user type that it is frozen: in a result's metadata it does not.
enum class frozen_user_types : bool { plain, marked };

/// The Java class name by which Cassandra's tools know a type, parameters included:
/// "org.apache.cassandra.db.marshal.ListType(org.apache.cassandra.db.marshal.Int32Type)".
[[nodiscard]] std::string to_class_name(const types::type& t,
                                        frozen_user_types how = frozen_user_types::plain);
/// The reverse; the package may be left out.
[[nodiscard]] result<types::type_ptr> from_class_name(std::string_view name);

}  // namespace nacre::protocol
