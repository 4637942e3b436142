#include "udf/function_logs.h"

namespace nacre::udf {

// About what a line costs besides its text.
std::uint64_t function_logs::size_of(const log_line& line) {
    constexpr std::uint64_t overhead_bytes = 160;
    return overhead_bytes + line.text.size();
}

void function_logs::drop_oldest(std::map<std::uint64_t, of_function>::iterator function) {
    auto& lines = function->second.lines;
    const auto size = size_of(*lines.front()->line);
    _lines.erase(lines.front());
    lines.pop_front();
    function->second.bytes -= size;
    _bytes -= size;
    if (lines.empty()) _by_function.erase(function);
}

void function_logs::add(std::uint64_t function, log_line_ptr line) {
    const auto size = size_of(*line);
    const std::lock_guard lock(_mutex);
    const auto place = _by_function.try_emplace(function).first;
    _lines.push_back({.function = function, .line = std::move(line)});
    place->second.lines.push_back(std::prev(_lines.end()));
    place->second.bytes += size;
    _bytes += size;
    while (place->second.lines.size() > 1 && place->second.bytes > _bytes_max) drop_oldest(place);
    while (_lines.size() > 1 && _bytes > _bytes_total_max) {
        drop_oldest(_by_function.find(_lines.front().function));
    }
}

std::vector<log_line_ptr> function_logs::lines_of(std::uint64_t function) const {
    std::vector<log_line_ptr> lines;
    const std::lock_guard lock(_mutex);
    if (const auto found = _by_function.find(function); found != _by_function.end()) {
        lines.reserve(found->second.lines.size());
        for (const auto& each : found->second.lines) lines.push_back(each->line);
    }
    return lines;
}

void function_logs::forget(std::uint64_t function) {
    const std::lock_guard lock(_mutex);
    const auto found = _by_function.find(function);
    if (found == _by_function.end()) return;
    for (const auto& each : found->second.lines) _lines.erase(each);
    _bytes -= found->second.bytes;
    _by_function.erase(found);
}

std::uint64_t function_logs::bytes() const {
    const std::lock_guard lock(_mutex);
    return _bytes;
}

}  // namespace nacre::udf
