#include "cluster/remote_store.h"

#include <deque>
#include <utility>

#include "cluster/base_read.h"
#include "cluster/page_stream.h"
#include "cluster/read_rows.h"
#include "cluster/scan_position.h"
#include "cluster/statement_book.h"

namespace nacre::cluster {

namespace {

/// Pages of scans that read on and on; others ask for the rows that they need.
constexpr std::uint32_t rows_per_page = 4096;
/// A request that wants no more than this is not read ahead for.
constexpr std::uint32_t full_batch_rows = 1024;
constexpr std::size_t streams_at_once_max = 4;
/// What is left of a long scan after its first page is cut into so many ranges.
constexpr std::uint32_t ranges_per_scan = 16;
constexpr std::uint32_t rows_between_yields = 256;

/// Cuts `range` into about `count` equal ones.
std::vector<data::token_range> cut(data::token_range range, std::uint32_t count) {
    const auto width = static_cast<std::uint64_t>(range.up_to.value) -
                       static_cast<std::uint64_t>(range.after.value);
    const auto step = width / count;
    std::vector<data::token_range> pieces;
    auto after = range.after;
    for (std::uint32_t i = 1; i < count && step != 0; ++i) {
        const data::token up_to{
            static_cast<std::int64_t>(static_cast<std::uint64_t>(range.after.value) + step * i)};
        pieces.push_back({after, up_to});
        after = up_to;
    }
    pieces.push_back({after, range.up_to});
    return pieces;
}

class remote_cursor final : public storage::scan_cursor {
  public:
    remote_cursor(statement_book& book, loop_figures& counted, storage::scan_request request)
        : _cluster(std::static_pointer_cast<client>(request.reader)),
          _book(book),
          _counted(counted),
          _request(std::move(request)) {
        _reads_ahead = !_request.want_positions && _request.batch_rows_max >= full_batch_rows;
        _page_rows = _reads_ahead ? rows_per_page : std::max(_request.batch_rows_max, 1U);
    }

    runtime::task<result<bool>> next(data::row_batch& batch) override {
        if (!_read) NACRE_CO_CHECK(begin());
        prepare_batch(batch);
        while (batch.row_count == 0) {
            if (!_page) {
                NACRE_CO_TRY(const bool more, co_await next_page());
                if (!more) co_return false;
            }
            NACRE_CO_CHECK(co_await take_rows(batch));
        }
        co_return true;
    }

    std::optional<data::token_range> end_at_token() override {
        if (!reads_ranges() || _last_key.empty()) return std::nullopt;
        const auto here = token_of_last();
        const data::token_range read{_current ? _current->range.after : here, here};
        if (_current) _current->stops_at = here;
        _units.clear();
        _was_split = true;
        return read;
    }

  private:
    /// One statement of the scan, and the number or the range by which it is found again.
    struct unit {
        base_statement statement;
        data::token_range range{};
        std::uint32_t number = 0;
        bytes paging_state;
        std::uint32_t skip = 0;
        std::optional<data::token> stops_at;  ///< others read what is behind
        std::unique_ptr<page_stream> pages;
    };

    [[nodiscard]] bool reads_ranges() const {
        return std::holds_alternative<std::vector<data::token_range>>(_request.partitions);
    }

    status begin() {
        NACRE_TRY(auto read, base_read::make(_request));
        _read.emplace(std::move(read));
        std::optional<scan_position> position;
        if (_request.resume_after) {
            NACRE_TRY(position, scan_position::decode(*_request.resume_after));
            // The page that is read again must end where it did.
            _page_rows = position->page_rows;
        }
        return reads_ranges() ? add_ranges(position) : add_partitions(position);
    }

    status add_partitions(const std::optional<scan_position>& position) {
        std::vector<simple_slice> slices;
        for (const auto& slice : _request.slices) {
            std::ranges::move(simple_slices(slice), std::back_inserter(slices));
        }
        if (_request.slices.empty()) slices.emplace_back();
        if (_request.reversed) std::ranges::reverse(slices);
        std::uint32_t number = 0;
        for (const auto& key : std::get<1>(_request.partitions)) {
            for (const auto& slice : slices) {
                const auto mine = number++;
                if (position && mine < position->statement) continue;
                auto& made = _units.emplace_back();
                made.statement = _read->of_partition(key, slice);
                made.number = mine;
                if (position && mine == position->statement) {
                    made.paging_state = position->paging_state;
                    made.skip = position->skip;
                }
            }
        }
        return {};
    }

