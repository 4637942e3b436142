#include "udf/wasm/custom_section.h"

#include <cstdint>

#include "udf/wasm/module_text.h"

namespace nacre::udf::wasm {

namespace {

constexpr std::string_view binary_magic("\0asm", 4);

class binary_reader {
  public:
    explicit binary_reader(bytes_view rest) : _rest(rest) {}

    [[nodiscard]] bool at_end() const { return _rest.empty(); }

    std::optional<std::uint8_t> byte() {
        if (_rest.empty()) return std::nullopt;
        const auto value = static_cast<std::uint8_t>(_rest.front());
        _rest.remove_prefix(1);
        return value;
    }
    // An unsigned LEB128 number of at most 32 bits.
    std::optional<std::uint32_t> number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 35; shift += 7) {
            const auto next = byte();
            if (!next) return std::nullopt;
            value |= std::uint64_t{*next & 0x7FU} << shift;
            if ((*next & 0x80U) == 0) return static_cast<std::uint32_t>(value);
        }
        return std::nullopt;
    }
    std::optional<bytes_view> block() {
        const auto size = number();
        if (!size || *size > _rest.size()) return std::nullopt;
        const auto found = _rest.substr(0, *size);
        _rest.remove_prefix(*size);
        return found;
    }
    [[nodiscard]] bytes_view rest() const { return _rest; }

  private:
    bytes_view _rest;
};

std::optional<bytes> in_binary(bytes_view module, std::string_view name) {
    constexpr std::size_t header_size = 8;
    if (module.size() < header_size) return std::nullopt;
    std::optional<bytes> found;
    binary_reader sections(module.substr(header_size));
    while (!sections.at_end()) {
        const auto id = sections.byte();
        const auto contents = sections.block();
        if (!contents) break;
        if (*id != 0) continue;
        binary_reader custom(*contents);
        if (custom.block() != name) continue;
        if (!found) found.emplace();
        *found += custom.rest();
    }
    return found;
}

}  // namespace

std::optional<bytes> custom_section(bytes_view module, std::string_view name) {
    if (module.starts_with(binary_magic)) return in_binary(module, name);
    // Most texts have no annotation, which saves assembling them.
    if (!module.contains('@')) return std::nullopt;
    const auto binary = module_of_text(module);
    if (!binary) return std::nullopt;
    return in_binary(*binary, name);
}

}  // namespace nacre::udf::wasm
