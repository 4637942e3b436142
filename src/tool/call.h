#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/column_vector.h"
#include "function/aggregate_function.h"
#include "function/scalar_function.h"
#include "tool/laboratory.h"

/// Calls of functions in a laboratory, as statements make them. Values are serialised, absent is
/// null; a row has a value for each argument.
namespace nacre::tool {

using value_row = std::vector<optional_bytes>;

/// The function that a declaration became there.
[[nodiscard]] function::scalar_function_ptr find_function(const catalog::published& where,
                                                          const std::string& keyspace,
                                                          const declared_function& declared);
[[nodiscard]] function::aggregate_function_ptr find_aggregate(const catalog::published& where,
                                                              const std::string& keyspace,
                                                              const package::aggregate& declared);

/// One batch; the results are in the order of the rows.
[[nodiscard]] result<std::vector<optional_bytes>> call_batch(
    laboratory& place, const function::scalar_function& callee, const std::vector<value_row>& rows);

/// The aggregate over the rows: folded in pieces that end before each of `borders` (ascending), and
/// merged from the left or, `from_right`, from the right.
enum class merge_order : std::uint8_t { from_left, from_right };
[[nodiscard]] result<optional_bytes> aggregate_rows(laboratory& place,
                                                    const function::aggregate_function& callee,
                                                    const std::vector<value_row>& rows,
                                                    const std::vector<std::uint32_t>& borders,
                                                    merge_order order);

/// Columns of these types with the rows.
[[nodiscard]] std::vector<data::column_vector> columns_of(const std::vector<types::type_ptr>& types,
                                                          const std::vector<value_row>& rows);

/// The value of a literal in a type.
[[nodiscard]] result<optional_bytes> value_of_literal(const catalog::published& where,
                                                      const std::string& keyspace,
                                                      std::string_view literal,
                                                      const types::type_ptr& type,
                                                      std::string_view what);

/// The value of a CSV cell: a text as it is, a blob or what has parts as a literal, anything else
/// as it stands between the quotes of a literal.
[[nodiscard]] result<optional_bytes> cell_value(const catalog::published& where,
                                                const std::string& keyspace,
                                                const std::optional<std::string>& cell,
                                                const types::type_ptr& type);

/// As a literal, cut if it is long.
[[nodiscard]] std::string shown_value(const types::type& type, const optional_bytes& value);
[[nodiscard]] std::string shown_row(const std::vector<types::type_ptr>& types,
                                    const value_row& row);
/// Equal as literals: all NaNs are one.
[[nodiscard]] bool same_value(const types::type& type, const optional_bytes& left,
                              const optional_bytes& right);

}  // namespace nacre::tool
