#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "schema/function.h"

namespace nacre::udf {

/// What one function has cost since the server started. Written by any shard, once per batch; read
/// from any thread.
struct function_statistics {
    std::atomic<std::uint64_t> calls{0};  ///< batches
    std::atomic<std::uint64_t> rows{0};
    std::atomic<std::uint64_t> errors{0};
    std::atomic<std::uint64_t> cpu_ns{0};
    std::atomic<std::uint64_t> memory_bytes_peak{0};

    void note_memory(std::uint64_t bytes) {
        auto peak = memory_bytes_peak.load(std::memory_order_relaxed);
        while (bytes > peak &&
               !memory_bytes_peak.compare_exchange_weak(peak, bytes, std::memory_order_relaxed)) {
        }
    }
};
using function_statistics_ptr = std::shared_ptr<function_statistics>;

/// The statistics of every function by signature, kept across CREATE OR REPLACE. One per process,
/// any thread.
class statistics_registry {
  public:
    /// One function's figures at one moment.
    struct entry {
        std::string keyspace;
        std::string name;
        std::vector<std::string> argument_types;
        std::string language;
        std::uint64_t calls = 0;
        std::uint64_t rows = 0;
        std::uint64_t errors = 0;
        std::uint64_t cpu_ns = 0;
        std::uint64_t memory_bytes_peak = 0;
    };

    [[nodiscard]] function_statistics_ptr of(const schema::function_definition& definition);
    [[nodiscard]] std::vector<entry> snapshot() const;

  private:
    using key = std::tuple<std::string, std::string, std::vector<std::string>>;
    struct counted {
        std::string language;
        function_statistics_ptr statistics;
    };
    mutable std::mutex _mutex;
    std::map<key, counted> _functions;
};

}  // namespace nacre::udf
