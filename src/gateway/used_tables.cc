#include "gateway/used_tables.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace nacre::gateway {

namespace {

struct name_collector {
    std::vector<const cql::qualified_name*> names;

    void operator()(const cql::select_statement& select) { names.push_back(&select.from); }
    void operator()(const cql::insert_statement& insert) { names.push_back(&insert.table); }
    void operator()(const cql::update_statement& update) { names.push_back(&update.table); }
    void operator()(const cql::delete_statement& removal) { names.push_back(&removal.table); }
    void operator()(const cql::batch_statement& batch) {
        for (const auto& each : batch.statements) std::visit(*this, each);
    }
    template <typename Other>
    void operator()(const Other&) {}
};

}  // namespace

std::vector<const cql::qualified_name*> named_tables(const cql::statement& statement) {
    name_collector found;
    std::visit(found, statement);
    return std::move(found.names);
}

used_tables::used_tables(const cql::statement& statement, const schema::snapshot& schema,
                         const std::string& session_keyspace) {
    for (const auto* name : named_tables(statement)) {
        const auto& keyspace = name->keyspace.empty() ? session_keyspace : name->keyspace;
        auto table = schema.find_table(keyspace, name->name);
        if (table) _tables.push_back(std::move(table));
    }
}

bool used_tables::are_in(const schema::snapshot& schema) const {
    return std::ranges::all_of(_tables, [&schema](const schema::table_ptr& was) {
        const auto now = schema.find_table(was->keyspace(), was->name());
        return now && now->id() == was->id();
    });
}

}  // namespace nacre::gateway
