#include "schema/function.h"

namespace nacre::schema {

std::string describe_signature(const std::string& keyspace, const std::string& name,
                               const std::vector<types::type_ptr>& argument_types) {
    std::string text = keyspace + "." + name + "(";
    for (std::size_t i = 0; i < argument_types.size(); ++i) {
        if (i != 0) text += ", ";
        text += argument_types[i]->to_cql_without_frozen();
    }
    return text + ")";
}

}  // namespace nacre::schema
