#include "query/parallel_groups.h"

#include <algorithm>
#include <atomic>

#include "runtime/run_on_shards.h"

namespace nacre::query {

namespace {

/// Pieces that shards take one after the other. Outlives the workers. Once a piece has failed,
/// those behind it are not needed; those before it are, to their end.
class piece_queue {
  public:
    explicit piece_queue(std::size_t count) : _count(count), _needed(count) {}

    [[nodiscard]] std::optional<std::size_t> take() {
        const auto piece = _next.fetch_add(1, std::memory_order_relaxed);
        return piece < _count && is_needed(piece) ? std::optional(piece) : std::nullopt;
    }
    [[nodiscard]] bool is_needed(std::size_t piece) const {
        return piece < _needed.load(std::memory_order_relaxed);
    }
    void fail(std::size_t piece) {
        auto before = _needed.load(std::memory_order_relaxed);
        while (piece < before &&
               !_needed.compare_exchange_weak(before, piece, std::memory_order_relaxed)) {
        }
    }

  private:
    std::size_t _count;
    std::atomic<std::size_t> _next{0};
    std::atomic<std::size_t> _needed;
};

/// What one shard made of the pieces that it took, by their numbers.
template <typename Made>
using made_pieces = std::vector<std::pair<std::size_t, Made>>;

/// One shard's share of merge_pieces. Everything that it uses, but what is shared, is its own.
struct merge_worker {
    const piece_work* work;
    piece_queue* queue;

    using made = made_pieces<result<group_fold::partial>>;

    runtime::task<made> operator()() {
        made partials;
        evaluation state(work->options, work->known);
        std::unique_ptr<group_fold> fold;
        while (const auto piece = queue->take()) {
            auto partial = co_await fold_piece(*piece, state, fold);
            if (!partial) queue->fail(*piece);
            partials.emplace_back(*piece, std::move(partial));
        }
        co_return partials;
    }

    runtime::task<result<group_fold::partial>> fold_piece(std::size_t piece, evaluation& state,
                                                          std::unique_ptr<group_fold>& fold) {
        if (!fold) {
            NACRE_CO_TRY(fold, group_fold::make(work->plan, work->options.until));
        }
        page_state page;
        NACRE_CO_TRY(page.filters, co_await evaluate_filters(work->plan.where, state));
        NACRE_CO_TRY(auto cursor, work->context.store->scan(work->request_of(piece)));
        // Its one group is open until the end: nothing is passed on.
        group_stream stream{work->context, state, page, *fold, nullptr};
        data::row_batch batch;
        while (queue->is_needed(piece)) {
            NACRE_CO_TRY(const bool more, co_await next_rows(work->context, state, *cursor, batch));
            if (!more) break;
            NACRE_CO_CHECK(co_await stream.add(batch));
        }
        co_return co_await fold->take_partial();
    }
};

/// One shard's share of fold_pieces.
struct group_worker {
    const piece_work* work;
    piece_queue* queue;
    const page_state* limits;

    using made = made_pieces<piece_groups>;

    runtime::task<made> operator()() {
        made pieces;
        evaluation state(work->options, work->known);
        state.set_aggregate_base(static_cast<std::uint32_t>(work->plan.columns.size()));
        while (const auto piece = queue->take()) {
            piece_groups groups;
            groups.outcome = co_await fold_piece(*piece, state, groups);
            if (!groups.outcome) queue->fail(*piece);
            pieces.emplace_back(*piece, std::move(groups));
        }
        co_return pieces;
    }

    runtime::task<status> fold_piece(std::size_t piece, evaluation& state, piece_groups& groups) {
        NACRE_CO_TRY(auto fold, group_fold::make(work->plan, work->options.until));
        page_state page;
        page.page_left = limits->left();
        page.paged = true;
        page.per_partition_limit = limits->per_partition_limit;
        NACRE_CO_TRY(page.filters, co_await evaluate_filters(work->plan.where, state));
        NACRE_CO_TRY(auto cursor, work->context.store->scan(work->request_of(piece)));
        group_stream stream{work->context, state, page, *fold, keep_in(groups)};
        data::row_batch batch;
        while (!stream.is_full() && queue->is_needed(piece)) {
            NACRE_CO_TRY(const bool more, co_await next_rows(work->context, state, *cursor, batch));
            if (!more) co_return co_await stream.end();
            groups.rows_read += batch.row_count;
            NACRE_CO_CHECK(co_await stream.add(batch));
        }
        co_return status{};
    }

    static take_groups keep_in(piece_groups& groups) {
        return [&groups](data::row_batch batch, std::uint64_t) -> runtime::task<status> {
            groups.batches.push_back(std::move(batch));
            return []() -> runtime::task<status> { co_return status{}; }();
        };
    }
};

// Runs a worker on each shard and puts what they made in the order of the pieces.
template <typename Worker, typename Made>
runtime::task<std::vector<std::optional<Made>>> run_workers(const piece_work& work,
                                                            const Worker& worker) {
    std::vector<std::pair<runtime::shard*, Worker>> workers;
    auto& shards = *work.context.shards;
    // The calling shard is the first to take a piece.
    const auto home = runtime::this_shard().id();
    const auto count = std::min<std::size_t>(shards.size(), work.pieces.size());
    for (std::uint32_t i = 0; i < count; ++i) {
        workers.emplace_back(&shards.at((home + i) % shards.size()), worker);
    }
    auto made = co_await runtime::run_on_shards(std::move(workers));
    std::vector<std::optional<Made>> in_order(work.pieces.size());
    for (auto& each : made) {
        for (auto& [piece, what] : each) in_order[piece].emplace(std::move(what));
    }
    co_return in_order;
}

}  // namespace

storage::scan_request piece_work::request_of(std::size_t piece) const {
    auto mine = request;
    mine.partitions = pieces[piece];
    mine.resume_after.reset();
    return mine;
}

runtime::task<status> merge_pieces(const piece_work& work, group_fold& into) {
    piece_queue queue(work.pieces.size());
    using partial = result<group_fold::partial>;
    auto made = co_await run_workers<merge_worker, partial>(work, {&work, &queue});
    for (auto& each : made) {
        if (!*each) co_return each->error();
        NACRE_CO_CHECK(co_await into.merge(std::move(**each)));
    }
    co_return status{};
}

runtime::task<std::vector<piece_groups>> fold_pieces(const piece_work& work,
                                                     const page_state& limits) {
    piece_queue queue(work.pieces.size());
    auto made = co_await run_workers<group_worker, piece_groups>(work, {&work, &queue, &limits});
    std::vector<piece_groups> pieces;
    for (auto& each : made) {
        pieces.push_back(std::move(*each));
        if (!pieces.back().outcome) break;
    }
    co_return pieces;
}

}  // namespace nacre::query
