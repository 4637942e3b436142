#include <nacre/function.h>

NACRE_FUNCTION NACRE_DETERMINISTIC std::string capitalised(std::string s) {
    if (!s.empty() && s[0] >= 'a' && s[0] <= 'z') s[0] = static_cast<char>(s[0] - 'a' + 'A');
    return s;
}

NACRE_FUNCTION NACRE_DETERMINISTIC std::string repeated(std::string_view s, std::int32_t times) {
    std::string made;
    for (std::int32_t i = 0; i < times; ++i) made += s;
    return made;
}

NACRE_FUNCTION NACRE_DETERMINISTIC std::optional<std::string> commas(
    std::optional<std::vector<std::string>> words) {
    if (!words) return std::nullopt;
    std::string joined;
    for (const auto& word : *words) {
        if (&word != &words->front()) joined += ", ";
        joined += word;
    }
    return joined;
}

NACRE_FUNCTION NACRE_DETERMINISTIC nacre::ascii initials(const nacre::ascii& s) {
    nacre::ascii found;
    char before = ' ';
    for (const char c : s) {
        if (before == ' ' && c != ' ') found += c;
        before = c;
    }
    return found;
}

NACRE_FUNCTION NACRE_DETERMINISTIC nacre::blob xored(nacre::blob data, nacre::blob_view key) {
    for (std::size_t i = 0; i < data.size() && !key.empty(); ++i) data[i] ^= key[i % key.size()];
    return data;
}
