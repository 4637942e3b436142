#pragma once

#include <map>
#include <string>
#include <vector>

#include "cluster/client.h"

namespace nacre::cluster {

/// A row by the names of its columns; what is null is not there.
using named_row = std::map<std::string, bytes, std::less<>>;

/// All rows of a statement without values, page after page. For tables of a schema's size.
[[nodiscard]] runtime::task<result<std::vector<named_row>>> read_rows(client& cluster,
                                                                      std::string text,
                                                                      request_terms terms = {});

/// The rows of one answer.
[[nodiscard]] result<std::vector<named_row>> named_rows(const reply& answer);

/// What a conditional statement answered: whether it was applied.
[[nodiscard]] result<bool> was_applied(const reply& answer);

/// Cuts cells from the content of an answer's rows.
class cell_reader {
  public:
    explicit cell_reader(bytes_view content) : _rest(content) {}
    /// The next cell; null is absent. What is cut short fails.
    [[nodiscard]] result<std::optional<bytes_view>> next();

  private:
    bytes_view _rest;
};

}  // namespace nacre::cluster
