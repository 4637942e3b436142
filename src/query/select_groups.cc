#include "query/select_groups.h"

#include <algorithm>

#include "query/ordered_scan.h"
#include "query/parallel_groups.h"
#include "query/row_encoder.h"

namespace nacre::query {

namespace {

// Rows that the calling shard reads before it knows how dense the ring is and asks for help; of a
// page of groups a quarter, within these bounds.
constexpr std::uint64_t rows_before_split_min = 1024;
constexpr std::uint64_t rows_before_split_max = 4096;
constexpr double piece_rows = 16384;
constexpr double wave_rows_min = 65536;
constexpr double wave_rows_max = 1 << 20;
constexpr double pieces_per_shard_max = 16;

/// What was found on a stretch of the ring.
struct density {
    double tokens = 0;
    double rows = 0;
    double groups = 0;

    [[nodiscard]] double rows_in(double width) const { return width * rows / tokens; }
    [[nodiscard]] double width_of_rows(double count) const { return count * tokens / rows; }
    /// Infinite if no group was found.
    [[nodiscard]] double width_of_groups(double count) const { return count * tokens / groups; }
};

std::uint32_t piece_count(const execution_context& context, double rows) {
    const auto shards = static_cast<double>(context.shards->size());
    return static_cast<std::uint32_t>(
        std::clamp(rows / piece_rows, shards, shards * pieces_per_shard_max));
}

/// One SELECT on the shard that was asked.
class aggregating_select {
  public:
    aggregating_select(const execution_context& context, const select_plan& plan,
                       const query_options& options, evaluation& state, page_state page,
                       storage::scan_request request)
        : _context(context),
          _plan(plan),
          _options(options),
          _state(state),
          _page(std::move(page)),
          _request(std::move(request)) {}

    runtime::task<result<rows_result>> run() {
        prepare();
        NACRE_CO_TRY(_fold, group_fold::make(_plan, _options.until));
        group_stream home{_context, _state, _page, *_fold, writer()};
        NACRE_CO_CHECK(co_await fold_first_rows(home));
        if (!home.is_full() && _plan.is_grouped) {
            NACRE_CO_CHECK(co_await home.end());
            while (!home.is_full() && !_rest.empty()) NACRE_CO_CHECK(co_await fold_wave());
        } else if (!home.is_full()) {
            if (!_rest.empty()) NACRE_CO_CHECK(co_await fold_rest(home));
            NACRE_CO_CHECK(co_await home.end());
        }
        co_return std::move(_rows);
    }

  private:
    void prepare() {
        _rows.metadata = _plan.metadata;
        _state.set_aggregate_base(static_cast<std::uint32_t>(_plan.columns.size()));
        _request.batch_rows_max = fold_rows_max(_plan);
        if (_plan.is_grouped) {
            _rows_before_split =
                std::clamp(_page.left() / 4, rows_before_split_min, rows_before_split_max);
            _request.batch_rows_max = static_cast<std::uint32_t>(
                std::min<std::uint64_t>(_request.batch_rows_max, _rows_before_split));
            return;
        }
        // One row whatever the page; without positions the scan is cheaper.
        _page.page_left = unlimited;
        _page.paged = false;
        _request.want_positions = false;
        _request.resume_after.reset();
    }

    // Folds what the cursor gives. If that is much, the cursor ends early: see _rest.
    runtime::task<status> fold_first_rows(group_stream& home) {
        const auto* const ranges =
            std::get_if<std::vector<data::token_range>>(&_request.partitions);
        bool may_split = ranges != nullptr && _context.shards->size() > 1;
        NACRE_CO_TRY(auto cursor, _context.store->scan(_request));
        std::uint64_t rows = 0;
        data::row_batch batch;
        while (!home.is_full()) {
            NACRE_CO_TRY(const bool more, co_await next_rows(_context, _state, *cursor, batch));
            if (!more) break;
            rows += batch.row_count;
            NACRE_CO_CHECK(co_await home.add(batch));
            if (!may_split || rows < _rows_before_split || home.is_full()) continue;
            const auto covered = cursor->end_at_token();
            if (!covered) continue;
            may_split = false;
            _rest = ranges_after(*ranges, covered->up_to);
            _found = {.tokens = std::max(1.0, width_of({*covered})),
                      .rows = static_cast<double>(rows),
                      .groups = static_cast<double>(_rows.row_count)};
        }
        co_return status{};
    }

