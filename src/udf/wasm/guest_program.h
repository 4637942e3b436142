#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "udf/wasm/adapter.h"
#include "udf/wasm/batch_guest.h"
#include "udf/wasm/engine_state.h"

namespace nacre::udf::wasm {

/// The exports of the batch interface that belong to one function.
struct batch_exports {
    std::string call = "nacre_call";
    std::string fold = "nacre_fold";
    std::string set_state = "nacre_set_state";
    std::string get_state = "nacre_get_state";

    /// As a user's module of ABI 3 calls them, which may have many functions.
    [[nodiscard]] static batch_exports of_function(std::string_view name);
};

/// A linked program that speaks the batch interface: either one module that implements it itself,
/// or a user's module of ABI 1 or 2 behind its adapter. Immutable, any shard.
class guest_program final : public guest_module,
                            public std::enable_shared_from_this<guest_program> {
  public:
    /// A user's module, told by the name of the function that it exports.
    struct adapted {
        module_source adapter;
        std::string function;
        abi_version abi = abi_version::one;
    };

    /// What a guest runs, to be held as long as it does.
    struct code {
        compiled_module_ptr module;
        compiled_module_ptr adapter;  ///< null: none
    };

    guest_program(engine_state& engine, module_source module, std::optional<adapted> adapted,
                  batch_exports names = {});
    ~guest_program() override;
    guest_program(const guest_program&) = delete;

    [[nodiscard]] std::unique_ptr<batch_guest> instantiate(
        std::shared_ptr<const guest_function> whose, runtime::cancellation_ptr until,
        guest_image_ptr from = nullptr) const override;

    [[nodiscard]] engine_state& engine() const { return _engine; }
    /// Loads what is not loaded.
    [[nodiscard]] runtime::task<result<code>> load() const;
    [[nodiscard]] const std::optional<adapted>& behind_adapter() const { return _adapted; }
    [[nodiscard]] const batch_exports& names() const { return _names; }

    /// What the memory of every guest holds at its start, from where its data begin: null until one
    /// has told.
    [[nodiscard]] std::shared_ptr<const bytes> initial_memory() const;
    void set_initial_memory(bytes memory) const;

  private:
    engine_state& _engine;
    module_source _module;
    std::optional<adapted> _adapted;
    batch_exports _names;
    mutable std::mutex _mutex;
    mutable std::shared_ptr<const bytes> _initial_memory;
};

}  // namespace nacre::udf::wasm
