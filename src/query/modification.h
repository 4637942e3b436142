#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "cql/ast.h"
#include "data/mutation.h"
#include "query/insert_json.h"
#include "query/restrictions.h"
#include "query/select_exec.h"
#include "storage/table_store.h"

namespace nacre::query {

/// One thing that an INSERT, UPDATE or DELETE does to a column.
struct column_operation {
    enum class action : std::uint8_t {
        set,             ///< the whole value; null deletes
        remove,          ///< DELETE column
        add,             ///< list append, set and map union
        prepend,         ///< list
        subtract,        ///< list values, set elements, map keys
        set_element,     ///< map[key] = v, list[index] = v, udt.field = v
        remove_element,  ///< DELETE m[key], s[element], l[index], udt.field
    };
    action what = action::set;
    std::uint32_t ordinal = 0;
    expression_ptr value;                ///< absent for remove_element
    expression_ptr element;              ///< key, index
    std::optional<std::uint16_t> field;  ///< of a user type

    /// Whether what it does depends on what is stored: elements of a list are known by their
    /// place or their value, but stored under keys.
    [[nodiscard]] bool reads(const schema::table& table) const {
        return table.columns()[ordinal].type->kind() == types::type_kind::list &&
               (what == action::set_element || what == action::remove_element ||
                what == action::subtract);
    }
};

/// A bound write. Immutable, shared by all shards.
struct modification_plan {
    enum class sort : std::uint8_t { insert, update, remove };
    sort what = sort::insert;
    schema::table_ptr table;
    restrictions where;  ///< INSERT's key values are equalities
    std::vector<column_operation> operations;
    expression_ptr timestamp;  ///< bigint, may be null
    expression_ptr ttl;        ///< int, may be null
    /// What INSERT JSON takes the columns' values from.
    std::optional<json_document> json;
    /// DELETE of columns without whole clustering keys: refused where it meets a row.
    bool names_ranges = false;
    bool static_only = false;  ///< no clustering key given: only the static row is meant
};

struct modification_context {
    catalog::published_ptr schema;
    std::string session_keyspace;
};

[[nodiscard]] result<modification_plan> plan_insert(const modification_context& context,
                                                    const cql::insert_statement& statement,
                                                    marker_table& markers);
[[nodiscard]] result<modification_plan> plan_update(const modification_context& context,
                                                    const cql::update_statement& statement,
                                                    marker_table& markers);
[[nodiscard]] result<modification_plan> plan_delete(const modification_context& context,
                                                    const cql::delete_statement& statement,
                                                    marker_table& markers);

/// Time and defaults that all writes of a request share.
struct write_time {
    std::int64_t timestamp_us = 0;  ///< unless the statement says USING TIMESTAMP
    std::int32_t now_seconds = 0;
};

/// The value of USING TIMESTAMP, or `otherwise` if it is not there or unset. Refuses null and the
/// one timestamp that stands for none.
[[nodiscard]] runtime::task<result<std::int64_t>> evaluate_timestamp(const expression_ptr& given,
                                                                     std::int64_t otherwise,
                                                                     evaluation& state);

/// A write and the values of its markers; both outlive the execution.
struct bound_write {
    const modification_plan* plan = nullptr;
    const std::vector<bound_value>* values = nullptr;
};

/// Evaluates the writes of one request into mutations, one a partition. Writes nothing; reads the
/// rows whose list elements they change, and nothing else.
[[nodiscard]] runtime::task<status> make_mutations(const std::vector<bound_write>& writes,
                                                   const write_time& time,
                                                   const runtime::cancellation_ptr& until,
                                                   const execution_context& context,
                                                   std::vector<data::mutation>& out);

/// Microseconds since the epoch, never the same twice on a shard, so that the writes of one
/// client come in order.
[[nodiscard]] std::int64_t next_timestamp_us();

}  // namespace nacre::query
