// The body of CREATE FUNCTION … LANGUAGE wasm, as text and as base64. Promises:
// - no body crashes the server or holds it up; a refusal is 0x2200 with a text for a person;
// - a module means the same as text, as base64 of its binary form, and however the base64 is
//   spaced and padded; so does the custom section with its signatures.

#include <wasmtime.h>

#include "body.h"
#include "promise.h"
#include "sandbox.h"
#include "udf/wasm/custom_section.h"

namespace {

using namespace nacre;
using namespace nacre::fuzz;

std::string outcome_of(std::uint8_t which, std::string body) {
    const auto compiled = sandbox::instance().compile(declare(which, std::move(body)));
    if (compiled.ok()) return "accepted";
    check_refusal(compiled.error());
    return compiled.error().message();
}

std::optional<bytes> to_binary(std::string_view text) {
    wasm_byte_vec_t binary{};
    if (auto* why = wasmtime_wat2wasm(text.data(), text.size(), &binary)) {
        wasmtime_error_delete(why);
        return std::nullopt;
    }
    bytes out(binary.data, binary.size);
    wasm_byte_vec_delete(&binary);
    return out;
}

void same_in_every_spelling(std::uint8_t which, std::uint8_t taste, bytes_view binary,
                            std::string_view expected) {
    require(outcome_of(which, to_base64(binary)) == expected, "base64 means its binary form",
            expected);
    require(outcome_of(which, to_untidy_base64(binary, taste)) == expected,
            "base64 may be spaced and unpadded", expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input in(data, size);
    const auto which = in.byte();
    const auto taste = in.byte();
    const auto body = in.rest();
    if ((which & 0x80) != 0) {  // a binary module, or what is none
        const auto binary = std::string("\0asm\1\0\0\0", 8) + body;
        same_in_every_spelling(which, taste, binary, outcome_of(which, to_base64(binary)));
        return 0;
    }
    const auto outcome = outcome_of(which, body);
    const bool is_text = body.find_first_not_of(" \t\r\n") != bytes::npos &&
                         std::string_view("(;").contains(body[body.find_first_not_of(" \t\r\n")]);
    if (!is_text) return 0;
    if (const auto binary = to_binary(body)) {
        constexpr std::string_view section = "nacre.functions";
        require(
            udf::wasm::custom_section(body, section) == udf::wasm::custom_section(*binary, section),
            "a custom section means the same in a text and in its binary form", body);
        same_in_every_spelling(which, taste, *binary, outcome);
    } else {
        require(outcome != "accepted", "what is no text of a module is refused", body);
    }
    return 0;
}
