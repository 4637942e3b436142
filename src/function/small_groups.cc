#include "function/small_groups.h"

#include <algorithm>
#include <numeric>

namespace nacre::function {

namespace {

// One group on its way through the rounds.
struct running_group {
    std::uint32_t number;
    std::uint32_t begin;  ///< of its rows among those of the batch
    std::uint32_t end;
};

std::vector<running_group> list_groups(const row_groups& groups) {
    std::vector<running_group> listed;
    listed.reserve(groups.ends.size());
    auto begin = groups.taken;
    for (const auto end : groups.ends) {
        listed.push_back({static_cast<std::uint32_t>(listed.size()), begin, end});
        begin = end;
    }
    return listed;
}

// One value of each column for each group: that of the row by which its rows begin.
std::vector<data::column_vector> first_rows(const fold_batch& batch,
                                            const std::vector<running_group>& groups) {
    std::vector<data::column_vector> columns;
    for (const auto* from : batch.arguments) {
        auto& to = columns.emplace_back(from->type());
        to.reserve(static_cast<std::uint32_t>(groups.size()));
        for (const auto& group : groups) to.append_from(*from, batch.rows[group.begin]);
    }
    return columns;
}

}  // namespace

std::uint32_t row_groups::count_small() const {
    std::uint32_t count = 0;
    auto begin = taken;
    for (const auto end : ends) {
        if (end - begin > small_group_rows_max) break;
        begin = end;
        ++count;
    }
    return count;
}

row_groups row_groups::take(std::uint32_t count) {
    const auto end = ends[count - 1];
    const row_groups front{{batch.arguments, batch.rows.first(end)}, ends.first(count), taken};
    ends = ends.subspan(count);
    taken = end;
    return front;
}

std::span<const std::uint32_t> ends_among(std::span<const std::uint32_t> kept,
                                          std::span<const std::uint32_t> all,
                                          std::span<const std::uint32_t> ends,
                                          data::selection& found) {
    found.clear();
    std::uint32_t before = 0;
    std::uint32_t next = 0;
    for (const auto end : ends) {
        for (; next < end; ++next) {
            if (before < kept.size() && kept[before] == all[next]) ++before;
        }
        found.push_back(before);
    }
    return found;
}

runtime::task<status> fold_small_groups(part_instance& state_part, row_groups groups,
                                        const optional_bytes& initial,
                                        data::column_vector& states) {
    const auto& function = state_part.function();
    auto left = list_groups(groups);
    std::vector<optional_bytes> last(left.size(), initial);
    const auto is_done = [&](const running_group& group) {
        return group.begin == group.end || (skips_nulls(function) && !last[group.number]);
    };
    data::column_vector before(states.type());
    data::column_vector after(states.type());
    data::selection rows;
    for (;;) {
        std::erase_if(left, is_done);
        if (left.empty()) break;
        before.clear();
        for (const auto& group : left) before.append(last[group.number]);
        const auto columns = first_rows(groups.batch, left);
        std::vector<const data::column_vector*> arguments{&before};
        for (const auto& column : columns) arguments.push_back(&column);
        rows.resize(left.size());
        std::iota(rows.begin(), rows.end(), 0U);
        after.clear();
        NACRE_CO_TRY(auto* callee, state_part.get());
        NACRE_CO_CHECK(
            co_await callee->call({.arguments = arguments, .rows = rows, .result = after}));
        for (std::uint32_t i = 0; i < left.size(); ++i) {
            last[left[i].number] = after.serialised(i);
            ++left[i].begin;
        }
    }
    for (const auto& state : last) states.append(state);
    co_return status();
}

}  // namespace nacre::function
