#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/token.h"

/// How a scan of the ring is cut into statements of about a page of rows each.
namespace nacre::cluster {

/// How dense rows lie in the ring and how large they are, as far as a scan has seen it.
class scan_density {
  public:
    /// `rows` of `bytes` were found on `tokens` of the ring.
    void add(double tokens, std::uint32_t rows, std::size_t bytes);

    /// The same, but of little weight against what is added.
    [[nodiscard]] scan_density faded() const;

    [[nodiscard]] bool is_known() const { return _rows > 0 && _tokens > 0; }
    /// Once it is known: rows that may be expected on `tokens`, and the reverse.
    [[nodiscard]] double rows_on(double tokens) const { return tokens * _rows / _tokens; }
    [[nodiscard]] double tokens_of(double rows) const { return rows * _tokens / _rows; }
    /// Of a page, so that it has neither too many rows nor too many bytes.
    [[nodiscard]] std::uint32_t page_rows() const;

  private:
    double _tokens = 0;
    double _rows = 0;
    double _bytes = 0;
};

/// Cuts `range`, which is not empty, from its front into at most `count_max` parts of about
/// `tokens` each; the last one has what is left. A part ends with a border (see `ring`) rather than
/// reach over it, unless it were less than a quarter of that.
[[nodiscard]] std::vector<data::token_range> cut_range(data::token_range range, double tokens,
                                                       const std::vector<data::token>& borders,
                                                       std::size_t count_max);

}  // namespace nacre::cluster
