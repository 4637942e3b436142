#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "udf/captured_call.h"
#include "udf/wasm/batch_guest.h"

namespace nacre::udf {

/// A guest whose calls are counted and timed, which is kept from running while its function is
/// under quarantine, and whose failing or slow calls are captured if the server is told to.
class observed_guest final : public wasm::batch_guest {
  public:
    observed_guest(std::unique_ptr<wasm::batch_guest> guest,
                   std::shared_ptr<const guest_function> whose)
        : _guest(std::move(guest)), _whose(std::move(whose)) {}

    runtime::task<status> call(function::call_batch batch) override;
    runtime::task<status> fold(function::fold_batch batch) override;
    runtime::task<status> set_state(optional_bytes state) override;
    runtime::task<result<optional_bytes>> state() override;
    runtime::task<status> call_with_bytes(std::string_view name, bytes_view input,
                                          std::string_view stage) override;
    runtime::task<status> call_with_number(std::string_view name, std::uint64_t number) override;
    runtime::task<result<wasm::guest_image_ptr>> image() override { return _guest->image(); }
    runtime::task<result<bytes>> text() override { return _guest->text(); }
    [[nodiscard]] wasm::guest_report report() const override { return _guest->report(); }
    [[nodiscard]] const guest_world& world() const override { return _guest->world(); }

  private:
    using clock = std::chrono::steady_clock;
    /// A batch while it is worked on. Borrows from the caller's.
    struct observed_batch {
        captured_entry entry;
        std::span<const data::column_vector* const> arguments;
        std::span<const std::uint32_t> rows;
        optional_bytes state;
        clock::time_point began = clock::now();
        std::chrono::nanoseconds cpu_before{0};
        const data::column_vector* results = nullptr;  ///< of a call
        std::uint32_t results_before = 0;
    };

    /// Lets the guest run, unless its function is under quarantine.
    [[nodiscard]] status admit();
    void begin(observed_batch& batch);
    /// Counts a batch that came to its end.
    runtime::task<void> end(observed_batch batch, std::optional<error> failure);
    /// Counts what is no batch.
    template <typename Outcome>
    Outcome noted(Outcome outcome);
    void note_failure(const error& why);
    runtime::task<void> capture(observed_batch batch, captured_outcome outcome);

    std::unique_ptr<wasm::batch_guest> _guest;
    std::shared_ptr<const guest_function> _whose;
    bool _admitted = false;
    bool _failed = false;
    std::uint32_t _batches = 0;
};

}  // namespace nacre::udf
