#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "auth/permission.h"
#include "auth/resource.h"
#include "query/modification.h"
#include "query/select_plan.h"
#include "runtime/work.h"

namespace nacre::query {

/// BEGIN BATCH … APPLY BATCH as one text: its writes share the markers and the timestamp.
struct batch_plan {
    std::vector<modification_plan> writes;
    expression_ptr timestamp;  ///< may be null
    bool logged = true;
};

/// Statements that have no plan (DDL, USE, DESCRIBE, TRUNCATE …) are executed from their tree.
using statement_plan = std::variant<std::monostate, select_plan, modification_plan, batch_plan>;

/// Something that a client must be allowed.
struct requirement {
    auth::permission what;
    auth::resource on;
};

/// A statement bound against one schema version. Immutable, shared by all shards.
struct prepared_statement : runtime::describable {
    /// Its text, without passwords.
    [[nodiscard]] std::string describe() const override;
    /// Of which kind its work is.
    [[nodiscard]] runtime::scheduling_group group() const;

    std::string text;
    std::string keyspace;  ///< the session's when it was prepared
    bytes id;
    catalog::published_ptr schema;
    cql::statement tree;
    statement_plan plan;
    std::vector<cql::bind_marker> bind_markers;
    std::vector<column_specification> markers;
    std::vector<std::uint16_t> partition_key_indices;
    result_metadata_ptr metadata;
    /// The users' functions and aggregates that it calls, each as often as it is called.
    std::vector<function::resolved> user_functions;
    std::vector<requirement> requirements;
    std::vector<std::string> warnings;
    /// Rows have another shape than some client was told when it prepared the statement.
    bool shape_changed = false;
};
using prepared_statement_ptr = std::shared_ptr<const prepared_statement>;

/// Parses and binds. Takes time linear in the text.
[[nodiscard]] result<prepared_statement_ptr> prepare_statement(catalog::published_ptr schema,
                                                               std::string text,
                                                               std::string session_keyspace);

/// Whether parsing it takes milliseconds, for which a shard's other work would have to wait: a
/// function with its module, for example.
[[nodiscard]] bool is_large_text(std::string_view text);

/// Whether clients that prepared one may send the other's values: the markers are the same.
[[nodiscard]] bool same_markers(const prepared_statement& a, const prepared_statement& b);

/// The id under which a client executes a statement: a digest of keyspace and text.
[[nodiscard]] bytes statement_id(const std::string& keyspace, const std::string& text);

}  // namespace nacre::query
