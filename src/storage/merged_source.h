#pragma once

#include <memory>
#include <vector>

#include "storage/entry_source.h"

namespace nacre::storage {

/// Several tiers as one: entries in key order, values under the same key reconciled. A store with
/// a single tier uses that itself and pays nothing for this.
class merged_source final : public entry_source {
  public:
    /// At least one tier. They all see the same point in time.
    explicit merged_source(std::vector<std::unique_ptr<entry_source>> tiers);

    void seek(bytes_view target) override;
    void seek_for_prev(bytes_view target) override;
    void next() override;
    void prev() override;
    void unblock() override;
    [[nodiscard]] error failure() const override;

  private:
    enum class course : std::uint8_t { forward, backward };

    void turn(course way);
    void settle();
    void reconcile_current();

    std::vector<std::unique_ptr<entry_source>> _tiers;
    std::vector<std::uint8_t> _at_current;  ///< tiers that hold the current key
    course _course = course::forward;
    bool _malformed = false;
    bytes _current;
    bytes _reconciled;
};

}  // namespace nacre::storage
