#include "server/collector.h"

#include <fmt/format.h>

#include "server/metric_family.h"

namespace nacre::server {

namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

template <typename Member>
std::uint64_t sum(const std::vector<const shard_metrics*>& shards, Member&& member) {
    std::uint64_t total = 0;
    for (const auto* each : shards) total += member(*each);
    return total;
}

MetricFamily requests(const std::vector<const shard_metrics*>& shards) {
    auto f = family("nacre_requests_total", "Requests by opcode.", MetricType::Counter);
    for (std::size_t op = 0; op <= protocol::opcode_count; ++op) {
        const auto count = sum(shards, [&](const auto& m) { return m.requests[op].value(); });
        const auto name = protocol::to_string(static_cast<protocol::opcode>(op));
        if (count != 0) {
            add_number(f, static_cast<double>(count), {{"opcode", std::string(name)}});
        }
    }
    return f;
}

MetricFamily errors(const std::vector<const shard_metrics*>& shards) {
    auto f = family("nacre_errors_total", "Error answers by code.", MetricType::Counter);
    for (std::size_t i = 0; i < std::size(counted_errors); ++i) {
        const auto count = sum(shards, [&](const auto& m) { return m.errors[i].value(); });
        const auto code = fmt::format("{:#06x}", static_cast<int>(counted_errors[i]));
        if (count != 0) add_number(f, static_cast<double>(count), {{"code", code}});
    }
    return f;
}

double seconds(std::chrono::nanoseconds duration) {
    return static_cast<double>(duration.count()) * 1e-9;
}

std::vector<MetricFamily> groups(const runtime::shard_group& shards) {
    auto cpu = family("nacre_scheduling_group_seconds_total",
                      "Time that the turns of a group had on a shard.", MetricType::Counter);
    auto turns = family("nacre_scheduling_group_turns_total", "Turns of a group on a shard.",
                        MetricType::Counter);
    auto waiting = family("nacre_scheduling_group_waiting",
                          "Work of a group that waits for its turn on a shard.", MetricType::Gauge);
    auto wait = family("nacre_scheduling_group_wait_longest_seconds",
                       "The longest that work of a group waited for its turn on a shard.",
                       MetricType::Gauge);
    for (std::uint32_t id = 0; id < shards.size(); ++id) {
        for (std::size_t i = 0; i < runtime::scheduling_group_count; ++i) {
            const auto had = shards.at(id).groups().of(static_cast<runtime::scheduling_group>(i));
            const labels with{{"group", std::string(runtime::scheduling_group_names[i])},
                              {"shard", fmt::format("{}", id)}};
            add_number(cpu, seconds(had.cpu), with);
            add_number(turns, static_cast<double>(had.turns), with);
            add_number(waiting, static_cast<double>(had.waiting), with);
            add_number(wait, seconds(had.longest_wait), with);
        }
    }
    return {std::move(cpu), std::move(turns), std::move(waiting), std::move(wait)};
}

}  // namespace

