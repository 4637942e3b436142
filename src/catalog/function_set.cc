#include "catalog/function_set.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <spdlog/spdlog.h>

#include "catalog/schema_change.h"
#include "function/resolve.h"
#include "function/user_aggregate.h"
#include "runtime/gate.h"

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
    std::vector<schema::function_ptr> wanted;
    std::vector<std::optional<result<function::compiled_ptr>>> made;
    std::size_t next = 0;
};

runtime::task<result<function::compiled_ptr>> compile(const languages_by_name& languages,
                                                      schema::function_ptr definition) {
    const auto language = languages.find(definition->language);
    if (language == languages.end()) {
        co_return invalid("Language '{}' is not supported", definition->language);
    }
    co_return co_await language->second->compile(std::move(definition));
}

runtime::task<void> compile_some(compilation& work, runtime::gate::holder) {
    while (work.next < work.wanted.size()) {
        const auto index = work.next++;
        work.made[index] = co_await compile(work.languages, work.wanted[index]);
    }
}

runtime::task<void> compile_all(compilation& work) {
    work.made.resize(work.wanted.size());
    runtime::gate workers;
    const auto count = std::min<std::size_t>(concurrent_compilations_max, work.wanted.size());
    for (std::size_t i = 0; i < count; ++i) {
        runtime::this_shard().spawn(compile_some(work, std::move(*workers.enter())));
    }
    co_await workers.close();
}

function::scalar_function_ptr make_scalar(const schema::function_ptr& definition,
                                          function::compiled_ptr code) {
    auto made = std::make_shared<function::scalar_function>();
    made->signature = {definition->keyspace, definition->name, definition->argument_types,
                       definition->return_type};
    made->on_null = definition->on_null;
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

/// All functions and aggregates of a schema in a fixed order.
template <typename Definition>
void collect(
    const schema::snapshot& schema,
    schema::by_name<std::vector<std::shared_ptr<const Definition>>> schema::keyspace::* member,
    std::vector<std::shared_ptr<const Definition>>& out) {
    for (const auto& [keyspace_name, keyspace] : schema.keyspaces) {
        for (const auto& [name, overloads] : (*keyspace).*member) {
            out.insert(out.end(), overloads.begin(), overloads.end());
        }
    }
}

function::scalar_function_ptr part_of(const function_set& set, const schema::keyspace& keyspace,
                                      const std::optional<std::string>& name,
                                      const std::vector<types::type_ptr>& arguments) {
    if (!name) return nullptr;
    const auto definition = find_function(keyspace, *name, arguments);
    if (!definition) return nullptr;
    const auto found = set.scalars.find(definition);
    return found == set.scalars.end() ? nullptr : found->second;
}

void add_aggregate(function::registry& registry, const function_set& set,
                   const schema::keyspace& keyspace, const schema::aggregate_ptr& definition) {
    const auto& state_type = definition->state_type;
    auto state = part_of(set, keyspace, definition->state_function, state_arguments(*definition));
    auto reduce = part_of(set, keyspace, definition->reduce_function, {state_type, state_type});
    auto last = part_of(set, keyspace, definition->final_function, {state_type});
    if (!state || (definition->reduce_function && !reduce) ||
        (definition->final_function && !last)) {
        spdlog::error("aggregate {}.{} lacks one of its functions", definition->keyspace,
                      definition->name);
        return;
    }
    registry.add(function::make_user_aggregate(definition, std::move(state), std::move(reduce),
                                               std::move(last)));
}

bool same_functions(const function_set& previous,
                    const std::vector<schema::function_ptr>& functions,
                    const std::vector<schema::aggregate_ptr>& aggregates) {
    return previous.scalars.size() == functions.size() && previous.aggregates == aggregates &&
           std::ranges::all_of(functions, [&](const auto& definition) {
               return previous.scalars.contains(definition);
           });
}

}  // namespace

runtime::task<result<function_set_ptr>> build_functions(const schema::snapshot& schema,
                                                        function_set_ptr previous,
                                                        const languages_by_name& languages,
                                                        schema::function_ptr created) {
    std::vector<schema::function_ptr> functions;
    auto set = std::make_shared<function_set>();
    collect(schema, &schema::keyspace::functions, functions);
    collect(schema, &schema::keyspace::aggregates, set->aggregates);
    if (previous && same_functions(*previous, functions, set->aggregates)) co_return previous;

    compilation work{languages, {}, {}};
    for (const auto& definition : functions) {
        const auto known = previous ? previous->scalars.find(definition) : set->scalars.end();
        if (previous && known != previous->scalars.end()) {
            set->scalars.emplace(definition, known->second);
        } else {
            work.wanted.push_back(definition);
        }
    }
    co_await compile_all(work);

    auto registry = std::make_shared<function::registry>(builtins());
    for (std::size_t i = 0; i < work.wanted.size(); ++i) {
        const auto& definition = work.wanted[i];
        auto& made = *work.made[i];
        if (!made && definition == created) co_return std::move(made).error();
        auto code = made ? std::move(*made) : make_broken(*definition, made.error());
        set->scalars.emplace(definition, make_scalar(definition, std::move(code)));
    }
    for (const auto& definition : functions) registry->add(set->scalars.at(definition));
    for (const auto& definition : set->aggregates) {
        const auto keyspace = schema.find_keyspace(definition->keyspace);
        add_aggregate(*registry, *set, *keyspace, definition);
    }
    set->registry = std::move(registry);
    co_return set;
}

}  // namespace nacre::catalog
