#include "main/sandbox_metrics.h"

#include <vector>

#include <prometheus/collectable.h>

#include "server/metric_family.h"

namespace nacre {

namespace {

using server::counter_of;
using server::gauge;

class sandbox_metrics final : public prometheus::Collectable {
  public:
    explicit sandbox_metrics(const udf::wasm::wasm_engine& engine) : _engine(engine) {}

    std::vector<prometheus::MetricFamily> Collect() const override {
        const auto now = _engine.now();
        return {
            gauge("nacre_sandbox_guests", "User functions that have a sandbox now",
                  static_cast<double>(now.guests)),
            gauge("nacre_sandbox_guest_memory_bytes", "Memory of all of them",
                  static_cast<double>(now.guest_memory_bytes)),
            counter_of("nacre_sandbox_guest_calls_total",
                       "Calls of the server into running functions, of which each takes a batch",
                       static_cast<double>(now.guest_calls)),
            gauge("nacre_sandbox_code_bytes", "Machine code that is loaded",
                  static_cast<double>(now.code_bytes)),
            gauge("nacre_sandbox_code_modules", "Modules that are loaded",
                  static_cast<double>(now.code_modules)),
            counter_of("nacre_sandbox_code_hits_total", "Modules that a statement found loaded",
                       static_cast<double>(now.code_hits)),
            counter_of("nacre_sandbox_code_loads_total", "Modules loaded from their artefacts",
                       static_cast<double>(now.code_loads)),
            counter_of("nacre_sandbox_code_evictions_total",
                       "Modules dropped to make room or for being idle",
                       static_cast<double>(now.code_evictions)),
            counter_of("nacre_sandbox_compilations_total", "Modules compiled",
                       static_cast<double>(now.compilations)),
            counter_of("nacre_sandbox_compilations_failed_total",
                       "Modules that could not be compiled",
                       static_cast<double>(now.compilations_failed)),
            gauge("nacre_sandbox_compilations_waiting", "Modules being compiled or waiting for it",
                  static_cast<double>(now.compilations_waiting)),
            counter_of("nacre_sandbox_compile_seconds_total", "Time spent compiling, by the clock",
                       std::chrono::duration<double>(now.compile_time).count()),
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
