#pragma once

#include <functional>

#include "cql/ast.h"

namespace nacre::gateway {

/// Where an expression stands, as far as it matters for what may stand there instead.
enum class place : std::uint8_t {
    value,    ///< of a column or an element: the place says the type
    operand,  ///< of an operator or a call: the expression says it
};

/// Told each expression before what it is made of; false: not that.
using visitor = std::function<bool(const cql::expression&, place)>;

void visit(const cql::expression& node, place where, const visitor& see);

/// All expressions of a statement that reads or writes data, in no particular order; of other
/// statements none.
void visit(const cql::statement& statement, const visitor& see);

}  // namespace nacre::gateway
