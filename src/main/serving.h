#pragma once

#include <csignal>

#include "main/config.h"
#include "main/function_host.h"
#include "server/server.h"

/// What a server does at its beginning and end, whatever keeps its data.
namespace nacre {

/// Makes the data directory if it is absent; an error if it can't be written.
[[nodiscard]] status prepare_directory(const std::filesystem::path& directory);

/// The signals that end the server, blocked in every thread so that only the main one takes them.
[[nodiscard]] sigset_t block_stop_signals();
/// Until one of them comes; logs which.
void wait_for_stop(const sigset_t& stops);

[[nodiscard]] runtime::scheduling_shares shares_of(const configuration& config);
[[nodiscard]] std::uint32_t shard_count_of(const configuration& config);
[[nodiscard]] server::server_options server_options_of(const configuration& config,
                                                       function_host& host);

}  // namespace nacre
