#include "tool/files.h"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include "tool/exit_status.h"

namespace nacre::tool {

namespace fs = std::filesystem;

result<bytes> read_file(const fs::path& file) {
    std::error_code failure;
    if (!fs::exists(file, failure)) return unusable("there is no {}", file.string());
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    if (!in || !fs::is_regular_file(file, failure)) {
        return unusable("{} can't be read", file.string());
    }
    return std::move(content).str();
}

status write_file(const fs::path& file, bytes_view contents) {
    std::error_code failure;
    if (fs::is_regular_file(file, failure)) {
        const auto there = read_file(file);
        if (there && *there == contents) return {};
    }
    if (file.has_parent_path()) fs::create_directories(file.parent_path(), failure);
    std::ofstream out(file, std::ios::binary);
    out << contents;
    out.close();
    if (!out) return unusable("{} can't be written", file.string());
    return {};
}

}  // namespace nacre::tool
