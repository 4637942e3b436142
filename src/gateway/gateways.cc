#include "gateway/gateways.h"

#include <algorithm>

#include "catalog/schema_rows.h"
#include "cluster/read_rows.h"
#include "types/value.h"

namespace nacre::gateway {

namespace {

constexpr std::int32_t storage_port = 7000;

bytes tokens(const uuid& host_id) {
    return types::join_list(std::vector<optional_bytes>{optional_bytes(token_of(host_id))});
}

bytes text_of(const cluster::named_row& row, std::string_view column) {
    const auto found = row.find(column);
    return found == row.end() ? bytes() : found->second;
}

}  // namespace

std::string token_of(const uuid& host_id) {
    const auto raw = host_id.to_bytes();
    return fmt::format("{}", load_big_endian<std::int64_t>(raw.data()));
}

runtime::task<status> announce(cluster::client& cluster, const catalog::node_info& node,
                               uuid schema_version) {
    // Names are quoted as strings, which can't end early: quotes are doubled.
    const auto quoted = [](std::string text) {
        for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 2) {
            text.insert(at, 1, '\'');
        }
        return "'" + text + "'";
    };
    cluster::request_terms terms;
    terms.idempotent = true;
    NACRE_CO_CHECK(co_await cluster.query(
        "",
        fmt::format("INSERT INTO nacre.gateways (host_id, address, port, data_center, rack, "
                    "release_version, schema_version) VALUES ({}, {}, {}, {}, {}, {}, {}) "
                    "USING TTL {}",
                    node.host_id.to_string(), quoted(node.listen_address), node.native_port,
                    quoted(node.data_center), quoted(node.rack), quoted(node.release_version),
                    schema_version.to_string(), gateway_ttl_seconds),
        terms));
    co_return status();
}

runtime::task<status> withdraw(cluster::client& cluster, const catalog::node_info& node) {
    cluster::request_terms terms;
    terms.idempotent = true;
    NACRE_CO_CHECK(co_await cluster.query(
        "", fmt::format("DELETE FROM nacre.gateways WHERE host_id = {}", node.host_id.to_string()),
        terms));
    co_return status();
}

runtime::task<result<std::vector<peer>>> read_peers(cluster::client& cluster,
                                                    const catalog::node_info& node) {
    NACRE_CO_TRY(const auto rows,
                 co_await cluster::read_rows(cluster, "SELECT * FROM nacre.gateways"));
    std::vector<peer> peers;
    for (const auto& row : rows) {
        peer found;
        found.host_id = uuid::from_bytes(text_of(row, "host_id"));
        if (found.host_id == node.host_id) continue;
        found.address = text_of(row, "address");
        const auto port = text_of(row, "port");
        if (found.address.empty() || port.size() != sizeof(std::int32_t)) continue;
        found.port = load_big_endian<std::int32_t>(port.data());
        found.data_center = text_of(row, "data_center");
        found.rack = text_of(row, "rack");
        found.release_version = text_of(row, "release_version");
        const auto version = text_of(row, "schema_version");
        if (version.size() == 16) found.schema_version = uuid::from_bytes(version);
        peers.push_back(std::move(found));
    }
    std::ranges::sort(peers, {}, [](const peer& each) { return each.host_id.to_bytes(); });
    co_return peers;
}

catalog::live_row local_row(const catalog::node_info& node, const uuid& schema_version) {
    auto rows = catalog::local_row(node, schema_version);
    auto& [address, values] = *rows.begin();
    catalog::live_row row(values.begin(), values.end());
    row["key"] = "local";
    row["tokens"] = tokens(node.host_id);
    return row;
}

catalog::live_row peers_row(const peer& from) {
    return {{"peer", from.address},
            {"data_center", from.data_center},
            {"host_id", from.host_id.to_bytes()},
            {"preferred_ip", from.address},
            {"rack", from.rack},
            {"release_version", from.release_version},
            {"rpc_address", from.address},
            {"schema_version", from.schema_version.to_bytes()},
            {"tokens", tokens(from.host_id)}};
}

catalog::live_row peers_v2_row(const peer& from) {
    auto row = peers_row(from);
    row.erase("rpc_address");
    // Several gateways may share an address.
    row["peer_port"] = types::serialise_integer(from.port);
    row["native_address"] = from.address;
    row["native_port"] = types::serialise_integer(from.port);
    row["preferred_port"] = types::serialise_integer(storage_port);
    return row;
}

}  // namespace nacre::gateway
