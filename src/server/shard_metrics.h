#pragma once

#include <algorithm>
#include <array>

#include "base/error.h"
#include "protocol/frame.h"
#include "runtime/counters.h"

namespace nacre::server {

using runtime::counter;
using runtime::duration_histogram;

/// The error codes that are counted, each by itself.
inline constexpr error_code counted_errors[] = {
    error_code::server_error,   error_code::protocol_error,   error_code::bad_credentials,
    error_code::unavailable,    error_code::overloaded,       error_code::is_bootstrapping,
    error_code::truncate_error, error_code::write_timeout,    error_code::read_timeout,
    error_code::read_failure,   error_code::function_failure, error_code::write_failure,
    error_code::syntax_error,   error_code::unauthorized,     error_code::invalid,
    error_code::config_error,   error_code::already_exists,   error_code::unprepared,
};

/// What the connections of one shard did. Written on that shard, read from any.
struct shard_metrics {
    std::array<counter, protocol::opcode_count + 1> requests;  ///< by opcode; the last: unknown
    std::array<counter, std::size(counted_errors)> errors;     ///< as counted_errors
    duration_histogram request_durations;
    counter requests_in_flight;
    counter connections_open;
    counter connections_opened;
    counter connections_broken;  ///< closed because of their framing
    counter tls_handshakes_failed;
    counter received_bytes;
    counter sent_bytes;

    void count_request(protocol::opcode op) {
        const auto index = static_cast<std::size_t>(op);
        requests[std::min(index, protocol::opcode_count)].add(1);
    }
    void count_error(error_code code) {
        for (std::size_t i = 0; i < std::size(counted_errors); ++i) {
            if (counted_errors[i] == code) errors[i].add(1);
        }
    }
};

}  // namespace nacre::server
