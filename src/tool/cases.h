#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace nacre::tool {

/// A declared case; values are CQL literals.
struct test_case {
    std::uint32_t line = 0;
    bool is_of_rows = false;                     ///< written with brackets: of an aggregate
    std::vector<std::vector<std::string>> rows;  ///< of a function: one
    std::string expected;                        ///< the result
    std::optional<std::string> failure;          ///< a part of the error; instead of `expected`
};

/// What a file says about one function or aggregate.
struct case_block {
    std::string name;  ///< "fib" or "fib(bigint)"
    std::uint32_t line = 0;
    std::vector<test_case> cases;
    std::vector<std::filesystem::path> csv;
    bool tries_edges = true;
    std::map<std::string, std::vector<std::string>> edges;  ///< literals by argument
};

/// Reads a file of cases, as docs/reference/function-tool.md specifies it. The error is `unusable`
/// and names the file and the line.
[[nodiscard]] result<std::vector<case_block>> read_cases(const std::filesystem::path& file);
[[nodiscard]] result<std::vector<case_block>> parse_cases(std::string_view text,
                                                          const std::filesystem::path& file);

/// The parts between separators that stand outside of quotes and brackets, trimmed.
[[nodiscard]] std::vector<std::string> split_literals(std::string_view text, char separator);

/// "(1, 'a')" as its literals; an error if it is no such thing.
[[nodiscard]] result<std::vector<std::string>> parse_row(std::string_view text);

}  // namespace nacre::tool
