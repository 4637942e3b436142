#include "cql/obscure.h"

#include <algorithm>
#include <string_view>

namespace nacre::cql {

namespace {

// A word of lower-case letters, in any case; npos if it is not there.
std::size_t find_word(std::string_view text, std::string_view word) {
    const auto same = [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    };
    const auto found = std::ranges::search(text, word, same);
    return found.empty() ? std::string_view::npos
                         : static_cast<std::size_t>(found.begin() - text.begin());
}

}  // namespace

std::string without_passwords(std::string text) {
    constexpr std::string_view secret = "password";
    const auto at = find_word(text, secret);
    if (at == std::string_view::npos) return text;
    const auto has = [&](std::string_view word) {
        return find_word(text, word) != std::string_view::npos;
    };
    if (!(has("create") || has("alter")) || !(has("role") || has("user"))) return text;
    text.resize(at + secret.size());
    return text + " *******";
}

}  // namespace nacre::cql
