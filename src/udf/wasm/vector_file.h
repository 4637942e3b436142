#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "types/type.h"
#include "udf/wasm/guest_test_support.h"

/// Reads the files of sdk/abi/vectors, for tests.
namespace nacre::udf::wasm {

/// One vector: what it is, its name, and its other lines.
struct vector_block {
    std::string kind;
    std::string name;
    std::vector<std::pair<std::string, std::string>> lines;

    [[nodiscard]] std::vector<std::string> all(std::string_view key) const {
        std::vector<std::string> found;
        for (const auto& [k, value] : lines) {
            if (k == key) found.push_back(value);
        }
        return found;
    }
    [[nodiscard]] bool has(std::string_view key) const { return !all(key).empty(); }
    [[nodiscard]] std::string one(std::string_view key) const {
        const auto found = all(key);
        if (found.size() == 1) return found.front();
        ADD_FAILURE() << name << " has not one " << key;
        return {};
    }
    [[nodiscard]] std::uint32_t number(std::string_view key) const {
        return static_cast<std::uint32_t>(std::stoul(one(key)));
    }
};

inline std::vector<vector_block> read_vectors(const std::string& file) {
    // The build puts a link to them beside the test programs.
    const auto programs = std::filesystem::canonical("/proc/self/exe").parent_path();
    std::ifstream in(programs / "vectors" / file);
    EXPECT_TRUE(in.is_open()) << file;
    std::vector<vector_block> blocks;
    bool is_open = false;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line.starts_with('#')) continue;
        const auto space = std::min(line.find(' '), line.size());
        const auto key = line.substr(0, space);
        const auto value = line.substr(std::min(space + 1, line.size()));
        if (!is_open) {
            blocks.push_back({.kind = key, .name = value, .lines = {}});
            is_open = true;
        } else if (key == "end") {
            is_open = false;
        } else {
            blocks.back().lines.emplace_back(key, value);
        }
    }
    return blocks;
}

inline bytes from_hex(std::string_view text) {
    bytes out;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        out += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
    }
    return out;
}

inline optional_bytes value_from(std::string_view text) {
    if (text == "null") return std::nullopt;
    if (text == "empty") return bytes();
    return from_hex(text);
}

inline types::type_ptr type_from(const std::string& text) {
    const auto number = native(types::type_kind::int_);
    static const std::map<std::string, types::type_ptr> compounds = {
        {"list<int>", types::type::list_of(number, true)},
        {"set<text>", types::type::set_of(native(types::type_kind::text), true)},
        {"map<text, int>", types::type::map_of(native(types::type_kind::text), number, true)},
        {"tuple<int, text>", types::type::tuple_of({number, native(types::type_kind::text)})},
        {"vector<float, 2>", types::type::vector_of(native(types::type_kind::float_), 2)},
        {"list<frozen<list<int>>>", types::type::list_of(types::type::list_of(number, true), true)},
    };
    if (const auto found = compounds.find(text); found != compounds.end()) return found->second;
    return types::type::native_by_name(text);
}

}  // namespace nacre::udf::wasm
