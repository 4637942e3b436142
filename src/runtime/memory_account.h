#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "base/result.h"

namespace nacre::runtime {

/// How much memory requests and their results may have in the process, all together: what would go
/// beyond is refused as overloaded, so that load makes errors and not a process that is killed. One
/// per process; any thread.
class memory_account {
  public:
    explicit memory_account(std::uint64_t bytes_max) : _bytes_max(bytes_max) {}
    memory_account(const memory_account&) = delete;

    [[nodiscard]] std::uint64_t bytes() const { return _bytes.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t bytes_max() const { return _bytes_max; }
    /// How often somebody was refused.
    [[nodiscard]] std::uint64_t refused() const { return _refused.load(std::memory_order_relaxed); }

    /// What one holder has of it, given back with it. One thread at a time.
    class share {
      public:
        explicit share(memory_account& of) : _of(&of) {}
        share(share&& other) noexcept : _of(other._of), _bytes(std::exchange(other._bytes, 0)) {}
        share& operator=(share&&) = delete;
        ~share() { set(0); }

        [[nodiscard]] std::uint64_t bytes() const { return _bytes; }
        /// Has that many bytes from now on. The error is `overloaded`, and the share as it was.
        [[nodiscard]] status resize(std::uint64_t bytes);
        /// The same for memory that is there already, whatever the bound.
        void set(std::uint64_t bytes);

      private:
        memory_account* _of;
        std::uint64_t _bytes = 0;
    };

  private:
    const std::uint64_t _bytes_max;
    std::atomic<std::uint64_t> _bytes{0};
    std::atomic<std::uint64_t> _refused{0};
};

}  // namespace nacre::runtime
