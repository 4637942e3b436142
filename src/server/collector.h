#pragma once

#include <vector>

#include <prometheus/collectable.h>

#include "query/engine.h"
#include "runtime/shard.h"
#include "server/shard_metrics.h"

namespace nacre::server {

/// Turns the figures of the shards into Prometheus' form. What it reads outlives it; Collect()
/// from any thread.
class collector : public prometheus::Collectable {
  public:
    collector(runtime::shard_group& shards, const query::engine& engine,
              const runtime::memory_account& memory, std::vector<const shard_metrics*> metrics)
        : _shards(shards), _engine(engine), _memory(memory), _metrics(std::move(metrics)) {}

    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

  private:
    runtime::shard_group& _shards;
    const query::engine& _engine;
    const runtime::memory_account& _memory;
    std::vector<const shard_metrics*> _metrics;
};

}  // namespace nacre::server
