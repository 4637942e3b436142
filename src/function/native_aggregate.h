#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "function/aggregate_function.h"
#include "function/registry.h"

namespace nacre::function {

/// What a built-in aggregate knows of one group. A new one is ready for its first group.
class native_accumulator {
  public:
    virtual ~native_accumulator() = default;
    /// Begins a new group; what was accumulated before is forgotten.
    virtual void start() = 0;
    /// Takes the selected rows: of a batch some after the other, if values can be long.
    virtual status take(const fold_batch& batch) = 0;
    /// The state in a form of the accumulator's own; absent if it adds nothing.
    [[nodiscard]] virtual optional_bytes partial() const = 0;
    virtual status take_partial(bytes_view other) = 0;
    [[nodiscard]] virtual result<optional_bytes> value() const = 0;
};

/// A built-in aggregate, whose pieces may always be accumulated apart.
[[nodiscard]] aggregate_function_ptr make_native_aggregate(
    std::string name, std::vector<types::type_ptr> argument_types, types::type_ptr return_type,
    std::function<std::unique_ptr<native_accumulator>()> make);

/// Whether a batch takes every row of its column, and none is absent: loops may then run over the
/// native array without looking at anything else.
[[nodiscard]] bool is_dense(const fold_batch& batch);

/// What `sum` and `avg` fold numbers of a type with.
[[nodiscard]] std::unique_ptr<native_accumulator> make_sum(types::type_kind kind);
[[nodiscard]] std::unique_ptr<native_accumulator> make_average(types::type_kind kind);

// The families of aggregates, one source file each.
void add_count(registry& functions);
void add_extremes(registry& functions);
void add_sums(registry& functions);

}  // namespace nacre::function
