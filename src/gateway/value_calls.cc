#include "gateway/value_calls.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "gateway/expressions.h"
#include "gateway/used_tables.h"
#include "query/binder.h"
#include "query/modification.h"

namespace nacre::gateway {

namespace {

// Where names of functions are sought.
std::vector<std::string> search_path(const cql::statement& statement,
                                     const std::string& session_keyspace) {
    std::vector<std::string> path;
    const auto add = [&path](const std::string& name) {
        if (!name.empty() && std::ranges::find(path, name) == path.end()) path.push_back(name);
    };
    const auto tables = named_tables(statement);
    if (!tables.empty()) add(tables.front()->keyspace);
    add(session_keyspace);
    for (const auto* table : tables) add(table->keyspace);
    return path;
}

class call_finder {
  public:
    call_finder(const catalog::published& schema, std::vector<std::string> path)
        : _schema(schema), _path(std::move(path)) {}

    [[nodiscard]] bool is_ours(const cql::function_call& call) const {
        if (!call.function.keyspace.empty()) {
            return has(call.function.keyspace, call.function.name);
        }
        return std::ranges::any_of(
            _path, [&](const std::string& name) { return has(name, call.function.name); });
    }
    [[nodiscard]] bool contains_ours(const cql::expression& node) const {
        bool found = false;
        visit(node, place::value, [&](const cql::expression& each, place) {
            const auto* call = each.as<cql::function_call>();
            found = found || (call != nullptr && is_ours(*call));
            return !found;
        });
        return found;
    }

  private:
    [[nodiscard]] bool has(const std::string& keyspace, const std::string& name) const {
        const auto found = _schema.schema->find_keyspace(keyspace);
        return found && (found->functions().find(name) != nullptr ||
                         found->aggregates().find(name) != nullptr);
    }

    const catalog::published& _schema;
    std::vector<std::string> _path;
};

}  // namespace

bool calls_ours(const cql::statement& statement, const catalog::published& schema,
                const std::string& session_keyspace) {
    const call_finder finder(schema, search_path(statement, session_keyspace));
    bool found = false;
    visit(statement, [&](const cql::expression& each, place) {
        const auto* call = each.as<cql::function_call>();
        found = found || (call != nullptr && finder.is_ours(*call));
        return !found;
    });
    return found;
}

namespace {

// Binds a write as if it were to be executed here, but for its condition, which only the cluster
// can judge. The values that were bound are left in the markers' table; none of a table that is not
// known here.
class write_binder {
  public:
    write_binder(const catalog::published_ptr& schema, const std::string& keyspace,
                 query::marker_table& markers)
        : _context{schema, keyspace}, _markers(markers) {}

    status operator()(cql::insert_statement insert) const {
        insert.if_not_exists = false;
        return bind(insert, query::plan_insert);
    }
    status operator()(cql::update_statement update) const {
        update.condition = std::monostate();
        return bind(update, query::plan_update);
    }
    status operator()(cql::delete_statement removal) const {
        removal.condition = std::monostate();
        return bind(removal, query::plan_delete);
    }
    status operator()(const cql::batch_statement& batch) const {
        for (const auto& each : batch.statements) NACRE_CHECK(std::visit(*this, each));
        return {};
    }
    template <typename Other>
    status operator()(const Other&) const {
        return {};
    }

  private:
    template <typename Statement, typename Plan>
    status bind(const Statement& statement, Plan plan) const {
        const auto table =
            query::find_table(*_context.schema->schema, statement.table, _context.session_keyspace);
        if (!table || (*table)->is_counter()) return {};
        NACRE_CHECK(plan(_context, statement, _markers));
        return {};
    }

