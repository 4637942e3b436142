#pragma once

#include <memory>
#include <span>

#include "function/call_batch.h"
#include "function/language.h"
#include "function/signature.h"

namespace nacre::function {

/// The running state of one aggregate over group after group: one statement, one shard, one call at
/// a time. A group is open at the beginning and after each end of another. Ended groups are
/// numbered from 0 on, and known until forget_groups(). After an error it is only fit for
/// destruction.
class accumulator {
  public:
    virtual ~accumulator() = default;
    /// Takes the selected rows, nulls included: what nulls mean is the aggregate's own affair. At
    /// each of `ends`, ascending numbers of rows in `batch.rows`, the open group ends before that
    /// row (behind the last one if there are as many) and the next one begins.
    virtual runtime::task<status> fold(fold_batch batch, std::span<const std::uint32_t> ends) = 0;

    /// Appends the results of these ended groups, ascending, to a column of the return type.
    virtual runtime::task<status> results(std::span<const std::uint32_t> groups,
                                          data::column_vector& to) = 0;
    /// What ended groups take, in bytes.
    [[nodiscard]] virtual std::uint64_t group_bytes() const = 0;
    virtual void forget_groups() = 0;

    /// Takes the open group's state away, to be moved to another shard's accumulator and merged
    /// there, once; what is left is a group without rows. Absent: it adds nothing.
    virtual runtime::task<result<optional_bytes>> take_partial() = 0;
    /// Adds what was taken from a group whose rows come after those of this open group.
    virtual runtime::task<status> merge(optional_bytes partial) = 0;
};

/// An aggregate that a statement can call. Immutable, any shard.
class aggregate_function {
  public:
    virtual ~aggregate_function() = default;
    [[nodiscard]] virtual const function_signature& signature() const = 0;
    [[nodiscard]] virtual bool is_native() const = 0;
    /// Whether pieces may be accumulated apart and merged.
    [[nodiscard]] virtual bool can_merge() const = 0;
    /// On the shard that will use it. The instances of users' functions end their work when `until`
    /// says so.
    [[nodiscard]] virtual result<std::unique_ptr<accumulator>> make_accumulator(
        runtime::cancellation_ptr until) const = 0;
};
using aggregate_function_ptr = std::shared_ptr<const aggregate_function>;

}  // namespace nacre::function
