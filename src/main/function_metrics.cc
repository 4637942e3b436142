#include "main/function_metrics.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <prometheus/collectable.h>

#include "server/metric_family.h"

namespace nacre {

namespace {

using entry = udf::statistics_registry::entry;
using prometheus::MetricType;
using server::labels;
using server::single;

// A row of the page: one function, or all that have no row of their own.
struct page_row {
    labels label;
    std::vector<const udf::function_statistics*> counted;

    template <typename Figure>
    [[nodiscard]] double sum(Figure figure) const {
        double total = 0;
        for (const auto* each : counted) total += static_cast<double>(figure(*each));
        return total;
    }
};

labels labels_of(const entry& function) {
    std::string types;
    for (const auto& type : function.argument_types) {
        if (!types.empty()) types += ", ";
        types += type->to_cql_without_frozen();
    }
    return {{"keyspace", function.keyspace},
            {"function", function.name + "(" + types + ")"},
            {"language", function.version.language}};
}

std::vector<page_row> rows_of(const std::vector<entry>& functions) {
    std::vector<page_row> rows;
    page_row others{.label = {{"keyspace", ""}, {"function", "(others)"}, {"language", ""}},
                    .counted = {}};
    for (const auto& each : functions) {
        const auto* statistics = each.statistics.get();
        if (statistics->setup.has_own_metrics) {
            rows.push_back({.label = labels_of(each), .counted = {statistics}});
        } else {
            others.counted.push_back(statistics);
        }
    }
    if (!others.counted.empty()) rows.push_back(std::move(others));
    return rows;
}

using figure = std::function<double(const udf::function_statistics&)>;

prometheus::MetricFamily family(const char* name, const char* help, MetricType type,
                                const std::vector<page_row>& rows, const figure& value) {
    prometheus::MetricFamily result{.name = name, .help = help, .type = type, .metric = {}};
    for (const auto& row : rows) {
        prometheus::ClientMetric metric;
        metric.label = row.label;
        (type == MetricType::Gauge ? metric.gauge.value : metric.counter.value) = row.sum(value);
        result.metric.push_back(std::move(metric));
    }
    return result;
}

prometheus::MetricFamily failures(const std::vector<page_row>& rows) {
    prometheus::MetricFamily result{.name = "nacre_function_errors_total",
                                    .help = "Statements that a user function failed",
                                    .type = MetricType::Counter,
                                    .metric = {}};
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < udf::failure_kind_names.size(); ++i) {
            const auto kind = static_cast<udf::failure_kind>(i);
            const auto count =
                row.sum([kind](const udf::function_statistics& f) { return f.failures(kind); });
            // Most functions fail in one or two ways in their lives.
            if (count == 0) continue;
            prometheus::ClientMetric metric;
            metric.label = row.label;
            metric.label.push_back({"kind", std::string(name_of(kind))});
            metric.counter.value = count;
            result.metric.push_back(std::move(metric));
        }
    }
    return result;
}

// Bounds of 16 us, 64 us, 256 us, ..., 17 s.
constexpr std::uint32_t first_power = 4;
constexpr std::uint32_t last_power = 24;

prometheus::MetricFamily durations(const std::vector<page_row>& rows) {
    prometheus::MetricFamily result{
        .name = "nacre_function_call_duration_seconds",
        .help = "How long a batch took, the turns of other work in between included",
        .type = MetricType::Histogram,
        .metric = {}};
    for (const auto& row : rows) {
        prometheus::ClientMetric metric;
        metric.label = row.label;
        auto& histogram = metric.histogram;
        for (auto power = first_power; power <= last_power; power += 2) {
            const auto below = row.sum([power](const udf::function_statistics& f) {
                return f.latency.count_below_power_of_two(power);
            });
            histogram.bucket.push_back(
                {.cumulative_count = static_cast<std::uint64_t>(below),
                 .upper_bound = static_cast<double>(std::uint64_t{1} << power) / 1e6});
        }
        histogram.sample_count = static_cast<std::uint64_t>(
            row.sum([](const udf::function_statistics& f) { return f.latency.count(); }));
        histogram.sample_sum = row.sum([](const udf::function_statistics& f) {
            return f.latency.total().count();
        }) / 1e9;
        result.metric.push_back(std::move(metric));
    }
    return result;
}

