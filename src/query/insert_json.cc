#include "query/insert_json.h"

#include <algorithm>

#include "types/json.h"

namespace nacre::query {

namespace {

result<std::vector<bound_value>> column_values(const json_document& document,
                                               const schema::table& table, bytes_view text) {
    const auto parsed = types::parse_json(text);
    if (!parsed) {
        return invalid("Could not decode JSON string as a map: {}. (String was: {})",
                       parsed.error().message(), text);
    }
    if (parsed->is_null()) return invalid("Got null for INSERT JSON values");
    const auto* members = std::get_if<types::json_value::object>(&parsed->content);
    if (members == nullptr) {
        return invalid("Could not decode JSON string as a map: it is none. (String was: {})", text);
    }
    const auto& columns = table.columns();
    std::vector<const types::json_value*> given(columns.size());
    std::optional<std::string> unknown;
    for (const auto& [member, value] : *members) {
        const std::string name = types::name_of_json(member);
        if (const auto ordinal = table.find(name)) {
            given[*ordinal] = &value;
        } else if (!unknown) {
            unknown = name;
        }
    }
    const auto absent = document.default_unset ? bound_value::kind::unset : bound_value::kind::null;
    std::vector<bound_value> values(columns.size(), bound_value{absent, {}});
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (given[i] == nullptr) continue;
        auto value = types::from_json(*columns[i].type, *given[i]);
        if (!value) {
            return invalid("Error decoding JSON value for {}: {}", columns[i].name,
                           value.error().message());
        }
        values[i].what = *value ? bound_value::kind::value : bound_value::kind::null;
        values[i].data = std::move(*value).value_or(bytes());
    }
    if (unknown) return invalid("JSON values map contains unrecognized column: {}", *unknown);
    return values;
}

}  // namespace

result<json_document> bind_json_document(const cql::insert_statement& statement, binder& names) {
    json_document document;
    document.default_unset = statement.json_default_unset;
    document.first_value = static_cast<std::uint32_t>(names.markers().size());
    NACRE_TRY(
        document.text,
        names.bind_value(*statement.json, types::type::native(types::type_kind::text), "[json]"));
    return document;
}

cql::insert_statement as_insert_of_columns(const cql::insert_statement& statement,
                                           const json_document& document,
                                           const schema::table& table) {
    cql::insert_statement insert = statement;
    insert.json.reset();
    for (const auto& column : table.columns()) {
        cql::expression value;
        const auto index = static_cast<std::uint32_t>(document.first_value + insert.values.size());
        value.node = cql::bind_marker{index, column.name};
        insert.columns.push_back(column.name);
        insert.values.push_back(std::move(value));
    }
    return insert;
}

runtime::task<result<std::vector<bound_value>>> read_json_document(
    const json_document& document, const schema::table& table,
    const std::vector<bound_value>& values, const runtime::cancellation_ptr& until) {
    evaluation state(values, until);
    NACRE_CO_TRY(const auto text, co_await evaluate_single(*document.text, state));
    if (text.is_unset()) co_return invalid("Invalid unset value for INSERT JSON");
    if (text.is_null()) co_return invalid("Got null for INSERT JSON values");
    NACRE_CO_TRY(auto columns, column_values(document, table, text.data));
    std::vector<bound_value> all(values.begin(), values.begin() + document.first_value);
    std::ranges::move(columns, std::back_inserter(all));
    co_return all;
}

}  // namespace nacre::query
