#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/account.h"

namespace nacre::runtime {

/// What a shard's time is divided between. Within a group, work takes turns in the order in which
/// it came.
enum class scheduling_group : std::uint8_t {
    system,     ///< the network, timers, calls between shards, changes of the schema
    points,     ///< statements that name their partitions
    scans,      ///< statements that look for their rows
    functions,  ///< statements that call users' functions
};
inline constexpr std::size_t scheduling_group_count = 4;
inline constexpr std::array<std::string_view, scheduling_group_count> scheduling_group_names{
    "system", "points", "scans", "functions"};

/// Something that a turn of a loop may have been spent on, for those who look why one was long.
class describable {
  public:
    virtual ~describable() = default;
    [[nodiscard]] virtual std::string describe() const = 0;
};

/// For whom a turn works. Follows a coroutine wherever the functions of this module resume it.
struct work_context {
    scheduling_group group = scheduling_group::system;
    std::shared_ptr<const describable> what = nullptr;  ///< null: nothing worth a name
    /// On whose behalf; null: nobody's who had to log in.
    account_ptr account = nullptr;
};

/// The context of the work that this thread does now; outside of the shards one of no use.
[[nodiscard]] work_context& current_work();

}  // namespace nacre::runtime
