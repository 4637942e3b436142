#include "function/user_aggregate.h"

#include <algorithm>
#include <numeric>

namespace nacre::function {

namespace {

struct parts {
    schema::aggregate_ptr definition;
    function_signature signature;
    scalar_function_ptr state;
    scalar_function_ptr reduce;
    scalar_function_ptr last;
};
using parts_ptr = std::shared_ptr<const parts>;

bool skips_nulls(const scalar_function& function) {
    return function.on_null == schema::null_input::returns_null;
}

// One of the aggregate's functions within one statement: its instance is made when first needed.
class part_instance {
  public:
    part_instance(scalar_function_ptr function, runtime::cancellation_ptr until)
        : _function(std::move(function)), _until(std::move(until)) {}

    [[nodiscard]] const scalar_function& function() const { return *_function; }

    result<instance*> get() {
        if (!_instance) {
            NACRE_TRY(_instance, _function->code->instantiate(_until));
        }
        return _instance.get();
    }

    // One call. `values` are serialised values of the function's argument types.
    runtime::task<result<optional_bytes>> call_once(std::vector<optional_bytes> values) {
        if (skips_nulls(*_function) &&
            std::ranges::any_of(values, [](const auto& value) { return !value; })) {
            co_return optional_bytes();
        }
        NACRE_CO_TRY(auto* callee, get());
        std::vector<data::column_vector> columns;
        std::vector<const data::column_vector*> arguments;
        columns.reserve(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            auto& column = columns.emplace_back(_function->signature.argument_types[i]);
            column.append(values[i]);
            arguments.push_back(&column);
        }
        constexpr std::uint32_t only_row = 0;
        data::column_vector out(_function->signature.return_type);
        const call_batch batch{
            .arguments = arguments, .rows = std::span(&only_row, 1), .result = out};
        NACRE_CO_CHECK(co_await callee->call(batch));
        co_return out.serialised(0);
    }

  private:
    scalar_function_ptr _function;
    runtime::cancellation_ptr _until;
    std::unique_ptr<instance> _instance;
};

// A partial state on its way between shards: absent if no row was folded, otherwise one of these
// marks, and the state behind it unless it is null.
constexpr char null_state = 'n';
constexpr char some_state = 's';

class user_accumulator final : public accumulator {
  public:
    user_accumulator(parts_ptr of, const runtime::cancellation_ptr& until)
        : _parts(std::move(of)), _state_part(_parts->state, until) {
        if (_parts->reduce) {
            _reduce_part.emplace(_parts->reduce, until);
            _waiting = data::column_vector(_parts->reduce->signature.argument_types[1]);
        }
        if (_parts->last) _final_part.emplace(_parts->last, until);
    }

    runtime::task<status> reset() override {
        _where = state_is::initial;
        _held.reset();
        _waiting.clear();
        co_return status();
    }

    runtime::task<status> accumulate(fold_batch batch) override {
        data::selection kept;
        if (skips_nulls(_state_part.function())) {
            batch.rows = without_nulls(batch, kept);
            if (_where == state_is::initial && !_parts->definition->initial_condition) {
                co_return status();
            }
            if (_where == state_is::held && !_held) co_return status();
        }
        if (batch.rows.empty()) co_return status();
        if (_where == state_is::in_reducer) {
            NACRE_CO_TRY(auto merged, co_await current_state());
            hold(std::move(merged));
            if (skips_nulls(_state_part.function()) && !_held) co_return status();
        }
        NACRE_CO_TRY(auto* folder, _state_part.get());
        if (_where != state_is::in_instance) {
            NACRE_CO_CHECK(co_await folder->set_state(_where == state_is::initial
                                                          ? _parts->definition->initial_condition
                                                          : std::move(_held)));
            _where = state_is::in_instance;
        }
        co_return co_await folder->fold(batch);
    }

    runtime::task<result<optional_bytes>> partial_state() override {
        if (_where == state_is::initial) co_return optional_bytes();
        NACRE_CO_TRY(const auto state, co_await current_state());
        if (!state) co_return optional_bytes(bytes(1, null_state));
        co_return optional_bytes(some_state + *state);
    }

    runtime::task<status> merge(optional_bytes partial) override {
        if (!partial || partial->empty()) co_return status();
        optional_bytes other;
        if (partial->front() == some_state) other = partial->substr(1);
        if (_where == state_is::initial) {
            hold(std::move(other));
            co_return status();
        }
        if (skips_nulls(_reduce_part->function())) {
            if (_where == state_is::held && is_null_state(_held)) co_return status();
            if (is_null_state(other)) {
                hold(std::nullopt);
                co_return status();
            }
        }
        if (_where != state_is::in_reducer) {
            NACRE_CO_TRY(auto mine, co_await current_state());
            NACRE_CO_TRY(auto* reducer, _reduce_part->get());
            NACRE_CO_CHECK(co_await reducer->set_state(std::move(mine)));
            _where = state_is::in_reducer;
        }
        _waiting.append(other);
        if (_waiting.size() < waiting_rows_max && _waiting.memory_bytes() < waiting_bytes_max) {
            co_return status();
        }
        co_return co_await reduce_waiting();
    }

