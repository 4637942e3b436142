#include <array>
#include <memory>

#include <openssl/evp.h>

#include "base/uuid.h"
#include "function/builtins.h"
#include "function/column_function.h"
#include "function/generic_parameter.h"
#include "types/duration.h"
#include "types/temporal.h"
#include "types/value.h"

namespace nacre::function {

namespace {

using types::type;
using types::type_kind;
using types::type_ptr;

/// What hides any value of a type: zeros, "****", nothing.
bytes default_mask(const type& t) {
    switch (t.kind()) {
        case type_kind::ascii:
        case type_kind::text:
            return "****";
        case type_kind::blob:
            return {};
        case type_kind::boolean:
        case type_kind::tinyint:
        case type_kind::varint:
            return bytes(1, '\0');
        case type_kind::smallint:
            return types::serialise_integer(std::int16_t{0});
        case type_kind::int_:
        case type_kind::float_:
        case type_kind::inet:
        case type_kind::list:
        case type_kind::set:
        case type_kind::map:
            return types::serialise_integer(std::int32_t{0});
        case type_kind::bigint:
        case type_kind::counter:
        case type_kind::double_:
        case type_kind::time:
        case type_kind::timestamp:
            return types::serialise_integer(std::int64_t{0});
        case type_kind::date:
            return types::serialise_integer(
                static_cast<std::uint32_t>(types::date_epoch_offset_days));
        case type_kind::decimal:
            return types::serialise_integer(std::int32_t{0}) + bytes(1, '\0');
        case type_kind::duration:
            return types::serialise_duration({});
        case type_kind::uuid:
            return bytes(16, '\0');
        case type_kind::timeuuid:
            return uuid::parse("13814000-1dd2-11b2-8080-808080808080")->to_bytes();
        case type_kind::vector: {
            const std::vector<bytes> elements(t.dimensions(), default_mask(*t.element()));
            return types::join_vector(t, elements);
        }
        case type_kind::tuple:
        case type_kind::user: {
            std::vector<optional_bytes> fields;
            for (const auto& field : t.parameters()) fields.emplace_back(default_mask(*field));
            return types::join_fields(fields);
        }
    }
    return {};
}

column_body always(const optional_bytes& value) {
    return [value](const call_batch& batch) -> status {
        for (std::size_t i = 0; i < batch.rows.size(); ++i) batch.result.append(value);
        return {};
    };
}

generic_function mask_null_function() {
    return {"mask_null", "system.mask_null(any)", 1, 1,
            [](const generic_call& call) -> result<resolved> {
                return make_builtin("mask_null", {call.types[0]}, call.types[0],
                                    schema::null_input::called, purity::pure, always(std::nullopt));
            }};
}

generic_function mask_default_function() {
    return {"mask_default", "system.mask_default(any)", 1, 1,
            [](const generic_call& call) -> result<resolved> {
                return make_builtin("mask_default", {call.types[0]}, call.types[0],
                                    schema::null_input::called, purity::pure,
                                    always(default_mask(*call.types[0])));
            }};
}

status take_replacement(const call_batch& batch) {
    for (const std::uint32_t row : batch.rows) batch.result.append_from(*batch.arguments[1], row);
    return {};
}

generic_function mask_replace_function() {
    return {"mask_replace",
            "system.mask_replace(any, any)",
            2,
            2,
            [](const generic_call& call) -> result<resolved> {
                return make_builtin("mask_replace", {call.types[0], call.types[0]}, call.types[0],
                                    schema::null_input::called, purity::pure, take_replacement);
            },
            [](generic_call& call) { call.types[1] = call.types[0]; }};
}

// Which characters are hidden: those between a beginning and an end that show, or those two.
enum class hidden : std::uint8_t { inner, outer };

std::size_t length_of_character(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xe0) return 2;
    return lead < 0xf0 ? 3 : 4;
}

std::int64_t count_characters(std::string_view text) {
    return std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; });
}

std::string mask(std::string_view text, hidden which, std::int64_t begin, std::int64_t end,
                 std::string_view padding) {
    const std::int64_t count = count_characters(text);
    std::string masked;
    for (std::int64_t i = 0; i < count; ++i) {
        const auto size = length_of_character(static_cast<unsigned char>(text[0]));
        const bool is_inner = i >= begin && i < count - end;
        masked += is_inner == (which == hidden::inner) ? padding : text.substr(0, size);
        text.remove_prefix(size);
    }
    return masked;
}

column_body partial_mask(hidden which, std::string name) {
    return [which, name = std::move(name)](const call_batch& batch) -> status {
        const auto count_at = [&](std::size_t argument, std::uint32_t row) -> std::int64_t {
            const auto& column = *batch.arguments[argument];
            return is_absent(column, row) ? 0 : column.native<std::int32_t>()[row];
        };
        for (const std::uint32_t row : batch.rows) {
            bytes padding = "*";
            if (batch.arguments.size() == 4) {
                padding = batch.arguments[3]->serialised(row).value_or(padding);
            }
            if (const auto length = count_characters(padding); length != 1) {
                return invalid(
                    "The padding argument for function system.{} should be single-character, but "
                    "'{}' has {} characters.",
                    name, padding, length);
            }
            const auto text = batch.arguments[0]->serialised(row);
            if (!text) {
                batch.result.append_null();
                continue;
            }
            batch.result.append_serialised(
                mask(*text, which, count_at(1, row), count_at(2, row), padding));
        }
        return {};
    };
}

