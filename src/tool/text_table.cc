#include "tool/text_table.h"

#include <algorithm>

#include <fmt/format.h>

namespace nacre::tool {

namespace {

// Characters, not bytes.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

bool is_number(std::string_view text) {
    return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

}  // namespace

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    std::vector<bool> right;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        widths.resize(std::max(widths.size(), rows[row].size()));
        right.resize(widths.size(), true);
        for (std::size_t i = 0; i < rows[row].size(); ++i) {
            widths[i] = std::max(widths[i], width_of(rows[row][i]));
            if (row != 0 && !rows[row][i].empty() && !is_number(rows[row][i])) right[i] = false;
        }
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string fill(widths[i] - width_of(row[i]), ' ');
            if (i != 0) line += "  ";
            line += right[i] ? fill + row[i] : row[i] + fill;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

std::string readable_bytes(double bytes) {
    if (bytes < 1024) return fmt::format("{:.0f} B", bytes);
    if (bytes < 1024 * 1024) return fmt::format("{:.1f} KiB", bytes / 1024);
    return fmt::format("{:.1f} MiB", bytes / 1024 / 1024);
}

}  // namespace nacre::tool
