#include "storage/row_scanner.h"

#include <algorithm>

#include "base/byte_reader.h"

namespace nacre::storage {

namespace {

constexpr char position_version = 1;
constexpr std::uint32_t steps_between_clock_reads = 8;
// Decoding a decimal takes longer the longer it is.
constexpr std::size_t key_bytes_per_step = 1024;

char kind_char(key_kind kind) {
    return static_cast<char>(kind);
}

}  // namespace

row_scanner::row_scanner(scan_request request)
    : _request(std::move(request)),
      _assembler(_request.table, _request.columns, _request.now_seconds) {
    if (const auto* ranges = std::get_if<0>(&_request.partitions); ranges && !ranges->empty()) {
        _began_after = ranges->front().after;
    }
    if (_request.table->clustering_key_size() == 0) {
        _single_row = true;
        _request.reversed = false;
        return;
    }
    for (const auto& each : _request.slices) {
        auto range = positions_of(*_request.table, each);
        if (range.first < range.second) _slices.push_back(std::move(range));
    }
}

result<row_scanner> row_scanner::make(scan_request request) {
    row_scanner scanner(std::move(request));
    const bool nothing_matches = !scanner._request.slices.empty() && scanner._slices.empty() &&
                                 scanner._request.table->clustering_key_size() != 0;
    if (nothing_matches) scanner._phase = phase::done;
    if (scanner._request.resume_after) NACRE_CHECK(scanner.resume());
    return scanner;
}

status row_scanner::resume() {
    const auto refuse = [] { return invalid("Invalid value for the paging state"); };
    byte_reader in(*_request.resume_after);
    const auto version = in.take(1);
    const auto rows = in.take_varint();
    if (!version || version->front() != position_version || !rows) return refuse();
    const bytes_view key = in.rest();
    const auto prefix_size = key.size() > key_head_bytes ? partition_prefix_size(key) : 0;
    if (prefix_size == 0 ||
        load_big_endian<std::uint32_t>(key.data()) != _request.table->storage_id()) {
        return refuse();
    }
    _resume_prefix = key.substr(0, prefix_size);
    _resume_key = key;
    _resume_rows = static_cast<std::uint32_t>(*rows);
    if (const auto* ranges = std::get_if<0>(&_request.partitions)) {
        const auto at = token_in(key);
        _began_after = at;
        while (_target < ranges->size() && (*ranges)[_target].up_to < at) ++_target;
    } else {
        const auto& keys = std::get<1>(_request.partitions);
        while (_target < keys.size() &&
               partition_prefix(*_request.table, keys[_target]) != _resume_prefix) {
            ++_target;
        }
        if (_target == keys.size()) return refuse();
    }
    return {};
}

row_scanner::outcome row_scanner::fill(entry_source& source, data::row_batch& batch,
                                       clock::time_point deadline, std::size_t row_bytes_max) {
    _steps = 0;
    while (true) {
        if (_phase == phase::done) return outcome::finished;
        if (_phase != phase::next_target) {
            if (source.where() == entry_source::state::blocked) return outcome::blocked;
            if (source.where() == entry_source::state::failed) fail(source.failure());
            if (source.where() == entry_source::state::at_entry &&
                source.value().size() > row_bytes_max) {
                return outcome::large;
            }
        }
        if (_failure) return outcome::failed;
        if (++_steps >= steps_between_clock_reads) {
            _steps = 0;
            if (clock::now() >= deadline) return outcome::paused;
        }
        switch (_phase) {
            case phase::next_target:
                next_target(source);
                break;
            case phase::enter:
                if (enter(source, batch)) return outcome::batch_full;
                break;
            case phase::rows:
                if (read_rows(source, batch)) return outcome::batch_full;
                break;
            case phase::header:
                read_header(source);
                break;
            case phase::leave:
                leave(source, batch);
                if (batch.row_count >= _request.batch_rows_max) return outcome::batch_full;
                break;
            case phase::done:
                break;
        }
    }
}

void row_scanner::next_target(entry_source& source) {
    const auto& table = *_request.table;
    if (const auto* ranges = std::get_if<0>(&_request.partitions)) {
        if (_target == ranges->size()) {
            _phase = phase::done;
            return;
        }
        const auto& range = (*ranges)[_target++];
        if (range.after >= range.up_to) return;
        _range_up_to = range.up_to;
        _seek_key = table_position(table.storage_id(), {range.after.value + 1});
        // Positions may lie past the range's start, never before it.
        if (_resume_prefix > _seek_key) _seek_key = _resume_prefix;
    } else {
        const auto& keys = std::get<1>(_request.partitions);
        if (_target == keys.size()) {
            _phase = phase::done;
            return;
        }
        _prefix = partition_prefix(table, keys[_target++]);
        _seek_key = _prefix;
    }
    _phase = phase::enter;
    source.seek(_seek_key);
}

// Whether the key is of the current range, or of the partition that was looked for.
bool row_scanner::in_target(bytes_view key) const {
    if (!scans_ranges()) return in_partition(key);
    return key.size() > key_head_bytes &&
           load_big_endian<std::uint32_t>(key.data()) == _request.table->storage_id() &&
           token_in(key) <= _range_up_to;
}

std::optional<data::token_range> row_scanner::end_at_token(const entry_source& source) {
    auto* const ranges = std::get_if<0>(&_request.partitions);
    const bool is_within = _phase != phase::next_target && _phase != phase::done;
    if (ranges == nullptr || !is_within || source.where() != entry_source::state::at_entry ||
        !in_target(source.key())) {
        return std::nullopt;
    }
    // The partition of the next entry may be one that has been begun.
    _range_up_to = token_in(source.key());
    ranges->resize(_target);
    return data::token_range{_began_after, _range_up_to};
}

bool row_scanner::enter(entry_source& source, data::row_batch& batch) {
    if (source.where() == entry_source::state::at_end || !in_target(source.key())) {
        _phase = phase::next_target;
        return false;
    }
    const auto key = source.key();
    const auto prefix_size = partition_prefix_size(key);
    if (prefix_size == 0) {
        fail_damaged(key);
        return false;
    }
    const bool only_row = _single_row && key[prefix_size] == kind_char(key_kind::row);
    if (only_row && _resume_prefix.empty() && !_request.partitions_only) {
        return enter_single_row(source, prefix_size, batch);
    }
    begin_partition(source, prefix_size);
    return false;
}

// The scan's hot path: the partition is this row.
bool row_scanner::enter_single_row(entry_source& source, std::size_t prefix_size,
                                   data::row_batch& batch) {
    const auto key = source.key();
    const auto found = _assembler.begin_partition(key.substr(0, prefix_size))
                           ? _assembler.read_row({}, source.value(), {})
                           : row_assembler::verdict::malformed;
    if (found == row_assembler::verdict::live) {
        _rows_given = 1;
        _partition_open = false;
        if (!_assembler.append_row(batch)) {
            fail_damaged(key);
            return false;
        }
        _batch_bytes += source.value().size();
        note_row(key, batch);
    } else if (found == row_assembler::verdict::malformed) {
        fail_damaged(key);
        return false;
    }
    if (scans_ranges()) {
        source.next();
    } else {
        _phase = phase::next_target;
    }
    return batch.row_count >= _request.batch_rows_max || _batch_bytes >= batch_bytes_max;
}

void row_scanner::begin_partition(entry_source& source, std::size_t prefix_size) {
    const auto key = source.key();
    _prefix.assign(key.data(), prefix_size);
    if (!_assembler.begin_partition(_prefix)) return fail_damaged(key);
    _partition_deletion = {};
    if (!_range_deletions.empty()) _range_deletions.clear();
    _static_live = false;
    _row_found = false;
    _partition_open = false;
    _skip_rest = false;
    _rows_given = 0;
    const bool plain = key[prefix_size] == kind_char(key_kind::row) && !_request.reversed &&
                       _slices.empty() && _resume_prefix.empty();
    _phase = plain ? phase::rows : phase::header;
}

void row_scanner::read_header(entry_source& source) {
    const bool here = source.where() == entry_source::state::at_entry && in_partition(source.key());
    if (!here || source.key()[_prefix.size()] >= kind_char(key_kind::row)) {
        return begin_rows(source);
    }
    const auto kind = source.key()[_prefix.size()];
    if (kind == kind_char(key_kind::static_row)) {
        const auto found = _assembler.read_static(source.value(), _partition_deletion);
        if (found == row_assembler::verdict::malformed) return fail_damaged(source.key());
        _static_live = found == row_assembler::verdict::live;
    } else {
        row_reader reader;
        if (!reader.open(source.value())) return fail_damaged(source.key());
        if (kind == kind_char(key_kind::partition_tombstone)) {
            _partition_deletion = reader.deletion;
        } else {
            auto range = parse_positions(source.key().substr(_prefix.size() + 1));
            if (!range) return fail_damaged(source.key());
            _range_deletions.add(std::move(*range), reader.deletion);
        }
    }
    source.next();
}

void row_scanner::begin_rows(entry_source& source) {
    _slice = _request.reversed && !_slices.empty() ? _slices.size() - 1 : 0;
    _phase = phase::rows;
    const bool resumes = !_resume_prefix.empty() && _prefix == _resume_prefix;
    if (!_resume_prefix.empty() && !resumes) {
        _resume_prefix.clear();
        _resume_key.clear();
    }
    if (resumes) {
        _row_found = true;
        _partition_open = true;
        _rows_given = _resume_rows;
        _resume_prefix.clear();
        const bool whole = _resume_key[_prefix.size()] != kind_char(key_kind::row) ||
                           _request.partitions_only ||
                           (_request.rows_per_partition_max != 0 &&
                            _rows_given >= _request.rows_per_partition_max);
        if (whole) {
            _resume_key.clear();
            _skip_rest = true;
            _phase = phase::leave;
            return;
        }
        if (_request.reversed) {
            source.seek_for_prev(_resume_key);
        } else {
            source.seek(_resume_key);
        }
        return;
    }
    if (_request.partitions_only && _static_live && _request.static_rows) {
        _phase = phase::leave;
        return;
    }
    if (_request.reversed && !_request.partitions_only) {
        seek_row(source, _slices.empty() ? after_all_rows : bytes_view(_slices[_slice].second));
    }
}

void row_scanner::seek_row(entry_source& source, bytes_view suffix) {
    _seek_key.assign(_prefix);
    _seek_key.push_back(kind_char(key_kind::row));
    _seek_key += suffix;
    if (_request.reversed) {
        source.seek_for_prev(_seek_key);
    } else {
        source.seek(_seek_key);
    }
}

void row_scanner::step(entry_source& source) const {
    if (_request.reversed && !_request.partitions_only) {
        source.prev();
    } else {
        source.next();
    }
}

// Works through rows until another phase begins, the batch is full, or the source has to be looked
// at.
bool row_scanner::read_rows(entry_source& source, data::row_batch& batch) {
    const bool here = source.where() == entry_source::state::at_entry &&
                      in_partition(source.key()) &&
                      source.key()[_prefix.size()] == kind_char(key_kind::row);
    if (!here) {
        _phase = phase::leave;
        return false;
    }
    if (!_resume_key.empty()) {
        const bool given = source.key() == _resume_key;
        _resume_key.clear();
        if (given) {
            step(source);
            return false;
        }
    }
    const auto suffix = source.key().substr(_prefix.size() + 1);
    if (!_slices.empty() && !at_slice(source, suffix)) return false;
    return take_row(source, suffix, batch);
}

// Whether the row is in the current slice; otherwise goes to where the next one may be.
bool row_scanner::at_slice(entry_source& source, bytes_view suffix) {
    if (!_request.reversed || _request.partitions_only) {
        while (_slice < _slices.size() && suffix >= _slices[_slice].second) ++_slice;
        if (_slice == _slices.size()) {
            _skip_rest = true;
            _phase = phase::leave;
            return false;
        }
        if (suffix >= _slices[_slice].first) return true;
        seek_row(source, _slices[_slice].first);
        return false;
    }
    while (suffix < _slices[_slice].first) {
        if (_slice == 0) {
            _phase = phase::leave;
            return false;
        }
        --_slice;
    }
    const bytes_view end = _slices[_slice].second;
    if (suffix < end) return true;
    // An exclusive bound on a whole key is a row's own position.
    if (suffix == end) {
        source.prev();
    } else {
        seek_row(source, end);
    }
    return false;
}

bool row_scanner::take_row(entry_source& source, bytes_view suffix, data::row_batch& batch) {
    data::tombstone outer = _partition_deletion;
    if (!_range_deletions.empty()) {
        outer = data::reconcile(outer, _range_deletions.covering(suffix));
    }
    const auto found = _assembler.read_row(suffix, source.value(), outer);
    if (found == row_assembler::verdict::malformed) {
        fail_damaged(source.key());
        return false;
    }
    if (found == row_assembler::verdict::live) {
        _row_found = true;
        if (_request.partitions_only) {
            emit_without_row(batch);
            _skip_rest = true;
            _phase = phase::leave;
            return batch.row_count >= _request.batch_rows_max;
        }
        ++_rows_given;
        _steps += static_cast<std::uint32_t>(suffix.size() / key_bytes_per_step);
        if (!_assembler.append_row(batch)) {
            fail_damaged(source.key());
            return false;
        }
        _batch_bytes += source.value().size();
        note_row(source.key(), batch);
        if (_rows_given == _request.rows_per_partition_max) {
            _skip_rest = true;
            _phase = phase::leave;
            return batch.row_count >= _request.batch_rows_max;
        }
    }
    step(source);
    return batch.row_count >= _request.batch_rows_max || _batch_bytes >= batch_bytes_max;
}

void row_scanner::emit_without_row(data::row_batch& batch) {
    _row_found = true;
    _assembler.append_without_row(batch);
    bytes key = _prefix;
    key.push_back(kind_char(key_kind::static_row));
    note_row(key, batch);
}

void row_scanner::note_row(bytes_view key, data::row_batch& batch) {
    if (!_partition_open) {
        batch.partition_starts.push_back(batch.row_count - 1);
        _partition_open = true;
    }
    if (!_request.want_positions) return;
    _position.clear();
    _position.push_back(position_version);
    append_varint(_position, _rows_given);
    _position += key;
    batch.positions.append_serialised(_position);
}

void row_scanner::leave(entry_source& source, data::row_batch& batch) {
    if (_static_live && !_row_found && _request.static_rows &&
        (_request.slices.empty() || _request.partitions_only)) {
        emit_without_row(batch);
        if (_request.partitions_only) _skip_rest = true;
    }
    if (!scans_ranges()) {
        _phase = phase::next_target;
        return;
    }
    _phase = phase::enter;
    const bool already_past =
        !_request.reversed && !_skip_rest &&
        (source.where() != entry_source::state::at_entry || !in_partition(source.key()));
    if (already_past) return;
    _seek_key = after_prefix(_prefix);
    source.seek(_seek_key);
}

void row_scanner::fail(error why) {
    _failure = std::move(why);
}

void row_scanner::fail_damaged(bytes_view key) {
    fail(server_error("A stored entry of table {}.{} is damaged, key 0x{}",
                      _request.table->keyspace(), _request.table->name(), to_hex(key)));
}

}  // namespace nacre::storage