bool is_text(const type& t) {
    return t.kind() == type_kind::text || t.kind() == type_kind::ascii;
}

generic_function partial_mask_function(const std::string& name, hidden which) {
    return {
        name,
        fmt::format("system.{}([text|varchar|ascii], int, int, [text])", name),
        3,
        4,
        [name, which](const generic_call& call) -> result<resolved> {
            const auto integer = type::native(type_kind::int_);
            std::vector<type_ptr> wanted = {call.types[0], integer, integer};
            if (!is_text(*call.types[0])) {
                return wrong_argument(name, "an argument of type [text|varchar|ascii]", call, 0);
            }
            for (std::size_t i = 1; i < 3; ++i) {
                if (call.types[i]->kind() == type_kind::int_) continue;
                return wrong_argument(name, "an argument of type int", call, i);
            }
            if (call.types.size() == 4) {
                if (!is_text(*call.types[3])) {
                    return wrong_argument(name, "an argument of type text", call, 3);
                }
                wanted.push_back(type::native(type_kind::text));
            }
            return make_builtin(name, std::move(wanted), call.types[0], schema::null_input::called,
                                purity::pure, partial_mask(which, name));
        },
        [](generic_call& call) {
            for (std::size_t i = 0; i < call.types.size(); ++i) {
                if (call.types[i]) continue;
                call.types[i] = type::native(i == 1 || i == 2 ? type_kind::int_ : type_kind::text);
            }
        }};
}

struct digest_name {
    std::string_view written;
    const char* of_library;
};
// The names that Java knows, in lower case.
constexpr std::array digest_names = {
    digest_name{"md5", "MD5"},
    digest_name{"sha", "SHA1"},
    digest_name{"sha-1", "SHA1"},
    digest_name{"sha1", "SHA1"},
    digest_name{"sha-224", "SHA224"},
    digest_name{"sha224", "SHA224"},
    digest_name{"sha-256", "SHA256"},
    digest_name{"sha256", "SHA256"},
    digest_name{"sha-384", "SHA384"},
    digest_name{"sha384", "SHA384"},
    digest_name{"sha-512", "SHA512"},
    digest_name{"sha512", "SHA512"},
    digest_name{"sha-512/224", "SHA512-224"},
    digest_name{"sha512/224", "SHA512-224"},
    digest_name{"sha-512/256", "SHA512-256"},
    digest_name{"sha512/256", "SHA512-256"},
    digest_name{"sha3-224", "SHA3-224"},
    digest_name{"sha3-256", "SHA3-256"},
    digest_name{"sha3-384", "SHA3-384"},
    digest_name{"sha3-512", "SHA3-512"},
};

result<const EVP_MD*> find_digest(std::string_view name) {
    const auto found = std::ranges::find_if(digest_names, [&](const digest_name& known) {
        return std::ranges::equal(name, known.written, [](char a, char b) {
            return (a >= 'A' && a <= 'Z' ? a | 0x20 : a) == b;
        });
    });
    const EVP_MD* digest =
        found == digest_names.end() ? nullptr : EVP_get_digestbyname(found->of_library);
    if (digest == nullptr) return invalid("Hash algorithm not found: {}", name);
    return digest;
}

status hash_values(const call_batch& batch) {
    for (const std::uint32_t row : batch.rows) {
        optional_bytes name = "SHA-256";
        if (batch.arguments.size() == 2 && !batch.arguments[1]->is_null(row)) {
            name = batch.arguments[1]->serialised(row);
        }
        NACRE_TRY(const auto* digest, find_digest(*name));
        const auto value = batch.arguments[0]->serialised(row);
        if (!value) {
            batch.result.append_null();
            continue;
        }
        std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
        unsigned int size = 0;
        if (EVP_Digest(value->data(), value->size(), hash.data(), &size, digest, nullptr) != 1) {
            return server_error("the hash {} can't be computed", *name);
        }
        batch.result.append_serialised(bytes(hash.begin(), hash.begin() + size));
    }
    return {};
}

generic_function mask_hash_function() {
    return {"mask_hash",
            "system.mask_hash(any, [text])",
            1,
            2,
            [](const generic_call& call) -> result<resolved> {
                std::vector<type_ptr> wanted = {call.types[0]};
                if (call.types.size() == 2) {
                    if (!is_text(*call.types[1])) {
                        return wrong_argument("mask_hash", "an argument of type text", call, 1);
                    }
                    wanted.push_back(type::native(type_kind::text));
                }
                return make_builtin("mask_hash", std::move(wanted), type::native(type_kind::blob),
                                    schema::null_input::called, purity::pure, hash_values);
            },
            [](generic_call& call) {
                if (call.types.size() == 2 && !call.types[1]) {
                    call.types[1] = type::native(type_kind::text);
                }
            }};
}

}  // namespace

void add_mask_functions(registry& functions) {
    functions.add(mask_null_function());
    functions.add(mask_default_function());
    functions.add(mask_replace_function());
    functions.add(partial_mask_function("mask_inner", hidden::inner));
    functions.add(partial_mask_function("mask_outer", hidden::outer));
    functions.add(mask_hash_function());
}

}  // namespace nacre::function
