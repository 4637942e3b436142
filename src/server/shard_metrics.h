#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>

#include "base/error.h"
#include "protocol/frame.h"

namespace nacre::server {

/// A number that one thread writes and any reads: no locked instructions.
class counter {
  public:
    void add(std::uint64_t by) {
        _value.store(_value.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }
    void subtract(std::uint64_t by) {
        _value.store(_value.load(std::memory_order_relaxed) - by, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t value() const { return _value.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> _value{0};
};

/// Times in powers of two of microseconds: bucket i counts those shorter than 2^i, the last all
/// the rest.
class duration_histogram {
  public:
    static constexpr std::size_t bucket_count = 28;

    void record(std::chrono::nanoseconds took) {
        const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0));
        _buckets[std::min<std::size_t>(std::bit_width(ns / 1000), bucket_count - 1)].add(1);
        _total_ns.add(ns);
    }
    [[nodiscard]] std::uint64_t bucket(std::size_t i) const { return _buckets[i].value(); }
    [[nodiscard]] std::uint64_t total_ns() const { return _total_ns.value(); }

  private:
    std::array<counter, bucket_count> _buckets;
    counter _total_ns;
};

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
