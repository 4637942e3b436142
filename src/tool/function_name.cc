#include "tool/function_name.h"

#include <algorithm>

#include "cql/parse.h"
#include "cql/print.h"
#include "tool/exit_status.h"

namespace nacre::tool {

namespace {

void thaw(cql::type_name& type) {
    type.frozen = false;
    for (auto& parameter : type.parameters) thaw(parameter);
}

}  // namespace

std::string plain_type(std::string_view text) {
    auto parsed = cql::parse_type(text);
    if (!parsed) return std::string(text);
    thaw(*parsed);
    return cql::to_text(*parsed);
}

result<function_name> function_name::parse(std::string_view text) {
    const auto parsed = cql::parse(fmt::format("DROP FUNCTION {}", text));
    if (!parsed) {
        return unusable("'{}' is no name of a function; names are fib, fib(bigint), shop.fib",
                        text);
    }
    const auto& tree = std::get<cql::drop_function_statement>(*parsed);
    function_name made{.keyspace = tree.function.keyspace, .name = tree.function.name};
    if (tree.argument_types) {
        auto& types = made.argument_types.emplace();
        for (auto type : *tree.argument_types) {
            thaw(type);
            types.push_back(cql::to_text(type));
        }
    }
    return made;
}

bool function_name::fits(const std::vector<std::string>& types) const {
    if (!argument_types) return true;
    return std::ranges::equal(*argument_types, types, {}, {}, plain_type);
}

}  // namespace nacre::tool
