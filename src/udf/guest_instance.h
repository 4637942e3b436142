#pragma once

#include <memory>

#include "function/language.h"
#include "udf/wasm/batch_guest.h"

namespace nacre::udf {

/// Code that a batch guest runs as it is, without any preparation of the guest.
class guest_code final : public function::compiled {
  public:
    guest_code(wasm::guest_module_ptr module, std::shared_ptr<const guest_function> whose)
        : _module(std::move(module)), _whose(std::move(whose)) {}

    [[nodiscard]] result<std::unique_ptr<function::instance>> instantiate(
        runtime::cancellation_ptr until) const override;

  private:
    wasm::guest_module_ptr _module;
    std::shared_ptr<const guest_function> _whose;
};

}  // namespace nacre::udf
