#include "tool/declared_function.h"

#include <fmt/ranges.h>

#include "base/identifier.h"
#include "base/sha256.h"
#include "cql/parse.h"
#include "cql/print.h"
#include "tool/exit_status.h"

namespace nacre::tool {

std::string quoted(std::string_view text) {
    std::string made;
    made.reserve(text.size() + 2);
    made += '\'';
    for (const char c : text) {
        if (c == '\'') made += '\'';
        made += c;
    }
    made += '\'';
    return made;
}

namespace {

// The name before the parenthesis, quotes undone, and what follows it.
std::pair<std::string, std::string_view> split_name(std::string_view line) {
    if (line.starts_with('"')) {
        std::string name;
        for (std::size_t i = 1; i < line.size(); ++i) {
            if (line[i] != '"') {
                name += line[i];
            } else if (i + 1 < line.size() && line[i + 1] == '"') {
                name += line[i++];
            } else {
                return {name, line.substr(i + 1)};
            }
        }
        return {};
    }
    const auto end = line.find_first_of(" \t(");
    if (end == std::string_view::npos) return {};
    return {std::string(line.substr(0, end)), line.substr(end)};
}

}  // namespace

result<declared_function> parse_declaration(std::string_view line) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = line.find_first_not_of(blanks);
    if (begin != std::string_view::npos) line.remove_prefix(begin);
    const auto [name, rest] = split_name(line);
    if (name.empty()) {
        return invalid(
            "'{}' is no signature; one is: fib(n bigint) RETURNS NULL ON NULL INPUT RETURNS bigint",
            line);
    }
    const auto statement =
        fmt::format("CREATE FUNCTION {} {} LANGUAGE x AS ''", quote_identifier(name), rest);
    auto parsed = cql::parse(statement);
    if (!parsed) return invalid("the signature '{}': {}", line, parsed.error().message());
    declared_function made;
    made.tree = std::get<cql::create_function_statement>(std::move(*parsed));
    made.types_text = rest.substr(rest.find_first_not_of(blanks));
    while (!made.types_text.empty() && blanks.contains(made.types_text.back())) {
        made.types_text.pop_back();
    }
    return made;
}

std::string declared_function::signature() const {
    std::vector<std::string> types;
    for (const auto& argument : tree.arguments) types.push_back(cql::to_text(argument.type));
    return fmt::format("{}({})", quote_identifier(name()), fmt::join(types, ", "));
}

std::string declared_function::create_statement(bool by_digest) const {
    std::string text = fmt::format("CREATE OR REPLACE FUNCTION {} {} LANGUAGE {} AS ",
                                   quote_identifier(name()), types_text, language);
    if (by_digest) {
        sha256 digest;
        digest.add(*body);
        text += fmt::format("'sha256:{}'", to_hex(digest.finish()));
    } else {
        text += tool::quoted(*body);
    }
    std::string_view word = " WITH ";
    for (const auto& [key, value] : options) {
        text += fmt::format("{}{} = {}", word, key, value);
        word = " AND ";
    }
    return text;
}

}  // namespace nacre::tool
