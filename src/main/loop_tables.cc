#include "main/loop_tables.h"

#include <vector>

#include "types/value.h"

namespace nacre {

namespace {

using catalog::live_row;
using partition_keys = std::vector<data::partition_key>;
using rows_task = runtime::task<std::vector<live_row>>;
using types::serialise_integer;

bytes number(std::uint64_t value) {
    return serialise_integer(static_cast<std::int64_t>(value));
}

bytes small_number(std::uint32_t value) {
    return serialise_integer(static_cast<std::int32_t>(value));
}

bytes microseconds(std::chrono::nanoseconds duration) {
    return serialise_integer(
        std::int64_t{std::chrono::duration_cast<std::chrono::microseconds>(duration).count()});
}

rows_task loops(runtime::shard_group& shards, const partition_keys*) {
    std::vector<live_row> rows;
    for (std::uint32_t id = 0; id < shards.size(); ++id) {
        const auto& turns = shards.at(id).loop_turns().turns();
        const auto& cpu = shards.at(id).loop_turns().cpu();
        rows.push_back({
            {"shard", small_number(id)},
            {"turns", number(turns.count())},
            {"turn_us_p50", microseconds(turns.quantile(0.5))},
            {"turn_us_p99", microseconds(turns.quantile(0.99))},
            {"turn_us_p9999", microseconds(turns.quantile(0.9999))},
            {"turn_us_max", microseconds(turns.longest())},
            {"turn_cpu_us_p9999", microseconds(cpu.quantile(0.9999))},
            {"turn_cpu_us_max", microseconds(cpu.longest())},
        });
    }
    co_return rows;
}

rows_task groups(runtime::shard_group& shards, const partition_keys*) {
    std::vector<live_row> rows;
    for (std::uint32_t id = 0; id < shards.size(); ++id) {
        for (std::size_t i = 0; i < runtime::scheduling_group_count; ++i) {
            const auto group = static_cast<runtime::scheduling_group>(i);
            const auto had = shards.at(id).groups().of(group);
            rows.push_back({
                {"shard", small_number(id)},
                {"name", bytes(runtime::scheduling_group_names[i])},
                {"shares", small_number(shards.at(id).groups().shares(group))},
                {"time_us", microseconds(had.cpu)},
                {"turns", number(had.turns)},
                {"waiting", number(had.waiting)},
                {"wait_us_max", microseconds(had.longest_wait)},
            });
        }
    }
    co_return rows;
}

struct copy_stalls {
    runtime::task<std::deque<runtime::stall>> operator()() const {
        co_return runtime::this_shard().loop_turns().stalls();
    }
};

rows_task stalls(runtime::shard_group& shards, const partition_keys*) {
    std::vector<live_row> rows;
    for (std::uint32_t id = 0; id < shards.size(); ++id) {
        const auto kept = co_await runtime::invoke_on(shards.at(id), copy_stalls{});
        for (const auto& each : kept) {
            const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(
                each.ended.time_since_epoch());
            rows.push_back({
                {"shard", small_number(id)},
                {"time", serialise_integer(std::int64_t{at.count()})},
                {"number", number(each.number)},
                {"lasted_us", microseconds(each.lasted)},
                {"cpu_us", microseconds(each.cpu)},
                {"scheduling_group",
                 bytes(runtime::scheduling_group_names[static_cast<std::size_t>(each.group)])},
                {"work", each.what},
            });
        }
    }
    co_return rows;
}

}  // namespace

void provide_loop_tables(catalog::live_tables& tables, runtime::shard_group& shards) {
    const auto provide = [&](const char* table, auto* rows) {
        tables.provide("system_views", table, [rows, &shards](const partition_keys* wanted) {
            return rows(shards, wanted);
        });
    };
    provide("event_loops", loops);
    provide("scheduling_groups", groups);
    provide("stalls", stalls);
}

}  // namespace nacre
