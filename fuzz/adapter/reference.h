#pragma once

#include <optional>
#include <vector>

#include "adapter/plain_module.h"
#include "data/column_vector.h"

namespace nacre::fuzz {

/// A slow host for functions of ABI 1 and 2, written from the published contract alone: a call from
/// the host for each row, arguments placed and results fetched one by one, in an engine of its own.
/// It shares no code with the server's sandbox and has no limits.
class reference_host {
  public:
    explicit reference_host(const plain_function& function);
    ~reference_host();
    reference_host(const reference_host&) = delete;

    /// What one call gives: a value (or null) of the result's type as the guest wrote it, or no
    /// answer, if it trapped or broke the contract.
    using answer = std::optional<optional_bytes>;
    [[nodiscard]] answer call(const std::vector<optional_bytes>& arguments);

  private:
    struct running;
    const plain_function& _function;
    std::unique_ptr<running> _running;
};

}  // namespace nacre::fuzz
