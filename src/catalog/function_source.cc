#include "catalog/function_source.h"

#include <algorithm>

#include "base/sha256.h"
#include "base/text_case.h"

namespace nacre::catalog {

namespace {

constexpr std::string_view digest_prefix = "sha256:";
constexpr std::size_t digest_digits = 64;

}  // namespace

bool is_source_digest(std::string_view text) {
    return text.starts_with(digest_prefix) && text.size() == digest_prefix.size() + digest_digits &&
           std::ranges::all_of(text.substr(digest_prefix.size()), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

std::string source_digest(std::string_view source) {
    sha256 digest;
    digest.add(source);
    return std::string(digest_prefix) + to_hex(digest.finish());
}

result<function_source> read_source(const std::string& body) {
    if (body.starts_with(digest_prefix)) {
        auto digest = lower_case(body);
        if (!is_source_digest(digest)) {
            return invalid(
                "A body that begins with 'sha256:' stands for another function's source: 64 "
                "hexadecimal digits are expected behind it");
        }
        return function_source{std::move(digest), nullptr};
    }
    return function_source{source_digest(body), std::make_shared<const std::string>(body)};
}

}  // namespace nacre::catalog
