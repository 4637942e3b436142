#include "tool/project.h"

#include <algorithm>
#include <set>

#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include "tool/exit_status.h"
#include "tool/files.h"

namespace nacre::tool {

std::optional<source_language> language_by_name(std::string_view name) {
    const auto* found = std::ranges::find(language_table, name, &language_entry::name);
    if (found == std::end(language_table)) return std::nullopt;
    return found->language;
}

std::string_view name_of(source_language language) {
    return std::ranges::find(language_table, language, &language_entry::language)->name;
}

namespace {

status check_keys(const YAML::Node& node, const std::set<std::string>& known) {
    for (const auto& entry : node) {
        const auto key = entry.first.as<std::string>();
        if (!known.contains(key)) {
            return unusable("there is no key '{}'; there are {}", key, fmt::join(known, ", "));
        }
    }
    return {};
}

std::vector<std::string> strings(const YAML::Node& node) {
    if (!node) return {};
    if (node.IsScalar()) return {node.as<std::string>()};
    return node.as<std::vector<std::string>>();
}

// A number or boolean as it is, anything else as a CQL string.
std::string option_literal(const std::string& value) {
    const bool is_number = !value.empty() && value.find_first_not_of("0123456789") == value.npos;
    return is_number || value == "true" || value == "false" ? value : tool::quoted(value);
}

status read_functions(const YAML::Node& node, project& made) {
    for (const auto& entry : node) {
        auto& function = made.functions.emplace_back();
        if (entry.IsScalar()) {
            function.signature = entry.as<std::string>();
            continue;
        }
        NACRE_CHECK(check_keys(entry, {"signature", "source", "with"}));
        if (!entry["signature"]) return unusable("a function has no 'signature'");
        function.signature = entry["signature"].as<std::string>();
        if (entry["source"]) function.source = entry["source"].as<std::string>();
        if (entry["with"]) {
            function.options = entry["with"].as<std::map<std::string, std::string>>();
            for (auto& [key, value] : function.options) value = option_literal(value);
        }
    }
    return {};
}

result<project> read_keys(const YAML::Node& root) {
    if (!root.IsMap()) return unusable("it has no keys");
    NACRE_CHECK(check_keys(
        root, {"language", "keyspace", "sources", "flags", "functions", "declarations", "tests"}));
    project made;
    const auto language = root["language"] ? root["language"].as<std::string>() : "";
    const auto known = language_by_name(language);
    if (!known) {
        std::vector<std::string_view> names;
        for (const auto& each : language_table) names.push_back(each.name);
        return unusable("'language' is '{}'; it may be {}", language, fmt::join(names, ", "));
    }
    made.language = *known;
    if (root["keyspace"]) made.keyspace = root["keyspace"].as<std::string>();
    made.sources = strings(root["sources"]);
    made.flags = strings(root["flags"]);
    made.declarations = strings(root["declarations"]);
    made.tests = strings(root["tests"]);
    NACRE_CHECK(read_functions(root["functions"], made));
    return made;
}

result<package> load_scripts(const project& from) {
    package made;
    for (const auto& function : from.functions) {
        NACRE_TRY(auto declared, parse_declaration(function.signature));
        if (function.source.empty()) {
            return unusable("{}: the function {} has no 'source'", project_file, declared.name());
        }
        NACRE_TRY(auto script, read_file(from.directory / function.source));
        declared.language = name_of(from.language);
        declared.body = std::make_shared<const std::string>(std::move(script));
        made.functions.push_back(std::move(declared));
    }
    return made;
}

}  // namespace

result<project> read_project(const std::filesystem::path& directory) {
    const auto file = directory / project_file;
    if (!std::filesystem::exists(file)) {
        return unusable(
            "{} is no project: there is no {} in it. `nacre function init NAME --language …` makes "
            "one",
            directory.string(), project_file);
    }
    NACRE_TRY(const auto text, read_file(file));
    try {
        auto made = read_keys(YAML::Load(text));
        if (!made) return unusable("{}: {}", file.string(), made.error().message());
        made->directory = directory;
        return made;
    } catch (const YAML::Exception& failure) {
        return unusable("{}: {}", file.string(), failure.what());
    }
}

result<package> load_project(const project& from) {
    package made;
    if (is_script(from.language)) {
        NACRE_TRY(made, load_scripts(from));
    } else {
        if (!std::filesystem::exists(from.module_file())) {
            return unusable("{} has not been built: `nacre function build` does it",
                            from.module_file().string());
        }
        NACRE_TRY(const auto module, read_file(from.module_file()));
        std::vector<std::string> lines;
        for (const auto& function : from.functions) lines.push_back(function.signature);
        NACRE_CHECK(add_module(made, module, lines));
    }
    for (std::size_t i = 0; i < from.functions.size(); ++i) {
        made.functions[i].options = from.functions[i].options;
    }
    for (const auto& declaration : from.declarations) {
        NACRE_CHECK(made.add_declaration(declaration));
    }
    made.finish();
    return made;
}

}  // namespace nacre::tool
