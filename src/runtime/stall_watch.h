#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "runtime/work.h"

namespace nacre::runtime {

/// A turn of a loop that held up everybody else.
struct stall {
    std::uint64_t number = 0;  ///< of its shard since the start
    std::chrono::system_clock::time_point ended;
    std::chrono::nanoseconds lasted{0};  ///< by the clock
    std::chrono::nanoseconds cpu{0};     ///< of it, at most; the rest the thread was not running
    scheduling_group group = scheduling_group::system;
    std::string what;  ///< the statement, the function, the part of the server; may be empty
};

/// How long the turns of a shard's loop took: histograms in powers of two of microseconds, and the
/// long turns by name. Written by the shard's own thread; `stalls` is read there as well, the rest
/// from any thread.
class stall_watch {
  public:
    /// Bucket i counts turns shorter than 2^i microseconds; the last takes all the rest.
    static constexpr std::size_t bucket_count = 24;
    /// A turn as long as this is a stall.
    static constexpr std::chrono::nanoseconds stall_min = std::chrono::milliseconds(1);
    static constexpr std::size_t stalls_kept_max = 256;
    static constexpr std::size_t description_bytes_max = 500;

    /// A histogram of durations.
    class histogram {
      public:
        void record(std::chrono::nanoseconds turn);
        [[nodiscard]] std::uint64_t bucket(std::size_t i) const {
            return _buckets[i].load(std::memory_order_relaxed);
        }
        [[nodiscard]] std::uint64_t count() const { return _count.load(std::memory_order_relaxed); }
        [[nodiscard]] std::chrono::nanoseconds total() const {
            return std::chrono::nanoseconds(_total_ns.load(std::memory_order_relaxed));
        }
        [[nodiscard]] std::chrono::nanoseconds longest() const {
            return std::chrono::nanoseconds(_longest_ns.load(std::memory_order_relaxed));
        }
        /// The upper end of the bucket below which this part of all turns lies; at most `longest`.
        [[nodiscard]] std::chrono::nanoseconds quantile(double part) const;

      private:
        std::array<std::atomic<std::uint64_t>, bucket_count> _buckets{};
        std::atomic<std::uint64_t> _count{0};
        std::atomic<std::uint64_t> _total_ns{0};
        std::atomic<std::uint64_t> _longest_ns{0};
    };

    /// `cpu` is at most the processor time of the turn; `whose` what it worked for.
    void record(std::chrono::nanoseconds lasted, std::chrono::nanoseconds cpu,
                const work_context& whose);
    /// A part of the present turn took that long: it has the blame, should the turn be a stall.
    void blame(std::chrono::nanoseconds lasted, const describable& part);

    /// By the clock: what others had to wait.
    [[nodiscard]] const histogram& turns() const { return _turns; }
    /// By processor time, at most: what is left when the machine's other processes are discounted.
    [[nodiscard]] const histogram& cpu() const { return _cpu; }
    /// The newest, and of those before the ones with the most processor time; oldest first.
    [[nodiscard]] const std::deque<stall>& stalls() const { return _stalls; }

  private:
    histogram _turns;
    histogram _cpu;
    std::deque<stall> _stalls;
    std::uint64_t _stalls_ever = 0;
    std::chrono::nanoseconds _worst_part{0};
    std::string _worst_part_name;
};

/// A name that is known when the program is written.
class fixed_name final : public describable {
  public:
    explicit constexpr fixed_name(std::string_view name) : _name(name) {}
    [[nodiscard]] std::string describe() const override { return std::string(_name); }

  private:
    std::string_view _name;
};

/// A part of a turn that has a name of its own: while it lives, on the shard that made it.
class turn_part {
  public:
    explicit turn_part(const describable& what)
        : _what(what), _began(std::chrono::steady_clock::now()) {}
    ~turn_part();
    turn_part(const turn_part&) = delete;

  private:
    const describable& _what;
    std::chrono::steady_clock::time_point _began;
};

}  // namespace nacre::runtime
