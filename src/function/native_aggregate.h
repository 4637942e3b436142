#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "function/aggregate_function.h"
#include "function/registry.h"

namespace nacre::function {

/// An accumulator that never suspends. A new one is ready for its first group.
class native_accumulator : public accumulator {
  public:
    runtime::task<status> reset() final {
        start();
        co_return status();
    }
    runtime::task<status> accumulate(fold_batch batch) final { co_return take(batch); }
    runtime::task<result<optional_bytes>> partial_state() final { co_return partial(); }
    runtime::task<status> merge(optional_bytes other) final {
        if (!other) co_return status();
        co_return take_partial(*other);
    }
    runtime::task<result<optional_bytes>> finish() final { co_return value(); }

    virtual void start() = 0;
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
