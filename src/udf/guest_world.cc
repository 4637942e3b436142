#include "udf/guest_world.h"

#include <ctime>

#include <openssl/rand.h>

namespace nacre::udf {

namespace {

bool is_set(const schema::function_definition& function, const char* option) {
    const auto found = function.options.find(option);
    return found != function.options.end() && found->second == "true";
}

// Microseconds: a finer clock would only help to spy on other guests' caches.
std::uint64_t read_clock(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec) / 1'000 * 1'000;
}

std::uint64_t new_seed() {
    thread_local std::mt19937_64 generator{std::random_device{}()};
    return generator();
}

}  // namespace

guest_world guest_world::of(const schema::function_definition& function) {
    if (function.is_deterministic) return of(function, {});
    return of(function, {.realtime_ns = read_clock(CLOCK_REALTIME), .seed = new_seed()});
}

guest_world guest_world::of(const schema::function_definition& function, world_origin origin) {
    guest_world made;
    made._origin = origin;
    made._real_time = is_set(function, "real_time");
    made._real_random = is_set(function, "real_random");
    return made;
}

std::uint64_t guest_world::realtime_ns() const {
    return _real_time ? read_clock(CLOCK_REALTIME) : _origin.realtime_ns;
}

std::uint64_t guest_world::monotonic_ns() const {
    return _real_time ? read_clock(CLOCK_MONOTONIC) : 0;
}

void guest_world::fill_random(std::span<std::uint8_t> room) {
    if (_real_random) {
        RAND_bytes(room.data(), static_cast<int>(room.size()));
        return;
    }
    if (!_generator) _generator.emplace(_origin.seed);
    for (std::size_t i = 0; i < room.size(); i += 8) {
        auto number = (*_generator)();
        for (auto& octet : room.subspan(i, std::min<std::size_t>(8, room.size() - i))) {
            octet = static_cast<std::uint8_t>(number);
            number >>= 8;
        }
    }
}

}  // namespace nacre::udf
