#pragma once

#include <string>
#include <vector>

#include "cluster/client.h"
#include "storage/table_store.h"

/// The statements by which a scan reads its rows from the cluster.
namespace nacre::cluster {

/// One statement of a scan: a partition, or a range of tokens, and one slice of its rows.
struct base_statement {
    std::string text;
    request_values values;
};

/// A part of a slice that CQL's relations can say: the first clustering columns equal these
/// values, and the next one lies between two.
struct simple_slice {
    struct limit {
        bytes value;
        bool inclusive = true;
    };
    std::vector<bytes> equal;
    std::optional<limit> from;  ///< in the stored order
    std::optional<limit> to;
};

/// Cuts a slice into simple ones, ascending in the stored order.
[[nodiscard]] std::vector<simple_slice> simple_slices(const data::clustering_range& slice);

/// Columns of a base read: those of the request, and behind them those of the partition key that
/// the request does not have, by which partitions are told apart. One of them is the first
/// clustering column if rows of static columns alone are to be dropped.
class base_read {
  public:
    /// Error 0x2200: the request wants what the cluster does not tell (the keys of cells).
    [[nodiscard]] static result<base_read> make(const storage::scan_request& request);

    /// Where the columns of the partition key are, in its order.
    [[nodiscard]] const std::vector<std::size_t>& partition_key() const { return _partition_key; }
    [[nodiscard]] std::size_t column_count() const { return _column_count; }
    [[nodiscard]] const std::optional<std::size_t>& first_clustering() const {
        return _first_clustering;
    }

    [[nodiscard]] base_statement of_partition(const data::partition_key& key,
                                              const simple_slice& slice) const;
    [[nodiscard]] base_statement of_range(const data::token_range& range,
                                          const simple_slice& slice) const;

  private:
    explicit base_read(const storage::scan_request& request) : _request(&request) {}
    void add_slice(base_statement& statement, const simple_slice& slice) const;
    void end(base_statement& statement, bool ordered, bool filtered) const;

    const storage::scan_request* _request;
    std::string _select;
    std::vector<std::size_t> _partition_key;
    std::size_t _column_count = 0;
    std::optional<std::size_t> _first_clustering;
};

}  // namespace nacre::cluster
