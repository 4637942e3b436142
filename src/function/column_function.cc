#include "function/column_function.h"

#include <utility>

#include "function/in_turns.h"

namespace nacre::function {

namespace {

struct builtin_code {
    std::vector<types::type_ptr> argument_types;
    types::type_ptr return_type;
    column_body body;
};
using builtin_code_ptr = std::shared_ptr<const builtin_code>;

class builtin_instance final : public instance {
  public:
    explicit builtin_instance(builtin_code_ptr code) : _code(std::move(code)) {}

    runtime::task<status> call(call_batch batch) override {
        return in_turns(batch.arguments, batch.rows,
                        [this, batch](std::span<const std::uint32_t> rows) {
                            return _code->body({batch.arguments, rows, batch.result});
                        });
    }

    runtime::task<status> set_state(optional_bytes state) override {
        _state = std::move(state);
        co_return status();
    }

    runtime::task<status> fold(fold_batch batch) override {
        for (const std::uint32_t row : batch.rows) {
            NACRE_CO_CHECK(fold_row(batch, row));
        }
        co_return status();
    }

    runtime::task<result<optional_bytes>> state() override { co_return _state; }

  private:
    // Each row needs the state that the row before it left, so the batch has one row.
    status fold_row(const fold_batch& batch, std::uint32_t row) {
        const auto& types = _code->argument_types;
        std::vector<data::column_vector> columns;
        columns.reserve(types.size());
        for (const auto& type : types) columns.emplace_back(type);
        columns[0].append(_state);
        for (std::size_t i = 0; i < batch.arguments.size(); ++i) {
            columns[i + 1].append_from(*batch.arguments[i], row);
        }
        std::vector<const data::column_vector*> arguments;
        for (const auto& column : columns) arguments.push_back(&column);
        const std::uint32_t only_row = 0;
        data::column_vector answer(_code->return_type);
        NACRE_CHECK(_code->body({arguments, {&only_row, 1}, answer}));
        _state = answer.serialised(0);
        return {};
    }

    builtin_code_ptr _code;
    optional_bytes _state;
};

class builtin_compiled final : public compiled {
  public:
    explicit builtin_compiled(builtin_code_ptr code) : _code(std::move(code)) {}
    [[nodiscard]] result<std::unique_ptr<instance>> instantiate(
        runtime::cancellation_ptr) const override {
        return std::make_unique<builtin_instance>(_code);
    }

  private:
    builtin_code_ptr _code;
};

bool empty_means_nothing(types::type_kind kind) {
    using enum types::type_kind;
    switch (kind) {
        case uuid:
        case timeuuid:
        case inet:
        case varint:
        case decimal:
            return true;
        default:
            return false;
    }
}

}  // namespace

bool is_absent(const data::column_vector& column, std::uint32_t row) {
    if (column.is_null(row) || column.is_empty_value(row)) return true;
    return column.physical() == types::physical_type::serialised && column.view(row).empty() &&
           empty_means_nothing(column.type()->kind());
}

scalar_function_ptr make_builtin(std::string name, std::vector<types::type_ptr> argument_types,
                                 types::type_ptr return_type, schema::null_input on_null,
                                 purity is_pure, column_body body) {
    auto made = std::make_shared<scalar_function>();
    made->code = std::make_shared<builtin_compiled>(std::make_shared<const builtin_code>(
        builtin_code{argument_types, return_type, std::move(body)}));
    made->signature = {"system", std::move(name), std::move(argument_types),
                       std::move(return_type)};
    made->on_null = on_null;
    made->is_pure = is_pure == purity::pure;
    made->is_native = true;
    return made;
}

}  // namespace nacre::function
