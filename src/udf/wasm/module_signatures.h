#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "schema/function.h"

/// What a module says about its own functions: the section `nacre.functions`, specified in
/// sdk/abi/signatures.md. Errors are 0x2200.
namespace nacre::udf::wasm {

/// One line of the section. Types are CQL text in one canonical form, without frozen<>.
struct function_promise {
    std::vector<std::string> argument_types;
    std::string return_type;
    schema::null_input on_null = schema::null_input::called;
    bool is_deterministic = false;
};

/// The version of the batch interface that this server speaks with users' modules.
constexpr std::uint32_t batch_abi = 3;

struct module_signatures {
    /// The version that the module was built for. The functions of a later one are not read.
    std::uint32_t abi = batch_abi;
    /// By the name of the export.
    std::map<std::string, function_promise, std::less<>> functions;
};

constexpr std::string_view signature_section = "nacre.functions";

[[nodiscard]] result<module_signatures> parse_signatures(bytes_view section);

/// Whether the declaration fits what the module promises: the same types and null handling, and
/// DETERMINISTIC only if the module says so.
[[nodiscard]] status check_promise(const function_promise& promise,
                                   const schema::function_definition& definition);

}  // namespace nacre::udf::wasm
