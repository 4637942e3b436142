#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre::storage {

/// One tier of stored entries in key order, as a cursor: at an entry, past the ends, blocked or
/// failed. Used by one thread at a time.
///
/// A source may refuse to touch the disk where it is used: a move then leaves it `blocked`, and the
/// owner calls unblock() where waiting is allowed, which completes that very move.
class entry_source {
  public:
    enum class state : std::uint8_t { at_entry, at_end, blocked, failed };

    virtual ~entry_source() = default;

    [[nodiscard]] state where() const { return _where; }
    /// Of the current entry, until the next move.
    [[nodiscard]] bytes_view key() const { return _key; }
    [[nodiscard]] bytes_view value() const { return _value; }

    /// To the first entry whose key is not less than `target`.
    virtual void seek(bytes_view target) = 0;
    /// To the last entry whose key is not greater than `target`.
    virtual void seek_for_prev(bytes_view target) = 0;
    virtual void next() = 0;
    virtual void prev() = 0;
    /// Completes the move that left it blocked. May take long.
    virtual void unblock() = 0;
    /// What went wrong; only when failed.
    [[nodiscard]] virtual error failure() const = 0;

  protected:
    state _where = state::at_end;
    bytes_view _key;
    bytes_view _value;
};

}  // namespace nacre::storage
