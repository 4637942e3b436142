#pragma once

#include <chrono>
#include <string>

#include "base/uuid.h"
#include "catalog/schema_rows.h"
#include "cluster/client.h"
#include "cluster/statement_book.h"

namespace nacre::gateway {

/// Functions and aggregates as they are kept on the cluster, in a keyspace of their own:
///
///     nacre.definitions (part text, version uuid static, table_name text, row_key
///     frozen<list<blob>>,
///                     values map<text, blob>, primary key (part, table_name, row_key))
///     nacre.modules  (digest text, chunk int, data blob, size int, primary key (digest, chunk))
///     nacre.gateways (host_id uuid primary key, address inet, port int, data_center text,
///                     rack text, release_version text, schema_version uuid)
///
/// A row of `definitions` is a row of one of our system tables: its name, its key, and its values
/// by column. All of them lie in the partition 'functions', so that a change and the new version
/// are one conditional batch: a change that was planned against an older version is not applied. A
/// source over 64 KiB is in `modules`, in chunks compressed with LZ4 (`size` bytes before).
class function_store {
  public:
    /// `cluster` outlives it.
    explicit function_store(cluster::client& cluster) : _cluster(cluster) {}

    /// Creates the keyspace with this replication (a CQL map, or empty) and its tables where they
    /// are not there.
    runtime::task<status> prepare(const std::string& replication);

    /// The version alone, as of any change that was acknowledged before: cheaply, or once changes
    /// that are under way are settled.
    enum class sight : std::uint8_t { acknowledged, settled };
    runtime::task<result<uuid>> read_version(sight how = sight::acknowledged);

    struct contents {
        uuid version;
        catalog::row_set rows;
    };
    /// `known` are the sources that need not be read again, by digest.
    using sources = std::map<std::string, std::shared_ptr<const std::string>>;
    runtime::task<result<contents>> read(const sources& known);

    /// Applies the changes and gives the rows the version `next`, if they still have the version
    /// `expected`. False: somebody was faster. Where the cluster does not say in time whether it
    /// was applied, it is found out, and tried again.
    runtime::task<result<bool>> write(const catalog::row_changes& changes, const uuid& expected,
                                      const uuid& next);

    /// Removes sources that none of the rows is for and that were written longer ago than `age`.
    /// Who writes one again meanwhile loses nothing: only what was seen is removed, by its time.
    runtime::task<status> remove_unused(const catalog::row_set& rows, std::chrono::seconds age);

  private:
    runtime::task<status> write_source(const std::string& digest, bytes_view source);
    runtime::task<result<bytes>> read_source(const std::string& digest);

    cluster::client& _cluster;
    cluster::statement_book _statements{_cluster};
};

}  // namespace nacre::gateway
