#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace nacre::fuzz {

/// The fuzzer's bytes as a run of decisions. Never fails: past the end every decision is zero, so
/// that 0 should be the plainest choice. Borrows the bytes.
class input {
  public:
    input(const std::uint8_t* data, std::size_t size)
        : _left(reinterpret_cast<const char*>(data), size) {}

    [[nodiscard]] bool at_end() const { return _left.empty(); }
    [[nodiscard]] std::size_t size() const { return _left.size(); }

    template <typename Number>
    Number number() {
        Number value{};
        const auto size = std::min(sizeof(Number), _left.size());
        std::memcpy(&value, _left.data(), size);
        _left.remove_prefix(size);
        return value;
    }
    std::uint8_t byte() { return number<std::uint8_t>(); }
    /// Less than `bound`, which is at least 1.
    std::uint32_t below(std::uint32_t bound) {
        if (bound <= 256) return byte() % bound;
        return number<std::uint32_t>() % bound;
    }
    /// True once in `n`; false past the end.
    bool once_in(std::uint32_t n) { return below(n) == n - 1; }
    template <typename Choices>
    const auto& pick(const Choices& choices) {
        return choices[below(static_cast<std::uint32_t>(choices.size()))];
    }
    /// Up to `size` bytes.
    bytes take(std::size_t size) {
        const auto taken = _left.substr(0, size);
        _left.remove_prefix(taken.size());
        return bytes(taken);
    }
    bytes rest() { return take(_left.size()); }

  private:
    bytes_view _left;
};

}  // namespace nacre::fuzz
