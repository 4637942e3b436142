#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cql/ast.h"
#include "schema/snapshot.h"
#include "types/type.h"

namespace nacre::catalog {

/// A type is made of no more parts than that (type::part_count), and the types of a table, a
/// function or a result all together of no more than that: user types may be made of each other
/// many times over, and whoever reads their description has to hear all of it.
inline constexpr std::uint32_t type_parts_max = 4'096;
inline constexpr std::uint64_t types_parts_max = 65'536;
[[nodiscard]] status check_size(const types::type& type);
/// `what` has the types, `parts` is the sum of theirs.
[[nodiscard]] status check_size(std::string_view what, std::uint64_t parts);

/// The type that a name means in statements on `keyspace`, where its user types are sought. What
/// Cassandra refuses is refused in its words: unfrozen collections inside collections, counters and
/// durations where they can't be, user types of another keyspace, frozen<int>. Besides, check_size.
[[nodiscard]] result<types::type_ptr> resolve_type(const cql::type_name& name,
                                                   std::string_view keyspace,
                                                   const schema::snapshot& schema);

/// The same against one keyspace's user types, for a keyspace that is not published yet.
[[nodiscard]] result<types::type_ptr> resolve_type(
    const cql::type_name& name, std::string_view keyspace,
    const schema::by_name<types::type_ptr>& user_types);

/// A type as it is stored, which is not judged.
[[nodiscard]] result<types::type_ptr> resolve_stored_type(
    const cql::type_name& name, std::string_view keyspace,
    const schema::by_name<types::type_ptr>& user_types);

/// An argument, return or state type as system_schema and schema-change events show it: functions
/// take frozen values, which are written without the outermost frozen<> ("list<int>",
/// "frozen<tuple<int, text>>": a tuple always is).
[[nodiscard]] std::string function_type_text(const types::type_ptr& type);

/// The same as DESCRIBE prints it: "tuple<int, text>".
[[nodiscard]] std::string described_function_type(const types::type_ptr& type);

}  // namespace nacre::catalog
