#include "auth/schema_access.h"

#include <algorithm>

#include "auth/resolve_resource.h"
#include "catalog/keyspace_options.h"
#include "catalog/schema_change.h"

namespace nacre::auth {

namespace {

using catalog::change_verb;

/// One statement of a kind. A name without a keyspace where none is in use is the catalog's to
/// refuse, as is what does not exist.
class schema_access {
  public:
    schema_access(const principal& who, const std::string& session_keyspace,
                  const schema::snapshot& schema)
        : _who(who), _session_keyspace(session_keyspace), _schema(schema) {}

    template <typename Other>
    status operator()(const Other&) const {
        return {};
    }

    status operator()(const cql::create_keyspace_statement&) const {
        return _who.require(permission::create, resource::all_keyspaces());
    }
    status operator()(const cql::alter_keyspace_statement& s) const {
        // The replication of some of the system's keyspaces may be changed.
        if (!catalog::is_replicated_system_keyspace(s.keyspace)) {
            NACRE_CHECK(check_modifiable(s.keyspace, change_verb::alter, "keyspace " + s.keyspace));
        }
        return _who.require(permission::alter, resource::keyspace(s.keyspace));
    }
    status operator()(const cql::drop_keyspace_statement& s) const {
        NACRE_CHECK(check_modifiable(s.keyspace, change_verb::drop, "keyspace " + s.keyspace));
        return _who.require(permission::drop, resource::keyspace(s.keyspace));
    }

    status operator()(const cql::create_table_statement& s) const {
        return in_keyspace(s.table, change_verb::create, permission::create);
    }
    status operator()(const cql::create_table_like_statement& s) const {
        const auto& source = keyspace_of(s.source);
        if (!source.empty()) {
            NACRE_CHECK(_who.require(permission::select, resource::table(source, s.source.name)));
        }
        return in_keyspace(s.table, change_verb::create, permission::create);
    }
    status operator()(const cql::alter_table_statement& s) const {
        return of_table(s.table, change_verb::alter, permission::alter);
    }
    status operator()(const cql::drop_table_statement& s) const {
        return of_table(s.table, change_verb::drop, permission::drop);
    }
    status operator()(const cql::truncate_statement& s) const {
        const auto& keyspace = keyspace_of(s.table);
        if (keyspace.empty()) return {};
        return _who.require(permission::modify, resource::table(keyspace, s.table.name));
    }

    status operator()(const cql::create_type_statement& s) const {
        return in_keyspace(s.type, change_verb::create, permission::create);
    }
    status operator()(const cql::alter_type_statement& s) const {
        return in_keyspace(s.type, change_verb::alter, permission::alter);
    }
    status operator()(const cql::drop_type_statement& s) const {
        return in_keyspace(s.type, change_verb::drop, permission::drop);
    }

    status operator()(const cql::create_index_statement& s) const {
        return of_table(s.table, change_verb::alter, permission::alter);
    }
    status operator()(const cql::create_view_statement& s) const {
        return of_table(s.table, change_verb::alter, permission::alter);
    }
    status operator()(const cql::create_trigger_statement&) const {
        return superuser_only("Only superusers are allowed to perform CREATE TRIGGER queries");
    }
    status operator()(const cql::drop_trigger_statement&) const {
        // The word is Cassandra's.
        return superuser_only("Only superusers are allowed to perfrom DROP TRIGGER queries");
    }

