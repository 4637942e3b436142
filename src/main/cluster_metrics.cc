#include "main/cluster_metrics.h"

#include <prometheus/collectable.h>

#include "server/metric_family.h"

namespace nacre {

namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;
using server::single;

class cluster_metrics final : public prometheus::Collectable {
  public:
    cluster_metrics(const cluster::client& cluster, const cluster::figures& counted,
                    const gateway::cluster_catalog& schema, const gateway::cluster_authority* roles)
        : _cluster(cluster), _counted(counted), _schema(schema), _roles(roles) {}

    std::vector<MetricFamily> Collect() const override {
        auto all = requests();
        const auto nodes = _cluster.current_nodes();
        all.push_back(single("nacre_cluster_nodes", "Nodes of the cluster that are known.",
                             MetricType::Gauge, nodes.known));
        all.push_back(single("nacre_cluster_nodes_up", "Nodes that there is a connection to.",
                             MetricType::Gauge, nodes.live.size()));
        all.push_back(single("nacre_cluster_pages_read_total",
                             "Pages read for statements that call functions.", MetricType::Counter,
                             sum([](const auto& each) { return each.pages_read.value(); })));
        all.push_back(single("nacre_cluster_rows_read_total",
                             "Rows read for statements that call functions.", MetricType::Counter,
                             sum([](const auto& each) { return each.rows_read.value(); })));
        all.push_back(single("nacre_cluster_schema_reads_total",
                             "How often the cluster's schema was read.", MetricType::Counter,
                             _schema.schema_reads()));
        if (_roles != nullptr) add_logins(all);
        return all;
    }

  private:
    template <typename Figure>
    [[nodiscard]] std::uint64_t sum(Figure figure) const {
        std::uint64_t total = 0;
        for (const auto& each : _counted) total += figure(each);
        return total;
    }

    [[nodiscard]] std::vector<MetricFamily> requests() const {
        auto durations =
            server::family("nacre_cluster_request_duration_seconds",
                           "Time until the cluster had answered a request.", MetricType::Histogram);
        auto errors = server::family("nacre_cluster_request_errors_total",
                                     "Requests that the cluster or its connections failed.",
                                     MetricType::Counter);
        for (std::size_t kind = 0; kind < cluster::request_kind_names.size(); ++kind) {
            const server::labels with{{"kind", std::string(cluster::request_kind_names[kind])}};
            server::add_histogram(
                durations, runtime::duration_histogram::bucket_count,
                [&](std::size_t i) {
                    return sum(
                        [&](const auto& each) { return each.requests[kind].durations.bucket(i); });
                },
                sum([&](const auto& each) { return each.requests[kind].durations.total_ns(); }),
                with);
            const auto failed =
                sum([&](const auto& each) { return each.requests[kind].errors.value(); });
            server::add_number(errors, static_cast<double>(failed), with);
        }
        std::vector<MetricFamily> both;
        both.push_back(std::move(durations));
        both.push_back(std::move(errors));
        return both;
    }

    void add_logins(std::vector<MetricFamily>& to) const {
        to.push_back(single("nacre_cluster_users",
                            "Users that the cluster is used as, besides the gateway's account.",
                            MetricType::Gauge, _roles->users()));
        auto logins = server::family("nacre_cluster_logins_total", "Logins by what came of them.",
                                     MetricType::Counter);
        const auto had = _roles->logins();
        for (const auto& [outcome, count] : {std::pair("succeeded", had.succeeded),
                                             {"refused", had.refused},
                                             {"turned_away", had.turned_away}}) {
            server::add_number(logins, static_cast<double>(count), {{"outcome", outcome}});
        }
        to.push_back(std::move(logins));
    }

    const cluster::client& _cluster;
    const cluster::figures& _counted;
    const gateway::cluster_catalog& _schema;
    const gateway::cluster_authority* const _roles;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_cluster_metrics(
    const cluster::client& cluster, const cluster::figures& counted,
    const gateway::cluster_catalog& schema, const gateway::cluster_authority* roles) {
    return std::make_shared<cluster_metrics>(cluster, counted, schema, roles);
}

}  // namespace nacre
