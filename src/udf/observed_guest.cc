#include "udf/observed_guest.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "runtime/shard.h"
#include "udf/capture_store.h"

namespace nacre::udf {

namespace {

// The rows of a batch that go into a capture: as many as fit from the first on, or the one that
// failed if it is not among them. Copied in turns: a batch may have many.
struct kept_rows {
    std::vector<data::column_vector> arguments;
    std::uint32_t rows = 0;
    std::optional<std::uint32_t> failed_row;
};

constexpr std::uint32_t rows_per_turn = 256;

std::uint64_t value_bytes(const data::column_vector& column, std::uint32_t row) {
    constexpr std::uint64_t fixed_bytes = 16;
    if (column.physical() != types::physical_type::serialised) return fixed_bytes;
    return fixed_bytes + column.view(row).size();
}

runtime::task<kept_rows> keep(std::span<const data::column_vector* const> arguments,
                              std::span<const std::uint32_t> rows, std::uint64_t bytes_max,
                              std::optional<std::uint32_t> failed_row) {
    kept_rows kept;
    for (const auto* column : arguments) kept.arguments.emplace_back(column->type());
    const auto size_of = [&](std::uint32_t row) {
        std::uint64_t size = 0;
        for (const auto* column : arguments) size += value_bytes(*column, row);
        return size;
    };
    std::uint64_t size = 0;
    std::size_t count = 0;
    for (; count < rows.size(); ++count) {
        size += size_of(rows[count]);
        if (size > bytes_max) break;
    }
    auto taken = rows.first(count);
    const auto failed = failed_row ? std::ranges::find(rows, *failed_row) : rows.end();
    if (failed != rows.end()) {
        const auto at = static_cast<std::size_t>(failed - rows.begin());
        if (at >= count) taken = rows.subspan(at, size_of(*failed_row) <= bytes_max ? 1 : 0);
        if (!taken.empty()) kept.failed_row = static_cast<std::uint32_t>(at >= count ? 0 : at);
    }
    for (const auto row : taken) {
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            kept.arguments[i].append_from(*arguments[i], row);
        }
        if (++kept.rows % rows_per_turn == 0) co_await runtime::yield();
    }
    co_return kept;
}

}  // namespace

status observed_guest::admit() {
    if (_admitted) return {};
    auto& statistics = *_whose->statistics;
    if (const auto why = statistics.refusals.refusal()) {
        auto refused = _whose->failure(*why);
        statistics.note_failure(failure_kind::quarantined, refused.message());
        return refused;
    }
    _admitted = true;
    statistics.statements.fetch_add(1, std::memory_order_relaxed);
    return {};
}

void observed_guest::note_failure(const error& why) {
    // A broken guest answers everything with the error that broke it.
    if (_failed) return;
    _failed = true;
    if (_whose->statistics->note_failure(_guest->report().failed_as, why.message())) {
        spdlog::warn(
            "function {} is under quarantine for {} s after repeated failures: {}",
            schema::describe_signature(_whose->definition->keyspace, _whose->definition->name,
                                       _whose->definition->argument_types),
            _whose->statistics->setup.options->quarantine_s, why.message());
    }
}

template <typename Outcome>
Outcome observed_guest::noted(Outcome outcome) {
    if (!outcome) note_failure(outcome.error());
    return outcome;
}

void observed_guest::begin(observed_batch& batch) {
    auto& statistics = *_whose->statistics;
    statistics.calls.fetch_add(1, std::memory_order_relaxed);
    statistics.rows.fetch_add(batch.rows.size(), std::memory_order_relaxed);
    batch.cpu_before = _guest->report().cpu;
}

