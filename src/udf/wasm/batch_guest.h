#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "function/call_batch.h"
#include "runtime/cancellation.h"
#include "runtime/task.h"
#include "udf/guest_function.h"
#include "udf/wasm/guest_image.h"

namespace nacre::udf::wasm {

class wasm_engine;

/// What a guest has to tell about itself besides its results.
struct guest_report {
    std::chrono::nanoseconds cpu{0};                        ///< used until now
    failure_kind failed_as = failure_kind::invalid_result;  ///< after an error
    /// The row of the last batch's columns at which it failed, if the guest told.
    std::optional<std::uint32_t> failed_row;
};

/// A running guest that speaks the batch interface (sdk/abi/batch.md): one shard, one statement,
/// one call at a time, destroyed on the shard that made it. Every call may suspend; between two
/// polls the shard's loop runs. An error (trap, out of budget, wrong result) breaks the guest:
/// every later call fails.
class batch_guest {
  public:
    virtual ~batch_guest() = default;

    /// Appends exactly batch.rows.size() values to batch.result; splits the rows into as many
    /// batches as fit the guest's memory.
    virtual runtime::task<status> call(function::call_batch batch) = 0;
    virtual runtime::task<status> fold(function::fold_batch batch) = 0;
    virtual runtime::task<status> set_state(optional_bytes state) = 0;
    /// Validated as a value of the function's first argument type.
    virtual runtime::task<result<optional_bytes>> state() = 0;

    /// Writes `input` to a buffer from nacre_reserve and calls the export `name` with
    /// (address: i32, size: i32) -> i32. A status other than 0 is an error with the text of
    /// nacre_error(). `stage` begins the error's reason ("could not compile"), or is empty.
    virtual runtime::task<status> call_with_bytes(std::string_view name, bytes_view input,
                                                  std::string_view stage) = 0;
    /// Calls the export `name` with (number: i64) -> i32, which returns a status as above.
    virtual runtime::task<status> call_with_number(std::string_view name, std::uint64_t number) = 0;
    /// The guest's memory as it is now, for guests of this module and function that are to begin
    /// where this one is. It must keep nothing elsewhere: programs of C don't, between two calls.
    /// Null if the memory is too large to be compared at once.
    virtual runtime::task<result<guest_image_ptr>> image() = 0;
    /// What nacre_error() holds now, for exports that answer through it.
    virtual runtime::task<result<bytes>> text() = 0;

    [[nodiscard]] virtual guest_report report() const = 0;
    /// Where its time and chance come from.
    [[nodiscard]] virtual const guest_world& world() const = 0;
};

/// A compiled module that speaks the batch interface: immutable, any shard.
class guest_module {
  public:
    virtual ~guest_module() = default;
    /// On the shard that will use the guest. Never blocks; the sandbox itself is made by the
    /// guest's first call. It begins where `from` was taken; null: where the module begins.
    [[nodiscard]] virtual std::unique_ptr<batch_guest> instantiate(
        std::shared_ptr<const guest_function> whose, runtime::cancellation_ptr until,
        guest_image_ptr from = nullptr) const = 0;
};
using guest_module_ptr = std::shared_ptr<const guest_module>;

/// Compiles `module` (a binary or text module with the exports of the batch interface) on the
/// engine's background threads, or loads its artefact if this engine version compiled the same
/// bytes before. From any shard. Identical modules are compiled once per process. Imports: WASI
/// preview 1 as an empty world, nothing else. The error is 0x2200.
[[nodiscard]] runtime::task<result<guest_module_ptr>> load_batch_guest(wasm_engine& engine,
                                                                       bytes module);

}  // namespace nacre::udf::wasm
