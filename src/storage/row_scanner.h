#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "data/row_batch.h"
#include "storage/entry_source.h"
#include "storage/key_codec.h"
#include "storage/range_deletions.h"
#include "storage/row_assembler.h"
#include "storage/table_store.h"

namespace nacre::storage {

/// Carries out a scan_request over an entry_source: which keys to visit, what shadows what, where
/// to stop and resume. A state machine without waiting of its own, so that it runs on a shard and,
/// when the source would block, goes on in a blocking pool from the same point. One thread at a
/// time.
class row_scanner {
  public:
    using clock = std::chrono::steady_clock;
    enum class outcome : std::uint8_t {
        batch_full,  ///< go on with the next batch
        paused,      ///< the deadline has passed; call again
        blocked,     ///< the source is blocked; unblock it and call again
        large,       ///< the next row is larger than was wished; call again where that is no matter
        finished,    ///< no more rows
        failed,      ///< see failure()
    };

    /// Bytes of stored rows after which a batch ends early.
    static constexpr std::uint64_t batch_bytes_max = 4 << 20;

    /// Errors: a resume position that is not one of this request's.
    [[nodiscard]] static result<row_scanner> make(scan_request request);

    [[nodiscard]] const scan_request& request() const { return _request; }
    /// Clears `batch`, makes its columns. Before the first fill() of each batch.
    void prepare(data::row_batch& batch) {
        _assembler.prepare(batch);
        _batch_bytes = 0;
    }
    /// Appends rows until something happens. Rows with more stored bytes than `row_bytes_max` are
    /// not decoded.
    [[nodiscard]] outcome fill(entry_source& source, data::row_batch& batch,
                               clock::time_point deadline,
                               std::size_t row_bytes_max = std::numeric_limits<std::size_t>::max());
    [[nodiscard]] const error& failure() const { return *_failure; }
    /// See scan_cursor.
    [[nodiscard]] std::optional<data::token_range> end_at_token(const entry_source& source);

  private:
    /// What is to be done next. Each step ends with at most one move of the source, so that a
    /// blocked move is completed behind its back and the next step finds it done.
    enum class phase : std::uint8_t {
        next_target,  ///< no move is pending: take the next range or partition
        enter,        ///< the source stands where the next partition of the target may begin
        header,       ///< reading what precedes the rows
        rows,
        leave,  ///< the rows of the partition are done
        done,
    };

    explicit row_scanner(scan_request request);
    [[nodiscard]] status resume();

    [[nodiscard]] bool scans_ranges() const { return _request.partitions.index() == 0; }
    [[nodiscard]] bool in_target(bytes_view key) const;
    [[nodiscard]] bool enter_single_row(entry_source& source, std::size_t prefix_size,
                                        data::row_batch& batch);
    void next_target(entry_source& source);
    [[nodiscard]] bool enter(entry_source& source, data::row_batch& batch);
    void begin_partition(entry_source& source, std::size_t prefix_size);
    void read_header(entry_source& source);
    void begin_rows(entry_source& source);
    [[nodiscard]] bool read_rows(entry_source& source, data::row_batch& batch);
    [[nodiscard]] bool take_row(entry_source& source, bytes_view suffix, data::row_batch& batch);
    [[nodiscard]] bool at_slice(entry_source& source, bytes_view suffix);
    void leave(entry_source& source, data::row_batch& batch);
    void emit_without_row(data::row_batch& batch);
    void note_row(bytes_view key, data::row_batch& batch);
    void step(entry_source& source) const;
    void seek_row(entry_source& source, bytes_view suffix);
    void fail(error why);
    void fail_damaged(bytes_view key);
    [[nodiscard]] bool in_partition(bytes_view key) const {
        return key.size() > _prefix.size() && key.starts_with(_prefix);
    }

    scan_request _request;
    row_assembler _assembler;
    std::vector<position_range> _slices;  ///< empty: all rows
    std::optional<error> _failure;

    phase _phase = phase::next_target;
    std::size_t _target = 0;   ///< the next range or partition
    data::token _began_after;  ///< where the first range, or what is left of it, begins
    data::token _range_up_to;  ///< of the current range
    bytes _seek_key;           ///< scratch

    /// Without clustering columns a partition is one row: a scan of such a table goes from row to
    /// row, and partitions with nothing but a row need no state of their own.
    bool _single_row = false;

    // The current partition.
    bytes _prefix;
    data::tombstone _partition_deletion;
    range_deletions _range_deletions;
    bool _static_live = false;
    bool _row_found = false;       ///< a row of it has been given, in an earlier batch perhaps
    bool _partition_open = false;  ///< its beginning is marked in a batch
    bool _skip_rest = false;
    std::size_t _slice = 0;
    std::uint32_t _rows_given = 0;

    // Where to resume; cleared once that is done.
    bytes _resume_prefix;
    bytes _resume_key;
    std::uint32_t _resume_rows = 0;

    std::uint64_t _batch_bytes = 0;
    std::uint32_t _steps = 0;  ///< since the clock was read
    bytes _position;
};

}  // namespace nacre::storage
