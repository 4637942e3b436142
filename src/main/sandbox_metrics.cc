#include "main/sandbox_metrics.h"

#include <vector>

#include <prometheus/collectable.h>

#include "server/metric_family.h"

namespace nacre {

namespace {

using prometheus::MetricType;
using server::single;

class sandbox_metrics final : public prometheus::Collectable {
  public:
    explicit sandbox_metrics(const udf::wasm::wasm_engine& engine) : _engine(engine) {}

    std::vector<prometheus::MetricFamily> Collect() const override {
        const auto now = _engine.now();
        return {
            single("nacre_sandbox_guests", "User functions that have a sandbox now",
                   MetricType::Gauge, now.guests),
            single("nacre_sandbox_guest_memory_bytes", "Memory of all of them", MetricType::Gauge,
                   now.guest_memory_bytes),
            single("nacre_sandbox_guest_calls_total",
                   "Calls of the server into running functions, of which each takes a batch",
                   MetricType::Counter, now.guest_calls),
            single("nacre_sandbox_code_bytes", "Machine code that is loaded", MetricType::Gauge,
                   now.code_bytes),
            single("nacre_sandbox_code_modules", "Modules that are loaded", MetricType::Gauge,
                   now.code_modules),
            single("nacre_sandbox_code_hits_total", "Modules that a statement found loaded",
                   MetricType::Counter, now.code_hits),
            single("nacre_sandbox_code_loads_total", "Modules loaded from their artefacts",
                   MetricType::Counter, now.code_loads),
            single("nacre_sandbox_code_evictions_total",
                   "Modules dropped to make room or for being idle", MetricType::Counter,
                   now.code_evictions),
            single("nacre_sandbox_compilations_total", "Modules compiled", MetricType::Counter,
                   now.compilations),
            single("nacre_sandbox_compilations_failed_total", "Modules that could not be compiled",
                   MetricType::Counter, now.compilations_failed),
            single("nacre_sandbox_compilations_waiting", "Modules being compiled or waiting for it",
                   MetricType::Gauge, now.compilations_waiting),
            single("nacre_sandbox_compile_seconds_total", "Time spent compiling, by the clock",
                   MetricType::Counter, std::chrono::duration<double>(now.compile_time).count()),
        };
    }

  private:
    const udf::wasm::wasm_engine& _engine;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_sandbox_metrics(
    const udf::wasm::wasm_engine& engine) {
    return std::make_shared<sandbox_metrics>(engine);
}

}  // namespace nacre
