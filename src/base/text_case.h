#pragma once

#include <string>
#include <string_view>

namespace nacre {

/// ASCII letters folded; other bytes as they are, whatever the locale.
[[nodiscard]] inline std::string lower_case(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}
[[nodiscard]] inline std::string upper_case(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return out;
}

}  // namespace nacre
