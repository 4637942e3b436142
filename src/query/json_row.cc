#include "query/json_row.h"

#include "function/in_turns.h"
#include "types/json.h"

namespace nacre::query {

json_row_expression::json_row_expression(std::vector<std::string> names,
                                         std::vector<expression_ptr> values)
    : expression(types::type::native(types::type_kind::text)),
      _names(std::move(names)),
      _values(std::move(values)) {}

runtime::task<result<operand>> json_row_expression::evaluate(evaluation& state,
                                                             const data::row_batch& batch) const {
    std::vector<operand> columns;
    for (const auto& value : _values) {
        NACRE_CO_TRY(auto column, co_await value->evaluate(state, batch));
        columns.push_back(std::move(column));
    }
    std::vector<const data::column_vector*> read;
    for (const auto& column : columns) read.push_back(&column.column());
    auto rows = std::make_unique<data::column_vector>(type());
    NACRE_CO_CHECK(
        co_await function::each_in_turn(read, batch.row_count, [&](std::uint32_t row) -> status {
            std::string text = "{";
            for (std::size_t i = 0; i < columns.size(); ++i) {
                if (i != 0) text += ", ";
                const auto& column = columns[i].column();
                const auto value = column.serialised(row);
                text += types::quote_json(types::json_name(_names[i])) + ": " +
                        types::to_json(*_values[i]->type(),
                                       value ? std::optional<bytes_view>(*value) : std::nullopt);
            }
            rows->append_serialised(text + "}");
            return {};
        }));
    co_return operand(std::move(rows));
}

}  // namespace nacre::query
