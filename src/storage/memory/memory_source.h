#pragma once

#include <map>
#include <memory>
#include <utility>

#include "storage/entry_source.h"

namespace nacre::storage {

/// Entries in memory, by key.
using entry_map = std::map<bytes, bytes, std::less<>>;

/// A cursor over entries that nobody changes any more; never blocks.
class memory_source final : public entry_source {
  public:
    explicit memory_source(std::shared_ptr<const entry_map> entries)
        : _entries(std::move(entries)), _at(_entries->end()) {}

    void seek(bytes_view target) override { settle(_entries->lower_bound(target)); }
    void seek_for_prev(bytes_view target) override {
        _at = _entries->upper_bound(target);
        prev();
    }
    void next() override { settle(std::next(_at)); }
    void prev() override { settle(_at == _entries->begin() ? _entries->end() : std::prev(_at)); }
    void unblock() override {}
    [[nodiscard]] error failure() const override { return server_error("No failure"); }

  private:
    void settle(entry_map::const_iterator at) {
        _at = at;
        _where = at == _entries->end() ? state::at_end : state::at_entry;
        if (_where == state::at_end) return;
        _key = at->first;
        _value = at->second;
    }

    std::shared_ptr<const entry_map> _entries;
    entry_map::const_iterator _at;
};

}  // namespace nacre::storage