    status add_ranges(const std::optional<scan_position>& position) {
        if (_read->is_empty()) return {};
        if (position) {
            auto& first = add_range(position->range);
            first.paging_state = position->paging_state;
            first.skip = position->skip;
        }
        for (auto range : std::get<0>(_request.partitions)) {
            if (position && range.after < position->range.up_to) {
                range.after = position->range.up_to;
            }
            if (range.after >= range.up_to) continue;
            // A node looks for a page's rows as long as it must: at no more than a part at a time.
            const auto count = _request.conditions.empty() ? 1 : ranges_per_scan;
            for (const auto& piece : cut(range, count)) add_range(piece);
        }
        return {};
    }

    unit& add_range(data::token_range range) {
        auto& made = _units.emplace_back();
        made.statement = _read->of_range(range);
        made.range = range;
        return made;
    }

    void prepare_batch(data::row_batch& batch) {
        if (batch.columns.size() != _request.columns.size()) {
            batch.columns.clear();
            for (const auto& wanted : _request.columns) {
                batch.columns.emplace_back(wanted.type_in(*_request.table));
            }
        }
        if (!batch.positions.type()) {
            batch.positions = data::column_vector(types::type::native(types::type_kind::blob));
        }
        batch.clear();
    }

    runtime::task<status> open(unit& what) {
        if (what.pages) co_return status();
        NACRE_CO_TRY(auto statement, co_await _book.prepare(what.statement.text));
        request_terms terms;
        terms.consistency = _request.consistency;
        terms.page_size = static_cast<std::int32_t>(_page_rows);
        terms.paging_state = what.paging_state;
        terms.idempotent = true;
        what.pages = std::make_unique<page_stream>(_cluster, std::move(statement),
                                                   what.statement.values, std::move(terms));
        what.pages->fetch();
        co_return status();
    }

    /// Asks for the first pages of statements behind the present one.
    runtime::task<status> open_ahead() {
        const auto count = std::min(_units.size(), _streams_at_once);
        for (std::size_t i = 0; i < count; ++i) NACRE_CO_CHECK(co_await open(_units[i]));
        if (_reads_ahead) _streams_at_once = std::min(2 * _streams_at_once, streams_at_once_max);
        co_return status();
    }

    runtime::task<result<bool>> next_page() {
        for (;;) {
            if (!_current) {
                if (_units.empty()) co_return false;
                NACRE_CO_CHECK(co_await open_ahead());
                _current.emplace(std::move(_units.front()));
                _units.pop_front();
            }
            NACRE_CO_TRY(auto page, co_await _current->pages->next());
            if (!page) {
                _current.reset();
                continue;
            }
            if (_reads_ahead) _current->pages->fetch();
            _page.emplace(std::move(*page));
            _counted.pages_read.add(1);
            _counted.rows_read.add(_page->row_count());
            _cells.emplace(_page->content());
            _row = 0;
            if (_page->row_count() == 0) {
                _page.reset();
                continue;
            }
            co_return true;
        }
    }

    [[nodiscard]] data::token token_of_last() const {
        return data::token_of(data::serialise_partition_key(_last_key));
    }

    runtime::task<status> take_rows(data::row_batch& batch) {
        const auto rows = _page->row_count();
        std::vector<std::optional<bytes_view>> cells(_read->column_count());
        while (_row < rows && batch.row_count < _request.batch_rows_max) {
            for (auto& cell : cells) {
                NACRE_CO_TRY(cell, _cells->next());
            }
            ++_row;
            if (_row % rows_between_yields == 0 && runtime::turn_is_over()) {
                co_await runtime::yield();
            }
            const bool begins = note_partition(cells);
            if (begins && _current->stops_at && token_of_last() > *_current->stops_at) {
                _last_key.clear();
                _current.reset();
                _page.reset();
                co_return status();
            }
            if (_row <= _current->skip) continue;
            if (!is_wanted(cells)) continue;
            if (begins || _begins) batch.partition_starts.push_back(batch.row_count);
            _begins = false;
            for (std::size_t i = 0; i < batch.columns.size(); ++i) {
                cells[i] ? batch.columns[i].append_serialised(*cells[i])
                         : batch.columns[i].append_null();
            }
            if (_request.want_positions) batch.positions.append_serialised(position());
            ++batch.row_count;
        }
        if (_row == rows) {
            _page.reset();
            _current->skip = 0;
            split_rest();
        }
        co_return status();
    }

