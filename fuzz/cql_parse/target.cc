// The CQL parser on arbitrary text. Three promises are watched:
// - no text crashes it, overflows the stack or reads out of bounds (the sanitizers watch);
// - what is no CQL is a syntax error with a line and a column;
// - an expression or a type that was accepted prints as a text that is accepted and prints the
// same.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cql/parse.h"
#include "cql/print.h"

namespace {

using namespace nacre;

void require(bool holds, const char* promise, const std::string& text) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %s\n%s\n", promise, text.c_str());
    std::abort();
}

void check_error(const error& failure) {
    require(failure.code() == error_code::syntax_error, "a syntax error", failure.message());
    require(failure.message().starts_with("line "), "a place in the text", failure.message());
}

void check_expression(const cql::expression& value) {
    require(value.height <= cql::max_nesting, "bounded nesting", "");
    (void)to_text(value);
    const auto printed = to_text(value, cql::naming::quoted_names);
    const auto again = cql::parse_expression(printed);
    // Printing may need a few more parentheses than were written, which can pass the limit.
    if (!again.ok() && again.error().message().find("nested more than") != std::string::npos)
        return;
    require(again.ok(), "printed expressions parse", printed);
    const auto reprinted = to_text(*again, cql::naming::quoted_names);
    require(reprinted == printed, "printed expressions read back", printed + "\n" + reprinted);
}

void check_type(const cql::type_name& type) {
    const auto printed = to_text(type);
    const auto again = cql::parse_type(printed);
    require(again.ok(), "printed types parse", printed);
    require(to_text(*again) == printed, "printed types read back", printed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);

    const auto made = cql::parse_statement(text);
    if (!made.ok()) {
        check_error(made.error());
    } else {
        const auto copy = made->tree;  // trees are plain values
        if (const auto* select = std::get_if<cql::select_statement>(&copy)) {
            for (const auto& selector : select->selectors) check_expression(selector.value);
        }
        if (const auto* insert = std::get_if<cql::insert_statement>(&copy)) {
            for (const auto& value : insert->values) check_expression(value);
        }
        if (const auto* table = std::get_if<cql::create_table_statement>(&copy)) {
            for (const auto& column : table->columns) check_type(column.type);
        }
    }
    if (const auto value = cql::parse_expression(text); value.ok()) {
        check_expression(*value);
    } else {
        check_error(value.error());
    }
    if (const auto type = cql::parse_type(text); type.ok()) {
        check_type(*type);
    } else {
        check_error(type.error());
    }
    return 0;
}
