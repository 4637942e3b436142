#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "auth/authority.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "query/trace.h"
#include "runtime/admission.h"
#include "runtime/cancellation.h"
#include "runtime/memory_account.h"
#include "runtime/task.h"
#include "schema/snapshot.h"
#include "types/type.h"

namespace nacre::query {

/// A value for a bind marker as the client sent it. Null and unset differ (protocol v4+).
struct bound_value {
    enum class kind : std::uint8_t { value, null, unset };
    kind what = kind::null;
    bytes data;
};

/// What comes with QUERY, EXECUTE and BATCH (native protocol v5, 4.1.4).
struct query_options {
    std::uint16_t consistency = 1;
    std::uint16_t serial_consistency = 8;
    std::vector<bound_value> values;
    std::vector<std::string> value_names;  ///< as many as values, or none
    bool skip_metadata = false;
    std::int32_t page_size = 0;  ///< rows; 0 or less: everything in one page
    std::optional<bytes> paging_state;
    std::optional<std::int64_t> default_timestamp_us;
    std::optional<std::int32_t> now_seconds;
    std::optional<std::string> keyspace;  ///< overrides the session's for this statement (v5)
    trace_ptr traced;                     ///< told what happens; null if nobody asked
    runtime::cancellation_ptr until;      ///< ends the work early; null if nothing does
    /// What the request takes, to which its results are added; null: nobody counts. Belongs to the
    /// shard and outlives the execution.
    runtime::memory_account::share* memory = nullptr;
    std::shared_ptr<storage::identity> reader;  ///< as whom rows are read
};

/// A connection's state that statements read and USE changes. Owned by the session, used on its
/// shard only.
struct session_state {
    std::string keyspace;
    std::uint8_t protocol_version = 5;
    /// Who the client is, as known when its last request began; a request takes a copy. Null:
    /// everything is allowed.
    auth::principal_ptr who;
    /// As whom the client uses a store that knows users; null: as the server.
    std::shared_ptr<storage::identity> identity;
};

struct column_specification {
    std::string keyspace;
    std::string table;
    std::string name;
    types::type_ptr type;
};

/// What a result's rows look like. Immutable, shared by a prepared statement's executions.
struct result_metadata {
    std::vector<column_specification> columns;
    /// A digest of the columns: tells a v5 client that its cached metadata is stale.
    bytes id;
};
using result_metadata_ptr = std::shared_ptr<const result_metadata>;

struct void_result {};
struct rows_result {
    result_metadata_ptr metadata;
    std::uint32_t row_count = 0;
    /// Row after row, each cell as the protocol's [bytes]: i32 size (-1 null) and the value.
    bytes content;
    std::optional<bytes> paging_state;  ///< more rows follow
    bool metadata_changed = false;      ///< since the statement was prepared: it must be sent
};
struct set_keyspace_result {
    std::string keyspace;
};
struct schema_change_result {
    schema::change change;
};

struct response {
    std::variant<void_result, rows_result, set_keyspace_result, schema_change_result> body;
    std::vector<std::string> warnings;
};

/// Answer to PREPARE.
struct prepared_response {
    bytes id;
    std::vector<column_specification> markers;
    std::vector<std::uint16_t> partition_key_indices;  ///< empty if not all are markers
    result_metadata_ptr metadata;                      ///< no columns if there are no rows
};

/// One entry of a BATCH: a prepared id, or a text.
struct prepared_id {
    bytes value;
};
struct batch_entry {
    std::variant<prepared_id, std::string> statement;
    std::vector<bound_value> values;
    std::vector<std::string> value_names;
};
enum class batch_kind : std::uint8_t { logged, unlogged, counter };

/// Figures for the metrics page, summed over shards.
struct statistics {
    std::uint64_t statements = 0;
    std::uint64_t errors = 0;
    std::uint64_t rows_read = 0;
    std::uint64_t rows_returned = 0;
    std::uint64_t prepared_statements = 0;
    std::uint64_t prepared_executed = 0;  ///< executions by id
    std::uint64_t regular_executed = 0;   ///< executions of a text
    std::uint64_t prepared_evicted = 0;   ///< statements that made room, on the first shard
    /// Statements that call users' functions: running, waiting for a place, refused ever.
    std::uint64_t function_statements_running = 0;
    std::uint64_t function_statements_waiting = 0;
    std::uint64_t function_statements_refused = 0;
};

/// A statement that is being executed.
struct running_statement {
    std::uint32_t shard = 0;
    std::uint64_t number = 0;  ///< of its shard since the start
    std::chrono::microseconds running_us{};
    std::string task;  ///< its kind and text
};

/// A statement that clients may execute by its id.
struct kept_statement {
    bytes id;
    std::string keyspace;  ///< may be empty
    std::string text;
};

/// Executes statements. One per process; every call runs on the caller's shard and may spread over
/// others. Errors are values; only bugs throw.
class engine {
  public:
    virtual ~engine() = default;

    virtual runtime::task<result<response>> execute(session_state& session, std::string text,
                                                    query_options options) = 0;
    virtual runtime::task<result<prepared_response>> prepare(
        session_state& session, std::string text, std::optional<std::string> keyspace) = 0;
    /// `result_metadata_id` is what a v5 client believes; empty below v5.
    virtual runtime::task<result<response>> execute_prepared(session_state& session, bytes id,
                                                             bytes result_metadata_id,
                                                             query_options options) = 0;
    virtual runtime::task<result<response>> execute_batch(session_state& session, batch_kind kind,
                                                          std::vector<batch_entry> entries,
                                                          query_options options) = 0;
    /// Waits for one of the places for statements that call users' functions, on this shard and for
    /// the role that the caller works for. Errors as those of runtime::admission::enter.
    [[nodiscard]] virtual runtime::task<result<runtime::admission::place>> enter_functions(
        runtime::cancellation_ptr until) = 0;
    /// Writes a finished trace where its client will look for it. A trace that can't be written is
    /// lost: it never fails the request that it is of.
    virtual runtime::task<void> keep(const trace& finished) = 0;
    [[nodiscard]] virtual statistics totals() const = 0;
    /// What every shard executes now.
    [[nodiscard]] virtual runtime::task<std::vector<running_statement>> running() = 0;
    /// The prepared statements of this shard.
    [[nodiscard]] virtual runtime::task<std::vector<kept_statement>> prepared() = 0;
};

struct engine_options {
    /// How long CREATE AGGREGATE may try a REDUCEFUNC on samples; 0: not at all.
    std::uint32_t law_check_ms_max = 100;
    /// How long statements may take that read their partitions, and those that write; others may
    /// take as long as the request.
    std::uint32_t read_timeout_ms = 5'000;
    std::uint32_t write_timeout_ms = 5'000;
    /// Statements that call users' functions, on each shard: at once, and waiting for a place.
    std::uint32_t function_statements_max = 128;
    std::uint32_t function_statements_waiting_max = 1'024;
    /// Of those the ones of one role, where clients log in.
    std::uint32_t function_statements_per_role_max = 64;
    std::uint32_t function_statements_waiting_per_role_max = 512;
    /// Null: everything is allowed, and statements about roles are refused. Outlives the engine.
    auth::authority* roles = nullptr;
};

[[nodiscard]] std::unique_ptr<engine> make_engine(runtime::shard_group& shards,
                                                  catalog::catalog& schema,
                                                  storage::table_store& store,
                                                  const engine_options& options = {});

}  // namespace nacre::query
