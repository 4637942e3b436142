#include "gateway/trace_writer.h"

#include <utility>

#include <spdlog/spdlog.h>

namespace nacre::gateway {

namespace {

constexpr std::chrono::minutes notice_interval{1};

bool is_port(std::string_view column) {
    return column.ends_with("_port");
}

}  // namespace

runtime::task<void> trace_writer::write(const query::trace& finished,
                                        const catalog::node_info& node) {
    for (const auto& [address, values] : finished.rows(node)) {
        const auto written = co_await write_row(address, values);
        if (written) continue;
        const auto now = std::chrono::steady_clock::now();
        if (now - _told_at > notice_interval) {
            spdlog::warn("a trace could not be kept: {}", written.error().message());
            _told_at = now;
        }
        co_return;
    }
}

runtime::task<status> trace_writer::write_row(const catalog::row_address& address,
                                              const catalog::row_values& values) {
    const auto& table = *address.table;
    std::string names;
    std::string marks;
    cluster::request_values sent;
    const auto add = [&](const std::string& name, bytes_view value) {
        names += names.empty() ? name : ", " + name;
        marks += marks.empty() ? "?" : ", ?";
        sent.add(value);
    };
    for (std::uint32_t i = 0; i < address.key.size(); ++i) {
        add(table.partition_key_column(i).name, address.key[i]);
    }
    for (std::uint32_t i = 0; i < address.clustering.size(); ++i) {
        add(table.clustering_column(i).name, address.clustering[i]);
    }
    for (const auto& [name, value] : values) {
        if (_has_ports || !is_port(name)) add(name, value);
    }
    auto statement = co_await _statements.prepare(
        fmt::format("INSERT INTO {}.{} ({}) VALUES ({}) USING TTL {}", table.keyspace(),
                    table.name(), names, marks, query::trace::ttl_seconds));
    if (!statement && statement.error().code() == error_code::invalid && _has_ports) {
        _has_ports = false;
        co_return co_await write_row(address, values);
    }
    if (!statement) co_return statement.error();
    cluster::request_terms terms;
    terms.idempotent = true;
    NACRE_CO_CHECK(co_await _cluster.execute(*statement, std::move(sent), terms));
    co_return status();
}

}  // namespace nacre::gateway
