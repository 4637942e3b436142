#include "tool/init.h"

#include <algorithm>

#include "tool/embedded_files.h"
#include "tool/files.h"

namespace nacre::tool {

namespace {

namespace fs = std::filesystem;

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string made;
    while (true) {
        const auto at = text.find(from);
        made += text.substr(0, at);
        if (at == std::string_view::npos) return made;
        made += to;
        text.remove_prefix(at + from.size());
    }
}

// What the name of a directory is as a name of CQL.
std::string keyspace_name(const fs::path& directory) {
    std::string name;
    for (const char c : directory.filename().string()) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool is_digit = c >= '0' && c <= '9';
        if (is_letter || is_digit || c == '_') {
            name += static_cast<char>(is_letter ? c | 0x20 : c);
        } else if (!name.empty()) {
            name += '_';
        }
    }
    if (name.empty() || !(name.front() >= 'a' && name.front() <= 'z')) name = "k" + name;
    return name;
}

status write_template(const fs::path& to, std::string_view prefix, const std::string& name) {
    for (const auto& file : embedded_files()) {
        if (!file.name.starts_with(prefix)) continue;
        std::string place(file.name.substr(prefix.size()));
        // A file that begins with a dot would be meant for this program's own repository.
        if (place == "gitignore") place = ".gitignore";
        // Build programs would take one of their names for their own.
        if (place.ends_with(".in")) place.resize(place.size() - 3);
        NACRE_CHECK(write_file(to / place, replaced(file.contents, "@NAME@", name)));
    }
    return {};
}

status make_project(const init_request& request) {
    const auto directory = fs::absolute(request.directory).lexically_normal();
    std::error_code ignored;
    if (fs::exists(directory, ignored) && !fs::is_empty(directory, ignored)) {
        return unusable("{} exists and is not empty", request.directory.string());
    }
    const auto name = keyspace_name(directory.has_filename() ? directory : directory.parent_path());
    NACRE_CHECK(write_template(directory, "templates/every/", name));
    NACRE_CHECK(
        write_template(directory, fmt::format("templates/{}/", name_of(request.language)), name));
    return write_library(directory, request.language);
}

}  // namespace

status write_library(const fs::path& directory, source_language language) {
    if (is_script(language) || language == source_language::wat) return {};
    const auto prefix = fmt::format("sdk/{}/", name_of(language));
    for (const auto& file : embedded_files()) {
        if (!file.name.starts_with(prefix)) continue;
        NACRE_CHECK(write_file(directory / "build" / std::string(file.name), file.contents));
    }
    return {};
}

exit_status init(const init_request& request) {
    const auto done = make_project(request);
    if (!done) return report(done.error(), /*is_json=*/false);
    fmt::print(
        "{} is a project in {}. Next:\n\n  cd {}\n  nacre function test\n  nacre function deploy "
        "--create-keyspace\n",
        request.directory.string(), name_of(request.language), request.directory.string());
    return exit_status::ok;
}

}  // namespace nacre::tool
