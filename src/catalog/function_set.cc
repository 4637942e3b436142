#include "catalog/function_set.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <spdlog/spdlog.h>

#include "catalog/schema_change.h"
#include "function/resolve.h"
#include "function/user_aggregate.h"
#include "runtime/gate.h"
#include "runtime/shard.h"

namespace nacre::catalog {

namespace {

/// A function whose code could not be loaded: every call fails with the reason.
class broken_function final : public function::compiled {
  public:
    explicit broken_function(error reason) : _reason(std::move(reason)) {}
    result<std::unique_ptr<function::instance>> instantiate(
        runtime::cancellation_ptr) const override {
        return _reason;
    }

  private:
    error _reason;
};

std::string signature_of(const schema::function_definition& definition) {
    return schema::describe_signature(definition.keyspace, definition.name,
                                      definition.argument_types);
}

function::compiled_ptr make_broken(const schema::function_definition& definition,
                                   const error& reason) {
    spdlog::error("function {} could not be loaded: {}", signature_of(definition),
                  reason.message());
    return std::make_shared<broken_function>(
        invalid("Function '{}' exists but hasn't been loaded successfully for the following "
                "reason: {}. Please see the server log for details",
                signature_of(definition), reason.message()));
}

/// Functions to compile, shared by the workers that take one after the other.
struct compilation {
    const languages_by_name& languages;
    const std::vector<schema::function_ptr>& wanted;
    std::vector<function::compiled_ptr> made;
    std::size_t next = 0;
};

runtime::task<void> compile_some(compilation& work, runtime::gate::holder) {
    while (work.next < work.wanted.size()) {
        const auto index = work.next++;
        const auto& definition = work.wanted[index];
        auto made = co_await compile_function(work.languages, definition);
        work.made[index] = made ? std::move(*made) : make_broken(*definition, made.error());
        if (runtime::turn_is_over()) co_await runtime::yield();
    }
}

function::scalar_function_ptr make_scalar(const schema::function_ptr& definition,
                                          function::compiled_ptr code) {
    auto made = std::make_shared<function::scalar_function>();
    made->signature = {definition->keyspace, definition->name, definition->argument_types,
                       definition->return_type};
    made->on_null = definition->on_null;
    made->is_pure = definition->is_deterministic;
    made->is_native = false;
    made->code = std::move(code);
    made->definition = definition;
    return made;
}

const function::registry& builtins() {
    static const auto made = [] {
        function::registry registry;
        function::add_builtins(registry);
        return registry;
    }();
    return made;
}

using names = std::set<std::string, std::less<>>;
using changed_keyspace = function_change::in_keyspace;

/// Names of which two maps do not hold the same definitions.
template <typename Definition>
void add_changed_names(const schema::by_name<std::vector<std::shared_ptr<const Definition>>>& left,
                       const schema::by_name<std::vector<std::shared_ptr<const Definition>>>& right,
                       names& changed) {
    std::remove_cvref_t<decltype(left)>::difference(
        left, right,
        [&](const std::string& name, const auto*, const auto*) { changed.insert(name); });
}

changed_keyspace compare(const std::string& name, const schema::keyspace_ptr& before,
                         const schema::keyspace_ptr& after) {
    static const auto nothing = std::make_shared<const schema::keyspace>();
    const auto& left = before ? *before : *nothing;
    const auto& right = *after;
    changed_keyspace changed{name, after, {}, {}};
    add_changed_names(left.functions(), right.functions(), changed.functions);
    add_changed_names(left.aggregates(), right.aggregates(), changed.aggregates);
    for (const auto& function : changed.functions) {
        for (auto& aggregate : right.aggregates_of(function)) {
            changed.aggregates.insert(std::move(aggregate));
        }
    }
    return changed;
}

std::vector<changed_keyspace> changed_keyspaces(const schema::snapshot& before,
                                                const schema::snapshot& after) {
    std::vector<changed_keyspace> all;
    schema::by_name<schema::keyspace_ptr>::difference(
        before.keyspaces, after.keyspaces,
        [&](const std::string& name, const schema::keyspace_ptr* left,
            const schema::keyspace_ptr* right) {
            if (right == nullptr) {
                all.push_back({name, nullptr, {}, {}});
                return;
            }
            auto changed = compare(name, left ? *left : nullptr, *right);
            if (!changed.functions.empty() || !changed.aggregates.empty()) {
                all.push_back(std::move(changed));
            }
        });
    return all;
}

template <typename Definition>
std::vector<std::shared_ptr<const Definition>> overloads_of(
    const schema::by_name<std::vector<std::shared_ptr<const Definition>>>& by_name,
    const std::string& name) {
    const auto* found = by_name.find(name);
    if (found == nullptr) return {};
    return *found;
}

/// The function of a registry that was made of exactly this definition; null if there is none.
function::scalar_function_ptr find_made_of(const function::registry& registry,
                                           const schema::function_ptr& definition) {
    const auto* found = registry.find(definition->keyspace, definition->name);
    if (found == nullptr) return nullptr;
    const auto same = std::ranges::find(found->scalars, definition,
                                        [](const auto& scalar) { return scalar->definition; });
    return same == found->scalars.end() ? nullptr : *same;
}

/// Finds the part of an aggregate; true if there is none to find.
bool find_part(const function::registry& registry, const schema::keyspace& keyspace,
               const std::optional<std::string>& name,
               const std::vector<types::type_ptr>& arguments, function::scalar_function_ptr& part) {
    if (!name) return true;
    const auto definition = find_function(keyspace, *name, arguments);
    if (definition) part = find_made_of(registry, definition);
    return part != nullptr;
}

void add_aggregate(function::registry& registry, const schema::keyspace& keyspace,
                   const schema::aggregate_ptr& definition) {
    const auto& state_type = definition->state_type;
    function::aggregate_parts parts{.definition = definition};
    const bool complete =
        find_part(registry, keyspace, definition->state_function, state_arguments(*definition),
                  parts.state) &&
        find_part(registry, keyspace, definition->reduce_function, {state_type, state_type},
                  parts.reduce) &&
        find_part(registry, keyspace, definition->final_function, {state_type}, parts.last);
    if (!complete) {
        spdlog::error("aggregate {}.{} lacks one of its functions", definition->keyspace,
                      definition->name);
        return;
    }
    registry.add(function::make_user_aggregate(std::move(parts)));
}

/// Decides what becomes of the functions of changed names.
void sort_out(function_change& change, const function::registry& previous,
              const compiled_function& created) {
    for (const auto& keyspace : change.keyspaces) {
        if (!keyspace.now) continue;
        names all = keyspace.functions;
        // An aggregate shares its name's overloads with functions.
        all.insert(keyspace.aggregates.begin(), keyspace.aggregates.end());
        for (const auto& name : all) {
            for (const auto& definition : overloads_of(keyspace.now->functions(), name)) {
                if (definition == created.definition) {
                    change.kept.push_back(make_scalar(definition, created.code));
                } else if (auto known = find_made_of(previous, definition)) {
                    change.kept.push_back(std::move(known));
                } else {
                    change.wanted.push_back(definition);
                }
            }
        }
    }
}

void remove_changed(function::registry& registry, const std::vector<changed_keyspace>& changes) {
    for (const auto& change : changes) {
        if (!change.now) registry.remove(change.name);
        for (const auto& name : change.functions) registry.remove(change.name, name);
        for (const auto& name : change.aggregates) registry.remove(change.name, name);
    }
}

/// Aggregates of changed names, and of names whose functions changed, which went with them.
void add_aggregates(function::registry& registry, const std::vector<changed_keyspace>& changes) {
    for (const auto& change : changes) {
        if (!change.now) continue;
        names all = change.aggregates;
        all.insert(change.functions.begin(), change.functions.end());
        for (const auto& name : all) {
            for (const auto& definition : overloads_of(change.now->aggregates(), name)) {
                add_aggregate(registry, *change.now, definition);
            }
        }
    }
}

}  // namespace

runtime::task<result<function::compiled_ptr>> compile_function(const languages_by_name& languages,
                                                               schema::function_ptr definition) {
    const auto language = languages.find(definition->language);
    if (language == languages.end()) {
        co_return invalid("Language '{}' is not supported", definition->language);
    }
    co_return co_await language->second->compile(std::move(definition));
}

runtime::task<std::vector<function::compiled_ptr>> compile_functions(
    const languages_by_name& languages, const std::vector<schema::function_ptr>& wanted) {
    compilation work{languages, wanted, {}};
    work.made.resize(wanted.size());
    runtime::gate workers;
    const auto count = std::min<std::size_t>(concurrent_compilations_max, wanted.size());
    for (std::size_t i = 0; i < count; ++i) {
        runtime::this_shard().spawn(compile_some(work, std::move(*workers.enter())));
    }
    co_await workers.close();
    co_return std::move(work.made);
}

function_change find_function_change(const function_set* previous, const schema::snapshot& next,
                                     const compiled_function& created) {
    static const schema::snapshot nothing;
    function_change change;
    change.keyspaces = changed_keyspaces(previous ? *previous->schema : nothing, next);
    sort_out(change, previous ? *previous->registry : builtins(), created);
    return change;
}

function_set_ptr make_function_set(schema::snapshot_ptr next, const function_set* previous,
                                   function_change change, std::vector<function::compiled_ptr> code,
                                   runtime::reclaimer& garbage) {
    auto set = std::make_shared<function_set>();
    set->schema = std::move(next);
    if (change.keyspaces.empty() && previous != nullptr) {
        set->registry = previous->registry;
        return set;
    }
    const std::shared_ptr<function::registry> registry = garbage.own(
        std::make_unique<function::registry>(previous ? *previous->registry : builtins()));
    remove_changed(*registry, change.keyspaces);
    for (auto& scalar : change.kept) registry->add(std::move(scalar));
    for (std::size_t i = 0; i < change.wanted.size(); ++i) {
        registry->add(make_scalar(change.wanted[i], std::move(code[i])));
    }
    add_aggregates(*registry, change.keyspaces);
    set->registry = registry;
    return set;
}

runtime::task<function_set_ptr> build_functions(schema::snapshot_ptr next,
                                                function_set_ptr previous,
                                                const languages_by_name& languages,
                                                runtime::blocking_pool& elsewhere,
                                                runtime::reclaimer& garbage) {
    auto change =
        co_await elsewhere.run([&] { return find_function_change(previous.get(), *next, {}); });
    auto code = co_await compile_functions(languages, change.wanted);
    co_return co_await elsewhere.run([&] {
        return make_function_set(next, previous.get(), std::move(change), std::move(code), garbage);
    });
}

}  // namespace nacre::catalog
