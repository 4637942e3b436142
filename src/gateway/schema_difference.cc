#include "gateway/schema_difference.h"

#include <algorithm>

#include "catalog/keyspace_options.h"
#include "catalog/resolve_type.h"

namespace nacre::gateway {

namespace {

using kind = schema::change::kind;
using target = schema::change::target;

bool same_types(const std::vector<types::type_ptr>& left,
                const std::vector<types::type_ptr>& right) {
    return std::ranges::equal(left, right, [](const auto& a, const auto& b) { return *a == *b; });
}

bool is_equal(const types::type& left, const types::type& right) {
    return left == right && left.field_names() == right.field_names();
}

bool is_equal(const schema::table& left, const schema::table& right) {
    return left.id() == right.id() && left.options() == right.options() &&
           std::ranges::equal(left.columns(), right.columns(), [](const auto& a, const auto& b) {
               return a.name == b.name && is_equal(*a.type, *b.type) && a.kind == b.kind &&
                      a.position == b.position && a.order == b.order && a.id == b.id &&
                      a.index == b.index;
           });
}

bool is_equal(const schema::function_definition& left, const schema::function_definition& right) {
    return left.version == right.version && left.source_digest == right.source_digest &&
           same_types(left.argument_types, right.argument_types) &&
           *left.return_type == *right.return_type && left.options == right.options;
}

bool is_equal(const schema::aggregate_definition& left, const schema::aggregate_definition& right) {
    return same_types(left.argument_types, right.argument_types) &&
           *left.state_type == *right.state_type && *left.return_type == *right.return_type &&
           left.state_function == right.state_function &&
           left.reduce_function == right.reduce_function &&
           left.final_function == right.final_function &&
           left.initial_condition == right.initial_condition &&
           left.is_deterministic == right.is_deterministic;
}

bool same_settings(const schema::keyspace& left, const schema::keyspace& right) {
    return left.replication == right.replication && left.durable_writes == right.durable_writes;
}

std::vector<std::string> texts_of(const std::vector<types::type_ptr>& types) {
    std::vector<std::string> texts;
    for (const auto& t : types) texts.push_back(catalog::function_type_text(t));
    return texts;
}

template <typename Object>
using named = schema::by_name<std::shared_ptr<const Object>>;
template <typename Object>
using overloaded = schema::by_name<std::vector<std::shared_ptr<const Object>>>;

template <typename Object>
void add_named(const std::string& keyspace, target on, const named<Object>& before,
               const named<Object>& after, std::vector<schema::change>& changes) {
    named<Object>::difference(
        before, after, [&](const std::string& name, const auto* left, const auto* right) {
            if (left != nullptr && right != nullptr && is_equal(**left, **right)) return;
            const auto what = left == nullptr    ? kind::created
                              : right == nullptr ? kind::dropped
                                                 : kind::updated;
            changes.push_back({what, on, keyspace, name, {}});
        });
}

template <typename Object>
const std::shared_ptr<const Object>* find(const std::vector<std::shared_ptr<const Object>>& among,
                                          const Object& wanted) {
    const auto found = std::ranges::find_if(among, [&](const auto& each) {
        return schema::same_arguments(each->argument_types, wanted.argument_types);
    });
    return found == among.end() ? nullptr : &*found;
}

template <typename Object>
void add_overloaded(const std::string& keyspace, target on, const overloaded<Object>& before,
                    const overloaded<Object>& after, std::vector<schema::change>& changes) {
    static const std::vector<std::shared_ptr<const Object>> none;
    overloaded<Object>::difference(
        before, after, [&](const std::string& name, const auto* left, const auto* right) {
            const auto& older = left == nullptr ? none : *left;
            const auto& newer = right == nullptr ? none : *right;
            for (const auto& each : older) {
                if (find(newer, *each) != nullptr) continue;
                changes.push_back(
                    {kind::dropped, on, keyspace, name, texts_of(each->argument_types)});
            }
            for (const auto& each : newer) {
                const auto* known = find(older, *each);
                if (known != nullptr && is_equal(**known, *each)) continue;
                changes.push_back({known == nullptr ? kind::created : kind::updated, on, keyspace,
                                   name, texts_of(each->argument_types)});
            }
        });
}

void add_contents(const schema::keyspace& before, const schema::keyspace& after,
                  std::vector<schema::change>& changes) {
    const auto& name = after.name;
    add_named(name, target::type, before.user_types(), after.user_types(), changes);
    add_named(name, target::table, before.tables(), after.tables(), changes);
    add_overloaded(name, target::function, before.functions(), after.functions(), changes);
    add_overloaded(name, target::aggregate, before.aggregates(), after.aggregates(), changes);
}

template <typename Object>
void keep_known(schema::keyspace& made, const overloaded<Object>& before,
                const overloaded<Object>& after) {
    // What is iterated must not change meanwhile.
    const auto all = after;
    for (const auto& [name, overloads] : all) {
        const auto* known = before.find(name);
        if (known == nullptr) continue;
        for (const auto& each : overloads) {
            const auto* same = find(*known, *each);
            if (same != nullptr && is_equal(**same, *each)) made.put(*same);
        }
    }
}

}  // namespace

std::vector<schema::change> difference(const schema::snapshot& before,
                                       const schema::snapshot& after) {
    static const schema::keyspace nothing;
    std::vector<schema::change> changes;
    schema::by_name<schema::keyspace_ptr>::difference(
        before.keyspaces, after.keyspaces,
        [&](const std::string& name, const auto* left, const auto* right) {
            if (catalog::is_system_keyspace(name)) return;
            if (right == nullptr) {
                changes.push_back({kind::dropped, target::keyspace, name, {}, {}});
                return;
            }
            if (left == nullptr) {
                changes.push_back({kind::created, target::keyspace, name, {}, {}});
            } else if (!same_settings(**left, **right)) {
                changes.push_back({kind::updated, target::keyspace, name, {}, {}});
            }
            add_contents(left == nullptr ? nothing : **left, **right, changes);
        });
    return changes;
}

schema::snapshot_ptr with_known_objects(schema::snapshot after, const schema::snapshot& before) {
    const auto all = after.keyspaces;
    for (const auto& [name, keyspace] : all) {
        const auto known = before.find_keyspace(name);
        if (!known || known == keyspace) continue;
        std::vector<schema::change> changes;
        add_contents(*known, *keyspace, changes);
        if (changes.empty() && same_settings(*known, *keyspace)) {
            after.keyspaces.insert_or_assign(name, known);
            continue;
        }
        auto made = *keyspace;
        const auto tables = made.tables();
        for (const auto& [table_name, table] : tables) {
            const auto* same = known->tables().find(table_name);
            if (same != nullptr && is_equal(**same, *table)) made.put(*same);
        }
        keep_known(made, known->functions(), keyspace->functions());
        keep_known(made, known->aggregates(), keyspace->aggregates());
        after.keyspaces.insert_or_assign(name,
                                         std::make_shared<const schema::keyspace>(std::move(made)));
    }
    return std::make_shared<const schema::snapshot>(std::move(after));
}

}  // namespace nacre::gateway