runtime::task<void> observed_guest::end(observed_batch batch, std::optional<error> failure) {
    const auto wall = clock::now() - batch.began;
    auto& statistics = *_whose->statistics;
    statistics.latency.record(wall);
    const auto report = _guest->report();
    const bool was_broken = _failed;
    if (failure) note_failure(*failure);
    ++_batches;
    auto* captures = statistics.setup.captures;
    if (captures == nullptr || !captures->is_on() || was_broken) co_return;
    const auto cpu = report.cpu - batch.cpu_before;
    const bool is_own_failure = failure && (leads_to_quarantine(report.failed_as) ||
                                            report.failed_as == failure_kind::reported);
    const bool is_wanted =
        (is_own_failure && captures->wants_failures()) || captures->wants_slow(cpu);
    if (!is_wanted || !captures->has_room()) co_return;
    captured_outcome outcome{.cpu = cpu, .wall = wall};
    if (failure) {
        outcome.failed_as = report.failed_as;
        outcome.message = failure->message();
    }
    co_await capture(std::move(batch), std::move(outcome));
}

runtime::task<void> observed_guest::capture(observed_batch batch, captured_outcome outcome) {
    auto& captures = *_whose->statistics->setup.captures;
    const auto bytes_max = captures.options().capture_argument_bytes_max;
    auto kept = co_await keep(batch.arguments, batch.rows, bytes_max, _guest->report().failed_row);
    if (batch.results != nullptr && !outcome.failed_as) {
        std::vector<std::uint32_t> rows(kept.rows);
        for (std::uint32_t i = 0; i < kept.rows; ++i) rows[i] = batch.results_before + i;
        auto results = co_await keep(std::span(&batch.results, 1), rows, bytes_max, {});
        if (results.rows == kept.rows) outcome.results = std::move(results.arguments.front());
    }
    captures.write({.server_version = {},
                    .time = std::chrono::system_clock::now(),
                    .definition = _whose->definition,
                    .limits = _whose->limits,
                    .world = _guest->world().origin(),
                    .entry = batch.entry,
                    .batches_before = _batches - 1,
                    .state = std::move(batch.state),
                    .rows_of_batch = static_cast<std::uint32_t>(batch.rows.size()),
                    .rows = kept.rows,
                    .arguments = std::move(kept.arguments),
                    .failed_row = kept.failed_row,
                    .outcome = std::move(outcome)});
}

runtime::task<status> observed_guest::call(function::call_batch batch) {
    if (batch.rows.empty()) co_return status();
    NACRE_CO_CHECK(admit());
    observed_batch observed{.entry = captured_entry::call,
                            .arguments = batch.arguments,
                            .rows = batch.rows,
                            .state = {},
                            .results = &batch.result,
                            .results_before = batch.result.size()};
    begin(observed);
    auto outcome = co_await _guest->call(batch);
    std::optional<error> failure;
    if (!outcome) failure = outcome.error();
    co_await end(std::move(observed), std::move(failure));
    co_return outcome;
}

runtime::task<status> observed_guest::fold(function::fold_batch batch) {
    if (batch.rows.empty()) co_return status();
    NACRE_CO_CHECK(admit());
    observed_batch observed{.entry = captured_entry::fold,
                            .arguments = batch.arguments,
                            .rows = batch.rows,
                            .state = {}};
    const auto* captures = _whose->statistics->setup.captures;
    if (captures != nullptr && captures->is_on()) {
        // After the batch it is too late to ask.
        NACRE_CO_TRY(observed.state, noted(co_await _guest->state()));
        observed.began = clock::now();
    }
    begin(observed);
    auto outcome = co_await _guest->fold(batch);
    std::optional<error> failure;
    if (!outcome) failure = outcome.error();
    co_await end(std::move(observed), std::move(failure));
    co_return outcome;
}

runtime::task<status> observed_guest::set_state(optional_bytes state) {
    NACRE_CO_CHECK(admit());
    co_return noted(co_await _guest->set_state(std::move(state)));
}

runtime::task<result<optional_bytes>> observed_guest::state() {
    NACRE_CO_CHECK(admit());
    co_return noted(co_await _guest->state());
}

runtime::task<status> observed_guest::call_with_bytes(std::string_view name, bytes_view input,
                                                      std::string_view stage) {
    NACRE_CO_CHECK(admit());
    co_return noted(co_await _guest->call_with_bytes(name, input, stage));
}

runtime::task<status> observed_guest::call_with_number(std::string_view name,
                                                       std::uint64_t number) {
    NACRE_CO_CHECK(admit());
    co_return noted(co_await _guest->call_with_number(name, number));
}

}  // namespace nacre::udf
