#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include "base/bytes.h"

namespace nacre::udf::wasm {

/// The one door to a guest's linear memory. Addresses and sizes come from the guest and are
/// trusted with nothing: every access is checked in 64-bit arithmetic, and says so when it is out
/// of bounds. Borrowed: taken anew after every call into the guest, which may grow the memory.
class guest_memory {
  public:
    explicit guest_memory(std::span<std::uint8_t> memory) : _memory(memory) {}

    [[nodiscard]] std::uint64_t size() const { return _memory.size(); }
    [[nodiscard]] bool contains(std::uint64_t address, std::uint64_t size) const {
        return address <= _memory.size() && size <= _memory.size() - address;
    }

    [[nodiscard]] std::optional<bytes_view> view(std::uint64_t address, std::uint64_t size) const {
        if (!contains(address, size)) return std::nullopt;
        return bytes_view(reinterpret_cast<const char*>(_memory.data()) + address, size);
    }
    [[nodiscard]] std::optional<std::span<char>> writable(std::uint64_t address,
                                                          std::uint64_t size) const {
        if (!contains(address, size)) return std::nullopt;
        return std::span(reinterpret_cast<char*>(_memory.data()) + address, size);
    }

    /// Numbers are little-endian, as WebAssembly's memory is.
    template <typename Number>
    [[nodiscard]] std::optional<Number> load(std::uint64_t address) const {
        static_assert(std::is_arithmetic_v<Number>);
        if (!contains(address, sizeof(Number))) return std::nullopt;
        Number value;
        std::memcpy(&value, _memory.data() + address, sizeof(Number));
        return value;
    }
    template <typename Number>
    [[nodiscard]] bool store(std::uint64_t address, Number value) const {
        static_assert(std::is_arithmetic_v<Number>);
        if (!contains(address, sizeof(Number))) return false;
        std::memcpy(_memory.data() + address, &value, sizeof(Number));
        return true;
    }

  private:
    std::span<std::uint8_t> _memory;
};

}  // namespace nacre::udf::wasm
