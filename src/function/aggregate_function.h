#pragma once

#include <memory>

#include "function/call_batch.h"
#include "function/language.h"
#include "function/signature.h"

namespace nacre::function {

/// The running state of one aggregate over one group: one statement, one shard, one call at a time.
class accumulator {
  public:
    virtual ~accumulator() = default;
    /// Begins a new group; what was accumulated before is forgotten.
    virtual runtime::task<status> reset() = 0;
    /// Takes the selected rows, nulls included: what nulls mean is the aggregate's own affair.
    virtual runtime::task<status> accumulate(fold_batch batch) = 0;
    /// The partial state, to be moved to another shard's accumulator and merged there.
    virtual runtime::task<result<optional_bytes>> partial_state() = 0;
    virtual runtime::task<status> merge(optional_bytes partial) = 0;
    /// The result for the group, serialised in the aggregate's return type.
    virtual runtime::task<result<optional_bytes>> finish() = 0;
};

/// An aggregate that a statement can call. Immutable, any shard.
class aggregate_function {
  public:
    virtual ~aggregate_function() = default;
    [[nodiscard]] virtual const function_signature& signature() const = 0;
    [[nodiscard]] virtual bool is_native() const = 0;
    /// Whether pieces may be accumulated apart and merged.
    [[nodiscard]] virtual bool can_merge() const = 0;
    /// On the shard that will use it. Built-in accumulators never suspend; the instances of users'
    /// functions end their work when `until` says so.
    [[nodiscard]] virtual result<std::unique_ptr<accumulator>> make_accumulator(
        runtime::cancellation_ptr until) const = 0;
};
using aggregate_function_ptr = std::shared_ptr<const aggregate_function>;

}  // namespace nacre::function
