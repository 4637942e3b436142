#include "main/sandbox_metrics.h"

#include <vector>

#include <prometheus/collectable.h>

#include "main/metric_families.h"

namespace nacre {

namespace {

class sandbox_metrics final : public prometheus::Collectable {
  public:
    explicit sandbox_metrics(const udf::wasm::wasm_engine& engine) : _engine(engine) {}

    std::vector<prometheus::MetricFamily> Collect() const override {
        const auto now = _engine.now();
        return {
            gauge("nacre_sandbox_guests", "User functions that have a sandbox now",
                  number(now.guests)),
            gauge("nacre_sandbox_guest_memory_bytes", "Memory of all of them",
                  number(now.guest_memory_bytes)),
            counter("nacre_sandbox_guest_calls_total",
                    "Calls of the server into running functions, of which each takes a batch",
                    number(now.guest_calls)),
            gauge("nacre_sandbox_code_bytes", "Machine code that is loaded",
                  number(now.code_bytes)),
            gauge("nacre_sandbox_code_modules", "Modules that are loaded",
                  number(now.code_modules)),
            counter("nacre_sandbox_code_hits_total", "Modules that a statement found loaded",
                    number(now.code_hits)),
            counter("nacre_sandbox_code_loads_total", "Modules loaded from their artefacts",
                    number(now.code_loads)),
            counter("nacre_sandbox_code_evictions_total",
                    "Modules dropped to make room or for being idle", number(now.code_evictions)),
            counter("nacre_sandbox_compilations_total", "Modules compiled",
                    number(now.compilations)),
            counter("nacre_sandbox_compilations_failed_total", "Modules that could not be compiled",
                    number(now.compilations_failed)),
            gauge("nacre_sandbox_compilations_waiting", "Modules being compiled or waiting for it",
                  number(now.compilations_waiting)),
            counter("nacre_sandbox_compile_seconds_total", "Time spent compiling, by the clock",
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
