#include "storage/mutation_codec.h"

#include <optional>

#include "data/reconcile.h"
#include "storage/key_codec.h"
#include "storage/row_codec.h"

namespace nacre::storage {

mutation_encoder::mutation_encoder(const data::mutation& change)
    : _change(change),
      _has_spellings(has_spellings(*change.table)),
      _key(partition_prefix(*change.table, change.key)),
      _prefix_size(_key.size()) {}

bool mutation_encoder::next() {
    std::size_t step = _step++;
    if (step == 0) {
        if (_change.partition_deletion.exists()) {
            begin(static_cast<char>(key_kind::partition_tombstone));
            set_deletion(_change.partition_deletion);
            return true;
        }
        step = _step++;
    }
    --step;
    if (step < _change.range_tombstones.size()) {
        const auto& each = _change.range_tombstones[step];
        begin(static_cast<char>(key_kind::range_tombstone));
        append_positions(_key, positions_of(*_change.table, each.range));
        set_deletion(each.deletion);
        return true;
    }
    step -= _change.range_tombstones.size();
    if (step >= _change.rows.size()) return false;
    set_row(_change.rows[step]);
    return true;
}

void mutation_encoder::begin(char kind) {
    _key.resize(_prefix_size);
    _key.push_back(kind);
    _value.clear();
}

void mutation_encoder::set_deletion(const data::tombstone& deletion) {
    data::row_view row;
    row.deletion = deletion;
    encode_row(row, _value);
}

void mutation_encoder::set_row(const data::row_change& change) {
    auto row = data::view_of(change.content);
    std::optional<bytes> spelling;
    if (change.clustering) {
        begin(static_cast<char>(key_kind::row));
        append_clustering(_key, *_change.table, *change.clustering);
        if (_has_spellings) {
            spelling = spelling_of(*_change.table, *change.clustering,
                                   bytes_view(_key).substr(_prefix_size + 1));
        }
    } else {
        begin(static_cast<char>(key_kind::static_row));
    }
    if (spelling) row.spelling = *spelling;
    encode_row(row, _value);
}

}  // namespace nacre::storage
