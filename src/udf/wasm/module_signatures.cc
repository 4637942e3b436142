#include "udf/wasm/module_signatures.h"

#include <algorithm>
#include <charconv>

#include <fmt/ranges.h>

#include "base/identifier.h"
#include "base/text_case.h"
#include "types/value.h"

namespace nacre::udf::wasm {

namespace {

// An identifier as written; quotes are gone, and `is_quoted` remembers them.
struct word {
    std::string text;
    bool is_quoted = false;
};

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

error expected(std::string_view what) {
    return invalid("{} is expected", what);
}

// Reads one line of the section.
class line_reader {
  public:
    explicit line_reader(std::string_view rest) : _rest(rest) { skip_spaces(); }

    [[nodiscard]] bool at_end() const { return _rest.empty(); }

    bool take(char c) {
        if (!_rest.starts_with(c)) return false;
        _rest.remove_prefix(1);
        skip_spaces();
        return true;
    }
    status demand(char c) {
        if (take(c)) return {};
        return expected(fmt::format("`{}`", c));
    }

    bool take_keyword(std::string_view keyword) {
        const auto found = plain_word();
        if (lower_case(found) != keyword) return false;
        _rest.remove_prefix(found.size());
        skip_spaces();
        return true;
    }
    status demand_keywords(std::initializer_list<std::string_view> keywords) {
        for (const auto keyword : keywords) {
            if (!take_keyword(keyword)) return expected(upper_case(keyword));
        }
        return {};
    }

    std::optional<std::uint32_t> take_number() {
        std::uint32_t number = 0;
        const auto [end, failure] =
            std::from_chars(_rest.data(), _rest.data() + _rest.size(), number);
        if (failure != std::errc()) return std::nullopt;
        _rest.remove_prefix(static_cast<std::size_t>(end - _rest.data()));
        skip_spaces();
        return number;
    }

    result<word> name(std::string_view what) {
        if (!_rest.starts_with('"')) {
            const auto found = plain_word();
            if (found.empty()) return expected(what);
            word made{.text = std::string(found)};
            _rest.remove_prefix(found.size());
            skip_spaces();
            return made;
        }
        word made{.text = {}, .is_quoted = true};
        _rest.remove_prefix(1);
        while (true) {
            const auto end = _rest.find('"');
            if (end == std::string_view::npos) return invalid("a quoted name has no end");
            made.text += _rest.substr(0, end);
            _rest.remove_prefix(end + 1);
            if (!_rest.starts_with('"')) break;
            made.text += '"';
            _rest.remove_prefix(1);
        }
        skip_spaces();
        if (made.text.empty()) return expected(what);
        return made;
    }

  private:
    void skip_spaces() {
        _rest.remove_prefix(std::min(_rest.find_first_not_of(" \t\r"), _rest.size()));
    }
    [[nodiscard]] std::string_view plain_word() const {
        const auto end = std::ranges::find_if_not(_rest, is_word_character);
        return {_rest.begin(), end};
    }

