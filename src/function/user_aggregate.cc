#include "function/user_aggregate.h"

#include <algorithm>
#include <numeric>

#include "function/null_rule.h"
#include "function/small_groups.h"

namespace nacre::function {

namespace {

// A partial state on its way between shards: absent if no row was folded, otherwise one of these
// marks, and the state behind it unless it is null.
constexpr char null_state = 'n';
constexpr char some_state = 's';

class user_accumulator final : public accumulator {
  public:
    user_accumulator(aggregate_parts_ptr of, const runtime::cancellation_ptr& until)
        : _parts(std::move(of)),
          _state_part(_parts->state, until),
          _ended(_parts->definition->state_type) {
        if (_parts->reduce) {
            _reduce_part.emplace(_parts->reduce, until);
            _waiting = data::column_vector(_parts->definition->state_type);
        }
        if (_parts->last) _final_part.emplace(_parts->last, until);
    }

    runtime::task<status> fold(fold_batch batch, std::span<const std::uint32_t> ends) override {
        data::selection kept;
        data::selection kept_ends;
        if (skips_nulls(_state_part.function())) {
            const auto rows = without_nulls(batch.arguments, batch.rows, kept);
            if (rows.size() != batch.rows.size()) {
                ends = ends_among(rows, batch.rows, ends, kept_ends);
                batch.rows = rows;
            }
        }
        row_groups groups{batch, ends};
        while (!groups.all_ended()) {
            const auto small = _where == state_is::initial ? groups.count_small() : 0;
            if (small >= small_groups_min) {
                NACRE_CO_CHECK(co_await fold_small_groups(_state_part, groups.take(small),
                                                          _parts->definition->initial_condition,
                                                          _ended));
                continue;
            }
            NACRE_CO_CHECK(co_await fold_open(groups.take(1).rows()));
            NACRE_CO_TRY(const auto state, co_await current_state());
            _ended.append(state);
            begin_group();
        }
        co_return co_await fold_open(groups.rows());
    }

    runtime::task<status> results(std::span<const std::uint32_t> groups,
                                  data::column_vector& to) override {
        if (!_final_part) {
            for (const auto group : groups) to.append_from(_ended, group);
            co_return status();
        }
        NACRE_CO_TRY(auto* callee, _final_part->get());
        const data::column_vector* const states[] = {&_ended};
        co_return co_await call_by_null_rule(_final_part->function(), *callee,
                                             {.arguments = states, .rows = groups, .result = to});
    }
    [[nodiscard]] std::uint64_t group_bytes() const override { return _ended.value_bytes(); }
    void forget_groups() override { _ended.clear(); }

    runtime::task<result<optional_bytes>> take_partial() override {
        if (_where == state_is::initial) co_return optional_bytes();
        NACRE_CO_TRY(const auto state, co_await current_state());
        begin_group();
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

  private:
    // The initial condition (nothing folded yet), the state function's instance, the reduce
    // function's with what waits to be folded into it, or here.
    enum class state_is : std::uint8_t { initial, in_instance, in_reducer, held };
    static constexpr std::uint32_t waiting_rows_max = 1024;
    static constexpr std::uint64_t waiting_bytes_max = 1 << 20;
    // A group that is folded alone takes three calls of its guest: the state in, rows, the state
    // out.
    static constexpr std::uint32_t small_groups_min = small_group_rows_max / 3 + 1;

    // Folds rows, without nulls if the state function skips them, into the open group.
    runtime::task<status> fold_open(fold_batch batch) {
        if (batch.rows.empty()) co_return status();
        if (_where == state_is::in_reducer) {
            NACRE_CO_TRY(auto merged, co_await current_state());
            hold(std::move(merged));
        }
        if (skips_nulls(_state_part.function())) {
            if (_where == state_is::initial && !_parts->definition->initial_condition) {
                co_return status();
            }
            if (_where == state_is::held && !_held) co_return status();
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

    void begin_group() {
        _where = state_is::initial;
        _held.reset();
        _waiting.clear();
    }

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
        const auto rows = data::all_rows(_waiting.size());
        NACRE_CO_CHECK(co_await reducer->fold({.arguments = columns, .rows = rows}));
        _waiting.clear();
        co_return status();
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

    aggregate_parts_ptr _parts;
    part_instance _state_part;
    std::optional<part_instance> _reduce_part;
    std::optional<part_instance> _final_part;
    state_is _where = state_is::initial;
    optional_bytes _held;
    data::column_vector _waiting;  ///< partial states, to be folded by the reducer in one batch
    data::column_vector _ended;    ///< states of ended groups
};

class user_aggregate final : public aggregate_function {
  public:
    explicit user_aggregate(aggregate_parts_ptr of, function_signature signature)
        : _parts(std::move(of)), _signature(std::move(signature)) {}

    [[nodiscard]] const aggregate_parts_ptr& parts() const { return _parts; }
    [[nodiscard]] const function_signature& signature() const override { return _signature; }
    [[nodiscard]] bool is_native() const override { return false; }
    [[nodiscard]] bool can_merge() const override { return _parts->reduce != nullptr; }
    [[nodiscard]] result<std::unique_ptr<accumulator>> make_accumulator(
        runtime::cancellation_ptr until) const override {
        return std::make_unique<user_accumulator>(_parts, until);
    }

  private:
    aggregate_parts_ptr _parts;
    function_signature _signature;
};

}  // namespace

aggregate_parts_ptr parts_of(const aggregate_function& aggregate) {
    const auto* made_of_functions = dynamic_cast<const user_aggregate*>(&aggregate);
    return made_of_functions != nullptr ? made_of_functions->parts() : nullptr;
}

aggregate_function_ptr make_user_aggregate(aggregate_parts parts) {
    const auto& definition = *parts.definition;
    function_signature signature{.keyspace = definition.keyspace,
                                 .name = definition.name,
                                 .argument_types = definition.argument_types,
                                 .return_type = definition.return_type};
    return std::make_shared<user_aggregate>(
        std::make_shared<const aggregate_parts>(std::move(parts)), std::move(signature));
}

}  // namespace nacre::function
