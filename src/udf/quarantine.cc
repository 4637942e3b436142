#include "udf/quarantine.h"

#include <fmt/format.h>

namespace nacre::udf {

bool quarantine::note_failure(const observation_options& options, const std::string& reason,
                              clock::time_point now) {
    if (options.quarantine_failures == 0) return false;
    const std::lock_guard lock(_mutex);
    const auto window = std::chrono::seconds(options.quarantine_window_s);
    while (!_failures.empty() && now - _failures.front() > window) _failures.pop_front();
    // Calls that had begun before may fail while nobody new is let in.
    if (now.time_since_epoch().count() < _until.load(std::memory_order_relaxed)) return false;
    _failures.push_back(now);
    if (_failures.size() < options.quarantine_failures) return false;
    _cause = fmt::format("{} of its calls failed within {} s, the last one because {}",
                         _failures.size(), options.quarantine_window_s, reason);
    _failures.clear();
    const auto end = now + std::chrono::seconds(options.quarantine_s);
    _until.store(end.time_since_epoch().count(), std::memory_order_relaxed);
    _times.fetch_add(1, std::memory_order_relaxed);
    return true;
}

void quarantine::lift() {
    const std::lock_guard lock(_mutex);
    _failures.clear();
    _until.store(0, std::memory_order_relaxed);
}

std::optional<quarantine::clock::time_point> quarantine::until(clock::time_point now) const {
    const clock::time_point end(clock::duration(_until.load(std::memory_order_relaxed)));
    if (end <= now) return std::nullopt;
    return end;
}

std::optional<std::string> quarantine::refusal(clock::time_point now) const {
    const auto end = until(now);
    if (!end) return std::nullopt;
    const std::lock_guard lock(_mutex);
    const auto left = std::chrono::ceil<std::chrono::seconds>(*end - now);
    return fmt::format("it is under quarantine for {} s more: {}", left.count(), _cause);
}

}  // namespace nacre::udf
