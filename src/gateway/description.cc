#include "gateway/description.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/text_case.h"
#include "cluster/read_rows.h"

namespace nacre::gateway {

namespace {

using row = std::vector<std::string>;

enum column : std::size_t { keyspace_name, type, name, described_columns };

constexpr std::array<std::string_view, 4> first_types{"keyspace", "type", "function", "aggregate"};

// Behind what a row stands within its keyspace.
std::pair<std::ptrdiff_t, std::string> place_of(const row& each) {
    const auto found = std::ranges::find(first_types, each[type]);
    const auto rank = found - first_types.begin();
    // Others are left in the cluster's order.
    const bool by_name = rank == 2 || rank == 3;
    auto folded = by_name ? lower_case(each[name]) : std::string();
    std::erase(folded, '"');
    return {rank, std::move(folded)};
}

void add(std::vector<row>& rows, const row& added) {
    const auto same_keyspace = [&added](const row& each) {
        return each[keyspace_name] == added[keyspace_name];
    };
    auto first = std::ranges::find_if(rows, same_keyspace);
    if (first == rows.end()) {
        const auto behind = [&](const row& each) {
            return each[keyspace_name] > added[keyspace_name];
        };
        rows.insert(std::ranges::find_if(rows, behind), added);
        return;
    }
    const auto end = std::find_if_not(first, rows.end(), same_keyspace);
    const auto place = place_of(added);
    rows.insert(std::find_if(first, end, [&](const row& each) { return place_of(each) > place; }),
                added);
}

}  // namespace

bool tells_of_functions(const cql::describe_statement& statement) {
    using enum cql::describe_kind;
    constexpr std::array kinds{schema,   full_schema, keyspace,  functions,
                               function, aggregates,  aggregate, generic};
    return std::ranges::find(kinds, statement.kind) != kinds.end();
}

description described_functions(const schema::snapshot& schema,
                                const cql::describe_statement& statement,
                                const std::string& session_keyspace) {
    const auto all = catalog::describe(schema, statement, session_keyspace);
    description ours;
    if (!all) return ours;
    ours.columns = all->column_names;
    for (const auto& make : all->rows) {
        auto made = make();
        const bool is_ours = made[type] == "function" || made[type] == "aggregate";
        if (is_ours) ours.rows.push_back(std::move(made));
    }
    return ours;
}

result<description> described_rows(const cluster::reply& answer) {
    description theirs;
    NACRE_TRY(const auto columns, answer.columns());
    for (const auto& each : columns) theirs.columns.push_back(each.name);
    cluster::cell_reader cells(answer.content());
    for (std::uint32_t i = 0; i < answer.row_count(); ++i) {
        auto& made = theirs.rows.emplace_back();
        for (std::size_t j = 0; j < columns.size(); ++j) {
            NACRE_TRY(const auto cell, cells.next());
            made.emplace_back(cell ? std::string(*cell) : std::string());
        }
    }
    return theirs;
}

description merged(description cluster, const description& ours) {
    if (cluster.columns.size() < described_columns) return cluster;
    for (auto each : ours.rows) {
        each.resize(cluster.columns.size());
        add(cluster.rows, each);
    }
    return cluster;
}

uuid version_of(const description& described) {
    std::string all;
    for (const auto& each : described.rows) {
        for (const auto& cell : each) (all += cell) += '\0';
    }
    return uuid::from_name(all);
}

catalog::description_rows to_rows(description described) {
    catalog::description_rows made;
    made.column_names = std::move(described.columns);
    for (auto& each : described.rows) {
        made.rows.emplace_back([each = std::move(each)] { return each; });
    }
    return made;
}

}  // namespace nacre::gateway
