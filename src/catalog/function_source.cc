#include "catalog/function_source.h"

#include <algorithm>

#include "base/sha256.h"
#include "base/text_case.h"
#include "runtime/shard.h"

namespace nacre::catalog {

namespace {

constexpr std::string_view digest_prefix = "sha256:";
constexpr std::size_t digest_digits = 64;
/// Some 200 µs of work.
constexpr std::size_t piece_bytes = 256 << 10;

std::string digest_text(sha256& digest) {
    return std::string(digest_prefix) + to_hex(digest.finish());
}

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
    return digest_text(digest);
}

runtime::task<result<function_source>> read_source(const std::string& body) {
    if (body.starts_with(digest_prefix)) {
        auto digest = lower_case(body);
        if (!is_source_digest(digest)) {
            co_return invalid(
                "A body that begins with 'sha256:' stands for another function's source: 64 "
                "hexadecimal digits are expected behind it");
        }
        co_return function_source{std::move(digest), nullptr};
    }
    sha256 digest;
    for (std::size_t begin = 0; begin < body.size(); begin += piece_bytes) {
        if (begin != 0) co_await runtime::yield();
        digest.add(std::string_view(body).substr(begin, piece_bytes));
    }
    function_source source{digest_text(digest), nullptr};
    source.text = std::make_shared<const std::string>(body);
    co_return source;
}

}  // namespace nacre::catalog
