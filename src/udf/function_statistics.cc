#include "udf/function_statistics.h"

namespace nacre::udf {

bool function_statistics::note_failure(failure_kind kind, const std::string& message) {
    _failures[static_cast<std::size_t>(kind)].fetch_add(1, std::memory_order_relaxed);
    // What keeps a function from being called says nothing new about it.
    if (kind == failure_kind::quarantined) return false;
    {
        const std::lock_guard lock(_mutex);
        _last = {.message = message, .time = std::chrono::system_clock::now()};
    }
    return leads_to_quarantine(kind) && refusals.note_failure(*setup.options, message);
}

std::uint64_t function_statistics::failures() const {
    std::uint64_t sum = 0;
    for (const auto& count : _failures) sum += count.load(std::memory_order_relaxed);
    return sum;
}

std::optional<last_failure> function_statistics::last() const {
    const std::lock_guard lock(_mutex);
    return _last;
}

}  // namespace nacre::udf
