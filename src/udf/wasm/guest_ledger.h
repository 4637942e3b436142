#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"

namespace nacre::udf::wasm {

/// How many guests there are, how much memory they have and how often they are called, all
/// together. One per engine; any thread.
class guest_ledger {
  public:
    explicit guest_ledger(std::uint64_t memory_bytes_max) : _memory_bytes_max(memory_bytes_max) {}

    [[nodiscard]] std::uint64_t count() const { return _count.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t memory_bytes() const {
        return _memory_bytes.load(std::memory_order_relaxed);
    }

    /// Calls of the host into guests, ever.
    [[nodiscard]] std::uint64_t calls() const { return _calls.load(std::memory_order_relaxed); }

    /// One guest's entry, for as long as it has a sandbox. One thread at a time.
    class entry {
      public:
        explicit entry(guest_ledger& ledger) : _ledger(ledger) {
            _ledger._count.fetch_add(1, std::memory_order_relaxed);
        }
        ~entry() {
            _ledger._count.fetch_sub(1, std::memory_order_relaxed);
            _ledger._memory_bytes.fetch_sub(_memory_bytes, std::memory_order_relaxed);
        }
        entry(const entry&) = delete;

        void note_call() { _ledger._calls.fetch_add(1, std::memory_order_relaxed); }
        /// The guest has that much memory now. The error is `overloaded`: it took too much of what
        /// there is for all, and has to end.
        [[nodiscard]] status note_memory(std::uint64_t bytes) {
            if (bytes == _memory_bytes) return {};
            return grow_to(bytes);
        }
        /// Whether there is too much still: for a guest that was told so and has waited since.
        [[nodiscard]] status check_memory() const;

      private:
        [[nodiscard]] status grow_to(std::uint64_t bytes);
        [[nodiscard]] error too_much() const;

        guest_ledger& _ledger;
        std::uint64_t _memory_bytes = 0;
    };

  private:
    const std::uint64_t _memory_bytes_max;
    std::atomic<std::uint64_t> _count{0};
    std::atomic<std::uint64_t> _memory_bytes{0};
    std::atomic<std::uint64_t> _calls{0};
};

}  // namespace nacre::udf::wasm