    /// Not one of static columns alone where there are to be none, nor one between the slices.
    [[nodiscard]] bool is_wanted(const std::vector<std::optional<bytes_view>>& cells) const {
        const auto& clustering = _read->clustering_key();
        if (!clustering.empty() && !cells[clustering.front()]) return false;
        if (!_read->covers_slices()) return true;
        std::vector<bytes_view> key;
        for (const auto at : clustering) key.push_back(cells[at].value_or(bytes_view()));
        return lies_in(_request.slices, *_request.table, key);
    }

    /// Whether a new partition begins at the row.
    bool note_partition(const std::vector<std::optional<bytes_view>>& cells) {
        const auto& key = _read->partition_key();
        if (!_last_key.empty()) {
            bool same = true;
            for (std::size_t i = 0; i < key.size() && same; ++i) {
                same = cells[key[i]] == bytes_view(_last_key[i]);
            }
            if (same) return false;
        }
        _last_key.clear();
        for (const auto at : key) _last_key.emplace_back(cells[at].value_or(bytes_view()));
        // The row may be dropped, and the partition begin with the next.
        if (_row <= _current->skip) return false;
        _begins = true;
        return true;
    }

    [[nodiscard]] bytes position() const {
        scan_position here;
        here.range = _current->range;
        here.statement = _current->number;
        here.page_rows = _page_rows;
        if (_row == _page->row_count() && _current->pages->following()) {
            here.paging_state = *_current->pages->following();
        } else {
            here.paging_state = _current->pages->page_position();
            here.skip = _row;
        }
        return here.encode();
    }

    /// A scan that has more than a page goes on with several statements at once.
    void split_rest() {
        if (!_reads_ahead || _was_split || !reads_ranges() || _last_key.empty()) return;
        if (!_current->pages->following()) return;
        _was_split = true;
        const auto here = token_of_last();
        const auto left = _current->range.up_to;
        if (here >= left) return;
        // What is left of the present token's partitions is read by the present statement.
        _current->stops_at = here;
        std::deque<unit> behind;
        behind.swap(_units);
        for (const auto& piece : cut({here, left}, ranges_per_scan)) add_range(piece);
        std::ranges::move(behind, std::back_inserter(_units));
    }

    const client_ptr _cluster;  ///< the request's
    statement_book& _book;
    loop_figures& _counted;
    storage::scan_request _request;
    bool _reads_ahead = false;
    std::uint32_t _page_rows = 0;
    std::optional<base_read> _read;

    std::deque<unit> _units;  ///< behind the present one
    std::size_t _streams_at_once = 1;
    std::optional<unit> _current;
    std::optional<reply> _page;
    std::optional<cell_reader> _cells;
    std::uint32_t _row = 0;  ///< of the page, behind the last that was read
    data::partition_key _last_key;
    bool _begins = false;
    bool _was_split = false;
};

class remote_store final : public storage::table_store {
  public:
    remote_store(runtime::shard_group& shards, client& cluster, figures& counted)
        : _counted(counted) {
        for (std::uint32_t i = 0; i < shards.loops(); ++i) {
            _books.push_back(std::make_unique<statement_book>(cluster));
        }
    }

    result<std::unique_ptr<storage::scan_cursor>> scan(storage::scan_request request) override {
        // Nothing is read with more rights than the client's own.
        if (!request.reader) return server_error("A scan of the cluster is nobody's");
        const auto loop = runtime::this_shard().id();
        return std::make_unique<remote_cursor>(*_books[loop], _counted[loop], std::move(request));
    }

    runtime::task<status> apply(std::vector<data::mutation>, runtime::cancellation_ptr) override {
        return refuse();
    }
    runtime::task<status> truncate(schema::table_ptr) override { return refuse(); }

    runtime::task<result<storage::size_estimate>> estimate(schema::table_ptr,
                                                           data::token_range) override {
        co_return server_error("Sizes are the cluster's to tell");
    }

    runtime::task<status> close() override { co_return status(); }

  private:
    static runtime::task<status> refuse() {
        co_return server_error("A write reached the gateway's own store");
    }

    figures& _counted;
    std::vector<std::unique_ptr<statement_book>> _books;  ///< each touched by its loop alone
};

}  // namespace

std::unique_ptr<storage::table_store> make_remote_store(runtime::shard_group& shards,
                                                        client& cluster, figures& counted) {
    return std::make_unique<remote_store>(shards, cluster, counted);
}

}  // namespace nacre::cluster
