#pragma once

#include "udf/javascript/language.h"
#include "udf/script/script_test_support.h"

namespace nacre::udf::javascript {

using script::native;
using script::value_of;

/// One shard, one engine and LANGUAGE javascript.
class javascript_test : public script::script_test {
  protected:
    explicit javascript_test(function_limits limits = {}) : script_test(make_language, limits) {}
};

}  // namespace nacre::udf::javascript
