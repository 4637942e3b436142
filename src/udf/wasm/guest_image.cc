#include "udf/wasm/guest_image.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace nacre::udf::wasm {

namespace {

// What is compared and copied at once. Small, because a script's objects lie among others'.
constexpr std::size_t block_bytes = 64;

bool is_same(bytes_view initial, bytes_view now, std::size_t at) {
    static constexpr std::array<char, block_bytes> zeros{};
    const auto size = std::min(block_bytes, now.size() - at);
    const auto known = at < initial.size() ? std::min(size, initial.size() - at) : 0;
    return std::memcmp(initial.data() + std::min(at, initial.size()), now.data() + at, known) ==
               0 &&
           std::memcmp(zeros.data(), now.data() + at + known, size - known) == 0;
}

}  // namespace

guest_image guest_image::difference(bytes_view initial, bytes_view now, std::uint64_t address,
                                    buffer host) {
    guest_image made;
    made._memory_bytes = address + now.size();
    made._host_buffer = host;
    for (std::size_t at = 0; at < now.size(); at += block_bytes) {
        if (is_same(initial, now, at)) continue;
        const auto block = now.substr(at, block_bytes);
        const bool follows = !made._runs.empty() &&
                             made._runs.back().address + made._runs.back().bytes == address + at;
        if (!follows) made._runs.push_back({.address = static_cast<std::uint32_t>(address + at)});
        made._runs.back().bytes += static_cast<std::uint32_t>(block.size());
        made._contents.append(block);
    }
    made._contents.shrink_to_fit();
    made._runs.shrink_to_fit();
    return made;
}

bool guest_image::apply(const guest_memory& memory) const {
    if (memory.size() < _memory_bytes) return false;
    const char* from = _contents.data();
    for (const auto& each : _runs) {
        std::memcpy(memory.writable(each.address, each.bytes)->data(), from, each.bytes);
        from += each.bytes;
    }
    return true;
}

}  // namespace nacre::udf::wasm
