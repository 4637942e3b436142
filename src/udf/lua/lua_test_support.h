#pragma once

#include "udf/lua/language.h"
#include "udf/script/script_test_support.h"

namespace nacre::udf::lua {

using script::native;
using script::value_of;

/// One shard, one engine and LANGUAGE lua.
class lua_test : public script::script_test {
  protected:
    explicit lua_test(function_limits limits = {}) : script_test(make_language, limits) {}
};

}  // namespace nacre::udf::lua
