#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "runtime/reclaimer.h"
#include "storage/table_store.h"

namespace nacre::catalog {

/// A row of a table that is not stored: serialised values by column name, those of the key among
/// them. A column that is not there is null.
using live_row = std::map<std::string, bytes, std::less<>>;

/// Makes the rows of one table when it is read, on the shard that reads. `partitions` names those
/// that are asked for, null means all; rows of others are ignored, so it only saves work. It
/// outlives the task.
using live_rows =
    std::function<runtime::task<std::vector<live_row>>(const std::vector<data::partition_key>*)>;

/// A table_store in which some of the system tables have no stored rows but tell what the server
/// does at the moment. They are read like any other table: in the order of their keys, filtered,
/// by page; each page sees the rows as they are then. All else is `under`'s.
class live_tables final : public storage::table_store {
  public:
    /// `under` outlives it.
    explicit live_tables(storage::table_store& under) : _under(under) {}

    /// The rows of this system table come from `rows` from now on. Before the server serves: tables
    /// are looked up without a lock.
    void provide(std::string_view keyspace, std::string_view table, live_rows rows);

    [[nodiscard]] result<std::unique_ptr<storage::scan_cursor>> scan(
        storage::scan_request request) override;
    runtime::task<status> apply(std::vector<data::mutation> mutations,
                                runtime::cancellation_ptr until) override;
    runtime::task<status> truncate(schema::table_ptr table) override;
    [[nodiscard]] runtime::task<result<storage::size_estimate>> estimate(
        schema::table_ptr table, data::token_range range) override;
    runtime::task<status> close() override;

  private:
    storage::table_store& _under;
    std::map<std::uint32_t, live_rows> _by_storage_id;
    runtime::reclaimer _garbage;  ///< of reads: thousands of rows at once
};

}  // namespace nacre::catalog
