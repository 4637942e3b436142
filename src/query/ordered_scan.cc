#include "query/ordered_scan.h"
#include "query/large_rows.h"

#include <deque>

#include "runtime/condition.h"
#include "runtime/gate.h"

namespace nacre::query {

namespace {

constexpr std::size_t batches_per_piece_max = 4;
constexpr std::size_t pieces_ahead_per_shard = 2;

/// One piece between whoever reads it and the fold.
struct read_piece {
    std::deque<data::row_batch> rows;  ///< read, all wanted, not yet folded
    bool is_taken = false;             ///< somebody reads it
    bool is_read = false;              ///< to its end, or to a failure
    status outcome;
};

/// What the readers and the fold share. Lives and is changed on the folding shard alone.
class reading {
  public:
    explicit reading(const piece_work& work)
        : _pieces(work.pieces.size()),
          _ahead_max(pieces_ahead_per_shard * work.context.shards->size()) {}

    /// The next piece to read; empty when there is none left, or nobody folds any more.
    [[nodiscard]] std::optional<std::size_t> try_take() {
        if (_next == _pieces.size() || _next >= _folding + _ahead_max) return std::nullopt;
        _pieces[_next].is_taken = true;
        return _next++;
    }
    runtime::task<std::optional<std::size_t>> take() {
        for (;;) {
            if (_stopped || _next == _pieces.size()) co_return std::nullopt;
            if (const auto piece = try_take()) co_return piece;
            co_await _changed.wait();
        }
    }
    [[nodiscard]] bool has_room(std::size_t piece) const {
        return _pieces[piece].rows.size() < batches_per_piece_max;
    }
    void put(std::size_t piece, data::row_batch rows) {
        if (rows.row_count != 0) _pieces[piece].rows.push_back(std::move(rows));
        _changed.notify();
    }
    /// False: nobody wants more.
    runtime::task<bool> put_when_room(std::size_t piece, data::row_batch rows) {
        put(piece, std::move(rows));
        while (!_stopped && !has_room(piece)) co_await _changed.wait();
        co_return !_stopped;
    }
    void end(std::size_t piece, status outcome) {
        _pieces[piece].is_read = true;
        _pieces[piece].outcome = std::move(outcome);
        _changed.notify();
    }

    [[nodiscard]] bool all_folded() const { return _folding == _pieces.size(); }
    [[nodiscard]] std::size_t folding() const { return _folding; }
    [[nodiscard]] read_piece& front() { return _pieces[_folding]; }
    void next_piece() {
        ++_folding;
        _changed.notify();
    }
    void note_folded() { _changed.notify(); }
    runtime::task<void> wait() { co_await _changed.wait(); }
    void stop() {
        _stopped = true;
        _changed.notify();
    }

  private:
    std::vector<read_piece> _pieces;
    std::size_t _ahead_max;
    std::size_t _next = 0;     ///< to be read
    std::size_t _folding = 0;  ///< is being folded
    bool _stopped = false;
    runtime::condition _changed;
};

/// A scan of one piece with its filters.
class piece_scan {
  public:
    static runtime::task<result<std::unique_ptr<piece_scan>>> open(const piece_work& work,
                                                                   std::size_t piece,
                                                                   evaluation& state) {
        std::unique_ptr<piece_scan> made(new piece_scan(work, state));
        NACRE_CO_TRY(made->_page.filters, co_await evaluate_filters(work.plan.where, state));
        NACRE_CO_TRY(made->_cursor, work.context.store->scan(work.request_of(piece)));
        co_return made;
    }
    /// The next rows that are wanted, perhaps none of a batch; empty at the end.
    runtime::task<result<std::optional<data::row_batch>>> next() {
        data::row_batch batch;
        NACRE_CO_TRY(const bool more, co_await next_rows(_work.context, _state, *_cursor, batch));
        if (!more) co_return std::optional<data::row_batch>();
        data::row_batch scratch;
        auto filter = [&] { return filtered_rows(_state, _page, batch, scratch); };
        NACRE_CO_TRY(const auto* kept, co_await where_it_fits(_work.context, batch, filter));
        co_return std::optional(std::move(kept == &batch ? batch : scratch));
    }

