#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "cql/ast.h"
#include "function/resolve.h"
#include "schema/snapshot.h"
#include "types/type.h"

namespace nacre::catalog {

/// Where the types of hints are sought; without a schema only native types are known.
struct constant_context {
    const schema::snapshot* schema = nullptr;
    std::string_view keyspace;
};

/// Whether the expression is made of literals alone (collections and hints included), so that its
/// value is known once its type is.
[[nodiscard]] bool is_constant(const cql::expression& value);

/// `(x)` where a tuple or user type is wanted is a tuple of one component; anywhere else the
/// parentheses only group. That tuple, or nothing if `value` is not such a case.
[[nodiscard]] std::optional<cql::expression> tuple_of_one(const cql::expression& value,
                                                          const types::type& wanted);

/// How well a constant fits a type: a literal never names its type, so its best is `weak`; only a
/// hint is `exact`. Null fits everything weakly. `none` for what is no constant.
[[nodiscard]] function::fit constant_fit(const cql::expression& value, const types::type& type,
                                         const constant_context& context = {});

/// The serialised value of a constant in a type; absent for null. `receiver_name` is what it is for
/// (a column) in Cassandra's error texts: `Invalid INTEGER constant (1) for "x" of type text`.
[[nodiscard]] result<optional_bytes> constant_value(const cql::expression& value,
                                                    const types::type_ptr& type,
                                                    std::string_view receiver_name,
                                                    const constant_context& context = {});

}  // namespace nacre::catalog
