#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "udf/batch_codec.h"
#include "udf/wasm/batch_guest.h"
#include "udf/wasm/guest_program.h"
#include "udf/wasm/sandbox.h"

namespace nacre::udf::wasm {

/// A guest of a guest_program. Its sandbox is made by the first call, on that call's shard, and
/// dropped at the first error.
class running_guest final : public batch_guest {
  public:
    running_guest(std::shared_ptr<const guest_program> program,
                  std::shared_ptr<const guest_function> whose, runtime::cancellation_ptr until,
                  guest_image_ptr from);

    runtime::task<status> call(function::call_batch batch) override;
    runtime::task<status> fold(function::fold_batch batch) override;
    runtime::task<status> set_state(optional_bytes state) override;
    runtime::task<result<optional_bytes>> state() override;
    runtime::task<status> call_with_bytes(std::string_view name, bytes_view input,
                                          std::string_view stage) override;
    runtime::task<status> call_with_number(std::string_view name, std::uint64_t number) override;
    runtime::task<result<guest_image_ptr>> image() override;
    runtime::task<result<bytes>> text() override;
    [[nodiscard]] guest_report report() const override;
    [[nodiscard]] const guest_world& world() const override { return _world; }

  private:
    struct exports {
        wasmtime_memory_t memory{};
        wasmtime_func_t reserve{};
        wasmtime_func_t call{};
        wasmtime_func_t error{};
        std::optional<wasmtime_func_t> fold;
        std::optional<wasmtime_func_t> set_state;
        std::optional<wasmtime_func_t> get_state;
    };
    struct numbered_rows {
        argument_columns arguments;
        row_numbers rows;
    };

    runtime::task<status> ensure_started();
    runtime::task<status> attempt_start();
    /// Puts the image into the memory of a guest that has just begun.
    [[nodiscard]] status begin_from_image();
    runtime::task<status> learn_initial_memory(std::uint64_t address);
    runtime::task<status> attempt_call_with_bytes(std::string_view name, bytes_view input,
                                                  std::string_view stage);
    runtime::task<status> attempt_call_with_number(std::string_view name, std::uint64_t number);
    [[nodiscard]] result<wasmtime_func_t> find_function(std::string_view name);
    [[nodiscard]] status find_exports(const wasmtime_instance_t& instance);
    [[nodiscard]] result<wasmtime_instance_t> attach_adapter(const wasmtime_instance_t& user,
                                                             const guest_program::adapted& how);

    runtime::task<status> call_rows(function::call_batch batch);
    runtime::task<status> attempt_call(function::call_batch batch);
    runtime::task<status> attempt_fold(function::fold_batch batch);
    runtime::task<status> fold_by_calls(function::fold_batch batch);
    runtime::task<status> attempt_set_state(optional_bytes state);
    runtime::task<result<optional_bytes>> attempt_state();
    /// Writes the batch and calls `export_function` on it.
    runtime::task<status> submit(wasmtime_func_t export_function, numbered_rows part,
                                 const types::type* result_type, batch_size size);
    /// An address with room for `size` bytes.
    runtime::task<result<std::uint32_t>> reserve(std::uint64_t size);
    /// Calls an export that returns a status, and turns that into an error with the guest's text.
    runtime::task<status> call_for_status(wasmtime_func_t function,
                                          std::vector<wasmtime_val_t> arguments,
                                          std::string_view stage);
    runtime::task<result<bytes>> read_error_text();
    runtime::task<result<std::uint64_t>> call_for_pair(wasmtime_func_t function);

    [[nodiscard]] batch_limits limits() const;
    [[nodiscard]] status check_output(std::uint64_t size) const;
    [[nodiscard]] guest_memory memory() { return _sandbox->memory(_exports.memory); }
    /// Drops the sandbox: nothing of it can be used after an error.
    error broken_by(error why);
    [[nodiscard]] failure_kind kind_of(const error& why) const;
    [[nodiscard]] error failed(failure_kind why, std::string_view reason);
    /// Names the arguments of a row of the batch, if it is known.
    [[nodiscard]] error with_arguments(const error& why, numbered_rows part,
                                       std::optional<std::uint32_t> row);
    [[nodiscard]] bool skips_nulls() const {
        return _whose->definition->on_null == schema::null_input::returns_null;
    }

    std::shared_ptr<const guest_program> _program;
    guest_program::code _code;  ///< outlives the sandbox
    std::shared_ptr<const guest_function> _whose;
    runtime::cancellation_ptr _until;
    guest_image_ptr _from;  ///< null: it begins where the module does
    std::unique_ptr<sandbox> _sandbox;
    wasmtime_instance_t _instance{};  ///< the one that speaks the batch interface
    exports _exports;
    std::optional<wasmtime_memory_t> _user_memory;
    optional_bytes _held_state;  ///< of a guest that has no fold exports
    std::uint32_t _buffer = 0;
    std::uint64_t _buffer_bytes = 0;
    guest_world _world;
    guest_report _report;  ///< of a sandbox that is gone
    std::optional<error> _broken;
};

}  // namespace nacre::udf::wasm
