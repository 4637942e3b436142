#include "query/access.h"

#include "catalog/schema_change.h"

namespace nacre::query {

namespace {

using auth::permission;
using auth::resource;

class requirement_list {
  public:
    explicit requirement_list(const schema::snapshot& schema) : _schema(schema) {}

    void add(permission what, resource on) {
        const auto same = [&](const requirement& each) {
            return each.what == what && each.on.name() == on.name();
        };
        if (std::ranges::none_of(_all, same)) _all.push_back({what, std::move(on)});
    }

    void add_table(permission what, const schema::table& table) {
        add(what, resource::table(table.keyspace(), table.name()));
    }

    void add_call(const function::resolved& callee) {
        if (const auto* scalar = std::get_if<function::scalar_function_ptr>(&callee)) {
            const auto& [keyspace, name, arguments, returned] = (*scalar)->signature;
            add_function(keyspace, name, arguments);
            return;
        }
        const auto& [keyspace, name, arguments, returned] =
            std::get<function::aggregate_function_ptr>(callee)->signature();
        add_function(keyspace, name, arguments);
        const auto owner = _schema.find_keyspace(keyspace);
        const auto definition = schema::find_aggregate(*owner, name, arguments);
        const auto& state = definition->state_type;
        add_function(keyspace, definition->state_function, catalog::state_arguments(*definition));
        if (definition->reduce_function) {
            add_function(keyspace, *definition->reduce_function, {state, state});
        }
        if (definition->final_function) {
            add_function(keyspace, *definition->final_function, {state});
        }
    }

    std::vector<requirement> finish() { return std::move(_all); }

  private:
    void add_function(const std::string& keyspace, const std::string& name,
                      const std::vector<types::type_ptr>& arguments) {
        add(permission::execute, resource::function(keyspace, name, arguments));
    }

    const schema::snapshot& _schema;
    std::vector<requirement> _all;
};

}  // namespace

std::vector<requirement> requirements_of(const prepared_statement& statement) {
    requirement_list needed(*statement.schema->schema);
    if (const auto* select = std::get_if<select_plan>(&statement.plan)) {
        needed.add_table(permission::select, *select->table);
    } else if (const auto* write = std::get_if<modification_plan>(&statement.plan)) {
        needed.add_table(permission::modify, *write->table);
    } else if (const auto* batch = std::get_if<batch_plan>(&statement.plan)) {
        for (const auto& each : batch->writes) needed.add_table(permission::modify, *each.table);
    }
    for (const auto& callee : statement.user_functions) needed.add_call(callee);
    return needed.finish();
}

std::vector<requirement> requirements_of(const std::vector<function::resolved>& calls,
                                         const schema::snapshot& schema) {
    requirement_list needed(schema);
    for (const auto& callee : calls) needed.add_call(callee);
    return needed.finish();
}

status check_access(const auth::principal* who, const std::vector<requirement>& needed) {
    if (who == nullptr || !who->permissions_are_checked() || who->is_superuser()) return {};
    for (const auto& each : needed) NACRE_CHECK(who->require(each.what, each.on));
    return {};
}

}  // namespace nacre::query
