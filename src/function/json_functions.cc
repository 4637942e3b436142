#include "function/builtins.h"
#include "function/column_function.h"
#include "function/generic_parameter.h"
#include "types/json.h"

namespace nacre::function {

namespace {

using types::type;
using types::type_kind;

// Null becomes the text "null".
status write_json(const call_batch& batch) {
    const auto& argument = *batch.arguments[0];
    for (const std::uint32_t row : batch.rows) {
        const auto value = is_absent(argument, row) ? std::nullopt : argument.serialised(row);
        batch.result.append_serialised(types::to_json(
            *argument.type(), value ? std::optional<bytes_view>(*value) : std::nullopt));
    }
    return {};
}

generic_function to_json_function(const std::string& written) {
    const std::string name = "to_json";
    return {written, "system.to_json(any)", 1, 1,
            [name](const generic_call& call) -> result<resolved> {
                return make_builtin(name, {call.types[0]}, type::native(type_kind::text),
                                    schema::null_input::called, purity::pure, write_json);
            }};
}

error failed(const std::string& name, std::string message) {
    return {error_code::function_failure, std::move(message),
            function_failure_fields{"system", name, {"text"}}};
}

column_body read_json(std::string name, types::type_ptr wanted) {
    return [name = std::move(name), wanted = std::move(wanted)](const call_batch& batch) -> status {
        for (const std::uint32_t row : batch.rows) {
            const auto text = batch.arguments[0]->view(row);
            const auto document = types::parse_json(text);
            if (!document) {
                return failed(
                    name,
                    fmt::format("execution of 'system.{}[text]' failed: Could not decode JSON "
                                "string '{}': {}",
                                name, text, document.error().message()));
            }
            const auto value = types::from_json(*wanted, *document);
            if (!value) return failed(name, value.error().message());
            batch.result.append(*value);
        }
        return {};
    };
}

generic_function from_json_function(const std::string& written) {
    const std::string name = "from_json";
    return {written,
            "system.from_json(text)",
            1,
            1,
            [name](const generic_call& call) -> result<resolved> {
                if (!call.receiver) {
                    return invalid(
                        "{}() cannot be used in the selection clause of a SELECT statement", name);
                }
                const auto kind = call.types[0]->kind();
                if (kind != type_kind::text && kind != type_kind::ascii) {
                    return wrong_argument(name, "an argument of type text", call, 0);
                }
                const auto wanted = type::freeze(call.receiver);
                return make_builtin(name, {type::native(type_kind::text)}, wanted,
                                    schema::null_input::returns_null, purity::pure,
                                    read_json(name, wanted));
            },
            [](generic_call& call) {
                if (!call.types[0]) call.types[0] = type::native(type_kind::text);
            }};
}

}  // namespace

void add_json_functions(registry& functions) {
    for (const char* name : {"to_json", "tojson"}) functions.add(to_json_function(name));
    for (const char* name : {"from_json", "fromjson"}) functions.add(from_json_function(name));
}

}  // namespace nacre::function
