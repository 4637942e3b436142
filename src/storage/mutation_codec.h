#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "data/mutation.h"

namespace nacre::storage {

/// Turns a mutation into stored entries, one after the other. What is stored under an entry's key
/// already is to be merged with it. Borrows the mutation; reuses its buffers.
class mutation_encoder {
  public:
    explicit mutation_encoder(const data::mutation& change);

    /// Makes the next entry; false when there is none.
    [[nodiscard]] bool next();
    /// Of the current entry, until the next call of next().
    [[nodiscard]] bytes_view key() const { return _key; }
    [[nodiscard]] bytes_view value() const { return _value; }

  private:
    void begin(char kind);
    void set_deletion(const data::tombstone& deletion);
    void set_row(const data::row_change& change);

    const data::mutation& _change;
    bool _has_spellings;
    bytes _key;
    bytes _value;
    std::size_t _prefix_size;
    std::size_t _step = 0;
};

}  // namespace nacre::storage
