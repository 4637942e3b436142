#include "udf/wasm/running_guest.h"

#include <algorithm>

#include "runtime/shard.h"
#include "types/ordered_collection.h"
#include "types/value.h"

namespace nacre::udf::wasm {

namespace {

wasmtime_val_t i32_value(std::uint32_t number) {
    return {.kind = WASMTIME_I32, .of = {.i32 = static_cast<std::int32_t>(number)}};
}

// Rows that a function which returns null on null input must not see.
data::selection rows_without_nulls(argument_columns arguments, row_numbers rows) {
    data::selection kept;
    kept.reserve(rows.size());
    for (const auto row : rows) {
        const bool any_null = std::ranges::any_of(arguments, [row](const auto* column) {
            return column->is_null(row) || column->is_empty_value(row);
        });
        if (!any_null) kept.push_back(row);
    }
    return kept;
}

bool any_empty(argument_columns arguments, row_numbers rows) {
    return std::ranges::any_of(arguments, [rows](const auto* column) {
        return column->has_empty_values() && std::ranges::any_of(rows, [&](std::uint32_t row) {
                   return column->is_empty_value(row);
               });
    });
}

std::uint64_t value_bytes(const data::column_vector& column) {
    return column.fixed_bytes().size() + column.blob().size();
}

// An argument in an error message: long ones are cut, so that the message stays readable.
std::string shown(const data::column_vector& column, std::uint32_t row) {
    constexpr std::size_t bytes_max = 64;
    const auto value = column.serialised(row);
    if (!value) return "null";
    if (value->size() > bytes_max) return fmt::format("<{} bytes>", value->size());
    return types::to_cql_literal(*column.type(), *value);
}

// Where data begins in the memory of a program whose stack comes first, as linkers place it: what
// is below is of no use to anybody when no function runs.
std::uint64_t data_address(sandbox& of, const wasmtime_instance_t& instance) {
    const auto item = of.find(instance, "__global_base");
    if (!item || item->kind != WASMTIME_EXTERN_GLOBAL) return 0;
    wasmtime_val_t value;
    wasmtime_global_get(of.context(), &item->of.global, &value);
    constexpr std::uint64_t alignment = 64;
    return static_cast<std::uint32_t>(value.of.i32) / alignment * alignment;
}

bytes_view contents_from(const guest_memory& memory, std::uint64_t address) {
    return memory.view(address, memory.size() - std::min(memory.size(), address))
        .value_or(bytes_view());
}

guest_world world_of(const guest_function& function) {
    const auto& origin = function.statistics->setup.world;
    return origin ? guest_world::of(*function.definition, *origin)
                  : guest_world::of(*function.definition);
}

}  // namespace

running_guest::running_guest(std::shared_ptr<const guest_program> program,
                             std::shared_ptr<const guest_function> whose,
                             runtime::cancellation_ptr until, guest_image_ptr from)
    : _program(std::move(program)),
      _whose(std::move(whose)),
      _until(std::move(until)),
      _from(std::move(from)),
      _world(world_of(*_whose)) {}

// ---- Starting -----------------------------------------------------------------------------------

runtime::task<status> running_guest::ensure_started() {
    if (_broken) co_return *_broken;
    if (_sandbox) co_return status();
    auto started = co_await attempt_start();
    if (!started && started.error().code() == error_code::overloaded) {
        // Guests that have ended may not have given their places back yet.
        _sandbox.reset();
        co_await _program->engine().disposals.run([] {});
        started = co_await attempt_start();
    }
    if (!started) co_return broken_by(started.error());
    co_return status();
}

runtime::task<status> running_guest::attempt_start() {
    NACRE_CO_TRY(_code, co_await _program->load());
    _sandbox = std::make_unique<sandbox>(_program->engine(), _whose, _until);
    _sandbox->set_world(_world);
    NACRE_CO_TRY(auto instance, co_await _sandbox->start(*_code.module->linked));
    if (const auto& how = _program->behind_adapter()) {
        NACRE_CO_TRY(instance, attach_adapter(instance, *how));
    }
    _instance = instance;
    NACRE_CO_CHECK(find_exports(instance));
    co_return begin_from_image();
}

status running_guest::begin_from_image() {
    if (!_from) return {};
    const auto size = memory().size();
    if (_from->memory_bytes() > size) {
        constexpr std::uint64_t page_bytes = 64 << 10;
        std::uint64_t before = 0;
        const error_handle refused(wasmtime_memory_grow(_sandbox->context(), &_exports.memory,
                                                        (_from->memory_bytes() - size) / page_bytes,
                                                        &before));
        if (refused) return failed(failure_kind::memory, message_of(*refused));
    }
    if (!_from->apply(memory())) return _whose->failure("its memory is smaller than its image");
    _buffer = _from->host_buffer().address;
    _buffer_bytes = _from->host_buffer().bytes;
    return {};
}

result<wasmtime_instance_t> running_guest::attach_adapter(const wasmtime_instance_t& user,
                                                          const guest_program::adapted& how) {
    std::vector<wasmtime_extern_t> imports;
    std::vector<std::string_view> names{"memory", how.function};
    if (how.abi == abi_version::two) {
        names.emplace_back("_scylla_malloc");
        names.emplace_back("_scylla_free");
    }
    for (const auto name : names) {
        auto item = _sandbox->find(user, name);
        if (!item) return _whose->failure(fmt::format("it has no export `{}`", name));
        imports.push_back(*item);
    }
    _user_memory = imports.front().of.memory;
    return _sandbox->attach(*_code.adapter, imports);
}

status running_guest::find_exports(const wasmtime_instance_t& instance) {
    const auto function = [&](std::string_view name) -> std::optional<wasmtime_func_t> {
        const auto item = _sandbox->find(instance, name);
        if (!item || item->kind != WASMTIME_EXTERN_FUNC) return std::nullopt;
        return item->of.func;
    };
    const auto memory = _sandbox->find(instance, "memory");
    const auto reserve = function("nacre_reserve");
    const auto& names = _program->names();
    const auto call = function(names.call);
    const auto error = function("nacre_error");
    if (!memory || memory->kind != WASMTIME_EXTERN_MEMORY || !reserve || !call || !error) {
        return _whose->failure("it does not speak the batch interface");
    }
    _exports = {.memory = memory->of.memory,
                .reserve = *reserve,
                .call = *call,
                .error = *error,
                .fold = function(names.fold),
                .set_state = function(names.set_state),
                .get_state = function(names.get_state)};
    if (const auto row = _sandbox->find(instance, "nacre_row");
        row && row->kind == WASMTIME_EXTERN_GLOBAL) {
        _sandbox->watch_row(row->of.global, memory->of.memory);
    }
    return {};
}

// ---- Calls into the guest -----------------------------------------------------------------------

runtime::task<result<std::uint32_t>> running_guest::reserve(std::uint64_t size) {
    if (size <= _buffer_bytes) co_return _buffer;
    if (size > _whose->limits.memory_bytes_max) {
        co_return failed(
            failure_kind::memory,
            fmt::format("its arguments take {} bytes, more than its memory of {} bytes holds", size,
                        _whose->limits.memory_bytes_max));
    }
    // Some more, so that the batches to come fit as well; unless that asks for too much.
    constexpr std::uint64_t step = 16 << 10;
    const auto wanted =
        std::min<std::uint64_t>((size + step - 1) / step * step, _whose->limits.memory_bytes_max);
    _buffer_bytes = 0;
    wasmtime_val_t argument = i32_value(static_cast<std::uint32_t>(wanted));
    wasmtime_val_t answer = i32_value(0);
    NACRE_CO_CHECK(
        co_await _sandbox->call(_exports.reserve, std::span(&argument, 1), std::span(&answer, 1)));
    _buffer = static_cast<std::uint32_t>(answer.of.i32);
    if (_buffer == 0) {
        co_return failed(failure_kind::memory,
                         fmt::format("it has no memory left for {} bytes of arguments", size));
    }
    _buffer_bytes = wanted;
    co_return _buffer;
}

runtime::task<result<std::uint64_t>> running_guest::call_for_pair(wasmtime_func_t function) {
    wasmtime_val_t answer{.kind = WASMTIME_I64, .of = {.i64 = 0}};
    NACRE_CO_CHECK(co_await _sandbox->call(function, {}, std::span(&answer, 1)));
    co_return static_cast<std::uint64_t>(answer.of.i64);
}

runtime::task<result<bytes>> running_guest::read_error_text() {
    NACRE_CO_TRY(const auto pair, co_await call_for_pair(_exports.error));
    const auto text = memory().view(pair & UINT32_MAX, pair >> 32);
    if (!text) co_return _whose->failure("the text of its error lies outside of its memory");
    co_return bytes(*text);
}

runtime::task<status> running_guest::call_for_status(wasmtime_func_t function,
                                                     std::vector<wasmtime_val_t> arguments,
                                                     std::string_view stage) {
    wasmtime_val_t answer = i32_value(0);
    NACRE_CO_CHECK(co_await _sandbox->call(function, arguments, std::span(&answer, 1)));
    if (answer.of.i32 == 0) co_return status();
    NACRE_CO_TRY(auto text, co_await read_error_text());
    if (!stage.empty()) text.insert(0, fmt::format("{}: ", stage));
    co_return failed(failure_kind::reported, text);
}

runtime::task<status> running_guest::submit(wasmtime_func_t export_function, numbered_rows part,
                                            const types::type* result_type, batch_size size) {
    const auto address = co_await reserve(size.total_bytes);
    if (!address) {
        // A larger batch would have been cut: it is this row that has no room.
        if (size.rows == 1) co_return with_arguments(address.error(), part, 0);
        co_return address.error();
    }
    if (const auto written =
            write_batch(memory(), *address, part.arguments, part.rows, result_type, size);
        !written) {
        co_return _whose->failure(written.error().message());
    }
    auto called = co_await call_for_status(export_function, {i32_value(*address)}, {});
    _whose->statistics->note_memory((_user_memory ? _sandbox->memory(*_user_memory).size() : 0) +
                                    memory().size());
    if (!called) co_return with_arguments(called.error(), part, _sandbox->current_row());
    co_return status();
}

status running_guest::check_output(std::uint64_t size) const {
    const auto most = _whose->limits.output_bytes_max;
    if (size <= most) return {};
    return _whose->failure(
        fmt::format("its results take {} bytes, output_bytes_max is {}", size, most));
}

batch_limits running_guest::limits() const {
    return {.rows_max = _whose->limits.batch_rows_max,
            .bytes_max = _whose->limits.batch_argument_bytes_max};
}

error running_guest::failed(failure_kind why, std::string_view reason) {
    _report.failed_as = why;
    return _whose->failure(reason);
}

failure_kind running_guest::kind_of(const error& why) const {
    if (why.code() == error_code::overloaded) return failure_kind::overloaded;
    if (why.code() != error_code::function_failure) return failure_kind::cancelled;
    if (!_sandbox) return _report.failed_as;
    return _sandbox->ended_by().value_or(_report.failed_as);
}

guest_report running_guest::report() const {
    auto made = _report;
    if (_sandbox) made.cpu = _sandbox->spent();
    return made;
}

error running_guest::broken_by(error why) {
    _report.failed_as = kind_of(why);
    if (_sandbox) _report.cpu = _sandbox->spent();
    _sandbox.reset();
    _broken = why;
    return why;
}

error running_guest::with_arguments(const error& why, numbered_rows part,
                                    std::optional<std::uint32_t> row) {
    if (why.code() != error_code::function_failure || !row || *row >= part.rows.size()) return why;
    _report.failed_row = part.rows[*row];
    std::string called_with;
    for (const auto* column : part.arguments) {
        if (!called_with.empty()) called_with += ", ";
        called_with += shown(*column, part.rows[*row]);
    }
    return {why.code(), fmt::format("{}, called with ({})", why.message(), called_with),
            why.fields()};
}

// ---- The interface ------------------------------------------------------------------------------

runtime::task<status> running_guest::call(function::call_batch batch) {
    if (batch.rows.empty()) co_return status();
    NACRE_CO_CHECK(co_await ensure_started());
    if (!skips_nulls() || !any_empty(batch.arguments, batch.rows)) {
        co_return co_await call_rows(batch);
    }
    // Empty values are nulls to functions: call for the other rows, then put nulls in between.
    const auto kept = rows_without_nulls(batch.arguments, batch.rows);
    data::column_vector results(batch.result.type());
    if (!kept.empty()) {
        const function::call_batch rest{
            .arguments = batch.arguments, .rows = kept, .result = results};
        NACRE_CO_CHECK(co_await call_rows(rest));
    }
    std::uint32_t next = 0;
    for (const auto row : batch.rows) {
        if (next < kept.size() && kept[next] == row) {
            batch.result.append_from(results, next++);
        } else {
            batch.result.append_null();
        }
    }
    co_return status();
}

runtime::task<status> running_guest::call_rows(function::call_batch batch) {
    auto called = co_await attempt_call(batch);
    if (!called) co_return broken_by(called.error());
    co_return status();
}

runtime::task<status> running_guest::attempt_call(function::call_batch batch) {
    const auto* type = batch.result.type().get();
    auto rows = batch.rows;
    const auto bytes_before = value_bytes(batch.result);
    while (!rows.empty()) {
        const auto size = measure_batch(batch.arguments, rows, type, limits());
        const numbered_rows part{.arguments = batch.arguments, .rows = rows.first(size.rows)};
        NACRE_CO_CHECK(co_await submit(_exports.call, part, type, size));
        const auto done = read_results(memory(), _buffer, size.rows, batch.result);
        if (!done) co_return _whose->failure(done.error().message());
        NACRE_CO_CHECK(check_output(value_bytes(batch.result) - bytes_before));
        rows = rows.subspan(*done);
    }
    co_return status();
}

runtime::task<status> running_guest::fold(function::fold_batch batch) {
    if (batch.rows.empty()) co_return status();
    NACRE_CO_CHECK(co_await ensure_started());
    data::selection kept;
    if (skips_nulls() && any_empty(batch.arguments, batch.rows)) {
        kept = rows_without_nulls(batch.arguments, batch.rows);
        batch.rows = kept;
    }
    auto folded = co_await attempt_fold(batch);
    if (!folded) co_return broken_by(folded.error());
    co_return status();
}

runtime::task<status> running_guest::attempt_fold(function::fold_batch batch) {
    if (!_exports.fold) co_return co_await fold_by_calls(batch);
    auto rows = batch.rows;
    while (!rows.empty()) {
        const auto size = measure_batch(batch.arguments, rows, nullptr, limits());
        const numbered_rows part{.arguments = batch.arguments, .rows = rows.first(size.rows)};
        NACRE_CO_CHECK(co_await submit(*_exports.fold, part, nullptr, size));
        rows = rows.subspan(size.rows);
    }
    co_return status();
}

// For a guest without fold exports.
runtime::task<status> running_guest::fold_by_calls(function::fold_batch batch) {
    const auto& definition = *_whose->definition;
    std::vector<data::column_vector> values;
    for (const auto& type : definition.argument_types) values.emplace_back(type);
    std::vector<const data::column_vector*> arguments;
    for (const auto& column : values) arguments.push_back(&column);
    data::column_vector result(definition.return_type);
    constexpr std::uint32_t only_row = 0;
    constexpr std::size_t rows_between_yields = 64;
    for (std::size_t i = 0; i < batch.rows.size(); ++i) {
        for (auto& column : values) column.clear();
        values[0].append(_held_state);
        if (skips_nulls() && (values[0].is_null(0) || values[0].is_empty_value(0))) break;
        for (std::size_t k = 0; k < batch.arguments.size(); ++k) {
            values[k + 1].append_from(*batch.arguments[k], batch.rows[i]);
        }
        result.clear();
        NACRE_CO_CHECK(co_await attempt_call(
            {.arguments = arguments, .rows = std::span(&only_row, 1), .result = result}));
        _held_state = result.serialised(0);
        if (i % rows_between_yields == rows_between_yields - 1) co_await runtime::yield();
    }
    co_return status();
}

runtime::task<status> running_guest::set_state(optional_bytes state) {
    NACRE_CO_CHECK(co_await ensure_started());
    auto done = co_await attempt_set_state(std::move(state));
    if (!done) co_return broken_by(done.error());
    co_return status();
}

runtime::task<status> running_guest::attempt_set_state(optional_bytes state) {
    if (!_exports.set_state) {
        _held_state = std::move(state);
        co_return status();
    }
    if (!state) {
        co_return co_await call_for_status(*_exports.set_state,
                                           {i32_value(0), i32_value(UINT32_MAX)}, {});
    }
    NACRE_CO_TRY(const auto address, co_await reserve(std::max<std::uint64_t>(state->size(), 8)));
    const auto room = memory().writable(address, state->size());
    if (!room) co_return _whose->failure("its nacre_reserve returned a bad address");
    std::ranges::copy(*state, room->data());
    co_return co_await call_for_status(
        *_exports.set_state,
        {i32_value(address), i32_value(static_cast<std::uint32_t>(state->size()))}, {});
}

runtime::task<result<optional_bytes>> running_guest::state() {
    NACRE_CO_CHECK(co_await ensure_started());
    auto read = co_await attempt_state();
    if (!read) co_return broken_by(read.error());
    co_return read;
}

runtime::task<result<optional_bytes>> running_guest::attempt_state() {
    if (!_exports.get_state) co_return _held_state;
    NACRE_CO_TRY(const auto pair, co_await call_for_pair(*_exports.get_state));
    const auto size = static_cast<std::uint32_t>(pair >> 32);
    constexpr auto null_size = static_cast<std::uint32_t>(-1);
    constexpr auto error_size = static_cast<std::uint32_t>(-2);
    if (size == null_size) co_return optional_bytes();
    if (size == error_size) {
        NACRE_CO_TRY(const auto text, co_await read_error_text());
        co_return failed(failure_kind::reported, text);
    }
    NACRE_CO_CHECK(check_output(size));
    const auto found = memory().view(pair & UINT32_MAX, size);
    if (!found) co_return _whose->failure("its state lies outside of its memory");
    const auto& type = *_whose->definition->argument_types.front();
    if (const auto valid = types::validate(type, *found); !valid) {
        co_return _whose->failure(fmt::format("its state is not a valid {}: {}",
                                              type.to_cql_without_frozen(),
                                              valid.error().message()));
    }
    NACRE_CO_TRY(auto ordered, types::canonical(type, *found));
    co_return optional_bytes(std::move(ordered));
}

result<wasmtime_func_t> running_guest::find_function(std::string_view name) {
    // The adapter has no such exports: this is for programs that are one module.
    const auto item = _sandbox->find(_instance, name);
    if (!item || item->kind != WASMTIME_EXTERN_FUNC) {
        return _whose->failure(fmt::format("it has no function `{}`", name));
    }
    return item->of.func;
}

runtime::task<status> running_guest::call_with_bytes(std::string_view name, bytes_view input,
                                                     std::string_view stage) {
    NACRE_CO_CHECK(co_await ensure_started());
    auto called = co_await attempt_call_with_bytes(name, input, stage);
    if (!called) co_return broken_by(called.error());
    co_return status();
}

runtime::task<status> running_guest::attempt_call_with_bytes(std::string_view name,
                                                             bytes_view input,
                                                             std::string_view stage) {
    NACRE_CO_TRY(const auto address, co_await reserve(std::max<std::uint64_t>(input.size(), 8)));
    const auto room = memory().writable(address, input.size());
    if (!room) co_return _whose->failure("its nacre_reserve returned a bad address");
    std::ranges::copy(input, room->data());
    NACRE_CO_TRY(const auto function, find_function(name));
    co_return co_await call_for_status(
        function, {i32_value(address), i32_value(static_cast<std::uint32_t>(input.size()))}, stage);
}

runtime::task<status> running_guest::call_with_number(std::string_view name, std::uint64_t number) {
    NACRE_CO_CHECK(co_await ensure_started());
    auto called = co_await attempt_call_with_number(name, number);
    if (!called) co_return broken_by(called.error());
    co_return status();
}

runtime::task<status> running_guest::attempt_call_with_number(std::string_view name,
                                                              std::uint64_t number) {
    NACRE_CO_TRY(const auto function, find_function(name));
    const wasmtime_val_t argument{.kind = WASMTIME_I64,
                                  .of = {.i64 = static_cast<std::int64_t>(number)}};
    co_return co_await call_for_status(function, {argument}, {});
}

runtime::task<result<guest_image_ptr>> running_guest::image() {
    NACRE_CO_CHECK(co_await ensure_started());
    // Comparing is no more than a slice's work. What is compared is then mapped, which makes wiping
    // the memory somewhat slower; hence also the address.
    constexpr std::uint64_t compared_bytes_max = 2 << 20;
    const auto address = data_address(*_sandbox, _instance);
    if (contents_from(memory(), address).size() > compared_bytes_max) co_return guest_image_ptr();
    auto initial = _program->initial_memory();
    if (!initial) {
        NACRE_CO_CHECK(co_await learn_initial_memory(address));
        initial = _program->initial_memory();
    }
    co_return std::make_shared<const guest_image>(
        guest_image::difference(*initial, contents_from(memory(), address), address,
                                {.address = _buffer, .bytes = _buffer_bytes}));
}

runtime::task<status> running_guest::learn_initial_memory(std::uint64_t address) {
    sandbox fresh(_program->engine(), _whose, _until);
    NACRE_CO_TRY(const auto instance, co_await fresh.start(*_code.module->linked));
    const auto item = fresh.find(instance, "memory");
    _program->set_initial_memory(bytes(contents_from(fresh.memory(item->of.memory), address)));
    co_return status();
}

runtime::task<result<bytes>> running_guest::text() {
    NACRE_CO_CHECK(co_await ensure_started());
    auto read = co_await read_error_text();
    if (!read) co_return broken_by(read.error());
    co_return read;
}

}  // namespace nacre::udf::wasm
