#include "body.h"

#include "sandbox.h"

namespace nacre::fuzz {

namespace {

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

schema::function_ptr declare(std::uint8_t which, std::string body) {
    using types::type;
    using types::type_kind;
    const auto on_null =
        which % 2 == 0 ? schema::null_input::returns_null : schema::null_input::called;
    const auto& number = type::native(type_kind::bigint);
    const auto& text = type::native(type_kind::text);
    switch (which / 2 % 3) {
        case 0:
            return define_function("f", {number}, number, on_null, std::move(body));
        case 1:
            return define_function("f", {text}, text, on_null, std::move(body));
        default:
            return define_function("f", {number, text}, type::list_of(number, true), on_null,
                                   std::move(body));
    }
}

std::string signature_section(const schema::function_definition& declared) {
    std::string line = declared.name + "(";
    for (std::size_t i = 0; i < declared.argument_types.size(); ++i) {
        if (i != 0) line += ", ";
        line += fmt::format("a{} {}", i, declared.argument_types[i]->to_cql_without_frozen());
    }
    line += declared.on_null == schema::null_input::called ? ") CALLED" : ") RETURNS NULL";
    line += " ON NULL INPUT RETURNS " + declared.return_type->to_cql_without_frozen();
    return fmt::format("(@custom \"nacre.functions\" \"{}\\n\")\n", line);
}

std::string to_base64(bytes_view binary) {
    std::string out;
    for (std::size_t i = 0; i < binary.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            group = group << 8;
            if (i + k < binary.size()) group |= static_cast<unsigned char>(binary[i + k]);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            out += i + k > binary.size() ? '=' : digits[group >> (18 - 6 * k) & 63];
        }
    }
    return out;
}

std::string to_untidy_base64(bytes_view binary, std::uint8_t taste) {
    auto tidy = to_base64(binary);
    if (taste % 2 == 1) tidy.erase(tidy.find_last_not_of('=') + 1);
    std::string out;
    for (std::size_t i = 0; i < tidy.size(); ++i) {
        out += tidy[i];
        if (i % (taste / 2 % 32 + 1) == 0) out += " \n\t\r"[i % 4];
    }
    return out;
}

}  // namespace nacre::fuzz