    runtime::task<result<optional_bytes>> finish() override {
        NACRE_CO_TRY(auto state, co_await current_state());
        if (!_final_part) co_return state;
        std::vector<optional_bytes> arguments;
        arguments.push_back(std::move(state));
        co_return co_await _final_part->call_once(std::move(arguments));
    }

  private:
    // The initial condition (nothing folded yet), the state function's instance, the reduce
    // function's with what waits to be folded into it, or here.
    enum class state_is : std::uint8_t { initial, in_instance, in_reducer, held };
    static constexpr std::uint32_t waiting_rows_max = 1024;
    static constexpr std::uint64_t waiting_bytes_max = 1 << 20;

    void hold(optional_bytes state) {
        _held = std::move(state);
        _waiting.clear();
        _where = state_is::held;
    }

    // Functions see empty values of types of fixed width as nulls.
    [[nodiscard]] bool is_null_state(const optional_bytes& state) const {
        return !state ||
               (state->empty() && _waiting.physical() != types::physical_type::serialised);
    }

    runtime::task<status> reduce_waiting() {
        if (_waiting.size() == 0) co_return status();
        NACRE_CO_TRY(auto* reducer, _reduce_part->get());
        const data::column_vector* const columns[] = {&_waiting};
        data::selection rows(_waiting.size());
        std::iota(rows.begin(), rows.end(), 0U);
        NACRE_CO_CHECK(co_await reducer->fold({.arguments = columns, .rows = rows}));
        _waiting.clear();
        co_return status();
    }

    static std::span<const std::uint32_t> without_nulls(const fold_batch& batch,
                                                        data::selection& kept) {
        const bool any = std::ranges::any_of(
            batch.arguments, [](const auto* column) { return column->null_count() != 0; });
        if (!any) return batch.rows;
        for (const auto row : batch.rows) {
            if (std::ranges::none_of(batch.arguments,
                                     [row](const auto* column) { return column->is_null(row); })) {
                kept.push_back(row);
            }
        }
        return kept;
    }

    runtime::task<result<optional_bytes>> current_state() {
        if (_where == state_is::initial) co_return _parts->definition->initial_condition;
        if (_where == state_is::held) co_return _held;
        if (_where == state_is::in_reducer) {
            NACRE_CO_CHECK(co_await reduce_waiting());
            NACRE_CO_TRY(auto* reducer, _reduce_part->get());
            co_return co_await reducer->state();
        }
        NACRE_CO_TRY(auto* folder, _state_part.get());
        co_return co_await folder->state();
    }

    parts_ptr _parts;
    part_instance _state_part;
    std::optional<part_instance> _reduce_part;
    std::optional<part_instance> _final_part;
    state_is _where = state_is::initial;
    optional_bytes _held;
    data::column_vector _waiting;  ///< partial states, to be folded by the reducer in one batch
};

class user_aggregate final : public aggregate_function {
  public:
    explicit user_aggregate(parts_ptr of) : _parts(std::move(of)) {}

    [[nodiscard]] const function_signature& signature() const override { return _parts->signature; }
    [[nodiscard]] bool is_native() const override { return false; }
    [[nodiscard]] bool can_merge() const override { return _parts->reduce != nullptr; }
    [[nodiscard]] result<std::unique_ptr<accumulator>> make_accumulator(
        runtime::cancellation_ptr until) const override {
        return std::make_unique<user_accumulator>(_parts, until);
    }

  private:
    parts_ptr _parts;
};

}  // namespace

aggregate_function_ptr make_user_aggregate(schema::aggregate_ptr definition,
                                           scalar_function_ptr state_function,
                                           scalar_function_ptr reduce_function,
                                           scalar_function_ptr final_function) {
    function_signature signature{.keyspace = definition->keyspace,
                                 .name = definition->name,
                                 .argument_types = definition->argument_types,
                                 .return_type = definition->return_type};
    return std::make_shared<user_aggregate>(
        std::make_shared<const parts>(parts{.definition = std::move(definition),
                                            .signature = std::move(signature),
                                            .state = std::move(state_function),
                                            .reduce = std::move(reduce_function),
                                            .last = std::move(final_function)}));
}

}  // namespace nacre::function
