#include "udf/wasm/custom_section.h"

#include <cstdint>
#include <vector>

namespace nacre::udf::wasm {

namespace {

constexpr std::string_view binary_magic("\0asm", 4);

// ---- Binaries -----------------------------------------------------------------------------------

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

// ---- Texts --------------------------------------------------------------------------------------

void append_utf8(bytes& out, std::uint32_t point) {
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0 | point >> 6);
        out += static_cast<char>(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0 | point >> 12);
        out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (point & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | point >> 18);
        out += static_cast<char>(0x80 | (point >> 12 & 0x3F));
        out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (point & 0x3F));
    }
}

std::uint32_t hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0');
    return static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
}

// Walks over the tokens of a text just far enough to see strings, parentheses and comments. The
// text compiles, so it is enough never to run off its end.
class text_reader {
  public:
    text_reader(bytes_view text, std::string_view name) : _text(text), _name(name) {}

    std::optional<bytes> run() {
        while (_at < _text.size()) step();
        return std::move(_found);
    }

  private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return _at + ahead < _text.size() ? _text[_at + ahead] : '\0';
    }

    void step() {
        const char c = peek();
        if (c == ';' && peek(1) == ';') {
            skip_line_comment();
        } else if (c == '(' && peek(1) == ';') {
            skip_block_comment();
        } else if (c == '"') {
            read_string();
        } else if (c == '(') {
            open();
        } else {
            if (c == ')') close();
            ++_at;
        }
    }

    void skip_block_comment() {
        std::size_t depth = 0;
        do {
            if (peek() == '(' && peek(1) == ';') {
                ++depth;
                _at += 2;
            } else if (peek() == ';' && peek(1) == ')') {
                --depth;
                _at += 2;
            } else {
                ++_at;
            }
        } while (depth != 0 && _at < _text.size());
    }

    void open() {
        constexpr std::string_view annotation = "@custom";
        ++_depth;
        ++_at;
        skip_blanks();
        // Fields of the module, whether or not "(module" is written around them; the annotation
        // means nothing anywhere else.
        constexpr std::size_t field_depth_max = 2;
        if (_depth <= field_depth_max && _annotation_depth == 0 &&
            _text.substr(_at).starts_with(annotation) &&
            std::string_view(" \t\r\n\"(;)").contains(peek(annotation.size()))) {
            _annotation_depth = _depth;
            _strings.clear();
        }
    }

    void skip_blanks() {
        while (_at < _text.size()) {
            if (std::string_view(" \t\r\n").contains(peek())) {
                ++_at;
            } else if (peek() == ';' && peek(1) == ';') {
                skip_line_comment();
            } else if (peek() == '(' && peek(1) == ';') {
                skip_block_comment();
            } else {
                return;
            }
        }
    }

    void skip_line_comment() {
        const auto end = _text.find('\n', _at);
        _at = end == bytes_view::npos ? _text.size() : end;
    }

    void close() {
        if (_annotation_depth != 0 && _depth == _annotation_depth) {
            _annotation_depth = 0;
            if (!_strings.empty() && _strings.front() == _name) {
                if (!_found) _found.emplace();
                for (std::size_t i = 1; i < _strings.size(); ++i) *_found += _strings[i];
            }
        }
        if (_depth != 0) --_depth;
    }

    void read_string() {
        const bool wanted = _annotation_depth != 0 && _depth == _annotation_depth;
        bytes contents;
        ++_at;
        while (_at < _text.size() && peek() != '"') {
            const auto plain_end = std::min(_text.find_first_of("\"\\", _at), _text.size());
            if (wanted) contents += _text.substr(_at, plain_end - _at);
            _at = plain_end;
            if (peek() == '\\') escape(contents);
        }
        ++_at;
        if (wanted) _strings.push_back(std::move(contents));
    }

    void escape(bytes& out) {
        const char c = peek(1);
        _at += 2;
        switch (c) {
            case 't':
                out += '\t';
                return;
            case 'n':
                out += '\n';
                return;
            case 'r':
                out += '\r';
                return;
            case '"':
            case '\'':
            case '\\':
                out += c;
                return;
            case 'u': {
                std::uint32_t point = 0;
                for (++_at; _at < _text.size() && peek() != '}'; ++_at) {
                    if (peek() != '_') point = point << 4 | (hex_digit(peek()) & 0xF);
                }
                ++_at;
                append_utf8(out, point);
                return;
            }
            default:
                out += static_cast<char>(hex_digit(c) << 4 | (hex_digit(peek()) & 0xF));
                ++_at;
        }
    }

    bytes_view _text;
    std::string_view _name;
    std::size_t _at = 0;
    std::size_t _depth = 0;
    std::size_t _annotation_depth = 0;  ///< 0: not within one
    std::vector<bytes> _strings;
    std::optional<bytes> _found;
};

}  // namespace

std::optional<bytes> custom_section(bytes_view module, std::string_view name) {
    if (module.starts_with(binary_magic)) return in_binary(module, name);
    return text_reader(module, name).run();
}

}  // namespace nacre::udf::wasm
