#include <nacre/function.h>

NACRE_FUNCTION std::optional<std::string> commas(std::optional<std::vector<std::string>> words) {
    if (!words) return std::nullopt;
    std::string joined;
    for (const auto& word : *words) {
        if (&word != &words->front()) joined += ", ";
        joined += word;
    }
    return joined;
}
