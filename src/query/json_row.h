#pragma once

#include <string>
#include <vector>

#include "query/expression.h"

namespace nacre::query {

/// A row of SELECT JSON: all selected values as the members of one object.
class json_row_expression final : public expression {
  public:
    /// `names` are as many as `values`.
    json_row_expression(std::vector<std::string> names, std::vector<expression_ptr> values);
    runtime::task<result<operand>> evaluate(evaluation&, const data::row_batch&) const override;
    bool is_row_independent() const override { return false; }

  private:
    std::vector<std::string> _names;
    std::vector<expression_ptr> _values;
};

}  // namespace nacre::query
