#include "tool/inventory.h"

#include <algorithm>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/identifier.h"
#include "client/connection.h"
#include "tool/function_name.h"
#include "tool/text_table.h"

namespace nacre::tool {

namespace {

using nlohmann::json;

// A function or an aggregate, as the schema has it, and the figures of a function.
struct item {
    bool is_aggregate = false;
    std::string keyspace;
    std::string name;
    std::vector<std::string> argument_names;
    std::vector<std::string> argument_types;
    std::string return_type;
    std::string language;
    json more = json::object();  ///< the rest of the schema's columns
    json figures;                ///< null: the server tells none

    [[nodiscard]] std::string signature() const {
        std::vector<std::string> plain;
        for (const auto& type : argument_types) plain.push_back(plain_type(type));
        return fmt::format("{}.{}({})", quote_identifier(keyspace), quote_identifier(name),
                           fmt::join(plain, ", "));
    }
    [[nodiscard]] json to_json() const {
        json made{{"kind", is_aggregate ? "aggregate" : "function"},
                  {"keyspace", keyspace},
                  {"name", name},
                  {"argument_types", argument_types},
                  {"returns", return_type}};
        if (!is_aggregate) {
            made["argument_names"] = argument_names;
            made["language"] = language;
        }
        for (const auto& [key, value] : more.items()) made[key] = value;
        if (!figures.is_null()) made["figures"] = figures;
        return made;
    }
    [[nodiscard]] std::string figure(const char* key) const {
        if (!figures.is_object() || !figures.contains(key) || figures[key].is_null()) return "";
        const auto& value = figures[key];
        if (value.is_string()) return value.get<std::string>();
        const auto number = value.get<double>();
        return number == static_cast<double>(static_cast<std::int64_t>(number))
                   ? fmt::format("{}", static_cast<std::int64_t>(number))
                   : fmt::format("{:.1f}", number);
    }
};

bool is_system(std::string_view keyspace) {
    return keyspace == "system" || keyspace.starts_with("system_");
}

json figures_of(const client::rows& rows, std::size_t row) {
    auto made = json::object();
    for (const auto& column : rows.columns()) {
        const auto& name = column.name;
        if (name == "keyspace_name" || name == "function_name" || name == "argument_types")
            continue;
        if (const auto number = rows.number(row, name)) {
            made[name] = *number == static_cast<double>(static_cast<std::int64_t>(*number))
                             ? json(static_cast<std::int64_t>(*number))
                             : json(*number);
            if (column.type->kind() != types::type_kind::timestamp) continue;
        }
        const auto text = rows.text(row, name);
        made[name] = text ? json(*text) : json();
    }
    return made;
}

void add_functions(const client::rows& rows, std::vector<item>& to) {
    for (std::size_t row = 0; row < rows.size(); ++row) {
        item one;
        one.keyspace = rows.text(row, "keyspace_name").value_or("");
        if (is_system(one.keyspace)) continue;
        one.name = rows.text(row, "function_name").value_or("");
        one.argument_names = rows.texts(row, "argument_names");
        one.argument_types = rows.texts(row, "argument_types");
        one.return_type = rows.text(row, "return_type").value_or("");
        one.language = rows.text(row, "language").value_or("");
        one.more["called_on_null_input"] = rows.text(row, "called_on_null_input") == "true";
        to.push_back(std::move(one));
    }
}

void add_aggregates(const client::rows& rows, std::vector<item>& to) {
    for (std::size_t row = 0; row < rows.size(); ++row) {
        item one{.is_aggregate = true};
        one.keyspace = rows.text(row, "keyspace_name").value_or("");
        if (is_system(one.keyspace)) continue;
        one.name = rows.text(row, "aggregate_name").value_or("");
        one.argument_types = rows.texts(row, "argument_types");
        one.return_type = rows.text(row, "return_type").value_or("");
        for (const auto* key :
             {"state_func", "state_type", "reduce_func", "final_func", "initcond"}) {
            if (const auto text = rows.text(row, key)) one.more[key] = *text;
        }
        to.push_back(std::move(one));
    }
}

// A server that is no Nacre has no such table.
void add_figures(client::connection& server, std::vector<item>& to) {
    const auto found = server.execute("SELECT * FROM system_views.functions");
    if (!found) return;
    for (std::size_t row = 0; row < found->rows.size(); ++row) {
        for (auto& one : to) {
            if (one.is_aggregate || found->rows.text(row, "keyspace_name") != one.keyspace ||
                found->rows.text(row, "function_name") != one.name ||
                !std::ranges::equal(found->rows.texts(row, "argument_types"), one.argument_types,
                                    {}, plain_type, plain_type)) {
                continue;
            }
            one.figures = figures_of(found->rows, row);
        }
    }
}

result<std::vector<item>> read_items(client::connection& server, const std::string& keyspace) {
    const std::string where = keyspace.empty() ? "" : " WHERE keyspace_name = ?";
    const std::vector<std::string> values =
        keyspace.empty() ? std::vector<std::string>{} : std::vector{keyspace};
    std::vector<item> all;
    // Without the column body, which may hold megabytes.
    NACRE_TRY(const auto functions,
              server.execute("SELECT keyspace_name, function_name, argument_types, argument_names, "
                             "called_on_null_input, language, return_type FROM "
                             "system_schema.functions" +
                                 where,
                             values));
    add_functions(functions.rows, all);
    NACRE_TRY(const auto aggregates,
              server.execute("SELECT * FROM system_schema.aggregates" + where, values));
    add_aggregates(aggregates.rows, all);
    add_figures(server, all);
    std::ranges::stable_sort(all, {}, &item::keyspace);
    return all;
}

struct found_items {
    std::unique_ptr<client::connection> server;
    std::vector<item> items;
};

// The items that the request's name means; at least one.
result<found_items> find_items(const inventory_request& request) {
    NACRE_TRY(const auto name, function_name::parse(request.name));
    const auto& keyspace = name.keyspace.empty() ? request.keyspace : name.keyspace;
    NACRE_TRY(auto server, client::connection::open(request.server));
    NACRE_TRY(auto all, read_items(*server, keyspace));
    std::erase_if(all, [&](const item& one) {
        return one.name != name.name || !name.fits(one.argument_types);
    });
    if (all.empty()) {
        return invalid("there is no function or aggregate {}{}", request.name,
                       keyspace.empty() ? "" : " in the keyspace " + keyspace);
    }
    return found_items{std::move(server), std::move(all)};
}

void print_item(const item& one) {
    fmt::print("{}\n", one.signature());
    const auto line = [](std::string_view what, const std::string& text) {
        if (!text.empty()) fmt::print("  {:<18}{}\n", what, text);
    };
    line("kind", one.is_aggregate ? "aggregate" : "function");
    line("returns", one.return_type);
    line("language", one.language);
    for (const auto& [key, value] : one.more.items()) {
        line(key, value.is_string() ? value.get<std::string>() : value.dump());
    }
    if (!one.figures.is_object()) return;
    line("interface", one.figure("interface"));
    line("source", one.figure("body_bytes") + " bytes, " + one.figure("body_digest"));
    line("deterministic", one.figure("deterministic"));
    line("limits", one.figure("limits"));
    line("statements", one.figure("statements"));
    line("calls", fmt::format("{} batches, {} rows", one.figure("calls"), one.figure("rows")));
    if (const auto cost = one.figure("cpu_ns_per_row"); !cost.empty()) {
        line("cost", cost + " ns of CPU time per row");
    }
    line("batch time", fmt::format("p50 {} µs, p99 {} µs, max {} µs", one.figure("call_us_p50"),
                                   one.figure("call_us_p99"), one.figure("call_us_max")));
    if (const auto peak = one.figures.find("memory_bytes_peak");
        peak != one.figures.end() && peak->is_number()) {
        line("memory, peak", readable_bytes(peak->get<double>()));
    }
    line("errors", one.figure("errors"));
    line("last error", one.figure("last_error"));
    line("quarantined until", one.figure("quarantined_until"));
    line("log lines", one.figure("log_lines"));
}

void print_json(const std::vector<item>& items) {
    auto made = json::array();
    for (const auto& one : items) made.push_back(one.to_json());
    fmt::print("{}\n", made.dump(2, ' ', false, json::error_handler_t::replace));
}

}  // namespace

exit_status list_functions(const inventory_request& request) {
    auto server = client::connection::open(request.server);
    if (!server) return report(server.error(), request.is_json);
    const auto items = read_items(**server, request.keyspace);
    if (!items) return report(items.error(), request.is_json);
    if (request.is_json) {
        print_json(*items);
        return exit_status::ok;
    }
    if (items->empty()) {
        fmt::print("no functions{}\n", request.keyspace.empty() ? "" : " in " + request.keyspace);
        return exit_status::ok;
    }
    std::vector<std::vector<std::string>> rows{
        {"function", "returns", "language", "rows", "ns per row", "errors"}};
    for (const auto& one : *items) {
        rows.push_back({one.signature(), one.return_type,
                        one.is_aggregate ? "aggregate" : one.language, one.figure("rows"),
                        one.figure("cpu_ns_per_row"), one.figure("errors")});
    }
    fmt::print("{}", text_table(rows));
    return exit_status::ok;
}

exit_status show_function(const inventory_request& request) {
    const auto found = find_items(request);
    if (!found) return report(found.error(), request.is_json);
    if (request.is_json) {
        print_json(found->items);
        return exit_status::ok;
    }
    for (const auto& one : found->items) print_item(one);
    return exit_status::ok;
}

exit_status drop_function(const inventory_request& request, bool if_exists) {
    const auto name = function_name::parse(request.name);
    if (!name) return report(name.error(), request.is_json);
    if (name->keyspace.empty() && request.keyspace.empty()) {
        return report(unusable("which keyspace? say --keyspace, or shop.{}", request.name),
                      request.is_json);
    }
    auto found = find_items(request);
    if (!found) {
        const bool is_absent = found.error().code() == error_code::invalid;
        if (if_exists && is_absent) return exit_status::ok;
        return report(found.error(), request.is_json);
    }
    if (found->items.size() > 1) {
        std::vector<std::string> signatures;
        for (const auto& one : found->items) signatures.push_back(one.signature());
        return report(
            invalid("{} is ambiguous: say which of {}", request.name, fmt::join(signatures, ", ")),
            request.is_json);
    }
    const auto& one = found->items.front();
    const auto done = found->server->execute(
        fmt::format("DROP {} {}", one.is_aggregate ? "AGGREGATE" : "FUNCTION", one.signature()));
    if (!done) return report(done.error(), request.is_json);
    if (request.is_json) {
        print_json(found->items);
    } else {
        fmt::print("dropped {}\n", one.signature());
    }
    return exit_status::ok;
}

}  // namespace nacre::tool
