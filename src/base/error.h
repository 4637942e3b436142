#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"

namespace nacre {

/// Error codes of the CQL native protocol (v5 specification, section 9).
enum class error_code : std::int32_t {
    server_error = 0x0000,
    protocol_error = 0x000a,
    bad_credentials = 0x0100,
    unavailable = 0x1000,
    overloaded = 0x1001,
    is_bootstrapping = 0x1002,
    truncate_error = 0x1003,
    write_timeout = 0x1100,
    read_timeout = 0x1200,
    read_failure = 0x1300,
    function_failure = 0x1400,
    write_failure = 0x1500,
    syntax_error = 0x2000,
    unauthorized = 0x2100,
    invalid = 0x2200,
    config_error = 0x2300,
    already_exists = 0x2400,
    unprepared = 0x2500,
};

/// Fields that follow the message of particular errors on the wire.
struct function_failure_fields {
    std::string keyspace;
    std::string function;
    std::vector<std::string> argument_types;
};
struct already_exists_fields {
    std::string keyspace;
    std::string table;  ///< empty when the keyspace itself exists
};
struct unprepared_fields {
    bytes statement_id;
};
struct replica_failure {
    bytes address;  ///< 4 or 16 octets
    std::uint16_t reason = 0;
};
/// Of time-outs, failures and (`received` being the replicas alive) unavailable.
struct timeout_fields {
    std::uint16_t consistency = 0;
    std::int32_t received = 0;
    std::int32_t required = 0;
    bool data_present = false;              ///< reads only
    std::string write_type;                 ///< writes only
    std::uint16_t contentions = 0;          ///< write time-outs of type CAS only
    std::vector<replica_failure> failures;  ///< failures only
};

using error_fields = std::variant<std::monostate, function_failure_fields, already_exists_fields,
                                  unprepared_fields, timeout_fields>;

/// What a client did wrong, or what it has to know: a value, never an exception. Carries the
/// protocol's code, a message for a person and the code's extra fields. Cheap to move, shared when
/// copied; immutable.
class error {
  public:
    error(error_code code, std::string message, error_fields fields = {})
        : _state(std::make_shared<const state>(code, std::move(message), std::move(fields))) {}

    [[nodiscard]] error_code code() const { return _state->code; }
    [[nodiscard]] const std::string& message() const { return _state->message; }
    [[nodiscard]] const error_fields& fields() const { return _state->fields; }

  private:
    struct state {
        error_code code;
        std::string message;
        error_fields fields;
        state(error_code c, std::string m, error_fields f)
            : code(c), message(std::move(m)), fields(std::move(f)) {}
    };
    std::shared_ptr<const state> _state;
};

/// 0x2200, by far the most common: the statement can't be executed as it stands.
template <typename... Args>
[[nodiscard]] error invalid(fmt::format_string<Args...> format, Args&&... args) {
    return {error_code::invalid, fmt::format(format, std::forward<Args>(args)...)};
}

/// 0x2000: the text is not CQL.
template <typename... Args>
[[nodiscard]] error syntax_error(fmt::format_string<Args...> format, Args&&... args) {
    return {error_code::syntax_error, fmt::format(format, std::forward<Args>(args)...)};
}

/// 0x000a: the peer does not speak the protocol.
template <typename... Args>
[[nodiscard]] error protocol_error(fmt::format_string<Args...> format, Args&&... args) {
    return {error_code::protocol_error, fmt::format(format, std::forward<Args>(args)...)};
}

/// 0x0000: a bug or a failing machine; logged and counted where it is made into an answer.
template <typename... Args>
[[nodiscard]] error server_error(fmt::format_string<Args...> format, Args&&... args) {
    return {error_code::server_error, fmt::format(format, std::forward<Args>(args)...)};
}

}  // namespace nacre
