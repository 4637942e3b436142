#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>

#include <boost/asio/thread_pool.hpp>

#include "udf/captured_call.h"
#include "udf/observation_options.h"
#include "udf/rate_limit.h"

namespace nacre::udf {

/// Writes captured calls to files of a directory, on a thread of its own, and keeps the newest
/// within bounds. One per process, outlives the functions; any thread.
class capture_store {
  public:
    /// `options` outlives it. `server_version` goes into the files.
    capture_store(std::filesystem::path directory, const observation_options& options,
                  std::string server_version);
    /// Writes what it has been given.
    ~capture_store();
    capture_store(const capture_store&) = delete;

    [[nodiscard]] bool wants_failures() const;
    [[nodiscard]] bool wants_slow(std::chrono::nanoseconds cpu) const;
    /// Whether anything may be captured at all.
    [[nodiscard]] bool is_on() const { return _options.capture != capture_mode::off; }

    /// Whether it takes one more now; asked before a call is copied. What it does not take is
    /// counted as dropped.
    [[nodiscard]] bool has_room();
    void write(captured_call call);

    [[nodiscard]] std::uint64_t written() const { return _written.load(); }
    [[nodiscard]] std::uint64_t dropped() const { return _dropped.load(); }
    [[nodiscard]] const observation_options& options() const { return _options; }

  private:
    struct kept_file {
        std::filesystem::path path;
        std::uint64_t bytes = 0;
    };

    void find_files();
    void write_file(const captured_call& call);
    void remove_oldest();

    const std::filesystem::path _directory;
    const observation_options& _options;
    const std::string _server_version;
    rate_limit _rate;
    std::atomic<std::uint32_t> _waiting{0};
    std::atomic<std::uint64_t> _written{0};
    std::atomic<std::uint64_t> _dropped{0};

    // The thread's.
    std::deque<kept_file> _files;  ///< oldest first
    std::uint64_t _bytes = 0;
    std::uint64_t _last_number = 0;

    boost::asio::thread_pool _thread{1};
};

}  // namespace nacre::udf
