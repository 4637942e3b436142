#pragma once

#include "query/restrictions.h"

// What WHERE says about a column while it is bound: parts of bind_where.
namespace nacre::query {

/// One relation, or several about the same columns that were merged.
struct restriction {
    enum class sort : std::uint8_t { equal, in, slice, contains };
    sort what = sort::equal;
    bool is_multi = false;               ///< written as `(a, b) …`
    std::vector<std::uint32_t> columns;  ///< ordinals, ascending
    value_list values;                   ///< of equal and in
    std::optional<slice_bound> lower;
    std::optional<slice_bound> upper;
    std::vector<row_filter> contains;

    [[nodiscard]] bool is_slice() const { return what == sort::slice; }
};
using restriction_ptr = std::shared_ptr<const restriction>;

[[nodiscard]] bool is_slice_operator(cql::relation_operator op);
[[nodiscard]] const char* operator_text(cql::relation_operator op);
/// A relation as errors show it.
[[nodiscard]] std::string relation_text(const cql::relation& relation);

/// Binds a relation that is not over token(): checks that its columns take it, binds its values.
[[nodiscard]] result<restriction> bind_relation(binder& names, const cql::relation& relation);

/// Both at once; an error where they exclude each other by form.
[[nodiscard]] result<restriction> merge(const restriction& existing, const restriction& added,
                                        const schema::table& table);

/// Appends what checks the restriction row by row.
[[nodiscard]] status append_filters(const restriction& source, binder& names,
                                    std::vector<row_filter>& filters);

}  // namespace nacre::query
