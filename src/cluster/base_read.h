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

/// One slice that can be said so and holds all of these, which are ascending and not empty.
[[nodiscard]] simple_slice cover(const std::vector<data::clustering_range>& slices);

/// Whether a row with this clustering key lies in one of the slices.
[[nodiscard]] bool lies_in(const std::vector<data::clustering_range>& slices,
                           const schema::table& table, const std::vector<bytes_view>& key);

/// Columns of a base read: those of the request, and behind them those of the partition key that
/// the request does not have, by which partitions are told apart. The first clustering column is
/// one of them if rows of static columns alone are to be dropped, and all are if rows are to be
/// dropped that lie between the slices.
class base_read {
  public:
    /// Error 0x2200: the request wants what the cluster does not tell (the keys of cells).
    [[nodiscard]] static result<base_read> make(const storage::scan_request& request);

    /// Where the columns of the partition key are, in its order.
    [[nodiscard]] const std::vector<std::size_t>& partition_key() const { return _partition_key; }
    [[nodiscard]] std::size_t column_count() const { return _column_count; }
    /// Where the clustering columns are that are needed, in their order: none, the first, or all.
    [[nodiscard]] const std::vector<std::size_t>& clustering_key() const { return _clustering_key; }
    /// Whether statements over ranges of tokens give rows between the slices too: what they say is
    /// one slice, and the request has others.
    [[nodiscard]] bool covers_slices() const { return _covers_slices; }
    /// Whether the slice of the ranges holds nothing.
    [[nodiscard]] bool is_empty() const { return _is_empty; }

    [[nodiscard]] base_statement of_partition(const data::partition_key& key,
                                              const simple_slice& slice) const;
    [[nodiscard]] base_statement of_range(const data::token_range& range) const;

  private:
    explicit base_read(const storage::scan_request& request) : _request(&request) {}
    void cut_for_ring();
    void add_slice(base_statement& statement, const simple_slice& slice) const;
    /// Whether there are any that the cluster can be told.
    [[nodiscard]] bool add_conditions(base_statement& statement) const;
    void end(base_statement& statement, bool ordered, bool filtered) const;

    const storage::scan_request* _request;
    std::string _select;
    std::vector<std::size_t> _partition_key;
    std::size_t _column_count = 0;
    std::vector<std::size_t> _clustering_key;
    simple_slice _ring_slice;
    bool _covers_slices = false;
    bool _is_empty = false;
};

}  // namespace nacre::cluster
