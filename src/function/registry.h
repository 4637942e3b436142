#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "function/aggregate_function.h"
#include "function/scalar_function.h"

namespace nacre::function {

/// Every function callable at one schema version: the built-ins (keyspace "system") and the
/// users'. Immutable once published; shared by all shards.
class registry {
  public:
    struct overloads {
        std::vector<scalar_function_ptr> scalars;
        std::vector<aggregate_function_ptr> aggregates;
        [[nodiscard]] bool empty() const { return scalars.empty() && aggregates.empty(); }
    };

    void add(scalar_function_ptr function);
    void add(aggregate_function_ptr aggregate);

    /// The overloads of exactly this keyspace and name; null if there are none.
    [[nodiscard]] const overloads* find(std::string_view keyspace, std::string_view name) const;

  private:
    std::map<std::string, std::map<std::string, overloads, std::less<>>, std::less<>> _by_name;
};
using registry_ptr = std::shared_ptr<const registry>;

}  // namespace nacre::function