    std::string_view _rest;
};

constexpr int type_depth_max = 32;

result<std::string> read_type(line_reader& line, int depth = 0);

// "<T, …>" after a type that has `count` parameters, or one or more if that is 0.
result<std::string> read_parameters(line_reader& line, std::size_t count, int depth) {
    NACRE_CHECK(line.demand('<'));
    std::vector<std::string> all;
    do {
        NACRE_TRY(auto parameter, read_type(line, depth + 1));
        all.push_back(std::move(parameter));
    } while (all.size() != count && line.take(','));
    if (count != 0 && all.size() != count) return expected("`,`");
    NACRE_CHECK(line.demand('>'));
    return fmt::format("{}", fmt::join(all, ", "));
}

result<std::string> read_type(line_reader& line, int depth) {
    if (depth > type_depth_max) return invalid("a type is nested too deeply");
    NACRE_TRY(const auto name, line.name("a type"));
    const auto lower = name.is_quoted ? std::string() : lower_case(name.text);
    if (lower == "frozen") return read_parameters(line, 1, depth);
    if (lower == "list" || lower == "set" || lower == "map" || lower == "tuple") {
        const std::size_t count = lower == "map" ? 2 : lower == "tuple" ? 0 : 1;
        NACRE_TRY(const auto parameters, read_parameters(line, count, depth));
        return fmt::format("{}<{}>", lower, parameters);
    }
    if (lower == "vector") {
        NACRE_CHECK(line.demand('<'));
        NACRE_TRY(const auto element, read_type(line, depth + 1));
        NACRE_CHECK(line.demand(','));
        const auto dimensions = line.take_number();
        if (!dimensions || *dimensions == 0) return expected("the number of dimensions");
        NACRE_CHECK(line.demand('>'));
        return fmt::format("vector<{}, {}>", element, *dimensions);
    }
    if (const auto native = types::type::native_by_name(lower)) return native->to_cql();
    return quote_identifier(name.is_quoted ? name.text : lower);
}

result<function_promise> read_promise(line_reader& line) {
    function_promise promise;
    NACRE_CHECK(line.demand('('));
    if (!line.take(')')) {
        do {
            NACRE_CHECK(line.name("the name of an argument"));
            NACRE_TRY(auto type, read_type(line));
            promise.argument_types.push_back(std::move(type));
        } while (line.take(','));
        NACRE_CHECK(line.demand(')'));
    }
    if (line.take_keyword("called")) {
        promise.on_null = schema::null_input::called;
    } else if (line.take_keyword("returns")) {
        promise.on_null = schema::null_input::returns_null;
        NACRE_CHECK(line.demand_keywords({"null"}));
    } else {
        return expected("CALLED ON NULL INPUT or RETURNS NULL ON NULL INPUT");
    }
    NACRE_CHECK(line.demand_keywords({"on", "null", "input", "returns"}));
    NACRE_TRY(promise.return_type, read_type(line));
    promise.is_deterministic = line.take_keyword("deterministic");
    if (!line.at_end()) return expected("the end of the line");
    return promise;
}

// "abi 3"
std::optional<std::uint32_t> version_in(std::string_view text) {
    line_reader line(text);
    if (!line.take_keyword("abi")) return std::nullopt;
    const auto version = line.take_number();
    return line.at_end() ? version : std::nullopt;
}

status read_line(std::string_view text, module_signatures& signatures) {
    line_reader line(text);
    if (line.at_end()) return {};
    if (version_in(text)) return {};
    NACRE_TRY(const auto name, line.name("the name of a function"));
    NACRE_TRY(auto promise, read_promise(line));
    if (!signatures.functions.try_emplace(name.text, std::move(promise)).second) {
        return invalid("the function has a line already");
    }
    return {};
}

std::string describe(const std::string& name, const function_promise& promise) {
    return fmt::format("{}({}) {} ON NULL INPUT RETURNS {}{}", quote_identifier(name),
                       fmt::join(promise.argument_types, ", "),
                       promise.on_null == schema::null_input::called ? "CALLED" : "RETURNS NULL",
                       promise.return_type, promise.is_deterministic ? " DETERMINISTIC" : "");
}

// A line in an error message: the section is the client's, so it may be long.
std::string shown(std::string_view line) {
    constexpr std::size_t bytes_max = 200;
    if (line.size() <= bytes_max) return std::string(line);
    auto end = bytes_max;
    while ((static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
    return fmt::format("{}…", line.substr(0, end));
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        lines.push_back(text.substr(0, text.find('\n')));
        text.remove_prefix(std::min(lines.back().size() + 1, text.size()));
    }
    return lines;
}

}  // namespace

result<module_signatures> parse_signatures(bytes_view section) {
    if (!types::validate(*types::type::native(types::type_kind::text), section)) {
        return invalid("The module's section {} is not UTF-8 text", signature_section);
    }
    const auto lines = lines_of(section);
    module_signatures signatures;
    for (const auto line : lines) {
        signatures.abi = std::max(signatures.abi, version_in(line).value_or(0));
    }
    // The lines of a later version are for servers that know it.
    if (signatures.abi > batch_abi) return signatures;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (const auto read = read_line(lines[i], signatures); !read) {
            return invalid("The module's section {} can't be read: {} in line {}, `{}`",
                           signature_section, read.error().message(), i + 1, shown(lines[i]));
        }
    }
    return signatures;
}

status check_promise(const function_promise& promise,
                     const schema::function_definition& definition) {
    function_promise declared{.argument_types = {},
                              .return_type = definition.return_type->to_cql_without_frozen(),
                              .on_null = definition.on_null,
                              .is_deterministic = definition.is_deterministic};
    for (const auto& type : definition.argument_types) {
        declared.argument_types.push_back(type->to_cql_without_frozen());
    }
    const bool promises_enough = promise.is_deterministic || !definition.is_deterministic;
    if (promise.argument_types == declared.argument_types &&
        promise.return_type == declared.return_type && promise.on_null == declared.on_null &&
        promises_enough) {
        return {};
    }
    const auto& name = definition.name_in_source();
    return invalid("The declaration does not fit the module: it declares {}, the module has {}",
                   describe(name, declared), describe(name, promise));
}

}  // namespace nacre::udf::wasm
