#pragma once

#include <memory>

#include "function/scalar_function.h"

namespace nacre::function {

/// What a user's aggregate is made of.
struct aggregate_parts {
    schema::aggregate_ptr definition;
    scalar_function_ptr state;   ///< folds a row into the state
    scalar_function_ptr reduce;  ///< merges two states; may be null
    scalar_function_ptr last;    ///< turns the last state into the result; may be null
};
using aggregate_parts_ptr = std::shared_ptr<const aggregate_parts>;

[[nodiscard]] inline bool skips_nulls(const scalar_function& function) {
    return function.on_null == schema::null_input::returns_null;
}

/// One of the functions within one statement: its instance is made when it is first needed.
class part_instance {
  public:
    part_instance(scalar_function_ptr function, runtime::cancellation_ptr until)
        : _function(std::move(function)), _until(std::move(until)) {}

    [[nodiscard]] const scalar_function& function() const { return *_function; }
    [[nodiscard]] result<instance*> get() {
        if (!_instance) {
            NACRE_TRY(_instance, _function->code->instantiate(_until));
        }
        return _instance.get();
    }

  private:
    scalar_function_ptr _function;
    runtime::cancellation_ptr _until;
    std::unique_ptr<instance> _instance;
};

}  // namespace nacre::function