class function_metrics final : public prometheus::Collectable {
  public:
    function_metrics(const udf::statistics_registry& functions, const udf::capture_store& captures)
        : _functions(functions), _captures(captures) {}

    std::vector<prometheus::MetricFamily> Collect() const override {
        const auto functions = _functions.snapshot();
        const auto rows = rows_of(functions);
        auto families = figures(rows);
        if (!rows.empty()) {
            families.push_back(failures(rows));
            families.push_back(durations(rows));
        }
        families.push_back(single("nacre_function_captures_total", "Calls written to a file",
                                  MetricType::Counter, static_cast<double>(_captures.written())));
        families.push_back(single("nacre_function_captures_dropped_total",
                                  "Calls that were to be captured, but too many at once",
                                  MetricType::Counter, static_cast<double>(_captures.dropped())));
        return families;
    }

  private:
    static std::vector<prometheus::MetricFamily> figures(const std::vector<page_row>& rows) {
        using figures_of = udf::function_statistics;
        struct described {
            const char* name;
            const char* help;
            MetricType type;
            figure value;
        };
        static const std::vector<described> all = {
            {"nacre_function_statements_total", "Statements that called a function, by shard",
             MetricType::Counter, [](const figures_of& f) { return f.statements.load(); }},
            {"nacre_function_calls_total", "Batches handed to a user function", MetricType::Counter,
             [](const figures_of& f) { return f.calls.load(); }},
            {"nacre_function_rows_total", "Rows for which a user function was called",
             MetricType::Counter, [](const figures_of& f) { return f.rows.load(); }},
            {"nacre_function_cpu_seconds_total", "CPU time spent inside a user function",
             MetricType::Counter,
             [](const figures_of& f) { return static_cast<double>(f.cpu_ns.load()) / 1e9; }},
            {"nacre_function_memory_peak_bytes",
             "The most memory that one instance of a user function had", MetricType::Gauge,
             [](const figures_of& f) { return f.memory_bytes_peak.load(); }},
            {"nacre_function_log_lines_total", "Lines that a user function wrote",
             MetricType::Counter, [](const figures_of& f) { return f.log_lines.load(); }},
            {"nacre_function_log_bytes_total", "Bytes of these lines", MetricType::Counter,
             [](const figures_of& f) { return f.log_bytes.load(); }},
            {"nacre_function_log_bytes_dropped_total",
             "Output beyond what a statement may write, kept nowhere", MetricType::Counter,
             [](const figures_of& f) { return f.log_bytes_dropped.load(); }},
            {"nacre_function_log_lines_hidden_total",
             "Lines kept out of the server's log because there were too many", MetricType::Counter,
             [](const figures_of& f) { return f.log_lines_hidden.load(); }},
            {"nacre_function_quarantines_total", "How often a function came under quarantine",
             MetricType::Counter, [](const figures_of& f) { return f.refusals.times(); }},
            {"nacre_function_quarantined", "Whether a function is under quarantine",
             MetricType::Gauge,
             [](const figures_of& f) { return f.refusals.until().has_value() ? 1 : 0; }},
        };
        std::vector<prometheus::MetricFamily> families;
        if (rows.empty()) return families;
        for (const auto& each : all) {
            families.push_back(family(each.name, each.help, each.type, rows, each.value));
        }
        return families;
    }

    const udf::statistics_registry& _functions;
    const udf::capture_store& _captures;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_function_metrics(
    const udf::statistics_registry& functions, const udf::capture_store& captures) {
    return std::make_shared<function_metrics>(functions, captures);
}

}  // namespace nacre
