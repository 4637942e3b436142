#include "tool/strip.h"

#include <cstdint>
#include <optional>

namespace nacre::tool {

namespace {

constexpr bytes_view magic("\0asm", 4);
constexpr std::size_t header_bytes = 8;

// An unsigned LEB128 number of at most 32 bits, taken from the front.
std::optional<std::uint32_t> take_number(bytes_view& from) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 35 && !from.empty(); shift += 7) {
        const auto next = static_cast<unsigned char>(from.front());
        from.remove_prefix(1);
        value |= std::uint64_t{next & 0x7FU} << shift;
        if ((next & 0x80U) == 0) return static_cast<std::uint32_t>(value);
    }
    return std::nullopt;
}

bool is_wanted(bytes_view custom) {
    const auto size = take_number(custom);
    return size && custom.substr(0, *size).starts_with("nacre.");
}

}  // namespace

result<bytes> strip(bytes_view module) {
    if (!module.starts_with(magic) || module.size() < header_bytes) {
        return invalid("it is no WebAssembly module");
    }
    bytes made(module.substr(0, header_bytes));
    auto rest = module.substr(header_bytes);
    while (!rest.empty()) {
        const auto begin = rest;
        const char id = rest.front();
        rest.remove_prefix(1);
        const auto size = take_number(rest);
        if (!size || *size > rest.size()) return invalid("a section of the module is cut off");
        const auto contents = rest.substr(0, *size);
        rest.remove_prefix(*size);
        if (id == 0 && !is_wanted(contents)) continue;
        made += begin.substr(0, begin.size() - rest.size());
    }
    return made;
}

}  // namespace nacre::tool
