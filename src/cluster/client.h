#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/uuid.h"
#include "cluster/figures.h"
#include "data/token.h"
#include "protocol/response.h"
#include "runtime/memory_account.h"
#include "runtime/task.h"
#include "storage/identity.h"

namespace nacre::cluster {

/// How an existing cluster is reached.
struct client_options {
    std::vector<std::string> contact_points;  ///< "host" or "host:port"; empty: there is no cluster
    std::string user;                         ///< empty: no authentication
    std::string password;
    bool tls = false;
    std::string tls_ca;           ///< PEM file; empty: the system's authorities
    std::string tls_certificate;  ///< PEM file; empty: none is shown
    std::string tls_key;
    std::string data_center;  ///< whose nodes are preferred; empty: the first contact's
    std::uint32_t threads = 2;
    std::uint32_t connections_per_node = 1;
    /// Of all scans together; more wait for their turn.
    std::uint32_t range_reads_per_node = 8;
    std::uint32_t request_timeout_ms = 30'000;
    std::uint32_t speculative_after_ms = 0;  ///< until another node is asked too; 0: never
};

/// What goes with a statement besides its values (native protocol v4, 4.1.4).
struct request_terms {
    std::uint16_t consistency = 1;
    std::uint16_t serial_consistency = 8;
    std::int32_t page_size = 0;  ///< rows; 0 or less: everything at once
    bytes paging_state;          ///< empty: from the start
    std::optional<std::int64_t> timestamp_us;
    bool tracing = false;
    /// May be sent again though it may have been executed.
    bool idempotent = false;
    /// Of a read of a range of the ring, if executed: it goes to an owner of this token that is
    /// near, once it has a place there.
    std::optional<data::token> range_token;
};

/// The [value]s of a request, one after the other, as the protocol has them.
class request_values {
  public:
    void add(bytes_view value);
    void add_null();
    void add_unset();
    [[nodiscard]] bytes_view content() const { return _content; }

  private:
    bytes _content;
};

namespace driver {
struct Reply;
struct Prepared;
}  // namespace driver

/// A statement that the cluster has prepared. Immutable, from any shard.
class prepared {
  public:
    explicit prepared(std::unique_ptr<struct prepared_handle> handle);
    ~prepared();
    prepared(const prepared&) = delete;

    [[nodiscard]] const std::vector<protocol::column>& markers() const { return _markers; }
    /// Of the markers that are the partition key, in its order; empty if not all are markers.
    [[nodiscard]] const std::vector<std::uint16_t>& partition_key_indices() const {
        return _partition_key_indices;
    }
    /// None if it gives no rows.
    [[nodiscard]] const std::vector<protocol::column>& columns() const { return _columns; }
    [[nodiscard]] const driver::Prepared& handle() const;

  private:
    std::unique_ptr<prepared_handle> _handle;
    std::vector<protocol::column> _markers;
    std::vector<std::uint16_t> _partition_key_indices;
    std::vector<protocol::column> _columns;
};
using prepared_ptr = std::shared_ptr<const prepared>;

/// An answer without an error; owns the frame in which it came, whose bytes are counted until then.
/// On the shard that asked.
class reply {
  public:
    explicit reply(std::unique_ptr<struct reply_handle> handle);
    ~reply();
    reply(reply&&) noexcept;
    reply& operator=(reply&&) noexcept;

    [[nodiscard]] bool has_rows() const;
    [[nodiscard]] std::uint32_t row_count() const;
    [[nodiscard]] result<std::vector<protocol::column>> columns() const;
    /// Whether there are no rows, or they have the columns that were told when it was prepared.
    [[nodiscard]] bool has_columns_of(const prepared& statement) const;
    /// Row after row, each cell a [bytes]; borrowed from the frame.
    [[nodiscard]] bytes_view content() const;
    /// Where the rows go on that are left; nothing if none are.
    [[nodiscard]] std::optional<bytes> paging_state() const;
    [[nodiscard]] std::vector<std::string> warnings() const;
    [[nodiscard]] std::optional<uuid> tracing_id() const;

  private:
    std::unique_ptr<reply_handle> _handle;
};

/// Where the owners of a keyspace's rows change.
struct ring {
    /// The last token of each run of tokens that have the same owners, ascending.
    std::vector<data::token> borders;
    std::size_t owner_count = 0;  ///< nodes that own any
};

/// One statement of a batch.
struct batch_statement {
    std::string text;        ///< without values, if it is not prepared
    prepared_ptr statement;  ///< may be null
    request_values values;
};
enum class batch_kind : std::uint8_t { logged, unlogged, counter };

/// An existing Cassandra or ScyllaDB cluster, through its driver, which knows its nodes, picks
/// those that own a statement's partition, reconnects, and sends idempotent statements again.
/// Statements are executed as one user of the cluster: as the service account by the client that
/// `connect` makes, which is one per process and outlives the others. Calls are made on shards, and
/// resume there; the driver has threads of its own.
///
/// Errors have the cluster's codes, messages and fields. A connection that broke under a statement
/// that may have been executed is a time-out; no node that can be reached is 0x1000.
class client : public storage::identity {
  public:
    /// `keyspace` is what unqualified names mean; it may be empty.
    [[nodiscard]] virtual runtime::task<result<reply>> query(std::string keyspace, std::string text,
                                                             request_terms terms) = 0;
    [[nodiscard]] virtual runtime::task<result<prepared_ptr>> prepare(std::string keyspace,
                                                                      std::string text) = 0;
    /// As many values as the statement has markers.
    [[nodiscard]] virtual runtime::task<result<reply>> execute(prepared_ptr statement,
                                                               request_values values,
                                                               request_terms terms) = 0;
    [[nodiscard]] virtual runtime::task<result<reply>> batch(
        std::string keyspace, batch_kind kind, std::vector<batch_statement> statements,
        request_terms terms) = 0;

    /// With the borders in a range.
    [[nodiscard]] virtual runtime::task<result<ring>> ring_of(std::string keyspace,
                                                              std::string table,
                                                              data::token_range part) = 0;

    struct nodes {
        std::uint64_t known = 0;
        std::vector<std::string> live;  ///< "address:port" of those that there is a connection to
    };
    [[nodiscard]] virtual nodes current_nodes() const = 0;

    /// Asks a node whether it lets this user in. The error is bad_credentials in the cluster's
    /// words, or that there is no node.
    [[nodiscard]] virtual runtime::task<status> check_login(std::string user,
                                                            std::string password) = 0;
    /// Another client, of the same cluster and on the same threads, as this user.
    [[nodiscard]] virtual runtime::task<result<std::shared_ptr<client>>> open_as(
        std::string user, std::string password) = 0;
};

using client_ptr = std::shared_ptr<client>;

/// Where answers are counted from their arrival: one that does not fit becomes the error
/// `overloaded`. Both outlive the clients.
struct accounting {
    runtime::memory_account& memory;
    cluster::figures& figures;
};

/// Connects; blocks until a node has answered. Not on a shard.
[[nodiscard]] result<client_ptr> connect(const client_options& options, accounting counted);

}  // namespace nacre::cluster
