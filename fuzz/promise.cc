#include "promise.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <utf8.h>

namespace nacre::fuzz {

void require(bool holds, std::string_view promise, std::string_view detail) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %.*s\n%.*s\n", static_cast<int>(promise.size()),
                 promise.data(), static_cast<int>(detail.size()), detail.data());
    std::abort();
}

void tell(std::string_view what) {
    static const bool is_wanted = std::getenv("NACRE_FUZZ_TELL") != nullptr;
    if (is_wanted) std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
}

void check_text(const error& failure) {
    constexpr std::size_t bytes_max = 16 << 10;
    const auto& text = failure.message();
    tell(text);
    require(!text.empty(), "errors have a text", "");
    require(text.size() <= bytes_max, "the texts of errors are short", text.substr(0, bytes_max));
    require(utf8::is_valid(text.begin(), text.end()), "the texts of errors are UTF-8", text);
}

void check_refusal(const error& failure) {
    require(failure.code() == error_code::invalid, "refusals are 0x2200", failure.message());
    check_text(failure);
    const bool plain = std::ranges::none_of(failure.message(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t';
    });
    require(plain, "refusals have no control characters", failure.message());
}

void check_failure(const error& failure, const schema::function_definition& whose) {
    const auto& text = failure.message();
    require(failure.code() == error_code::function_failure, "failed calls are FUNCTION_FAILURE",
            text);
    const auto* fields = std::get_if<function_failure_fields>(&failure.fields());
    require(fields != nullptr && fields->keyspace == whose.keyspace &&
                fields->function == whose.name &&
                fields->argument_types.size() == whose.argument_types.size(),
            "failures name their function", text);
    require(text.starts_with("execution of '" + whose.keyspace + "." + whose.name + "["),
            "the texts of failures name their function", text);
    check_text(failure);
}

}  // namespace nacre::fuzz
