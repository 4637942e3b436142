#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "cluster/base_read.h"
#include "cluster/client.h"
#include "runtime/condition.h"

namespace nacre::cluster {

/// The pages of one base read, the next one being fetched while its owner works on the one before.
/// On one shard. A page that fails because a node is missed is asked for again, some times. What is
/// under way when it is destroyed ends without it.
class page_stream {
  public:
    page_stream(client_ptr cluster, prepared_ptr statement, request_values values,
                request_terms terms);

    /// Asks for the next page, unless it is asked for already or there is none.
    void fetch();
    /// Of pages that are not asked for yet.
    void set_page_rows(std::uint32_t rows) { _terms.page_size = static_cast<std::int32_t>(rows); }
    /// The next page; nothing behind the last.
    runtime::task<result<std::optional<reply>>> next();
    /// Where the page lies that next() gave last; empty: the first.
    [[nodiscard]] const bytes& page_position() const { return _given; }
    /// Where the page behind it lies; nothing if it was the last.
    [[nodiscard]] const std::optional<bytes>& following() const { return _next; }

  private:
    struct page {
        std::optional<result<reply>> answer;
        runtime::condition arrived;
    };
    static runtime::task<void> run(client_ptr cluster, prepared_ptr statement,
                                   request_values values, request_terms terms,
                                   std::shared_ptr<page> into);

    client_ptr _cluster;
    prepared_ptr _statement;
    request_values _values;
    request_terms _terms;
    bytes _given;
    std::optional<bytes> _next;
    std::shared_ptr<page> _coming;
};

}  // namespace nacre::cluster
