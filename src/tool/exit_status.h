#pragma once

#include "base/result.h"

namespace nacre::tool {

/// What the commands answer to the shell; docs/reference/function-tool.md promises the numbers.
enum class exit_status : int {
    ok = 0,
    failed = 1,        ///< a test failed, the function was refused, it is not there
    usage = 2,         ///< what was asked for makes no sense, a file is missing or can't be read
    no_toolchain = 3,  ///< a program that is needed is not installed
    no_server = 4,     ///< nobody there, no answer, or the login was refused
};

/// A file or an option that can't be used: `exit_status::usage`.
template <typename... Args>
[[nodiscard]] error unusable(fmt::format_string<Args...> format, Args&&... args) {
    return {error_code::config_error, fmt::format(format, std::forward<Args>(args)...)};
}

/// The status that follows from an error's code.
[[nodiscard]] exit_status status_of(const error& why);

/// Says the error on stderr, and as the object {"error": …} on stdout if `is_json`.
[[nodiscard]] exit_status report(const error& why, bool is_json);

}  // namespace nacre::tool