    status operator()(const cql::create_function_statement& s) const {
        std::vector<cql::type_name> arguments;
        for (const auto& each : s.arguments) arguments.push_back(each.type);
        return creates_function(s.function, arguments, s.or_replace);
    }
    status operator()(const cql::create_aggregate_statement& s) const {
        NACRE_CHECK(creates_function(s.aggregate, s.argument_types, s.or_replace));
        const auto& keyspace = keyspace_of(s.aggregate);
        if (keyspace.empty()) return {};
        std::vector<cql::type_name> state_arguments{s.state_type};
        state_arguments.insert(state_arguments.end(), s.argument_types.begin(),
                               s.argument_types.end());
        NACRE_CHECK(executes(keyspace, s.state_function, state_arguments));
        if (s.reduce_function) {
            NACRE_CHECK(executes(keyspace, *s.reduce_function, {s.state_type, s.state_type}));
        }
        if (!s.final_function) return {};
        return executes(keyspace, *s.final_function, {s.state_type});
    }
    status operator()(const cql::drop_function_statement& s) const {
        return drops_function(s.function, s.argument_types);
    }
    status operator()(const cql::drop_aggregate_statement& s) const {
        return drops_function(s.aggregate, s.argument_types);
    }

  private:
    [[nodiscard]] const std::string& keyspace_of(const cql::qualified_name& name) const {
        return name.keyspace.empty() ? _session_keyspace : name.keyspace;
    }

    /// Of what is in a keyspace and has no permissions of its own, or not yet.
    [[nodiscard]] status in_keyspace(const cql::qualified_name& name, change_verb verb,
                                     permission what) const {
        const auto& keyspace = keyspace_of(name);
        if (keyspace.empty()) return {};
        NACRE_CHECK(check_modifiable(keyspace, verb, "all tables in " + keyspace));
        return _who.require(what, resource::all_tables(keyspace));
    }

    [[nodiscard]] status of_table(const cql::qualified_name& name, change_verb verb,
                                  permission what) const {
        const auto& keyspace = keyspace_of(name);
        if (keyspace.empty()) return {};
        NACRE_CHECK(
            check_modifiable(keyspace, verb, fmt::format("table {}.{}", keyspace, name.name)));
        return _who.require(what, resource::table(keyspace, name.name));
    }

    [[nodiscard]] status creates_function(const cql::qualified_name& name,
                                          const std::vector<cql::type_name>& arguments,
                                          bool or_replace) const {
        const auto& keyspace = keyspace_of(name);
        if (keyspace.empty()) return {};
        const auto whole = resolve_function(keyspace, name.name, arguments, _schema);
        if (or_replace && whole) {
            const auto existing = overloads(keyspace, name.name, _schema);
            const auto same = [&](const resource& each) { return each.name() == whole->name(); };
            if (std::ranges::any_of(existing, same)) {
                return _who.require(permission::alter, *whole);
            }
        }
        return _who.require(permission::create, resource::functions(keyspace));
    }

    /// The parts of an aggregate, whether they exist or not. Types that can't be found are the
    /// catalog's to refuse.
    [[nodiscard]] status executes(const std::string& keyspace, const std::string& name,
                                  const std::vector<cql::type_name>& arguments) const {
        const auto part = resolve_function(keyspace, name, arguments, _schema);
        return part ? _who.require(permission::execute, *part) : status();
    }

    [[nodiscard]] status drops_function(
        const cql::qualified_name& name,
        const std::optional<std::vector<cql::type_name>>& arguments) const {
        const auto& keyspace = keyspace_of(name);
        if (keyspace.empty()) return {};
        std::optional<resource> wanted;
        if (arguments) {
            auto whole = resolve_function(keyspace, name.name, *arguments, _schema);
            if (!whole) return {};
            wanted = *std::move(whole);
        }
        for (const auto& each : overloads(keyspace, name.name, _schema)) {
            if (wanted && each.name() != wanted->name()) continue;
            NACRE_CHECK(_who.require(permission::drop, each));
        }
        return {};
    }

    [[nodiscard]] status superuser_only(const char* why) const {
        if (_who.is_anonymous() || _who.is_superuser()) return {};
        return error(error_code::unauthorized, why);
    }

    const principal& _who;
    const std::string& _session_keyspace;
    const schema::snapshot& _schema;
};

}  // namespace

status check_schema_access(const principal& who, const cql::statement& statement,
                           const std::string& session_keyspace, const schema::snapshot& schema) {
    return std::visit(schema_access(who, session_keyspace, schema), statement);
}

}  // namespace nacre::auth
