#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

/// Figures in Prometheus' form.
namespace nacre::server {

using labels = std::vector<prometheus::ClientMetric::Label>;

[[nodiscard]] inline prometheus::MetricFamily family(std::string name, std::string help,
                                                     prometheus::MetricType type) {
    prometheus::MetricFamily f;
    f.name = std::move(name);
    f.help = std::move(help);
    f.type = type;
    return f;
}

inline void add_number(prometheus::MetricFamily& f, double number, labels with = {}) {
    prometheus::ClientMetric metric;
    metric.label = std::move(with);
    if (f.type == prometheus::MetricType::Counter) {
        metric.counter.value = number;
    } else {
        metric.gauge.value = number;
    }
    f.metric.push_back(std::move(metric));
}

[[nodiscard]] inline prometheus::MetricFamily single(std::string name, std::string help,
                                                     prometheus::MetricType type, double number) {
    auto f = family(std::move(name), std::move(help), type);
    add_number(f, number);
    return f;
}

/// Buckets in powers of two of microseconds, the last without a bound.
template <typename Bucket>
void add_histogram(prometheus::MetricFamily& f, std::size_t bucket_count, Bucket&& bucket,
                   std::uint64_t total_ns, labels with = {}) {
    prometheus::ClientMetric metric;
    metric.label = std::move(with);
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < bucket_count; ++i) {
        cumulative += bucket(i);
        const bool last = i + 1 == bucket_count;
        metric.histogram.bucket.push_back(
            {cumulative, last ? std::numeric_limits<double>::infinity()
                              : static_cast<double>(std::uint64_t{1} << i) * 1e-6});
    }
    metric.histogram.sample_count = cumulative;
    metric.histogram.sample_sum = static_cast<double>(total_ns) * 1e-9;
    f.metric.push_back(std::move(metric));
}

}  // namespace nacre::server
