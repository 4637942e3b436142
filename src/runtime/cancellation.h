#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "base/result.h"

namespace nacre::runtime {

/// Tells the work of one request that nobody waits for it any more: its client has gone, or its
/// time is up. Shared by everything that works for the request, on whatever shard; work asks at the
/// points where it lets others run.
class cancellation {
  public:
    using clock = std::chrono::steady_clock;

    /// `allowed` is how long the request may take from now on.
    explicit cancellation(std::chrono::milliseconds allowed)
        : _allowed(allowed), _deadline(clock::now() + allowed) {}

    /// The same for a part of the work that may take no longer than `allowed` from now on. `whole`
    /// may be null.
    cancellation(std::shared_ptr<const cancellation> whole, std::chrono::milliseconds allowed)
        : cancellation(allowed) {
        _whole = std::move(whole);
    }

    /// From any thread: the client has gone.
    void cancel() { _cancelled.store(true, std::memory_order_relaxed); }

    /// From any thread; reads a clock. The error of a request whose time is up is a read_timeout
    /// without fields, for whoever knows the request to complete.
    [[nodiscard]] status check() const {
        if (_whole) NACRE_CHECK(_whole->check());
        if (_cancelled.load(std::memory_order_relaxed)) {
            return server_error("The client has gone: the request was cancelled");
        }
        if (clock::now() >= _deadline) {
            return error(error_code::read_timeout,
                         fmt::format("Operation timed out after {} ms", _allowed.count()));
        }
        return {};
    }

  private:
    std::shared_ptr<const cancellation> _whole;
    std::atomic<bool> _cancelled{false};
    std::chrono::milliseconds _allowed;
    clock::time_point _deadline;
};
/// Null: nothing ends the work early.
using cancellation_ptr = std::shared_ptr<const cancellation>;

}  // namespace nacre::runtime
