#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/uuid.h"

namespace nacre::udf {

/// Where a guest wrote a line.
enum class guest_stream : std::uint8_t { output, error };
[[nodiscard]] constexpr const char* name_of(guest_stream stream) {
    return stream == guest_stream::output ? "stdout" : "stderr";
}

struct log_line {
    uuid id;  ///< time-based: later lines have later ones
    std::uint32_t shard = 0;
    guest_stream stream = guest_stream::output;
    std::string text;  ///< readable
};
using log_line_ptr = std::shared_ptr<const log_line>;

/// The newest lines that functions wrote, within bounds of bytes for each function and for all.
/// Functions are told apart by a number of the caller's. Any thread; a call holds the lock for no
/// longer than one function's lines take.
class function_logs {
  public:
    function_logs(std::uint64_t bytes_max, std::uint64_t bytes_total_max)
        : _bytes_max(bytes_max), _bytes_total_max(bytes_total_max) {}

    void add(std::uint64_t function, log_line_ptr line);
    /// Oldest first.
    [[nodiscard]] std::vector<log_line_ptr> lines_of(std::uint64_t function) const;
    void forget(std::uint64_t function);
    [[nodiscard]] std::uint64_t bytes() const;

  private:
    struct kept {
        std::uint64_t function;
        log_line_ptr line;
    };
    struct of_function {
        std::deque<std::list<kept>::iterator> lines;
        std::uint64_t bytes = 0;
    };

    [[nodiscard]] static std::uint64_t size_of(const log_line& line);
    void drop_oldest(std::map<std::uint64_t, of_function>::iterator function);

    const std::uint64_t _bytes_max;
    const std::uint64_t _bytes_total_max;
    mutable std::mutex _mutex;
    std::list<kept> _lines;  ///< of all functions, oldest first
    std::map<std::uint64_t, of_function> _by_function;
    std::uint64_t _bytes = 0;
};

}  // namespace nacre::udf
