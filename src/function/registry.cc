#include "function/registry.h"

#include <utility>

namespace nacre::function {

registry::by_name& registry::own(const std::string& keyspace) {
    auto& held = _by_keyspace[keyspace];
    if (_owned.insert(keyspace).second) {
        held = held ? std::make_shared<by_name>(*held) : std::make_shared<by_name>();
    }
    return *held;
}

void registry::add(scalar_function_ptr function) {
    const auto& signature = function->signature;
    auto& held = own(signature.keyspace)[signature.name];
    auto changed = held ? std::make_shared<overloads>(*held) : std::make_shared<overloads>();
    changed->scalars.push_back(std::move(function));
    held = std::move(changed);
}

void registry::add(aggregate_function_ptr aggregate) {
    const auto& signature = aggregate->signature();
    auto& held = own(signature.keyspace)[signature.name];
    auto changed = held ? std::make_shared<overloads>(*held) : std::make_shared<overloads>();
    changed->aggregates.push_back(std::move(aggregate));
    held = std::move(changed);
}

void registry::add(generic_function generic) {
    auto changed = std::make_shared<generics>(*_generics);
    std::string name = generic.name;
    changed->insert_or_assign(std::move(name), std::move(generic));
    _generics = std::move(changed);
}

void registry::remove(const std::string& keyspace, const std::string& name) {
    if (find(keyspace, name) == nullptr) return;
    auto& functions = own(keyspace);
    functions.erase(name);
    if (!functions.empty()) return;
    _by_keyspace.erase(keyspace);
    _owned.erase(keyspace);
}

const registry::overloads* registry::find(std::string_view keyspace, std::string_view name) const {
    const auto in_keyspace = _by_keyspace.find(keyspace);
    if (in_keyspace == _by_keyspace.end()) return nullptr;
    const auto found = in_keyspace->second->find(name);
    return found == in_keyspace->second->end() ? nullptr : found->second.get();
}

const generic_function* registry::find_generic(std::string_view name) const {
    const auto found = _generics->find(name);
    return found == _generics->end() ? nullptr : &found->second;
}

}  // namespace nacre::function
