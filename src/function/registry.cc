#include "function/registry.h"

#include <utility>

namespace nacre::function {

void registry::add(scalar_function_ptr function) {
    const auto& signature = function->signature;
    _by_name[signature.keyspace][signature.name].scalars.push_back(std::move(function));
}

void registry::add(aggregate_function_ptr aggregate) {
    const auto& signature = aggregate->signature();
    _by_name[signature.keyspace][signature.name].aggregates.push_back(std::move(aggregate));
}

void registry::add(generic_function generic) {
    std::string name = generic.name;
    _generics.insert_or_assign(std::move(name), std::move(generic));
}

const registry::overloads* registry::find(std::string_view keyspace, std::string_view name) const {
    const auto in_keyspace = _by_name.find(keyspace);
    if (in_keyspace == _by_name.end()) return nullptr;
    const auto found = in_keyspace->second.find(name);
    return found == in_keyspace->second.end() ? nullptr : &found->second;
}

const generic_function* registry::find_generic(std::string_view name) const {
    const auto found = _generics.find(name);
    return found == _generics.end() ? nullptr : &found->second;
}

}  // namespace nacre::function
