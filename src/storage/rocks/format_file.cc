#include "storage/rocks/format_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace nacre::storage {

namespace {

namespace fs = std::filesystem;

error failed(const char* what, const fs::path& path, int code) {
    return server_error("Cannot {} {}: {}", what, path.string(),
                        std::generic_category().message(code));
}

status write_durably(const fs::path& path, bytes_view content) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return failed("write", path, errno);
    const bool written =
        ::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
        ::fsync(file) == 0;
    const int code = errno;
    ::close(file);
    if (!written) return failed("write", path, code);
    return {};
}

status sync_directory(const fs::path& path) {
    const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return failed("open", path, errno);
    const bool synced = ::fsync(directory) == 0;
    const int code = errno;
    ::close(directory);
    if (!synced) return failed("sync", path, code);
    return {};
}

status create_format_file(const fs::path& directory, const fs::path& file) {
    const auto temporary = directory / "FORMAT.new";
    NACRE_CHECK(write_durably(temporary, fmt::format("{}\n", format_version)));
    std::error_code code;
    fs::rename(temporary, file, code);
    if (code) return failed("create", file, code.value());
    return sync_directory(directory);
}

status check_format_file(const fs::path& directory, const fs::path& file) {
    std::ifstream in(file);
    if (!in) return failed("read", file, errno);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    std::uint32_t found = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), found);
    if (parsed.ec != std::errc() || found == 0) {
        return server_error("{} does not hold a format version; the data is left as it is",
                            file.string());
    }
    if (found > format_version) {
        return server_error(
            "The data in {} is in storage format {}, written by a newer version of Nacre; this one "
            "reads format {}. The data is left as it is",
            directory.string(), found, format_version);
    }
    if (found < format_version) {
        return server_error(
            "The data in {} is in storage format {}, which was in use before Nacre's first "
            "release; "
            "this version reads format {}. The data is left as it is",
            directory.string(), found, format_version);
    }
    return {};
}

}  // namespace

status check_data_directory(const fs::path& directory) {
    std::error_code code;
    fs::create_directories(directory, code);
    if (code) return failed("create the data directory", directory, code.value());
    if (!fs::is_directory(directory, code)) {
        return failed("use as the data directory", directory, ENOTDIR);
    }
    if (::access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
        return failed("write to the data directory", directory, errno);
    }
    const auto file = directory / "FORMAT";
    if (fs::exists(file, code)) return check_format_file(directory, file);
    if (fs::exists(database_path(directory) / "CURRENT", code)) {
        return server_error(
            "{} holds a database but no FORMAT file, so its format is unknown. The data is left as "
            "it is",
            directory.string());
    }
    return create_format_file(directory, file);
}

}  // namespace nacre::storage
