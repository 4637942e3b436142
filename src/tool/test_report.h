#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace nacre::tool {

/// What came of the tests of one function or aggregate.
struct test_report {
    std::string signature;
    std::uint32_t cases = 0;   ///< declared ones that passed
    std::uint32_t others = 0;  ///< nulls, edge values, batches, merges that passed
    std::vector<std::string> failures;
    std::vector<std::string> notes;

    void expect(bool holds, std::uint32_t& counter, const std::string& otherwise) {
        if (holds) {
            ++counter;
        } else {
            failures.push_back(otherwise);
        }
    }
};

}  // namespace nacre::tool
