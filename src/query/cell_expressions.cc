#include "query/cell_expressions.h"

#include <algorithm>
#include <utility>

#include "function/in_turns.h"
#include "types/value.h"

namespace nacre::query {

namespace {

using parts = std::vector<std::optional<bytes_view>>;
using types::type_kind;

std::unique_ptr<data::column_vector> make_column(const types::type_ptr& type) {
    return std::make_unique<data::column_vector>(type);
}

// The bounds or the key of a selection, evaluated for a batch.
struct bounds {
    std::optional<operand> from;
    std::optional<operand> to;

    static runtime::task<result<bounds>> evaluate(const expression_ptr& from,
                                                  const expression_ptr& to, evaluation& state,
                                                  const data::row_batch& batch) {
        bounds made;
        if (from) {
            NACRE_CO_TRY(auto value, co_await from->evaluate(state, batch));
            made.from = std::move(value);
        }
        if (to) {
            NACRE_CO_TRY(auto value, co_await to->evaluate(state, batch));
            made.to = std::move(value);
        }
        co_return made;
    }
};

// Which elements (of a set) or entries (of a map), as [first, last), lie between two bounds. A
// bound that is null lets nothing through.
std::pair<std::size_t, std::size_t> range_of(const types::type& type, const parts& elements,
                                             const bounds& limits, std::uint32_t row) {
    const std::size_t step = type.kind() == type_kind::map ? 2 : 1;
    const auto& key = *type.key();
    std::size_t first = 0;
    std::size_t last = elements.size() / step;
    if (limits.from) {
        const auto from = limits.from->column().serialised(row);
        if (!from) return {0, 0};
        while (first < last && types::compare(key, *elements[first * step], *from) < 0) ++first;
    }
    if (limits.to) {
        const auto to = limits.to->column().serialised(row);
        if (!to) return {0, 0};
        while (last > first && types::compare(key, *elements[(last - 1) * step], *to) > 0) --last;
    }
    return {first, last};
}

bytes join(const parts& elements, std::size_t first, std::size_t last, std::size_t step) {
    bytes joined;
    append_big_endian(joined, static_cast<std::int32_t>(last - first));
    for (std::size_t i = first * step; i < last * step; ++i) {
        append_big_endian(joined,
                          elements[i] ? static_cast<std::int32_t>(elements[i]->size()) : -1);
        if (elements[i]) joined += *elements[i];
    }
    return joined;
}

bool is_collection_without_elements(const types::type& type, bytes_view value) {
    return type.is_collection() && types::collection_size(type, value) == 0;
}

}  // namespace

bool slice_expression::is_row_independent() const {
    return _whole->is_row_independent() && (!_from || _from->is_row_independent()) &&
           (!_to || _to->is_row_independent());
}

runtime::task<result<operand>> slice_expression::evaluate(evaluation& state,
                                                          const data::row_batch& batch) const {
    NACRE_CO_TRY(const auto whole, co_await _whole->evaluate(state, batch));
    NACRE_CO_TRY(const auto limits, co_await bounds::evaluate(_from, _to, state, batch));
    const std::size_t step = type()->kind() == type_kind::map ? 2 : 1;
    auto column = make_column(type());
    const data::column_vector* const read[] = {&whole.column()};
    NACRE_CO_CHECK(
        co_await function::each_in_turn(read, batch.row_count, [&](std::uint32_t row) -> status {
            if (whole.column().is_null(row)) {
                column->append_null();
                return {};
            }
            NACRE_TRY(const auto elements,
                      types::split_collection(*type(), whole.column().view(row)));
            const auto [first, last] = range_of(*type(), elements, limits, row);
            if (first == last && _empty_is_null) {
                column->append_null();
            } else {
                column->append_serialised(join(elements, first, last, step));
            }
            return {};
        }));
    co_return operand(std::move(column));
}

runtime::task<result<operand>> cell_figures_expression::evaluate(
    evaluation& state, const data::row_batch& batch) const {
    NACRE_CO_TRY(auto figures, co_await _figures->evaluate(state, batch));
    if (_chosen.what == chosen_cells::way::all) co_return figures;
    NACRE_CO_TRY(const auto whole, co_await _whole->evaluate(state, batch));
    const bool is_element = _chosen.what == chosen_cells::way::element;
    NACRE_CO_TRY(const auto limits,
                 co_await bounds::evaluate(_chosen.from, is_element ? _chosen.from : _chosen.to,
                                           state, batch));
    const auto& whole_type = *_whole->type();
    auto column = make_column(type());
    const data::column_vector* const read[] = {&figures.column(), &whole.column()};
    NACRE_CO_CHECK(
        co_await function::each_in_turn(read, batch.row_count, [&](std::uint32_t row) -> status {
            if (figures.column().is_null(row) || whole.column().is_null(row)) {
                column->append_null();
                return {};
            }
            NACRE_TRY(const auto known,
                      types::split_collection(*_figures->type(), figures.column().view(row)));
            if (_chosen.what == chosen_cells::way::field) {
                column->append(known[_chosen.field]);
                return {};
            }
            NACRE_TRY(const auto elements,
                      types::split_collection(whole_type, whole.column().view(row)));
            const auto [first, last] = range_of(whole_type, elements, limits, row);
            if (first == last) {
                column->append_null();
            } else if (is_element) {
                column->append(known[first]);
            } else {
                column->append_serialised(join(known, first, last, 1));
            }
            return {};
        }));
    co_return operand(std::move(column));
}

runtime::task<result<operand>> guarded_figure_expression::evaluate(
    evaluation& state, const data::row_batch& batch) const {
    NACRE_CO_TRY(const auto figure, co_await _figure->evaluate(state, batch));
    NACRE_CO_TRY(const auto value, co_await _value->evaluate(state, batch));
    auto column = make_column(type());
    for (std::uint32_t row = 0; row < batch.row_count; ++row) {
        const bool there =
            !value.column().is_null(row) &&
            (!_value->type()->is_collection() ||
             !is_collection_without_elements(*_value->type(), value.column().view(row)));
        if (there) {
            column->append_from(figure.column(), row);
        } else {
            column->append_null();
        }
    }
    co_return operand(std::move(column));
}

runtime::task<result<operand>> greatest_expression::evaluate(evaluation& state,
                                                             const data::row_batch& batch) const {
    NACRE_CO_TRY(const auto list, co_await _list->evaluate(state, batch));
    auto column = make_column(type());
    const data::column_vector* const read[] = {&list.column()};
    NACRE_CO_CHECK(
        co_await function::each_in_turn(read, batch.row_count, [&](std::uint32_t row) -> status {
            std::optional<bytes_view> greatest;
            parts elements;
            if (!list.column().is_null(row)) {
                NACRE_TRY(elements,
                          types::split_collection(*_list->type(), list.column().view(row)));
            }
            for (const auto& each : elements) {
                if (each && (!greatest || types::compare(*type(), *each, *greatest) > 0)) {
                    greatest = each;
                }
            }
            column->append(greatest);
            return {};
        }));
    co_return operand(std::move(column));
}

}  // namespace nacre::query
