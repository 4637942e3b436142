#include "base/limits.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace nacre {

namespace {

constexpr bool is_sound(const function_limit& limit) {
    const auto standard = function_limits{}.*limit.member;
    return limit.floor <= standard && standard <= limit.ceiling && limit.ceiling <= limit.highest;
}
static_assert(std::ranges::all_of(function_limit_table, is_sound));
static_assert(function_limits{}.batch_argument_bytes_max * 2 <= function_limits{}.memory_bytes_max);
static_assert(function_limits{}.cpu_per_call_ms_max <= function_limits{}.cpu_per_statement_ms_max);

constexpr bool is_sound_for_all(const sandbox_limit& limit) {
    const auto standard = sandbox_limits{}.*limit.member;
    return limit.floor <= standard && standard <= limit.highest;
}
static_assert(std::ranges::all_of(sandbox_limit_table, is_sound_for_all));
static_assert(sandbox_limits{}.module_code_bytes_max <= sandbox_limits{}.code_bytes_max);

std::optional<std::uint32_t> number_in(std::string_view text) {
    std::uint32_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [stopped, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc() || stopped != end) return std::nullopt;
    return number;
}

}  // namespace

const function_limit* find_function_limit(std::string_view name) {
    const auto* found = std::ranges::find(function_limit_table, name, &function_limit::name);
    return found == function_limit_table.end() ? nullptr : found;
}

function_limits default_function_ceilings() {
    function_limits ceilings;
    for (const auto& limit : function_limit_table) ceilings.*limit.member = limit.ceiling;
    return ceilings;
}

status check_function_limits(const function_limits& server, const function_limits& ceilings) {
    for (const auto& limit : function_limit_table) {
        const auto standard = server.*limit.member;
        const bool has_ceiling = limit.scope == limit_scope::function;
        const auto ceiling = has_ceiling ? ceilings.*limit.member : limit.highest;
        if (ceiling < limit.floor || ceiling > limit.highest) {
            return error(error_code::config_error,
                         fmt::format("function_{}_ceiling must be between {} and {}, it is {}",
                                     limit.name, limit.floor, limit.highest, ceiling));
        }
        if (standard < limit.floor || standard > ceiling) {
            return error(
                error_code::config_error,
                fmt::format("function_{} must be between {} and {}{}, it is {}", limit.name,
                            limit.floor, ceiling, has_ceiling ? " (its ceiling)" : "", standard));
        }
    }
    return {};
}

result<function_limits> limits_with(const function_limits& server, const function_limits& ceilings,
                                    const std::map<std::string, std::string>& options) {
    auto limits = server;
    for (const auto& [name, value] : options) {
        const auto* limit = find_function_limit(name);
        if (limit == nullptr || limit->scope != limit_scope::function) continue;
        const auto number = number_in(value);
        const auto ceiling = ceilings.*limit->member;
        if (!number || *number < limit->floor || *number > ceiling) {
            return invalid("{} must be a number between {} and {}, got {}", name, limit->floor,
                           ceiling, value);
        }
        limits.*limit->member = *number;
    }
    // A batch has to fit the memory with its results, whichever of the two was set.
    limits.batch_argument_bytes_max =
        std::min(limits.batch_argument_bytes_max, limits.memory_bytes_max / 4);
    return limits;
}

status check_sandbox_limits(const sandbox_limits& limits) {
    for (const auto& limit : sandbox_limit_table) {
        const auto value = limits.*limit.member;
        if (value >= limit.floor && value <= limit.highest) continue;
        return error(error_code::config_error,
                     fmt::format("sandbox_{} must be between {} and {}, it is {}", limit.name,
                                 limit.floor, limit.highest, value));
    }
    if (limits.module_code_bytes_max > limits.code_bytes_max) {
        return error(error_code::config_error,
                     "sandbox_module_code_bytes_max must not exceed sandbox_code_bytes_max");
    }
    return {};
}

}  // namespace nacre
