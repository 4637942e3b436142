#include "catalog/describe.h"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include "base/identifier.h"
#include "catalog/keyspace_options.h"
#include "catalog/resolve_type.h"

namespace nacre::catalog {

namespace {

using cql::describe_kind;

/// One element of a schema: what a listing or a description has a row for.
struct element {
    std::string keyspace;
    const char* type;
    std::string name;
    std::function<std::string()> statement;
};
using elements = std::vector<element>;

std::string folded(const std::string& name) {
    auto out = name;
    for (auto& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

/// Elements are listed by name, in an order that looks through case and quotes.
void sort_by_name(elements& list) {
    using place = std::pair<std::string, std::size_t>;
    std::vector<place> order;
    order.reserve(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
        auto name = folded(list[i].name);
        std::erase(name, '"');
        order.emplace_back(std::move(name), i);
    }
    std::ranges::sort(order, [&list](const place& left, const place& right) {
        return std::tie(left.first, list[left.second].name) <
               std::tie(right.first, list[right.second].name);
    });
    elements sorted;
    sorted.reserve(list.size());
    for (const auto& [name, index] : order) sorted.push_back(std::move(list[index]));
    list = std::move(sorted);
}

std::string overload_name(const std::string& name, const std::vector<types::type_ptr>& arguments) {
    std::vector<std::string> parts;
    for (const auto& argument : arguments) parts.push_back(described_function_type(argument));
    return fmt::format("{}({})", quote_identifier(name), fmt::join(parts, ", "));
}

element keyspace_element(const schema::keyspace_ptr& keyspace) {
    return {keyspace->name, "keyspace", quote_identifier(keyspace->name),
            [keyspace] { return create_statement(*keyspace); }};
}

element table_element(const schema::keyspace_ptr& keyspace, const schema::table_ptr& table,
                      internals with) {
    return {keyspace->name, "table", quote_identifier(table->name()), [keyspace, table, with] {
                return create_statement(*table, with, keyspace->is_virtual);
            }};
}

elements tables_of(const schema::keyspace_ptr& keyspace, internals with) {
    elements list;
    for (const auto& [name, table] : keyspace->tables()) {
        list.push_back(table_element(keyspace, table, with));
    }
    sort_by_name(list);
    return list;
}

element type_element(const schema::keyspace_ptr& keyspace, const types::type_ptr& type) {
    return {keyspace->name, "type", quote_identifier(type->name()),
            [type] { return create_statement(*type); }};
}

/// Types in an order in which they can be created: each after those that it is made of.
elements types_of(const schema::keyspace_ptr& keyspace) {
    elements list;
    std::set<std::string> done;
    const std::function<void(const types::type&)> add = [&](const types::type& type) {
        const bool is_user = type.kind() == types::type_kind::user;
        if (is_user && !done.insert(type.name()).second) return;
        for (const auto& part : type.parameters()) add(*part);
        if (is_user) {
            list.push_back(type_element(keyspace, *keyspace->user_types().find(type.name())));
        }
    };
    for (const auto& [name, type] : keyspace->user_types()) add(*type);
    return list;
}

template <typename Definition>
using overloads = std::vector<std::shared_ptr<const Definition>>;

template <typename Definition>
void add_overloads(elements& list, const char* type, const overloads<Definition>& some) {
    for (const auto& definition : some) {
        list.push_back({definition->keyspace, type,
                        overload_name(definition->name, definition->argument_types),
                        [definition] { return create_statement(*definition); }});
    }
}

template <typename Definition>
elements all_overloads(const char* type, const schema::by_name<overloads<Definition>>& by_name) {
    elements list;
    for (const auto& [name, some] : by_name) add_overloads(list, type, some);
    sort_by_name(list);
    return list;
}
elements functions_of(const schema::keyspace_ptr& keyspace) {
    return all_overloads<schema::function_definition>("function", keyspace->functions());
}
elements aggregates_of(const schema::keyspace_ptr& keyspace) {
    return all_overloads<schema::aggregate_definition>("aggregate", keyspace->aggregates());
}

template <typename Definition>
elements named_overloads(const char* type, const schema::by_name<overloads<Definition>>& by_name,
                         const std::string& name) {
    elements list;
    if (const auto* some = by_name.find(name)) add_overloads(list, type, *some);
    sort_by_name(list);
    return list;
}

void append(elements& into, elements from) {
    std::ranges::move(from, std::back_inserter(into));
}

/// A keyspace and all in it, in an order that can be replayed.
elements whole_keyspace(const schema::keyspace_ptr& keyspace, internals with) {
    elements list{keyspace_element(keyspace)};
    append(list, types_of(keyspace));
    append(list, functions_of(keyspace));
    append(list, aggregates_of(keyspace));
    append(list, tables_of(keyspace, with));
    return list;
}

class description {
  public:
    description(const schema::snapshot& schema, const cql::describe_statement& statement,
                const std::string& session_keyspace)
        : _schema(schema),
          _statement(statement),
          _session_keyspace(session_keyspace),
          _internals(statement.with_internals ? internals::shown : internals::hidden) {}

    result<description_rows> rows() const {
        switch (_statement.kind) {
            case describe_kind::keyspaces:
                return listing(all_keyspaces());
            case describe_kind::tables:
                return listing(each_keyspace(
                    [](const auto& keyspace) { return tables_of(keyspace, internals::hidden); }));
            case describe_kind::types:
                return listing(each_keyspace(sorted_types));
            case describe_kind::functions:
                return listing(each_keyspace(functions_of));
            case describe_kind::aggregates:
                return listing(each_keyspace(aggregates_of));
            default:
                break;
        }
        NACRE_TRY(const auto found, described());
        return with_statements(found);
    }

  private:
    result<elements> described() const {
        switch (_statement.kind) {
            case describe_kind::schema:
                return whole_schema(false);
            case describe_kind::full_schema:
                return whole_schema(true);
            case describe_kind::keyspace:
            case describe_kind::only_keyspace:
                return keyspace();
            case describe_kind::table:
                return table();
            case describe_kind::type:
                return type();
            case describe_kind::function:
                return named("User defined function", [this](const schema::keyspace& keyspace) {
                    return named_overloads<schema::function_definition>(
                        "function", keyspace.functions(), _statement.name.name);
                });
            case describe_kind::aggregate:
                return named("User defined aggregate", [this](const schema::keyspace& keyspace) {
                    return named_overloads<schema::aggregate_definition>(
                        "aggregate", keyspace.aggregates(), _statement.name.name);
                });
            case describe_kind::index:
                return nothing("Table for existing index");
            case describe_kind::materialized_view:
                return nothing("Materialized view");
            default:
                return anything();
        }
    }

    static elements sorted_types(const schema::keyspace_ptr& keyspace) {
        auto list = types_of(keyspace);
        sort_by_name(list);
        return list;
    }

    elements all_keyspaces() const {
        elements list;
        for (const auto& [name, keyspace] : _schema.keyspaces) {
            list.push_back(keyspace_element(keyspace));
        }
        sort_by_name(list);
        return list;
    }

    std::vector<schema::keyspace_ptr> keyspaces_in_order() const {
        std::vector<schema::keyspace_ptr> list;
        for (const auto& element : all_keyspaces()) {
            list.push_back(_schema.find_keyspace(element.keyspace));
        }
        return list;
    }

    /// A listing covers the session's keyspace, or all of them.
    template <typename List>
    elements each_keyspace(List list) const {
        if (const auto own = _schema.find_keyspace(_session_keyspace)) return list(own);
        elements found;
        for (const auto& keyspace : keyspaces_in_order()) append(found, list(keyspace));
        return found;
    }

    elements whole_schema(bool with_system) const {
        elements found;
        for (const auto& keyspace : keyspaces_in_order()) {
            if (!with_system && is_system_keyspace(keyspace->name)) continue;
            append(found, whole_keyspace(keyspace, _internals));
        }
        return found;
    }

    result<schema::keyspace_ptr> named_keyspace(const std::string& written) const {
        const auto& name = written.empty() ? _session_keyspace : written;
        if (name.empty()) return invalid("No keyspace specified and no current keyspace");
        auto found = _schema.find_keyspace(name);
        if (!found) return invalid("'{}' not found in keyspaces", name);
        return found;
    }

    result<elements> keyspace() const {
        NACRE_TRY(const auto found, named_keyspace(_statement.name.name));
        if (_statement.kind == describe_kind::only_keyspace) {
            return elements{keyspace_element(found)};
        }
        return whole_keyspace(found, _internals);
    }

    elements table_of(const schema::keyspace_ptr& keyspace) const {
        const auto* found = keyspace->tables().find(_statement.name.name);
        if (found == nullptr) return {};
        return {table_element(keyspace, *found, _internals)};
    }

    result<elements> table() const {
        NACRE_TRY(const auto keyspace, named_keyspace(_statement.name.keyspace));
        auto found = table_of(keyspace);
        if (found.empty()) {
            return invalid("Table '{}' not found in keyspace '{}'", _statement.name.name,
                           keyspace->name);
        }
        return found;
    }

    result<elements> type() const {
        NACRE_TRY(const auto keyspace, named_keyspace(_statement.name.keyspace));
        const auto* found = keyspace->user_types().find(_statement.name.name);
        if (found == nullptr) return not_found("User defined type", keyspace->name);
        return elements{type_element(keyspace, *found)};
    }

    template <typename Find>
    result<elements> named(std::string_view what, Find find) const {
        NACRE_TRY(const auto keyspace, named_keyspace(_statement.name.keyspace));
        auto found = find(*keyspace);
        if (found.empty()) return not_found(what, keyspace->name);
        return found;
    }

    result<elements> nothing(std::string_view what) const {
        NACRE_TRY(const auto keyspace, named_keyspace(_statement.name.keyspace));
        return not_found(what, keyspace->name);
    }

    error not_found(std::string_view what, const std::string& keyspace) const {
        return invalid("{} '{}' not found in '{}'", what, _statement.name.name, keyspace);
    }

    /// DESCRIBE name: a keyspace, or a table of the one in use.
    result<elements> anything() const {
        const auto& [keyspace_name, name] = _statement.name;
        if (keyspace_name.empty()) {
            if (const auto found = _schema.find_keyspace(name)) {
                return whole_keyspace(found, _internals);
            }
            if (_session_keyspace.empty()) return invalid("'{}' not found in keyspaces", name);
        }
        NACRE_TRY(const auto keyspace, named_keyspace(keyspace_name));
        auto found = table_of(keyspace);
        if (found.empty()) {
            return invalid("'{}' not found in keyspace '{}'", name, keyspace->name);
        }
        return found;
    }

    static description_rows listing(const elements& list) {
        description_rows described{{"keyspace_name", "type", "name"}, {}};
        for (const auto& element : list) {
            described.rows.emplace_back([element] {
                return std::vector{quote_identifier(element.keyspace), std::string(element.type),
                                   element.name};
            });
        }
        return described;
    }

    static description_rows with_statements(const elements& list) {
        description_rows described{{"keyspace_name", "type", "name", "create_statement"}, {}};
        for (const auto& element : list) {
            described.rows.emplace_back([element] {
                return std::vector{quote_identifier(element.keyspace), std::string(element.type),
                                   element.name, element.statement()};
            });
        }
        return described;
    }

    const schema::snapshot& _schema;
    const cql::describe_statement& _statement;
    const std::string& _session_keyspace;
    internals _internals;
};

}  // namespace

result<description_rows> describe(const schema::snapshot& schema,
                                  const cql::describe_statement& statement,
                                  const std::string& session_keyspace,
                                  const std::string& cluster_name) {
    if (statement.kind == describe_kind::cluster) {
        return description_rows{{"cluster", "partitioner", "snitch"}, {[cluster_name] {
                                    return std::vector<std::string>{
                                        cluster_name, "Murmur3Partitioner", "SimpleSnitch"};
                                }}};
    }
    return description(schema, statement, session_keyspace).rows();
}

}  // namespace nacre::catalog
