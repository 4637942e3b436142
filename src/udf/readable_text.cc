#include "udf/readable_text.h"

#include <fmt/format.h>
#include <utf8.h>

namespace nacre::udf {

namespace {

std::string spelt_out(std::string_view text) {
    std::string out;
    const auto* at = text.begin();
    while (at != text.end()) {
        const auto byte = static_cast<unsigned char>(*at);
        const bool is_control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f;
        const auto* next = at;
        // The controls from U+0080 to U+009F begin with 0xc2 and a byte below 0xa0.
        const bool is_text =
            !is_control &&
            utf8::internal::validate_next(next, text.end()) == utf8::internal::UTF8_OK &&
            !(byte == 0xc2 && static_cast<unsigned char>(at[1]) < 0xa0);
        if (is_text) {
            out.append(at, next);
            at = next;
        } else {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
            ++at;
        }
    }
    return out;
}

}  // namespace

std::string readable(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return spelt_out(text);
    const auto is_inside_of_a_character = [&](std::size_t at) {
        return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
    };
    auto head = bytes_max - bytes_max / 4;
    auto tail = text.size() - bytes_max / 4;
    for (int i = 0; i < 3 && head > 0 && is_inside_of_a_character(head); ++i) --head;
    for (int i = 0; i < 3 && is_inside_of_a_character(tail); ++i) ++tail;
    return spelt_out(text.substr(0, head)) + " … " + spelt_out(text.substr(tail));
}

}  // namespace nacre::udf
