#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "types/type.h"

/// CQL values as JSON and back, in Cassandra's forms.
namespace nacre::types {

/// A JSON document. Integers of any size keep their digits; other numbers are doubles, as
/// Cassandra reads them. Members of an object keep their order; of equal names the last one counts.
struct json_value {
    struct integer {
        std::string digits;
    };
    using array = std::vector<json_value>;
    struct member;
    using object = std::vector<member>;

    std::variant<std::monostate, bool, integer, double, std::string, array, object> content;

    [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(content); }
};

struct json_value::member {
    std::string name;
    json_value value;
};

/// Reads the first JSON value of a text; what follows it is ignored, as in Cassandra. Errors are
/// 0x2200 and say what is wrong at which byte; nesting is limited to 1000 levels.
[[nodiscard]] result<json_value> parse_json(std::string_view text);

/// `[1, a, {b=null}]`: a document as Cassandra's errors show it.
[[nodiscard]] std::string to_error_text(const json_value& document);

/// The serialised value of a type that a document stands for; absent for null. Strings stand for
/// anything that their text does, also for collections in JSON of their own. Errors are 0x2200 in
/// Cassandra's words ("Expected an int value, but got a Double: 1.5").
[[nodiscard]] result<optional_bytes> from_json(const type& t, const json_value& document);

/// The value as JSON text; "null" for null, an empty string for the empty value.
[[nodiscard]] std::string to_json(const type& t, const std::optional<bytes_view>& value);

/// A text in double quotes, escaped.
[[nodiscard]] std::string quote_json(std::string_view text);

/// The name of a column or field as a JSON member's: in double quotes within if it has upper case,
/// and the reverse.
[[nodiscard]] std::string json_name(std::string_view name);
[[nodiscard]] std::string name_of_json(std::string_view member);

}  // namespace nacre::types
