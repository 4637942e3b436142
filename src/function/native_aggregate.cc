#include "function/native_aggregate.h"

#include <utility>

#include "function/builtins.h"

namespace nacre::function {

namespace {

class native_aggregate final : public aggregate_function {
  public:
    native_aggregate(function_signature signature,
                     std::function<std::unique_ptr<native_accumulator>()> make)
        : _signature(std::move(signature)), _make(std::move(make)) {}

    [[nodiscard]] const function_signature& signature() const override { return _signature; }
    [[nodiscard]] bool is_native() const override { return true; }
    [[nodiscard]] bool can_merge() const override { return true; }
    [[nodiscard]] result<std::unique_ptr<accumulator>> make_accumulator(
        runtime::cancellation_ptr) const override {
        return _make();
    }

  private:
    function_signature _signature;
    std::function<std::unique_ptr<native_accumulator>()> _make;
};

}  // namespace

aggregate_function_ptr make_native_aggregate(
    std::string name, std::vector<types::type_ptr> argument_types, types::type_ptr return_type,
    std::function<std::unique_ptr<native_accumulator>()> make) {
    return std::make_shared<native_aggregate>(
        function_signature{"system", std::move(name), std::move(argument_types),
                           std::move(return_type)},
        std::move(make));
}

bool is_dense(const fold_batch& batch) {
    const auto& column = *batch.arguments[0];
    // Selected rows are distinct, so as many as there are rows means all of them.
    return batch.rows.size() == column.size() && column.null_count() == 0 &&
           !column.has_empty_values();
}

void add_aggregates(registry& functions) {
    add_count(functions);
    add_extremes(functions);
    add_sums(functions);
}

}  // namespace nacre::function
