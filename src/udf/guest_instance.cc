#include "udf/guest_instance.h"

namespace nacre::udf {

namespace {

class guest_instance final : public function::instance {
  public:
    explicit guest_instance(std::unique_ptr<wasm::batch_guest> guest) : _guest(std::move(guest)) {}

    runtime::task<status> call(function::call_batch batch) override { return _guest->call(batch); }
    runtime::task<status> set_state(optional_bytes state) override {
        return _guest->set_state(std::move(state));
    }
    runtime::task<status> fold(function::fold_batch batch) override { return _guest->fold(batch); }
    runtime::task<result<optional_bytes>> state() override { return _guest->state(); }

  private:
    std::unique_ptr<wasm::batch_guest> _guest;
};

}  // namespace

result<std::unique_ptr<function::instance>> guest_code::instantiate(
    runtime::cancellation_ptr until) const {
    return std::make_unique<guest_instance>(_module->instantiate(_whose, std::move(until)));
}

}  // namespace nacre::udf