  private:
    piece_scan(const piece_work& work, evaluation& state) : _work(work), _state(state) {}
    const piece_work& _work;
    evaluation& _state;
    page_state _page;
    std::unique_ptr<storage::scan_cursor> _cursor;
};

// What readers do on the folding shard.
struct take_piece {
    reading* all;
    runtime::task<std::optional<std::size_t>> operator()() { return all->take(); }
};
struct put_rows {
    reading* all;
    std::size_t piece;
    data::row_batch rows;
    runtime::task<bool> operator()() { return all->put_when_room(piece, std::move(rows)); }
};
struct end_piece {
    reading* all;
    std::size_t piece;
    status outcome;
    runtime::task<void> operator()() {
        all->end(piece, std::move(outcome));
        co_return;
    }
};

/// Another shard that reads pieces until there are no more.
struct reader {
    const piece_work* work;
    reading* all;
    runtime::shard* home;

    runtime::task<void> operator()() {
        evaluation state(work->options, work->known);
        while (const auto piece = co_await runtime::invoke_on(*home, take_piece{all})) {
            auto outcome = co_await read(*piece, state);
            co_await runtime::invoke_on(*home, end_piece{all, *piece, std::move(outcome)});
        }
    }
    runtime::task<status> read(std::size_t piece, evaluation& state) {
        NACRE_CO_TRY(auto scan, co_await piece_scan::open(*work, piece, state));
        for (;;) {
            NACRE_CO_TRY(auto rows, co_await scan->next());
            if (!rows) break;
            const bool go_on =
                co_await runtime::invoke_on(*home, put_rows{all, piece, std::move(*rows)});
            if (!go_on) break;
        }
        co_return status{};
    }
};

runtime::task<void> run_reader(reader work, runtime::shard* where, runtime::work_context whose,
                               runtime::gate::holder) {
    co_await runtime::come_back(std::move(whose));
    co_await runtime::invoke_on(*where, work);
}

/// The folding shard.
class folder {
  public:
    folder(const piece_work& work, reading& all, group_stream& into)
        : _work(work), _all(all), _into(into) {}

    runtime::task<status> run() {
        while (!_all.all_folded()) {
            auto& piece = _all.front();
            if (!piece.rows.empty()) {
                const auto rows = std::move(piece.rows.front());
                piece.rows.pop_front();
                _all.note_folded();
                NACRE_CO_CHECK(co_await _into.add_filtered(rows));
            } else if (piece.is_read) {
                NACRE_CO_CHECK(std::move(piece.outcome));
                _all.next_piece();
            } else if (!co_await read_some()) {
                co_await _all.wait();
            }
        }
        co_return status{};
    }

  private:
    // Reads a batch of a piece of its own; false if there is none, or no room.
    runtime::task<bool> read_some() {
        if (!_scan) {
            const auto piece = _all.try_take();
            if (!piece) co_return false;
            _reading = *piece;
            auto opened = co_await piece_scan::open(_work, _reading, _into.state);
            if (!opened) {
                _all.end(_reading, std::move(opened).error());
                co_return true;
            }
            _scan = std::move(*opened);
        }
        if (!_all.has_room(_reading)) co_return false;
        auto rows = co_await _scan->next();
        if (rows && *rows) {
            _all.put(_reading, std::move(**rows));
            co_return true;
        }
        _all.end(_reading, rows ? status() : status(std::move(rows).error()));
        _scan.reset();
        co_return true;
    }

    const piece_work& _work;
    reading& _all;
    group_stream& _into;
    std::size_t _reading = 0;
    std::unique_ptr<piece_scan> _scan;
};

}  // namespace

runtime::task<status> fold_in_order(const piece_work& work, group_stream& into) {
    reading all(work);
    folder home(work, all, into);
    runtime::gate readers;
    auto& shards = *work.context.shards;
    auto& here = runtime::this_shard();
    for (std::uint32_t i = 0; i < shards.size(); ++i) {
        if (i == here.id()) continue;
        here.spawn(run_reader({&work, &all, &here}, &shards.at(i), runtime::current_work(),
                              std::move(*readers.enter())));
    }
    auto folded = co_await home.run();
    all.stop();
    co_await readers.close();
    co_return folded;
}

}  // namespace nacre::query