    query::modification_context _context;
    query::marker_table& _markers;
};

}  // namespace

result<value_calls_ptr> value_calls::make(const catalog::published_ptr& schema,
                                          const std::string& text,
                                          const cql::parsed_statement& parsed,
                                          const std::string& session_keyspace) {
    auto made = std::make_shared<value_calls>();
    made->_schema = schema;
    const auto path = search_path(parsed.tree, session_keyspace);
    const call_finder finder(*schema, path);

    query::marker_table table(parsed.markers);
    query::bound_values bound_values;
    table.keep_values(&bound_values);
    NACRE_CHECK(std::visit(write_binder(schema, session_keyspace, table), parsed.tree));
    table.keep_values(nullptr);

    struct found {
        const cql::expression* node;
        place where;
        query::expression_ptr value;  ///< null: of a place whose type is not known
    };
    std::vector<found> calls;
    std::vector<const cql::expression*> markers;
    visit(parsed.tree, [&](const cql::expression& each, place where) {
        if (each.as<cql::bind_marker>() != nullptr) markers.push_back(&each);
        const auto bound = bound_values.find({each.span.begin, each.span.end});
        const bool known = bound != bound_values.end();
        if (!known && each.as<cql::function_call>() == nullptr) return true;
        if (!finder.contains_ours(each)) return true;
        calls.push_back({&each, where, known ? bound->second : nullptr});
        return false;
    });
    std::ranges::sort(calls, {}, [](const found& each) { return each.node->span.begin; });
    std::ranges::sort(markers, {}, [](const cql::expression* each) { return each->span.begin; });

    query::binder names(*schema, path.empty() ? std::string() : path.front(), nullptr, table);
    names.allow_columns(false);
    const bool named = std::ranges::any_of(
        parsed.markers, [](const cql::bind_marker& marker) { return !marker.name.empty(); });
    std::size_t copied = 0;
    auto marker = markers.begin();
    const auto take_markers = [&](std::uint32_t before) {
        for (; marker != markers.end() && (*marker)->span.begin < before; ++marker) {
            made->_sources.push_back({nullptr, (*marker)->as<cql::bind_marker>()->index});
        }
    };
    for (auto& call : calls) {
        const auto& span = call.node->span;
        take_markers(span.begin);
        made->_text += text.substr(copied, span.begin - copied);
        if (!call.value) {
            NACRE_TRY(call.value, names.bind_selector(*call.node));
            // An operator must be told the types of its operands.
            if (call.where == place::operand) {
                made->_text += "(" + types::type::thaw(call.value->type())->to_cql() + ") ";
            }
        }
        made->_text += named ? fmt::format(":call_{}", made->_sources.size()) : "?";
        copied = span.end;
        made->_sources.push_back({std::move(call.value), 0});
    }
    made->_requirements = query::requirements_of(table.user_functions(), *schema->schema);
    take_markers(UINT32_MAX);
    made->_text += text.substr(copied);
    made->_arguments = table.specifications();
    // Drivers take the keyspace of a request from its first marker.
    const auto tables = named_tables(parsed.tree);
    const auto written = tables.empty() ? cql::qualified_name() : *tables.front();
    for (auto& each : made->_arguments) {
        each.keyspace = written.keyspace.empty() ? session_keyspace : written.keyspace;
        each.table = written.name;
    }
    return value_calls_ptr(std::move(made));
}

status value_calls::check(const cluster::prepared& statement) const {
    const auto& given = statement.markers();
    for (std::size_t i = 0; i < _sources.size() && i < given.size(); ++i) {
        if (!_sources[i].value) continue;
        const auto& is = *_sources[i].value->type();
        const auto& wanted = *given[i].type;
        if (is.same_values(wanted) || types::is_value_compatible(wanted, is)) continue;
        return invalid("Type error: cannot assign a value of type {} to {} (type {})", is.to_cql(),
                       given[i].name, wanted.to_cql());
    }
    return {};
}

std::vector<query::column_specification> value_calls::markers(
    const cluster::prepared& statement) const {
    auto markers = _arguments;
    const auto& given = statement.markers();
    for (std::size_t i = 0; i < _sources.size() && i < given.size(); ++i) {
        if (_sources[i].value) continue;
        markers[_sources[i].marker] = {given[i].keyspace, given[i].table, given[i].name,
                                       given[i].type};
    }
    return markers;
}

std::vector<std::uint16_t> value_calls::partition_key_indices(
    const cluster::prepared& statement) const {
    std::vector<std::uint16_t> indices;
    for (const auto index : statement.partition_key_indices()) {
        if (index >= _sources.size() || _sources[index].value) return {};
        indices.push_back(static_cast<std::uint16_t>(_sources[index].marker));
    }
    return indices;
}

runtime::task<result<cluster::request_values>> value_calls::evaluate(
    const std::vector<query::bound_value>& values, const runtime::cancellation_ptr& until) const {
    query::evaluation state(values, until);
    cluster::request_values out;
    for (const auto& each : _sources) {
        if (!each.value) {
            add_value(out, values[each.marker]);
            continue;
        }
        NACRE_CO_TRY(const auto value, co_await query::evaluate_single(*each.value, state));
        if (value.is_unset()) {
            out.add_unset();
        } else if (value.is_null()) {
            out.add_null();
        } else {
            out.add(value.data);
        }
    }
    co_return out;
}

void add_value(cluster::request_values& to, const query::bound_value& value) {
    switch (value.what) {
        case query::bound_value::kind::value:
            to.add(value.data);
            break;
        case query::bound_value::kind::null:
            to.add_null();
            break;
        case query::bound_value::kind::unset:
            to.add_unset();
            break;
    }
}

}  // namespace nacre::gateway
