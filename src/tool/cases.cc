#include "tool/cases.h"

#include "tool/exit_status.h"
#include "tool/files.h"

namespace nacre::tool {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// Where the bracket that opens the text is closed; npos if it is not.
std::size_t closing(std::string_view text) {
    int depth = 0;
    bool is_quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\'') is_quoted = !is_quoted;
        if (is_quoted) continue;
        if (c == '(' || c == '[' || c == '{') ++depth;
        if ((c == ')' || c == ']' || c == '}') && --depth == 0) return i;
    }
    return std::string_view::npos;
}

result<test_case> parse_case(std::string_view text) {
    test_case made;
    const auto end = closing(text);
    if (end == std::string_view::npos) return unusable("a bracket is not closed");
    const auto given = text.substr(0, end + 1);
    made.is_of_rows = given.front() == '[';
    if (made.is_of_rows) {
        for (const auto& row : split_literals(given.substr(1, given.size() - 2), ',')) {
            NACRE_TRY(auto values, parse_row(row));
            made.rows.push_back(std::move(values));
        }
    } else {
        NACRE_TRY(auto values, parse_row(given));
        made.rows.push_back(std::move(values));
    }
    const auto rest = trimmed(text.substr(end + 1));
    if (rest.starts_with("=")) {
        made.expected = trimmed(rest.substr(1));
        if (made.expected.empty()) return unusable("no result stands behind the =");
    } else if (rest.starts_with("fails")) {
        made.failure = trimmed(rest.substr(5));
    } else {
        return unusable("'= RESULT' or 'fails TEXT' has to follow the arguments");
    }
    return made;
}

status parse_edges(std::string_view text, case_block& to) {
    if (text.starts_with("off")) {
        to.tries_edges = false;
        return {};
    }
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) {
        return unusable("'edges off' or 'edges ARGUMENT = VALUE, …' was expected");
    }
    to.edges[std::string(trimmed(text.substr(0, equals)))] =
        split_literals(text.substr(equals + 1), ',');
    return {};
}

status parse_line(std::string_view text, const std::filesystem::path& file, case_block& to,
                  std::uint32_t number) {
    if (text.front() == '(' || text.front() == '[') {
        NACRE_TRY(auto made, parse_case(text));
        made.line = number;
        to.cases.push_back(std::move(made));
        return {};
    }
    if (text.starts_with("csv ")) {
        to.csv.push_back(file.parent_path() / std::string(trimmed(text.substr(4))));
        return {};
    }
    if (text.starts_with("edges ")) return parse_edges(trimmed(text.substr(6)), to);
    return unusable("'{}' is neither a case, '(…) = …', nor csv nor edges", text);
}

}  // namespace

std::vector<std::string> split_literals(std::string_view text, char separator) {
    std::vector<std::string> parts;
    int depth = 0;
    bool is_quoted = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const char c = i < text.size() ? text[i] : separator;
        if (i < text.size() && c == '\'') is_quoted = !is_quoted;
        if (!is_quoted && (c == '(' || c == '[' || c == '{' || c == '<')) ++depth;
        if (!is_quoted && (c == ')' || c == ']' || c == '}' || c == '>')) --depth;
        if (i < text.size() && (c != separator || depth != 0 || is_quoted)) continue;
        if (const auto part = trimmed(text.substr(begin, i - begin)); !part.empty()) {
            parts.emplace_back(part);
        }
        begin = i + 1;
    }
    return parts;
}

result<std::vector<std::string>> parse_row(std::string_view text) {
    text = trimmed(text);
    if (!text.starts_with('(') || closing(text) != text.size() - 1) {
        return unusable("'{}' is no row of arguments, '(1, ''a'')'", text);
    }
    return split_literals(text.substr(1, text.size() - 2), ',');
}

result<std::vector<case_block>> parse_cases(std::string_view text,
                                            const std::filesystem::path& file) {
    std::vector<case_block> blocks;
    std::uint32_t number = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        const auto content = trimmed(line);
        if (content.empty() || content.front() == '#') continue;
        if (!blanks.contains(line.front())) {
            blocks.push_back({.name = std::string(content), .line = number});
            continue;
        }
        const auto done = blocks.empty() ? unusable("the name of a function has to come first")
                                         : parse_line(content, file, blocks.back(), number);
        if (!done) return unusable("{}:{}: {}", file.string(), number, done.error().message());
    }
    return blocks;
}

result<std::vector<case_block>> read_cases(const std::filesystem::path& file) {
    NACRE_TRY(const auto text, read_file(file));
    return parse_cases(text, file);
}

}  // namespace nacre::tool
