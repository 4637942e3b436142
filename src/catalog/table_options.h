#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "cql/ast.h"
#include "schema/table.h"

namespace nacre::catalog {

enum class option_kind : std::uint8_t { text, integer, real, boolean, map };

/// An option of WITH in CREATE TABLE. Most have no effect on how Nacre stores rows; they are kept
/// because tools read them back.
struct option_definition {
    std::string_view name;
    option_kind kind;
    std::string_view default_text;  ///< unused for maps
};

/// All options, in the order in which DESCRIBE prints them.
[[nodiscard]] std::span<const option_definition> table_option_definitions();

/// Every option at its default.
[[nodiscard]] schema::table_options default_table_options();

/// The canonical text of an option that is not a map.
[[nodiscard]] std::string option_text(const schema::table_options& options, std::string_view name);
/// Sets an option that is not a map from its canonical text.
void set_option(schema::table_options& options, std::string_view name, std::string text);

/// What WITH says, on top of `base`. Errors have Cassandra's words and codes (0x2000 for what can't
/// be read, 0x2300 for what can't be used). `id` receives `WITH id = …`; null where it is refused.
[[nodiscard]] result<schema::table_options> apply_properties(
    schema::table_options base, const std::vector<cql::property>& properties,
    std::optional<uuid>* id);

/// The text of a property that must not be a map.
[[nodiscard]] result<std::string> plain_property(const cql::property& property);
[[nodiscard]] result<bool> boolean_property(const cql::property& property);
[[nodiscard]] result<cql::option_map> map_property(const cql::property& property);
/// Fails on a property that is given twice.
[[nodiscard]] status check_duplicates(const std::vector<cql::property>& properties);

/// {'k': 'v', …} as DESCRIBE prints it; `first`, if there is such a key, is printed first.
[[nodiscard]] std::string map_text(const std::map<std::string, std::string>& entries,
                                   std::string_view first = {});

}  // namespace nacre::catalog
