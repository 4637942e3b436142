#include "udf/wasm/handles.h"

#include <algorithm>
#include <array>

#include "udf/readable_text.h"

namespace nacre::udf::wasm {

namespace {

// By trap code, as far as core WebAssembly can raise them.
constexpr std::array<std::string_view, 18> trap_reasons = {
    "the stack overflowed",
    "out of bounds memory access",
    "misaligned atomic access",
    "out of bounds table access",
    "indirect call to null",
    "indirect call type mismatch",
    "integer overflow",
    "integer divide by zero",
    "invalid conversion to integer",
    "`unreachable` instruction executed",
    "interrupted",
    "all fuel consumed",
    "atomic wait on non-shared memory",
    "null reference",
    "out of bounds array access",
    "allocation size too large",
    "cast failure",
    {},
};

// Errors read "where:\nbacktrace\n\nCaused by:\n    reason"; the reason is what a user can act on.
std::string innermost_reason(std::string_view message) {
    constexpr std::string_view marker = "Caused by:";
    const auto at = message.rfind(marker);
    if (at != std::string_view::npos) message.remove_prefix(at + marker.size());
    const auto first = message.find_first_not_of(" \n\t");
    if (first == std::string_view::npos) return std::string(message);
    message.remove_prefix(first);
    while (!message.empty() && (message.back() == '\n' || message.back() == '\0')) {
        message.remove_suffix(1);
    }
    return std::string(message);
}

}  // namespace

std::string describe(const wasm_trap_t& trap) {
    wasmtime_trap_code_t code = 0;
    if (wasmtime_trap_code(&trap, &code) && code < trap_reasons.size() &&
        !trap_reasons[code].empty()) {
        return "wasm trap: " + std::string(trap_reasons[code]);
    }
    byte_vector text;
    wasm_trap_message(&trap, text.out());
    return innermost_reason(text.view());
}

std::string explain(const wasmtime_error_t& error) {
    constexpr std::size_t line_bytes_max = 200;
    constexpr std::size_t lines_max = 12;
    const auto message = message_of(error);
    std::string_view rest = message;
    while (!rest.empty() && rest.back() == '\0') rest.remove_suffix(1);
    std::string text;
    bool in_causes = false;
    for (std::size_t lines = 0; !rest.empty() && lines < lines_max;) {
        const auto end = rest.find('\n');
        auto line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        const auto first = line.find_first_not_of(' ');
        if (first == std::string_view::npos) continue;
        if (line == "Caused by:") {
            in_causes = true;
            continue;
        }
        ++lines;
        if (in_causes) {
            // Several causes are numbered: "0: reason".
            line.remove_prefix(std::min(line.find_first_not_of(" 0123456789:"), line.size()));
            text += ": ";
        } else if (!text.empty()) {
            text += '\n';
        }
        text += readable(line, line_bytes_max);
    }
    return text;
}

std::string describe(const wasmtime_error_t& error) {
    return innermost_reason(message_of(error));
}

}  // namespace nacre::udf::wasm
