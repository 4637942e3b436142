#include "function/registry.h"

#include <utility>

namespace nacre::function {

template <typename Change>
void registry::edit(const std::string& keyspace, const std::string& name, Change change) {
    const auto* held = _by_keyspace.find(keyspace);
    auto functions = held ? *held : by_name();
    const auto* before = functions.find(name);
    overloads after = before ? **before : overloads();
    change(after);
    if (after.empty()) {
        functions.erase(name);
    } else {
        functions.insert_or_assign(name, std::make_shared<const overloads>(std::move(after)));
    }
    if (functions.empty()) {
        _by_keyspace.erase(keyspace);
    } else {
        _by_keyspace.insert_or_assign(keyspace, std::move(functions));
    }
}

void registry::add(scalar_function_ptr function) {
    const auto signature = function->signature;
    edit(signature.keyspace, signature.name,
         [&](overloads& all) { all.scalars.push_back(std::move(function)); });
}

void registry::add(aggregate_function_ptr aggregate) {
    const auto signature = aggregate->signature();
    edit(signature.keyspace, signature.name,
         [&](overloads& all) { all.aggregates.push_back(std::move(aggregate)); });
}

void registry::add(generic_function generic) {
    auto changed = std::make_shared<generics>(*_generics);
    std::string name = generic.name;
    changed->insert_or_assign(std::move(name), std::move(generic));
    _generics = std::move(changed);
}

void registry::remove(const std::string& keyspace, const std::string& name) {
    if (find(keyspace, name) == nullptr) return;
    edit(keyspace, name, [](overloads& all) { all = {}; });
}

const registry::overloads* registry::find(std::string_view keyspace, std::string_view name) const {
    const auto* in_keyspace = _by_keyspace.find(keyspace);
    if (in_keyspace == nullptr) return nullptr;
    const auto* found = in_keyspace->find(name);
    return found == nullptr ? nullptr : found->get();
}

const generic_function* registry::find_generic(std::string_view name) const {
    const auto found = _generics->find(name);
    return found == _generics->end() ? nullptr : &found->second;
}

}  // namespace nacre::function
