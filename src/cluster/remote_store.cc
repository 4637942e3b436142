#include "cluster/remote_store.h"

#include <deque>
#include <ranges>
#include <unordered_map>
#include <utility>

#include "cluster/base_read.h"
#include "cluster/page_stream.h"
#include "cluster/read_rows.h"
#include "cluster/scan_cuts.h"
#include "cluster/scan_position.h"
#include "cluster/statement_book.h"

namespace nacre::cluster {

namespace {

/// Of the first pages of scans that read on and on, until their rows' sizes are known. Others ask
/// for the rows that they need.
constexpr std::uint32_t first_page_rows = 1024;
/// A request that wants no more than this is not read ahead for.
constexpr std::uint32_t full_batch_rows = 1024;
/// Statements that a scan has under way: two for each owner, shared out among the shards.
constexpr std::size_t streams_least = 4;
constexpr std::size_t streams_most = 32;
/// Parts into which a range is cut at once; the last, of what is left, is cut again in its turn.
constexpr std::size_t parts_at_once = 32;
/// A node looks for rows that meet conditions in no more than such a part of a range at a time.
constexpr double parts_with_conditions = 16;
static_assert(parts_with_conditions < parts_at_once);
/// Of a page, so that most parts take one page although rows lie unevenly.
constexpr double part_fill = 0.8;
constexpr std::uint32_t rows_between_yields = 256;
constexpr std::size_t tables_remembered_max = 1000;

/// What a loop keeps between scans. `cluster` outlives it.
struct loop_memory {
    explicit loop_memory(client& cluster) : statements(cluster) {}

    statement_book statements;
    std::unordered_map<uuid, scan_density> densities;  ///< of whole tables
};

class remote_cursor final : public storage::scan_cursor {
  public:
    remote_cursor(loop_memory& memory, loop_figures& counted, std::uint32_t shards,
                  storage::scan_request request)
        : _cluster(std::static_pointer_cast<client>(request.reader)),
          _memory(memory),
          _counted(counted),
          _shards(shards),
          _request(std::move(request)) {
        _reads_ahead = !_request.want_positions && _request.batch_rows_max >= full_batch_rows;
        _page_rows = _reads_ahead ? first_page_rows : std::max(_request.batch_rows_max, 1U);
    }

    runtime::task<result<bool>> next(data::row_batch& batch) override {
        if (!_read) NACRE_CO_CHECK(co_await begin());
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
        const data::token_range read{_begins_after, token_of_last()};
        if (_current) _current->stops_at = read.up_to;
        _units.clear();
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
        data::token seen_up_to{};             ///< of the range
        std::unique_ptr<page_stream> pages;
    };

    [[nodiscard]] bool reads_ranges() const {
        return std::holds_alternative<std::vector<data::token_range>>(_request.partitions);
    }

    runtime::task<status> begin() {
        NACRE_CO_TRY(auto read, base_read::make(_request));
        _read.emplace(std::move(read));
        std::optional<scan_position> position;
        if (_request.resume_after) {
            NACRE_CO_TRY(position, scan_position::decode(*_request.resume_after));
            // The page that is read again must end where it did.
            _page_rows = position->page_rows;
        }
        if (!reads_ranges()) {
            add_partitions(position);
            co_return status();
        }
        if (_reads_ahead && is_of_whole_table()) {
            const auto known = _memory.densities.find(_request.table->id());
            if (known != _memory.densities.end()) {
                _seen = known->second.faded();
                _page_rows = _seen.page_rows();
            }
        }
        NACRE_CO_CHECK(co_await add_ranges(position));
        if (!_units.empty()) _begins_after = _units.front().range.after;
        co_return status();
    }

    [[nodiscard]] bool is_of_whole_table() const {
        return reads_ranges() && _request.conditions.empty() && _request.slices.empty() &&
               !_request.partitions_only && _request.rows_per_partition_max == 0;
    }

    void add_partitions(const std::optional<scan_position>& position) {
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
    }

    runtime::task<status> add_ranges(const std::optional<scan_position>& position) {
        if (_read->is_empty()) co_return status();
        if (position) {
            auto& first = _units.emplace_back(unit_of(position->range));
            first.paging_state = position->paging_state;
            first.skip = position->skip;
        }
        for (auto range : std::get<0>(_request.partitions)) {
            if (position && range.after < position->range.up_to) {
                range.after = position->range.up_to;
            }
            if (range.after >= range.up_to) continue;
            NACRE_CO_TRY(auto parts, co_await parts_of(range));
            for (const auto& part : parts) _units.push_back(unit_of(part));
        }
        co_return status();
    }

    [[nodiscard]] unit unit_of(data::token_range range) const {
        unit made;
        made.statement = _read->of_range(range);
        made.range = range;
        made.seen_up_to = range.after;
        return made;
    }

