#pragma once

#include <vector>

#include "cql/ast.h"
#include "query/binder.h"
#include "query/expression.h"

namespace nacre::query {

/// The document of INSERT … JSON. The statement is bound as an INSERT of all columns, whose values
/// are bound values that stand behind those of the statement's own markers.
struct json_document {
    expression_ptr text;
    /// What a column has that the document doesn't name: unset, or null.
    bool default_unset = false;
    std::uint32_t first_value = 0;  ///< index of the first column's value
};

/// The document that a statement inserts; its marker, if it is one, is named "[json]".
[[nodiscard]] result<json_document> bind_json_document(const cql::insert_statement& statement,
                                                       binder& names);

/// The INSERT of all columns that stands for it, with markers from `document.first_value` on.
[[nodiscard]] cql::insert_statement as_insert_of_columns(const cql::insert_statement& statement,
                                                         const json_document& document,
                                                         const schema::table& table);

/// The statement's values, and behind them those of all columns of the table.
[[nodiscard]] runtime::task<result<std::vector<bound_value>>> read_json_document(
    const json_document& document, const schema::table& table,
    const std::vector<bound_value>& values, const runtime::cancellation_ptr& until);

}  // namespace nacre::query
