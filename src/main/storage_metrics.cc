#include "main/storage_metrics.h"

#include <vector>

#include <prometheus/collectable.h>

#include "server/metric_family.h"

namespace nacre {

namespace {

using prometheus::MetricType;
using server::single;

class storage_metrics final : public prometheus::Collectable {
  public:
    explicit storage_metrics(const storage::rocks_store& store) : _store(store) {}

    std::vector<prometheus::MetricFamily> Collect() const override {
        const auto now = _store.memory();
        return {
            single("nacre_storage_block_cache_bytes", "Data read from disk that is kept",
                   MetricType::Gauge, now.block_cache),
            single("nacre_storage_memtable_bytes",
                   "Rows written lately, with those on their way to a file or read by scans",
                   MetricType::Gauge, now.memtables),
            single("nacre_storage_table_reader_bytes", "Indexes and filters of files",
                   MetricType::Gauge, now.table_readers),
        };
    }

  private:
    const storage::rocks_store& _store;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_storage_metrics(const storage::rocks_store& store) {
    return std::make_shared<storage_metrics>(store);
}

}  // namespace nacre
