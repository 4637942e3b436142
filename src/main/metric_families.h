#pragma once

#include <cstdint>

#include <prometheus/metric_family.h>

namespace nacre {

/// A figure that goes up and down.
inline prometheus::MetricFamily gauge(const char* name, const char* help, double value) {
    prometheus::ClientMetric metric;
    metric.gauge.value = value;
    return {.name = name,
            .help = help,
            .type = prometheus::MetricType::Gauge,
            .metric = {std::move(metric)}};
}

/// One that only grows.
inline prometheus::MetricFamily counter(const char* name, const char* help, double value) {
    prometheus::ClientMetric metric;
    metric.counter.value = value;
    return {.name = name,
            .help = help,
            .type = prometheus::MetricType::Counter,
            .metric = {std::move(metric)}};
}

inline double number(std::uint64_t value) {
    return static_cast<double>(value);
}

}  // namespace nacre
