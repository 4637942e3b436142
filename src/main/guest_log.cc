#include "main/guest_log.h"

#include <spdlog/async.h>
#include <spdlog/spdlog.h>

namespace nacre {

namespace {

constexpr std::size_t waiting_lines_max = 1024;

}  // namespace

guest_log::guest_log(udf::statistics_registry& functions)
    : _functions(functions),
      _thread(std::make_shared<spdlog::details::thread_pool>(waiting_lines_max, 1)) {
    const auto& server = *spdlog::default_logger();
    _logger = std::make_shared<spdlog::async_logger>("functions", server.sinks().begin(),
                                                     server.sinks().end(), _thread,
                                                     spdlog::async_overflow_policy::overrun_oldest);
    _logger->set_level(server.level());
}

guest_log::~guest_log() = default;

void guest_log::write(const udf::guest_function& whose, udf::guest_stream stream,
                      std::string_view line) {
    const auto shown = _functions.keep_line(*whose.statistics, stream, line);
    if (!shown) return;
    const auto& function = *whose.definition;
    _logger->info(
        "{}: {}",
        schema::describe_signature(function.keyspace, function.name, function.argument_types),
        *shown);
}

}  // namespace nacre
