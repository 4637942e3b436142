#include <chrono>

#include "base/uuid.h"
#include "function/builtins.h"
#include "function/column_function.h"
#include "function/time_conversion.h"
#include "types/temporal.h"
#include "types/value.h"

namespace nacre::function {

namespace {

using types::type;
using types::type_kind;

std::int64_t now_milliseconds() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// The least or greatest timeuuid of a millisecond, in the order of the type.
bytes boundary_timeuuid(std::int64_t milliseconds, std::int64_t extra_ticks, std::uint64_t tail) {
    const auto ticks = static_cast<std::uint64_t>(milliseconds * ticks_per_millisecond +
                                                  uuid_epoch_ticks + extra_ticks);
    bytes id = to_big_endian(static_cast<std::uint32_t>(ticks));
    append_big_endian(id, static_cast<std::uint16_t>(ticks >> 32));
    append_big_endian(id, static_cast<std::uint16_t>((ticks >> 48 & 0x0fff) | 0x1000));
    append_big_endian(id, tail);
    return id;
}

template <typename Make>
column_body repeat_made(Make make) {
    return [make](const call_batch& batch) -> status {
        for (std::size_t i = 0; i < batch.rows.size(); ++i) make(batch.result);
        return {};
    };
}

using names = std::initializer_list<const char*>;

void add_all(registry& functions, names all, const std::vector<types::type_ptr>& arguments,
             type_kind returned, purity is_pure, const column_body& body) {
    for (const char* name : all) {
        functions.add(make_builtin(name, arguments, type::native(returned),
                                   schema::null_input::returns_null, is_pure, body));
    }
}

void add_clocks(registry& functions) {
    add_all(functions, {"now", "current_timeuuid", "currenttimeuuid"}, {}, type_kind::timeuuid,
            purity::impure, repeat_made([](data::column_vector& out) {
                out.append_serialised(uuid::time_based().to_bytes());
            }));
    add_all(functions, {"uuid"}, {}, type_kind::uuid, purity::impure,
            repeat_made([](data::column_vector& out) {
                out.append_serialised(uuid::random().to_bytes());
            }));
    add_all(functions, {"current_timestamp", "currenttimestamp"}, {}, type_kind::timestamp,
            purity::impure,
            repeat_made([](data::column_vector& out) { out.append_native(now_milliseconds()); }));
    add_all(functions, {"current_date", "currentdate"}, {}, type_kind::date, purity::impure,
            repeat_made([](data::column_vector& out) {
                out.append_native(date_of_milliseconds(now_milliseconds()));
            }));
    add_all(functions, {"current_time", "currenttime"}, {}, type_kind::time, purity::impure,
            repeat_made([](data::column_vector& out) {
                const std::int64_t of_day = now_milliseconds() % types::milliseconds_per_day;
                out.append_native(of_day * 1'000'000);
            }));
}

void add_conversions(registry& functions) {
    const auto timeuuid = type::native(type_kind::timeuuid);
    const auto timestamp = type::native(type_kind::timestamp);
    const auto date = type::native(type_kind::date);
    const auto milliseconds = each_serialised([](bytes_view id) -> result<optional_bytes> {
        return optional_bytes(types::serialise_integer(milliseconds_of_uuid(id)));
    });
    const auto same = each_native<std::int64_t>([](std::int64_t v) { return v; });
    const auto from_date = each_native<std::int32_t>(milliseconds_of_date);

    const names to_timestamp = {"to_timestamp", "totimestamp"};
    add_all(functions, to_timestamp, {timeuuid}, type_kind::timestamp, purity::pure, milliseconds);
    add_all(functions, to_timestamp, {date}, type_kind::timestamp, purity::pure, from_date);

    const names to_unix = {"to_unix_timestamp", "tounixtimestamp"};
    add_all(functions, to_unix, {timeuuid}, type_kind::bigint, purity::pure, milliseconds);
    add_all(functions, to_unix, {timestamp}, type_kind::bigint, purity::pure, same);
    add_all(functions, to_unix, {date}, type_kind::bigint, purity::pure, from_date);

    const names to_date = {"to_date", "todate"};
    add_all(functions, to_date, {timeuuid}, type_kind::date, purity::pure,
            each_serialised([](bytes_view id) -> result<optional_bytes> {
                return optional_bytes(
                    types::serialise_integer(date_of_milliseconds(milliseconds_of_uuid(id))));
            }));
    add_all(functions, to_date, {timestamp}, type_kind::date, purity::pure,
            each_native<std::int64_t>(date_of_milliseconds));
}

void add_boundaries(registry& functions) {
    const auto timestamp = type::native(type_kind::timestamp);
    const auto boundary = [](std::int64_t extra_ticks, std::uint64_t tail) {
        return each_serialised([extra_ticks, tail](bytes_view value) -> result<optional_bytes> {
            const auto milliseconds = load_big_endian<std::int64_t>(value.data());
            return optional_bytes(boundary_timeuuid(milliseconds, extra_ticks, tail));
        });
    };
    // The tails are the least and greatest in timeuuid's order of signed bytes.
    add_all(functions, {"min_timeuuid", "mintimeuuid"}, {timestamp}, type_kind::timeuuid,
            purity::pure, boundary(0, 0x8080808080808080));
    add_all(functions, {"max_timeuuid", "maxtimeuuid"}, {timestamp}, type_kind::timeuuid,
            purity::pure, boundary(ticks_per_millisecond - 1, 0x7f7f7f7f7f7f7f7f));
}

}  // namespace

void add_time_functions(registry& functions) {
    add_clocks(functions);
    add_conversions(functions);
    add_boundaries(functions);
}

}  // namespace nacre::function
