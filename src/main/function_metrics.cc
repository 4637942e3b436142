#include "main/function_metrics.h"

#include <functional>
#include <string>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

namespace nacre {

namespace {

using entry = udf::statistics_registry::entry;

std::vector<prometheus::ClientMetric::Label> labels_of(const entry& function) {
    std::string types;
    for (const auto& type : function.argument_types) {
        if (!types.empty()) types += ", ";
        types += type;
    }
    return {{"keyspace", function.keyspace},
            {"function", function.name + "(" + types + ")"},
            {"language", function.language}};
}

prometheus::MetricFamily family(const char* name, const char* help, prometheus::MetricType type,
                                const std::vector<entry>& functions,
                                const std::function<double(const entry&)>& value) {
    prometheus::MetricFamily result;
    result.name = name;
    result.help = help;
    result.type = type;
    for (const auto& function : functions) {
        prometheus::ClientMetric metric;
        metric.label = labels_of(function);
        if (type == prometheus::MetricType::Gauge) {
            metric.gauge.value = value(function);
        } else {
            metric.counter.value = value(function);
        }
        result.metric.push_back(std::move(metric));
    }
    return result;
}

class function_metrics final : public prometheus::Collectable {
  public:
    explicit function_metrics(const udf::statistics_registry& functions) : _functions(functions) {}

    std::vector<prometheus::MetricFamily> Collect() const override {
        using prometheus::MetricType;
        const auto functions = _functions.snapshot();
        if (functions.empty()) return {};
        return {
            family("nacre_function_calls_total", "Batches handed to a user function",
                   MetricType::Counter, functions, [](const entry& f) { return f.calls; }),
            family("nacre_function_rows_total", "Rows for which a user function was called",
                   MetricType::Counter, functions, [](const entry& f) { return f.rows; }),
            family("nacre_function_errors_total", "Statements that a user function failed",
                   MetricType::Counter, functions, [](const entry& f) { return f.errors; }),
            family("nacre_function_cpu_seconds_total", "CPU time spent inside a user function",
                   MetricType::Counter, functions,
                   [](const entry& f) { return static_cast<double>(f.cpu_ns) / 1e9; }),
            family("nacre_function_memory_peak_bytes",
                   "The most memory that one instance of a user function had", MetricType::Gauge,
                   functions, [](const entry& f) { return f.memory_bytes_peak; }),
        };
    }

  private:
    const udf::statistics_registry& _functions;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_function_metrics(
    const udf::statistics_registry& functions) {
    return std::make_shared<function_metrics>(functions);
}

}  // namespace nacre