    // In as many pieces as its rows are worth.
    [[nodiscard]] piece_work work_on(std::vector<data::token_range> ranges) const {
        const auto count = piece_count(_context, _found.rows_in(width_of(ranges)));
        return {_context,
                _plan,
                _options,
                _request,
                cut(std::move(ranges), count),
                _state.known_values()};
    }

    // Without GROUP BY.
    runtime::task<status> fold_rest(group_stream& home) {
        const auto work = work_on(std::move(_rest));
        const bool can_merge = std::ranges::all_of(
            _plan.aggregates,
            [](const bound_aggregate& aggregate) { return aggregate.function->can_merge(); });
        if (can_merge) co_return co_await merge_pieces(work, *_fold);
        co_return co_await fold_in_order(work, home);
    }

    // The next part of the ring with about as many groups as are wanted.
    runtime::task<status> fold_wave() {
        auto width = _found.width_of_rows(_wave_rows);
        if (_page.left() != unlimited && _found.groups > 0) {
            constexpr double reserve = 1.2;
            width = std::min(width,
                             _found.width_of_groups(static_cast<double>(_page.left()) * reserve));
        }
        _wave_rows = std::min(2 * _wave_rows, wave_rows_max);
        auto part = take_front(_rest, width);
        const auto tokens = width_of(part);
        const auto work = work_on(std::move(part));
        auto pieces = co_await fold_pieces(work, _page);
        _found.tokens += tokens;
        for (std::size_t i = 0; i < pieces.size() && _page.left() != 0; ++i) {
            auto& piece = pieces[i];
            _found.rows += static_cast<double>(piece.rows_read);
            if (!piece.outcome) {
                // It may have failed at a group that nobody wants.
                NACRE_CO_CHECK(co_await fold_alone(work.request_of(i)));
                for (auto left = work.pieces.size(); --left > i;) {
                    _rest.insert(_rest.begin(), work.pieces[left].begin(), work.pieces[left].end());
                }
                break;
            }
            for (auto& groups : piece.batches) NACRE_CO_CHECK(co_await give(std::move(groups)));
        }
        co_return status{};
    }

    // Group by group, no more than are wanted.
    runtime::task<status> fold_alone(storage::scan_request request) {
        NACRE_CO_TRY(auto cursor, _context.store->scan(std::move(request)));
        group_stream home{_context, _state, _page, *_fold, writer()};
        NACRE_CO_CHECK(co_await home.add_all(*cursor));
        if (!home.is_full()) NACRE_CO_CHECK(co_await home.end());
        co_return status{};
    }

    // Groups of a piece, as far as they are wanted.
    runtime::task<status> give(data::row_batch groups) {
        if (_page.left() == 0) co_return status{};
        if (groups.row_count > _page.left()) {
            groups = head_of(groups, static_cast<std::uint32_t>(_page.left()));
        }
        const auto rows_before = _page.rows_of_partition;
        _page.rows_of_partition = rows_of_last_partition(rows_before, groups);
        _page.give(groups.row_count);
        _found.groups += groups.row_count;
        co_return co_await write(std::move(groups), rows_before);
    }

    take_groups writer() {
        return [this](data::row_batch groups, std::uint64_t rows_before) {
            return write(std::move(groups), rows_before);
        };
    }

    runtime::task<status> write(data::row_batch groups, std::uint64_t rows_before) {
        NACRE_CO_CHECK(co_await encode_rows(_plan.selectors, _state, groups, _rows.content));
        _rows.row_count += groups.row_count;
        if (_page.page_left == 0 && _page.limit_left != 0) {
            end_page(_rows, _page, groups.positions.view(groups.row_count - 1),
                     rows_of_last_partition(rows_before, groups));
        }
        co_return status{};
    }

    const execution_context& _context;
    const select_plan& _plan;
    const query_options& _options;
    evaluation& _state;
    page_state _page;
    storage::scan_request _request;
    rows_result _rows;
    std::unique_ptr<group_fold> _fold;

    std::uint64_t _rows_before_split = rows_before_split_max;
    ring_piece _rest;  ///< of a ring that is shared out
    density _found;
    double _wave_rows = wave_rows_min;
};

}  // namespace

runtime::task<result<rows_result>> select_groups(const execution_context& context,
                                                 const select_plan& plan,
                                                 const query_options& options, evaluation& state,
                                                 page_state page, storage::scan_request request) {
    aggregating_select select(context, plan, options, state, std::move(page), std::move(request));
    co_return co_await select.run();
}

}  // namespace nacre::query
