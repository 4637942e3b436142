#include "udf/capture_store.h"

#include <algorithm>
#include <fstream>
#include <system_error>

#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

namespace nacre::udf {

namespace {

constexpr std::string_view extension = ".capture";
constexpr std::uint32_t captures_per_second_max = 10;
constexpr std::uint32_t waiting_max = 4;

// The arguments are the users' data: for the server's user alone.
constexpr auto owner_only =
    std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;

std::string file_name(const captured_call& call, std::uint64_t number) {
    const auto ms =
        std::chrono::floor<std::chrono::milliseconds>(call.time.time_since_epoch()).count();
    return fmt::format("{:015}-{:06}{}", ms, number, extension);
}

}  // namespace

capture_store::capture_store(std::filesystem::path directory, const observation_options& options,
                             std::string server_version)
    : _directory(std::move(directory)),
      _options(options),
      _server_version(std::move(server_version)),
      _rate(captures_per_second_max) {
    if (is_on()) boost::asio::post(_thread, [this] { find_files(); });
}

capture_store::~capture_store() {
    _thread.join();
}

bool capture_store::wants_failures() const {
    return _options.capture == capture_mode::errors || _options.capture == capture_mode::all;
}

bool capture_store::wants_slow(std::chrono::nanoseconds cpu) const {
    return (_options.capture == capture_mode::slow || _options.capture == capture_mode::all) &&
           cpu >= std::chrono::milliseconds(_options.capture_slow_ms);
}

bool capture_store::has_room() {
    if (_waiting.load() < waiting_max && _rate.allows_one()) return true;
    _dropped.fetch_add(1);
    return false;
}

void capture_store::write(captured_call call) {
    call.server_version = _server_version;
    _waiting.fetch_add(1);
    auto shared = std::make_shared<const captured_call>(std::move(call));
    boost::asio::post(_thread, [this, shared] {
        write_file(*shared);
        _waiting.fetch_sub(1);
    });
}

void capture_store::find_files() {
    std::error_code failure;
    for (const auto& found : std::filesystem::directory_iterator(_directory, failure)) {
        if (found.path().extension() != extension) continue;
        const auto size = found.file_size(failure);
        if (failure) continue;
        _files.push_back({.path = found.path(), .bytes = size});
        _bytes += size;
    }
    std::ranges::sort(_files, {}, &kept_file::path);
}

void capture_store::write_file(const captured_call& call) {
    const auto content = encode(call);
    std::error_code failure;
    std::filesystem::create_directories(_directory, failure);
    const auto path = _directory / file_name(call, ++_last_number);
    auto unfinished = path;
    unfinished += ".part";
    {
        std::ofstream out(unfinished, std::ios::binary | std::ios::trunc);
        std::filesystem::permissions(unfinished, owner_only, failure);
        out.write(content.data(), static_cast<std::streamsize>(content.size()));
        out.close();
        if (!out) failure = std::make_error_code(std::errc::io_error);
    }
    if (!failure) std::filesystem::rename(unfinished, path, failure);
    if (failure) {
        std::error_code ignored;
        std::filesystem::remove(unfinished, ignored);
        _dropped.fetch_add(1);
        spdlog::warn("a captured call could not be written to {}: {}", path.string(),
                     failure.message());
        return;
    }
    _files.push_back({.path = path, .bytes = content.size()});
    _bytes += content.size();
    _written.fetch_add(1);
    while (_files.size() > _options.capture_files_max ||
           (_files.size() > 1 && _bytes > _options.capture_bytes_total_max)) {
        remove_oldest();
    }
    const auto& function = *call.definition;
    spdlog::info(
        "captured a call of {} that {}: {}",
        schema::describe_signature(function.keyspace, function.name, function.argument_types),
        call.outcome.failed_as ? "failed" : "was slow", path.string());
}

void capture_store::remove_oldest() {
    std::error_code failure;
    std::filesystem::remove(_files.front().path, failure);
    _bytes -= _files.front().bytes;
    _files.pop_front();
}

}  // namespace nacre::udf