std::vector<MetricFamily> collector::Collect() const {
    std::vector<MetricFamily> all;
    all.push_back(requests(_metrics));
    all.push_back(errors(_metrics));

    auto durations =
        family("nacre_request_duration_seconds",
               "Time from a whole request to its answer being queued.", MetricType::Histogram);
    add_histogram(
        durations, duration_histogram::bucket_count,
        [&](std::size_t i) {
            return sum(_metrics, [i](const auto& m) { return m.request_durations.bucket(i); });
        },
        sum(_metrics, [](const auto& m) { return m.request_durations.total_ns(); }));
    all.push_back(std::move(durations));

    all.push_back(single("nacre_connections", "Open client connections.", MetricType::Gauge,
                         sum(_metrics, [](const auto& m) { return m.connections_open.value(); })));
    all.push_back(
        single("nacre_connections_opened_total", "Connections accepted.", MetricType::Counter,
               sum(_metrics, [](const auto& m) { return m.connections_opened.value(); })));
    all.push_back(
        single("nacre_connections_broken_total",
               "Connections closed because their bytes were not the protocol.", MetricType::Counter,
               sum(_metrics, [](const auto& m) { return m.connections_broken.value(); })));
    all.push_back(
        single("nacre_tls_handshakes_failed_total",
               "Connections closed because they did not come to speak TLS.", MetricType::Counter,
               sum(_metrics, [](const auto& m) { return m.tls_handshakes_failed.value(); })));
    all.push_back(single("nacre_received_bytes_total", "Bytes from clients.", MetricType::Counter,
                         sum(_metrics, [](const auto& m) { return m.received_bytes.value(); })));
    all.push_back(single("nacre_sent_bytes_total", "Bytes to clients.", MetricType::Counter,
                         sum(_metrics, [](const auto& m) { return m.sent_bytes.value(); })));

    const auto totals = _engine.totals();
    all.push_back(single("nacre_statements_total", "Statements executed.", MetricType::Counter,
                         totals.statements));
    all.push_back(single("nacre_statement_errors_total", "Statements that failed.",
                         MetricType::Counter, totals.errors));
    all.push_back(single("nacre_rows_read_total", "Rows read from storage.", MetricType::Counter,
                         totals.rows_read));
    all.push_back(single("nacre_rows_returned_total", "Rows in results.", MetricType::Counter,
                         totals.rows_returned));
    all.push_back(single("nacre_prepared_statements", "Prepared statements held.",
                         MetricType::Gauge, totals.prepared_statements));
    all.push_back(single("nacre_function_statements_running",
                         "Statements that call user functions, under way.", MetricType::Gauge,
                         totals.function_statements_running));
    all.push_back(single("nacre_function_statements_waiting",
                         "Statements that call user functions, waiting for a place.",
                         MetricType::Gauge, totals.function_statements_waiting));
    all.push_back(single("nacre_function_statements_refused_total",
                         "Statements that call user functions, refused because too many waited.",
                         MetricType::Counter, totals.function_statements_refused));
    all.push_back(single("nacre_request_memory_bytes",
                         "Memory of requests and of answers that wait to be sent.",
                         MetricType::Gauge, _memory.bytes()));
    all.push_back(single("nacre_request_memory_refused_total",
                         "Requests refused because there was no memory left for them.",
                         MetricType::Counter, _memory.refused()));

    auto turns = family("nacre_loop_turn_duration_seconds",
                        "How long each turn of a shard's event loop took.", MetricType::Histogram);
    auto longest = family("nacre_loop_turn_longest_seconds",
                          "The longest turn of a shard's event loop.", MetricType::Gauge);
    auto turns_cpu = family("nacre_loop_turn_cpu_seconds",
                            "Processor time of each turn of a shard's event loop, at most.",
                            MetricType::Histogram);
    auto longest_cpu =
        family("nacre_loop_turn_longest_cpu_seconds",
               "The most processor time of a turn of a shard's event loop.", MetricType::Gauge);
    for (std::uint32_t id = 0; id < _shards.size(); ++id) {
        const auto& watch = _shards.at(id).loop_turns();
        const labels with{{"shard", fmt::format("{}", id)}};
        add_histogram(
            turns, runtime::stall_watch::bucket_count,
            [&](std::size_t i) { return watch.turns().bucket(i); },
            static_cast<std::uint64_t>(watch.turns().total().count()), with);
        add_histogram(
            turns_cpu, runtime::stall_watch::bucket_count,
            [&](std::size_t i) { return watch.cpu().bucket(i); },
            static_cast<std::uint64_t>(watch.cpu().total().count()), with);
        add_number(longest, seconds(watch.turns().longest()), with);
        add_number(longest_cpu, seconds(watch.cpu().longest()), with);
    }
    for (auto* each : {&turns, &longest, &turns_cpu, &longest_cpu}) {
        all.push_back(std::move(*each));
    }
    for (auto& each : groups(_shards)) all.push_back(std::move(each));
    return all;
}

}  // namespace nacre::server
