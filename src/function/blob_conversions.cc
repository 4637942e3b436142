#include "function/builtins.h"
#include "function/column_function.h"
#include "types/value.h"

namespace nacre::function {

namespace {

using types::type;
using types::type_kind;

column_body serialised_bytes() {
    return [](const call_batch& batch) -> status {
        for (const std::uint32_t row : batch.rows) {
            batch.result.append(batch.arguments[0]->serialised(row));
        }
        return {};
    };
}

column_body checked_bytes(const types::type_ptr& target, const std::string& name) {
    return [target, name](const call_batch& batch) -> status {
        for (const std::uint32_t row : batch.rows) {
            const auto value = batch.arguments[0]->serialised(row);
            if (value && !types::validate(*target, *value)) {
                return invalid(
                    "In call to function system.{}, value 0x{} is not a valid binary "
                    "representation for type {}",
                    name, to_hex(*value), target->to_cql());
            }
            batch.result.append(value);
        }
        return {};
    };
}

}  // namespace

void add_blob_conversions(registry& functions) {
    const auto blob = type::native(type_kind::blob);
    for (const char* type_name :
         {"ascii",     "bigint",   "boolean", "counter", "date",     "decimal", "double",
          "duration",  "float",    "inet",    "int",     "smallint", "text",    "time",
          "timestamp", "timeuuid", "tinyint", "uuid",    "varchar",  "varint"}) {
        const auto target = type::native_by_name(type_name);
        const std::string name = type_name;
        // Cassandra 5 writes snake_case; the names without underscores are the older ones.
        for (const auto& to_blob : {name + "_as_blob", name + "asblob"}) {
            functions.add(make_builtin(to_blob, {target}, blob, schema::null_input::returns_null,
                                       purity::pure, serialised_bytes()));
        }
        for (const auto& from_blob : {"blob_as_" + name, "blobas" + name}) {
            functions.add(make_builtin(from_blob, {blob}, target, schema::null_input::returns_null,
                                       purity::pure, checked_bytes(target, from_blob)));
        }
    }
}

}  // namespace nacre::function
