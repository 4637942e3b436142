#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "function/call_batch.h"
#include "runtime/cancellation.h"
#include "runtime/task.h"
#include "schema/function.h"

namespace nacre::function {

/// A function ready to run for one statement on one shard: holds its sandbox, if it needs one. One
/// call at a time, on the shard that made it, destroyed there. After an error it is broken and
/// only fit for destruction.
class instance {
  public:
    virtual ~instance() = default;

    /// Runs a batch. A guest's fault (trap, out of budget, wrong result) is an error with code
    /// function_failure that names the function. May suspend at any time.
    virtual runtime::task<status> call(call_batch batch) = 0;

    /// For state functions: sets the state (a serialised value of the first argument type, absent
    /// = null), folds batches into it, and reads it back. For a function that returns null on null
    /// input a null state stays null: `fold` then does nothing.
    virtual runtime::task<status> set_state(optional_bytes state) = 0;
    virtual runtime::task<status> fold(fold_batch batch) = 0;
    virtual runtime::task<result<optional_bytes>> state() = 0;
};

/// Compiled code of one function version: immutable, usable from any shard, lives as long as
/// anybody holds it, so a running statement finishes on the version with which it began.
class compiled {
  public:
    virtual ~compiled() = default;
    /// Must be called on the shard that will use the instance. Microseconds, never blocks. The
    /// instance ends its work with the cancellation's error once that says so.
    [[nodiscard]] virtual result<std::unique_ptr<instance>> instantiate(
        runtime::cancellation_ptr until) const = 0;
};
using compiled_ptr = std::shared_ptr<const compiled>;

/// A guest language: one per process and LANGUAGE, callable from any shard.
class language {
  public:
    virtual ~language() = default;
    /// Names under which LANGUAGE accepts it, lower case.
    [[nodiscard]] virtual std::vector<std::string> names() const = 0;
    /// Validates and compiles off the event loop. The error is 0x2200 and says what to change.
    virtual runtime::task<result<compiled_ptr>> compile(schema::function_ptr definition) = 0;
};

}  // namespace nacre::function
