#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "udf/wasm/guest_memory.h"

namespace nacre::udf::wasm {

/// What a guest's memory holds at some moment, as the difference from where guests of its program
/// begin: an interpreter with a script compiled, so that the next guest need not compile it.
/// Immutable, any thread.
class guest_image {
  public:
    /// The host's buffer in the guest (nacre_reserve).
    struct buffer {
        std::uint32_t address = 0;
        std::uint64_t bytes = 0;
    };

    /// Of two memories' contents from `address` on, a multiple of 64. `initial` is padded with
    /// zeros, as memory that grows is. Linear in `now`.
    [[nodiscard]] static guest_image difference(bytes_view initial, bytes_view now,
                                                std::uint64_t address, buffer host);

    /// Puts the difference into a memory of memory_bytes() or more that is as it began. False: the
    /// memory is smaller.
    [[nodiscard]] bool apply(const guest_memory& memory) const;

    [[nodiscard]] std::uint64_t memory_bytes() const { return _memory_bytes; }
    [[nodiscard]] buffer host_buffer() const { return _host_buffer; }
    /// What the image itself takes.
    [[nodiscard]] std::uint64_t size_bytes() const {
        return _contents.size() + _runs.size() * sizeof(run);
    }

  private:
    struct run {
        std::uint32_t address = 0;
        std::uint32_t bytes = 0;
    };

    std::uint64_t _memory_bytes = 0;
    buffer _host_buffer;
    std::vector<run> _runs;  ///< ascending
    bytes _contents;         ///< of the runs, one after the other
};
using guest_image_ptr = std::shared_ptr<const guest_image>;

}  // namespace nacre::udf::wasm