    /// As much as is worth a statement each, as far as that is known.
    runtime::task<result<std::vector<data::token_range>>> parts_of(data::token_range range) {
        const auto whole = static_cast<double>(data::width_of(range));
        auto wanted = whole;
        if (_seen.is_known()) wanted = _seen.tokens_of(part_fill * _page_rows);
        if (!_request.conditions.empty()) {
            wanted = std::min(wanted, whole / parts_with_conditions);
        }
        if (wanted >= whole) co_return std::vector{range};
        NACRE_CO_TRY(const auto ring, co_await _cluster->ring_of(_request.table->keyspace(),
                                                                 _request.table->name(), range));
        _streams_max = std::clamp(2 * ring.owner_count / _shards, streams_least, streams_most);
        co_return cut_range(range, wanted, ring.borders, parts_at_once);
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
        NACRE_CO_TRY(auto statement, co_await _memory.statements.prepare(what.statement.text));
        request_terms terms;
        terms.consistency = _request.consistency;
        terms.page_size = static_cast<std::int32_t>(_page_rows);
        terms.paging_state = what.paging_state;
        terms.idempotent = true;
        // Its first owner, as that is where the read begins.
        if (reads_ranges()) {
            // A position that a client made up may begin behind everything.
            const bool is_behind = what.range.after == data::maximum_token;
            terms.range_token = {what.range.after.value + (is_behind ? 0 : 1)};
        }
        what.pages = std::make_unique<page_stream>(_cluster, std::move(statement),
                                                   what.statement.values, std::move(terms));
        what.pages->fetch();
        co_return status();
    }

    /// Asks for the first pages of statements behind the present one.
    runtime::task<status> open_ahead() {
        const auto count = std::min(_units.size(), _streams_at_once);
        for (std::size_t i = 0; i < count; ++i) NACRE_CO_CHECK(co_await open(_units[i]));
        if (_reads_ahead) _streams_at_once = std::min(2 * _streams_at_once, _streams_max);
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
                if (_reads_ahead && reads_ranges()) note_seen(_current->range.up_to, 0, 0);
                _current.reset();
                continue;
            }
            if (_reads_ahead) {
                _current->pages->set_page_rows(_page_rows);
                _current->pages->fetch();
            }
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
        if (_row < rows) co_return status();
        const auto size = _page->content().size();
        _page.reset();
        _current->skip = 0;
        if (!_reads_ahead) co_return status();
        note_seen(reads_ranges() ? token_of_last() : _current->seen_up_to, rows, size);
        if (reads_ranges()) NACRE_CO_CHECK(co_await cut_rest());
        co_return status();
    }

    /// Everything up to `token` was found to hold so much more.
    void note_seen(data::token token, std::uint32_t rows, std::size_t size) {
        // What others read is not known to be empty.
        if (_current->stops_at) return;
        const auto tokens = data::width_of({_current->seen_up_to, token});
        _seen.add(static_cast<double>(tokens), rows, size);
        _current->seen_up_to = token;
        if (rows != 0) _page_rows = _seen.page_rows();
        if (!is_of_whole_table() || !_seen.is_known()) return;
        auto& densities = _memory.densities;
        if (densities.size() >= tables_remembered_max) densities.clear();
        densities.insert_or_assign(_request.table->id(), _seen);
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

    /// What the present statement would take several pages for is read by several.
    runtime::task<status> cut_rest() {
        if (_current->stops_at || !_current->pages->following()) co_return status();
        const data::token_range rest{token_of_last(), _current->range.up_to};
        const auto left = static_cast<double>(data::width_of(rest));
        if (left == 0 || _seen.rows_on(left) < 2.0 * _page_rows) co_return status();
        NACRE_CO_TRY(auto parts, co_await parts_of(rest));
        for (const auto& part : std::views::reverse(parts)) _units.push_front(unit_of(part));
        // It goes on itself with what is left of the present token's partitions.
        _current->stops_at = rest.after;
        co_return status();
    }

    const client_ptr _cluster;  ///< the request's
    loop_memory& _memory;
    loop_figures& _counted;
    const std::uint32_t _shards;
    storage::scan_request _request;
    bool _reads_ahead = false;
    std::uint32_t _page_rows = 0;
    std::optional<base_read> _read;

    std::deque<unit> _units;  ///< behind the present one
    std::size_t _streams_at_once = 1;
    std::size_t _streams_max = streams_least;
    data::token _begins_after{};  ///< the first range
    scan_density _seen;           ///< if it reads ahead
    std::optional<unit> _current;
    std::optional<reply> _page;
    std::optional<cell_reader> _cells;
    std::uint32_t _row = 0;  ///< of the page, behind the last that was read
    data::partition_key _last_key;
    bool _begins = false;
};

class remote_store final : public storage::table_store {
  public:
    remote_store(runtime::shard_group& shards, client& cluster, figures& counted)
        : _counted(counted), _shards(shards.size()) {
        for (std::uint32_t i = 0; i < shards.loops(); ++i) {
            _memories.push_back(std::make_unique<loop_memory>(cluster));
        }
    }

    result<std::unique_ptr<storage::scan_cursor>> scan(storage::scan_request request) override {
        // Nothing is read with more rights than the client's own.
        if (!request.reader) return server_error("A scan of the cluster is nobody's");
        const auto loop = runtime::this_shard().id();
        return std::make_unique<remote_cursor>(*_memories[loop], _counted[loop], _shards,
                                               std::move(request));
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
    const std::uint32_t _shards;
    std::vector<std::unique_ptr<loop_memory>> _memories;  ///< each touched by its loop alone
};

}  // namespace

std::unique_ptr<storage::table_store> make_remote_store(runtime::shard_group& shards,
                                                        client& cluster, figures& counted) {
    return std::make_unique<remote_store>(shards, cluster, counted);
}

}  // namespace nacre::cluster
