#pragma once

#include <memory>
#include <string_view>

#include "udf/guest_function.h"
#include "udf/statistics_registry.h"

namespace spdlog {
class logger;
namespace details {
class thread_pool;
}
}  // namespace spdlog

namespace nacre {

/// Keeps what functions write, and shows it in the server's log: through a bounded queue and a
/// thread of its own, so that a log that is not read does not hold up a shard. Lines beyond the
/// queue are lost to the log. Any thread; ends after what it was given is written.
class guest_log {
  public:
    explicit guest_log(udf::statistics_registry& functions);
    ~guest_log();
    guest_log(const guest_log&) = delete;

    void write(const udf::guest_function& whose, udf::guest_stream stream, std::string_view line);

  private:
    udf::statistics_registry& _functions;
    std::shared_ptr<spdlog::details::thread_pool> _thread;
    std::shared_ptr<spdlog::logger> _logger;
};

}  // namespace nacre
