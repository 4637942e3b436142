#include "query/trace.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "catalog/schema_rows.h"
#include "catalog/system_tables.h"
#include "cql/obscure.h"
#include "runtime/shard.h"
#include "types/value.h"

namespace nacre::query {

namespace {

constexpr std::int32_t internode_port = 7000;

bytes inet_value(const std::string& address) {
    return types::from_text(*types::type::native(types::type_kind::inet), address)
        .value_or(bytes());
}

void make_expiring(data::row& row, std::int32_t now_seconds) {
    const auto expires_at = now_seconds + trace::ttl_seconds;
    // The id is new: there is nothing that a deletion could be for.
    row.deletion = {};
    row.complex_deletions.clear();
    row.marker.ttl_seconds = trace::ttl_seconds;
    row.marker.expires_at = expires_at;
    for (auto& cell : row.cells) {
        cell.ttl_seconds = trace::ttl_seconds;
        cell.expires_or_deleted_at = expires_at;
    }
}

std::int64_t since_epoch_us(std::chrono::system_clock::time_point when) {
    return std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch()).count();
}

}  // namespace

trace::trace(std::string request, std::string command, std::string client)
    : _id(uuid::time_based()),
      _request(std::move(request)),
      _command(std::move(command)),
      _client(std::move(client)),
      _started_at(std::chrono::system_clock::now()),
      _began(std::chrono::steady_clock::now()) {}

std::int32_t trace::elapsed_us() const {
    const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(
                             std::chrono::steady_clock::now() - _began)
                             .count();
    return static_cast<std::int32_t>(
        std::min<std::int64_t>(elapsed, std::numeric_limits<std::int32_t>::max()));
}

void trace::add(std::string activity) {
    if (_events.size() >= events_max) return;
    if (activity.size() > text_bytes_max) activity.resize(text_bytes_max);
    activity = cql::without_passwords(std::move(activity));
    _events.push_back({uuid::time_based(), elapsed_us(), std::move(activity)});
}

void trace::describe(std::string name, std::string value) {
    if (value.size() > text_bytes_max) value.resize(text_bytes_max);
    value = cql::without_passwords(std::move(value));
    _parameters.insert_or_assign(std::move(name), std::move(value));
}

catalog::row_set trace::rows(const catalog::node_info& node) const {
    using types::serialise_integer;
    const auto coordinator = inet_value(node.listen_address);
    catalog::row_set rows;
    auto& session =
        rows[{catalog::system_table("system_traces", "sessions"), {_id.to_bytes()}, {}}];
    session["client"] = inet_value(_client);
    session["command"] = _command;
    session["coordinator"] = coordinator;
    session["coordinator_port"] = serialise_integer(internode_port);
    session["duration"] = serialise_integer(elapsed_us());
    session["parameters"] = types::join_map(
        std::vector<std::pair<bytes, bytes>>(_parameters.begin(), _parameters.end()));
    session["request"] = _request;
    session["started_at"] = serialise_integer(since_epoch_us(_started_at) / 1000);
    for (const auto& event : _events) {
        auto& row = rows[{catalog::system_table("system_traces", "events"),
                          {_id.to_bytes()},
                          {event.id.to_bytes()}}];
        row["activity"] = event.activity;
        row["source"] = coordinator;
        row["source_elapsed"] = serialise_integer(event.elapsed_us);
        row["source_port"] = serialise_integer(internode_port);
        row["thread"] = fmt::format("shard-{}", runtime::this_shard().id());
    }
    return rows;
}

std::vector<data::mutation> trace::writes(const catalog::node_info& node) const {
    catalog::row_changes changes;
    changes.written = rows(node);
    const auto now_us = since_epoch_us(std::chrono::system_clock::now());
    auto mutations = catalog::to_mutations(changes, now_us);
    for (auto& mutation : mutations) {
        for (auto& row : mutation.rows) {
            make_expiring(row.content, static_cast<std::int32_t>(now_us / 1'000'000));
        }
    }
    return mutations;
}

std::vector<data::mutation> trace::removal(const uuid& id) {
    const auto now_us = since_epoch_us(std::chrono::system_clock::now());
    std::vector<data::mutation> mutations;
    for (const char* name : {"sessions", "events"}) {
        data::mutation mutation;
        mutation.table = catalog::system_table("system_traces", name);
        mutation.key = {id.to_bytes()};
        mutation.partition_deletion = {now_us, static_cast<std::int32_t>(now_us / 1'000'000)};
        mutations.push_back(std::move(mutation));
    }
    return mutations;
}

}  // namespace nacre::query
