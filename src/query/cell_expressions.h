#pragma once

#include <optional>

#include "query/expression.h"

namespace nacre::query {

/// `map[from..to]` or `set[from..to]`, both ends included, either may be absent.
class slice_expression final : public expression {
  public:
    /// `empty_is_null`: a collection without elements does not exist, as in a multi-cell column.
    slice_expression(expression_ptr whole, expression_ptr from, expression_ptr to,
                     bool empty_is_null)
        : expression(whole->type()),
          _whole(std::move(whole)),
          _from(std::move(from)),
          _to(std::move(to)),
          _empty_is_null(empty_is_null) {}
    runtime::task<result<operand>> evaluate(evaluation&, const data::row_batch&) const override;
    bool is_row_independent() const override;

  private:
    expression_ptr _whole;
    expression_ptr _from;  ///< may be null
    expression_ptr _to;    ///< may be null
    bool _empty_is_null;
};

/// What of a multi-cell column writetime() and its like are asked about.
struct chosen_cells {
    enum class way : std::uint8_t { all, element, range, field };
    way what = way::all;
    expression_ptr from;  ///< the element's key, or where the range begins; may be null in a range
    expression_ptr to;
    std::uint32_t field = 0;

    [[nodiscard]] bool is_single() const { return what == way::element || what == way::field; }
};

/// Timestamps or TTLs of a multi-cell column's elements: those that were chosen, in a list, or the
/// one.
class cell_figures_expression final : public expression {
  public:
    /// `figures` gives a list with an entry for each element of `whole`.
    cell_figures_expression(expression_ptr figures, expression_ptr whole, chosen_cells chosen)
        : expression(chosen.is_single() ? figures->type()->element() : figures->type()),
          _figures(std::move(figures)),
          _whole(std::move(whole)),
          _chosen(std::move(chosen)) {}
    runtime::task<result<operand>> evaluate(evaluation&, const data::row_batch&) const override;
    bool is_row_independent() const override { return false; }

  private:
    expression_ptr _figures;
    expression_ptr _whole;
    chosen_cells _chosen;
};

/// A cell's figure where `value`, which is a part of the cell, is there and not empty; else null.
class guarded_figure_expression final : public expression {
  public:
    guarded_figure_expression(expression_ptr figure, expression_ptr value)
        : expression(figure->type()), _figure(std::move(figure)), _value(std::move(value)) {}
    runtime::task<result<operand>> evaluate(evaluation&, const data::row_batch&) const override;
    bool is_row_independent() const override { return false; }

  private:
    expression_ptr _figure;
    expression_ptr _value;
};

/// The greatest of a list's elements, whatever nulls are among them.
class greatest_expression final : public expression {
  public:
    explicit greatest_expression(expression_ptr list)
        : expression(list->type()->element()), _list(std::move(list)) {}
    runtime::task<result<operand>> evaluate(evaluation&, const data::row_batch&) const override;
    bool is_row_independent() const override { return _list->is_row_independent(); }

  private:
    expression_ptr _list;
};

}  // namespace nacre::query
