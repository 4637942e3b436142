#include "tool/package.h"

#include <algorithm>
#include <regex>
#include <set>

#include <fmt/ranges.h>

#include "base/identifier.h"
#include "cql/parse.h"
#include "cql/print.h"
#include "tool/base64.h"
#include "tool/exit_status.h"
#include "tool/files.h"
#include "udf/wasm/custom_section.h"
#include "udf/wasm/module_signatures.h"

namespace nacre::tool {

namespace {

constexpr std::string_view declaration_section = "nacre.declarations";
constexpr std::string_view blanks = " \t\r\n;";

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (const auto line = trimmed(text.substr(0, end)); !line.empty()) lines.emplace_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

bool mentions(const cql::type_name& type, std::string_view name) {
    return type.name == name || std::ranges::any_of(type.parameters, [&](const auto& parameter) {
               return mentions(parameter, name);
           });
}

bool needs(const cql::create_type_statement& type, const cql::create_type_statement& other) {
    return std::ranges::any_of(
        type.fields, [&](const auto& field) { return mentions(field.type, other.type.name); });
}

}  // namespace

std::string package::aggregate::signature() const {
    std::vector<std::string> types_of_arguments;
    for (const auto& type : tree.argument_types) types_of_arguments.push_back(cql::to_text(type));
    return fmt::format("{}({})", quote_identifier(tree.aggregate.name),
                       fmt::join(types_of_arguments, ", "));
}

status package::add_declaration(std::string_view statement) {
    const std::string text(trimmed(statement));
    auto parsed = cql::parse(text);
    if (!parsed) return invalid("the declaration '{}': {}", text, parsed.error().message());
    if (const auto* type = std::get_if<cql::create_type_statement>(&*parsed)) {
        static const std::regex head("^\\s*CREATE\\s+TYPE\\s+(IF\\s+NOT\\s+EXISTS\\s+)?",
                                     std::regex::icase);
        auto made = std::regex_replace(text, head, "CREATE TYPE IF NOT EXISTS ");
        if (type->type.keyspace.empty()) {
            if (std::ranges::find(types, made) == types.end()) types.push_back(std::move(made));
            return {};
        }
    }
    if (auto* found = std::get_if<cql::create_aggregate_statement>(&*parsed)) {
        static const std::regex head(
            "^\\s*CREATE\\s+(OR\\s+REPLACE\\s+)?AGGREGATE\\s+(IF\\s+NOT\\s+EXISTS\\s+)?",
            std::regex::icase);
        if (found->aggregate.keyspace.empty()) {
            auto made = std::regex_replace(text, head, "CREATE OR REPLACE AGGREGATE ");
            const bool is_there = std::ranges::any_of(
                aggregates, [&](const auto& each) { return each.statement == made; });
            if (!is_there) aggregates.push_back({std::move(*found), std::move(made)});
            return {};
        }
    }
    return invalid("'{}' is neither CREATE TYPE nor CREATE AGGREGATE without a keyspace", text);
}

bool package::is_part(const std::string& function) const {
    return std::ranges::any_of(aggregates, [&](const aggregate& one) {
        return one.tree.state_function == function || one.tree.reduce_function == function ||
               one.tree.final_function == function;
    });
}

void package::finish() {
    std::vector<std::pair<std::string, cql::create_type_statement>> left;
    for (auto& text : types) {
        auto parsed = cql::parse(text);
        left.emplace_back(std::move(text), std::get<cql::create_type_statement>(*parsed));
    }
    types.clear();
    while (!left.empty()) {
        auto next = std::ranges::find_if(left, [&](const auto& one) {
            return std::ranges::none_of(left, [&](const auto& other) {
                return &other != &one && needs(one.second, other.second);
            });
        });
        if (next == left.end()) next = left.begin();  // a circle: the server will say so
        types.push_back(std::move(next->first));
        left.erase(next);
    }
}

status add_module(package& to, const bytes& module, const std::vector<std::string>& lines) {
    std::vector<std::string> all = lines;
    std::set<std::string> told;
    for (const auto& line : lines) {
        NACRE_TRY(const auto declared, parse_declaration(line));
        told.insert(declared.name());
    }
    if (const auto section = udf::wasm::custom_section(module, udf::wasm::signature_section)) {
        NACRE_TRY(const auto known, udf::wasm::parse_signatures(*section));
        if (known.abi > udf::wasm::batch_abi) {
            return invalid("The module is built for ABI version {}, this program knows 1 to {}",
                           known.abi, udf::wasm::batch_abi);
        }
        for (const auto& line : lines_of(*section)) {
            if (line.starts_with("abi ")) continue;
            NACRE_TRY(const auto declared, parse_declaration(line));
            if (!told.contains(declared.name())) all.push_back(line);
        }
    }
    if (all.empty()) {
        return invalid(
            "the module does not say which functions it has (its section {}): declare them by "
            "--signature, or under `functions` in nacre.yaml",
            udf::wasm::signature_section);
    }
    const bool is_binary = module.starts_with(std::string_view("\0asm", 4));
    const auto body =
        std::make_shared<const std::string>(is_binary ? to_base64(module) : std::string(module));
    for (const auto& line : all) {
        NACRE_TRY(auto declared, parse_declaration(line));
        declared.language = "wasm";
        declared.body = body;
        to.functions.push_back(std::move(declared));
    }
    if (const auto section = udf::wasm::custom_section(module, declaration_section)) {
        for (const auto& line : lines_of(*section)) NACRE_CHECK(to.add_declaration(line));
    }
    return {};
}

result<package> load_file(const std::filesystem::path& file,
                          const std::vector<std::string>& signatures) {
    NACRE_TRY(auto contents, read_file(file));
    package made;
    const auto extension = file.extension();
    if (extension == ".wasm" || extension == ".wat") {
        NACRE_CHECK(add_module(made, contents, signatures));
    } else if (extension == ".lua" || extension == ".js") {
        if (signatures.size() != 1) {
            return unusable(
                "a script is one function, so it needs one signature: --signature 'fib(n bigint) "
                "RETURNS NULL ON NULL INPUT RETURNS bigint'");
        }
        NACRE_TRY(auto declared, parse_declaration(signatures.front()));
        declared.language = extension == ".lua" ? "lua" : "javascript";
        declared.body = std::make_shared<const std::string>(std::move(contents));
        made.functions.push_back(std::move(declared));
    } else {
        return unusable("{} is neither a project nor a file that ends in .wasm, .wat, .lua or .js",
                        file.string());
    }
    made.finish();
    return made;
}

}  // namespace nacre::tool
