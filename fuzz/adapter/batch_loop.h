#pragma once

#include <string>

#include "input.h"
#include "schema/function.h"

namespace nacre::fuzz {

/// How a module of ABI 3 goes about its batches: whatever the interface leaves to it.
struct batch_style {
    enum class row_export : std::uint8_t { none, value, address };
    row_export tells_row = row_export::none;
    /// The result column is in memory of the module's own, not in the room that the host gave.
    bool own_room = false;
    /// A result column without nulls has no bitmap.
    bool no_bitmap = false;
    /// It finishes early after so many rows; 0: only when there is no more room.
    std::uint32_t rows_at_once = 0;
    /// State functions keep the state themselves.
    bool has_fold = false;
};

[[nodiscard]] batch_style draw_batch_style(input& in, bool is_state_function);

/// The exports of the batch interface for the function $f of a module of ABI 2 (with its $malloc
/// and $free), and what they need: text to be put into the module. Each row's arguments are given
/// to $f as a host of ABI 2 would, and freed by it; what $f returns is freed here.
[[nodiscard]] std::string batch_exports(const schema::function_definition& declared,
                                        const batch_style& style);

}  // namespace nacre::fuzz
