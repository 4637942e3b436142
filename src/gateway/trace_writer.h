#pragma once

#include <chrono>
#include <map>
#include <string>

#include "catalog/catalog.h"
#include "cluster/client.h"
#include "cluster/statement_book.h"
#include "query/trace.h"

namespace nacre::gateway {

/// Writes traces of what the gateway executed into the cluster's system_traces, where clients look
/// for them whatever gateway they ask, as the service account. One loop; `cluster` outlives it.
class trace_writer {
  public:
    explicit trace_writer(cluster::client& cluster) : _statements(cluster), _cluster(cluster) {}

    /// A trace that can't be written is lost; the log is told now and then.
    [[nodiscard]] runtime::task<void> write(const query::trace& finished,
                                            const catalog::node_info& node);

  private:
    [[nodiscard]] runtime::task<status> write_row(const catalog::row_address& address,
                                                  const catalog::row_values& values);

    cluster::statement_book _statements;
    cluster::client& _cluster;
    std::chrono::steady_clock::time_point _told_at;
    bool _has_ports = true;  ///< what ScyllaDB's tables lack
};

}  // namespace nacre::gateway
