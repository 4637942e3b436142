#include "function/native_aggregate.h"

#include <utility>

#include "function/builtins.h"
#include "function/in_turns.h"

namespace nacre::function {

namespace {

class group_accumulator final : public accumulator {
  public:
    group_accumulator(std::unique_ptr<native_accumulator> open, types::type_ptr return_type)
        : _open(std::move(open)), _ended(std::move(return_type)) {}

    runtime::task<status> fold(fold_batch batch, std::span<const std::uint32_t> ends) override {
        std::uint32_t begin = 0;
        for (const auto end : ends) {
            const auto rows = batch.rows.subspan(begin, end - begin);
            NACRE_CO_CHECK(is_short(batch.arguments, rows)
                               ? take(batch.arguments, rows)
                               : co_await take_in_turns(batch.arguments, rows));
            NACRE_CO_TRY(const auto value, _open->value());
            _ended.append(value);
            _open->start();
            begin = end;
        }
        const auto rows = batch.rows.subspan(begin);
        co_return is_short(batch.arguments, rows) ? take(batch.arguments, rows)
                                                  : co_await take_in_turns(batch.arguments, rows);
    }

    runtime::task<status> results(std::span<const std::uint32_t> groups,
                                  data::column_vector& to) override {
        for (const auto group : groups) to.append_from(_ended, group);
        co_return status();
    }
    [[nodiscard]] std::uint64_t group_bytes() const override { return _ended.value_bytes(); }
    void forget_groups() override { _ended.clear(); }

    runtime::task<result<optional_bytes>> take_partial() override {
        auto partial = _open->partial();
        _open->start();
        co_return partial;
    }
    runtime::task<status> merge(optional_bytes partial) override {
        if (!partial) co_return status();
        co_return _open->take_partial(*partial);
    }

  private:
    using columns = std::span<const data::column_vector* const>;

    // Most groups are: a coroutine for each would cost more than its rows.
    static bool is_short(columns arguments, std::span<const std::uint32_t> rows) {
        if (!may_be_long(arguments)) return true;
        return rows_of_piece(arguments, rows) == rows.size() && !runtime::turn_is_over();
    }
    status take(columns arguments, std::span<const std::uint32_t> rows) {
        if (rows.empty()) return {};
        return _open->take({arguments, rows});
    }
    runtime::task<status> take_in_turns(columns arguments, std::span<const std::uint32_t> rows) {
        return in_turns(arguments, rows, [this, arguments](std::span<const std::uint32_t> some) {
            return take(arguments, some);
        });
    }

    std::unique_ptr<native_accumulator> _open;
    data::column_vector _ended;  ///< results of ended groups
};

class native_aggregate final : public aggregate_function {
  public:
    native_aggregate(function_signature signature,
                     std::function<std::unique_ptr<native_accumulator>()> make)
        : _signature(std::move(signature)), _make(std::move(make)) {}

    [[nodiscard]] const function_signature& signature() const override { return _signature; }
    [[nodiscard]] bool is_native() const override { return true; }
    [[nodiscard]] bool can_merge() const override { return true; }
    [[nodiscard]] result<std::unique_ptr<accumulator>> make_accumulator(
        runtime::cancellation_ptr) const override {
        return std::make_unique<group_accumulator>(_make(), _signature.return_type);
    }

  private:
    function_signature _signature;
    std::function<std::unique_ptr<native_accumulator>()> _make;
};

}  // namespace

aggregate_function_ptr make_native_aggregate(
    std::string name, std::vector<types::type_ptr> argument_types, types::type_ptr return_type,
    std::function<std::unique_ptr<native_accumulator>()> make) {
    return std::make_shared<native_aggregate>(
        function_signature{"system", std::move(name), std::move(argument_types),
                           std::move(return_type)},
        std::move(make));
}

bool is_dense(const fold_batch& batch) {
    const auto& column = *batch.arguments[0];
    // Selected rows are distinct, so as many as there are rows means all of them.
    return batch.rows.size() == column.size() && column.null_count() == 0 &&
           !column.has_empty_values();
}

void add_aggregates(registry& functions) {
    add_count(functions);
    add_extremes(functions);
    add_sums(functions);
}

}  // namespace nacre::function
