#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <span>

#include "schema/function.h"

namespace nacre::udf {

/// Where a guest's time and chance come from: enough to let another guest see the same again.
struct world_origin {
    std::uint64_t realtime_ns = 0;  ///< since 1970
    std::uint64_t seed = 0;
};

/// What a guest sees of time and chance. Unless the function asks for more, its clocks stand still
/// (the time of day at the start of its part of the statement, the monotonic one at zero) and its
/// random numbers follow from a seed, so that a call can be repeated. For a function declared
/// DETERMINISTIC both are the same for ever. One guest's own.
class guest_world {
  public:
    /// For a guest of this function that starts now. WITH real_time = true gives it the clocks of
    /// the machine, real_random = true the random numbers of the machine.
    [[nodiscard]] static guest_world of(const schema::function_definition& function);
    /// The same from a known origin.
    [[nodiscard]] static guest_world of(const schema::function_definition& function,
                                        world_origin origin);

    [[nodiscard]] const world_origin& origin() const { return _origin; }
    /// Whether a guest with the same origin sees the same.
    [[nodiscard]] bool is_repeatable() const { return !_real_time && !_real_random; }

    [[nodiscard]] std::uint64_t realtime_ns() const;
    [[nodiscard]] std::uint64_t monotonic_ns() const;
    void fill_random(std::span<std::uint8_t> room);

  private:
    world_origin _origin;
    bool _real_time = false;
    bool _real_random = false;
    std::optional<std::mt19937_64> _generator;  ///< made when first used: it is large
};

}  // namespace nacre::udf
