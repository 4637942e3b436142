#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace nacre::bench {

struct script_program {
    std::string_view name;
    std::int64_t argument;
    std::string_view body;
};

}  // namespace nacre::bench
