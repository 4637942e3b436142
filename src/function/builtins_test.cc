#include "base/uuid.h"
#include "data/token.h"
#include "function/arithmetic.h"
#include "function/cast.h"
#include "function/evaluation_test_support.h"

namespace nacre::function {
namespace {

using namespace testing;
using texts = std::vector<std::string>;
using types::type;

TEST(time_functions, convert_between_points_in_time) {
    // 2011-02-03 04:05:06.789 UTC as the Python driver's version 1 UUID.
    const texts ids{"c9072950-2f4a-11e0-8080-808080808080", "null"};
    const auto times = call("to_timestamp", {column_of("timeuuid", ids)});
    EXPECT_EQ(times[0], "'2011-02-03T04:05:06.789Z'") << times[0];
    EXPECT_EQ(times[1], "null");
    EXPECT_EQ(call("totimestamp", {column_of("date", {"2011-02-03"})}),
              (texts{"'2011-02-03T00:00:00.000Z'"}));
    EXPECT_EQ(call("to_date", {column_of("timestamp", {"-1", "86400000", "empty"})}),
              (texts{"'1970-01-01'", "'1970-01-02'", "null"}));
    EXPECT_EQ(call("to_unix_timestamp", {column_of("date", {"1970-01-02"})}), (texts{"86400000"}));
    EXPECT_EQ(call("tounixtimestamp", {column_of("timestamp", {"-5"})}), (texts{"-5"}));
}

TEST(time_functions, boundaries_enclose_every_timeuuid_of_the_millisecond) {
    const auto at = column_of("timestamp", {"1296705906789"});
    const auto least = call("min_timeuuid", {at})[0];
    const auto greatest = call("maxtimeuuid", {at})[0];
    // From Cassandra 5.0.8.
    EXPECT_EQ(least, "c9072950-2f4a-11e0-8080-808080808080");
    EXPECT_EQ(greatest, "c907505f-2f4a-11e0-7f7f-7f7f7f7f7f7f");
    const auto t = type::native_by_name("timeuuid");
    EXPECT_EQ(call("to_timestamp", {column_of(t, {least, greatest})}),
              (texts{"'2011-02-03T04:05:06.789Z'", "'2011-02-03T04:05:06.789Z'"}));
    EXPECT_TRUE(types::compare(*t, *types::from_text(*t, least), *types::from_text(*t, greatest)) <
                0);
}

TEST(time_functions, clocks_give_every_row_its_own_id) {
    const auto ids = call("now", {});
    ASSERT_EQ(ids.size(), 2u);
    EXPECT_NE(ids[0], ids[1]);
    EXPECT_EQ(uuid::parse(ids[0])->version(), 1);
    EXPECT_EQ(uuid::parse(call("uuid", {})[0])->version(), 4);
    EXPECT_GT(call("current_timestamp", {})[0], "'2024");
    EXPECT_GT(call("currentdate", {})[0], "'2024");
    EXPECT_FALSE(std::get<scalar_function_ptr>(find("now", {}))->is_pure);
}

TEST(blob_conversions, both_namings_for_every_type) {
    EXPECT_EQ(call("int_as_blob", {column_of("int", {"1", "null", "empty"})}),
              (texts{"0x00000001", "null", "0x"}));
    EXPECT_EQ(call("intasblob", {column_of("int", {"1"})}), (texts{"0x00000001"}));
    EXPECT_EQ(call("blobasbigint", {column_of("blob", {"0x0000000000000005"})}), (texts{"5"}));
    EXPECT_EQ(call("blob_as_varchar", {column_of("blob", {"0x61"})}), (texts{"'a'"}));
    EXPECT_EQ(call("blob_as_int", {column_of("blob", {"0x61"})}),
              (texts{"In call to function system.blob_as_int, value 0x61 is not a valid binary "
                     "representation for type int"}));
}

TEST(token_function, hashes_the_partition_key) {
    EXPECT_EQ(call("token", {column_of("text", {"rabbit", "null"})}),
              (texts{"-6932676835251255686", "null"}));
    const auto expected =
        data::token_of(data::serialise_partition_key({bytes("\0\0\0\1", 4), "x"})).value;
    EXPECT_EQ(call("token", {column_of("int", {"1"}), column_of("text", {"x"})}),
              (texts{std::to_string(expected)}));
}

TEST(collection_functions, take_maps_apart) {
    const auto t = type::map_of(type::native_by_name("int"), type::native_by_name("text"), true);
    data::column_vector column(t);
    column.append_serialised(types::join_map(
        std::vector<std::pair<bytes, bytes>>{{types::serialise_integer<std::int32_t>(1), "a"},
                                             {types::serialise_integer<std::int32_t>(2), "b"}}));
    column.append_null();
    EXPECT_EQ(call("map_keys", {column}), (texts{"{1, 2}", "null"}));
    EXPECT_EQ(call("map_values", {column}), (texts{"['a', 'b']", "null"}));
    EXPECT_EQ(call("collection_count", {column}), (texts{"2", "null"}));
}

TEST(math_functions, keep_their_arguments_type) {
    EXPECT_EQ(call("abs", {column_of("int", {"-5", "-2147483648", "null"})}),
              (texts{"5", "-2147483648", "null"}));
    EXPECT_EQ(call("abs", {column_of("decimal", {"-1.50"})}), (texts{"1.50"}));
    EXPECT_EQ(call("exp", {column_of("int", {"1", "1000"})}), (texts{"2", "2147483647"}));
    EXPECT_EQ(call("log10", {column_of("double", {"1000", "0"})}), (texts{"3.0", "-Infinity"}));
    EXPECT_EQ(call("round", {column_of("double", {"2.5", "-2.5", "2.4"})}),
              (texts{"3.0", "-2.0", "2.0"}));
    EXPECT_EQ(call("round", {column_of("decimal", {"2.5", "-2.5"})}), (texts{"3", "-3"}));
    EXPECT_EQ(call("log10", {column_of("decimal", {"1000", "100"})}),
              (texts{"3.0000000000000000000000000000000", "2"}));
    EXPECT_EQ(call("exp", {column_of("varint", {"1"})}), (texts{"2"}));
    EXPECT_EQ(call("exp", {column_of("tinyint", {"100"})}), (texts{"-1"}));
    EXPECT_EQ(
        call("exp", {column_of("decimal", {"-7", "1000"})}),
        (texts{"0.00091188196555451620800313608440928", "1.9700711140170469938888793522433E+434"}));
    EXPECT_EQ(call("log", {column_of("int", {"0", "-7", "1000"})}),
              (texts{"-2147483648", "0", "6"}));
    EXPECT_EQ(call("round", {column_of("float", {"1e30", "NaN"})}), (texts{"2.1474836E9", "0.0"}));
    EXPECT_EQ(call("log", {column_of("decimal", {"0"})}),
              (texts{"Natural log of number zero or less"}));
}

TEST(builtin_instances, can_serve_as_state_functions) {
    const auto function = std::get<scalar_function_ptr>(find("abs", {type::native_by_name("int")}));
    auto instance = *function->code->instantiate({});
    EXPECT_TRUE(run(instance->set_state(types::serialise_integer<std::int32_t>(-3))));
    EXPECT_TRUE(run(instance->fold({{}, all_rows(2)})));
    EXPECT_EQ(*run(instance->state()), types::serialise_integer<std::int32_t>(3));
}

std::string operate(arithmetic_operator op, const data::column_vector& left,
                    const data::column_vector& right) {
    const auto t = arithmetic_result_type(op, left.type(), right.type());
    if (!t) return t.error().message();
    data::column_vector out(*t);
    const auto done = evaluate_arithmetic(op, left, right, all_rows(left.size()), out);
    if (!done) return done.error().message();
    return (*t)->to_cql() + " " + fmt::format("{}", fmt::join(texts_of(out), " "));
}

TEST(arithmetic, promotes_as_cassandra_does) {
    using enum arithmetic_operator;
    const auto one = [](std::string_view type_name) { return column_of(type_name, {"1"}); };
    EXPECT_EQ(operate(add, one("tinyint"), one("smallint")), "smallint 2");
    EXPECT_EQ(operate(add, one("int"), one("bigint")), "bigint 2");
    EXPECT_EQ(operate(add, one("counter"), one("int")), "bigint 2");
    EXPECT_EQ(operate(add, one("int"), one("float")), "float 2.0");
    EXPECT_EQ(operate(add, one("bigint"), one("float")), "double 2.0");
    EXPECT_EQ(operate(add, one("varint"), one("bigint")), "varint 2");
    EXPECT_EQ(operate(add, one("varint"), one("float")), "decimal 2.0");
    EXPECT_EQ(operate(add, one("double"), one("decimal")), "decimal 2.0");
    EXPECT_EQ(operate(add, one("int"), column_of("text", {"1"})),
              "the '+' operation is not supported between int and text");
}

TEST(arithmetic, wraps_divides_and_respects_nulls) {
    using enum arithmetic_operator;
    EXPECT_EQ(operate(add, column_of("int", {"2147483647", "null", "empty"}),
                      column_of("int", {"1", "1", "1"})),
              "int -2147483648 null null");
    EXPECT_EQ(operate(multiply, column_of("tinyint", {"64"}), column_of("tinyint", {"4"})),
              "tinyint 0");
    EXPECT_EQ(
        operate(divide, column_of("int", {"-7", "-2147483648"}), column_of("int", {"2", "-1"})),
        "int -3 -2147483648");
    EXPECT_EQ(operate(modulo, column_of("int", {"-7"}), column_of("int", {"2"})), "int -1");
    EXPECT_EQ(operate(divide, column_of("int", {"1"}), column_of("int", {"0"})),
              "the operation 'int / int' failed: / by zero");
    EXPECT_EQ(operate(divide, column_of("double", {"1"}), column_of("double", {"0"})),
              "double Infinity");
    EXPECT_EQ(operate(divide, column_of("decimal", {"10"}), column_of("decimal", {"4"})),
              "decimal 2.5");
    EXPECT_EQ(operate(modulo, column_of("varint", {"-7"}), column_of("varint", {"2"})),
              "varint -1");
    const auto zero = column_of("int", {"0"});
    data::column_vector out(zero.type());
    const auto failed = evaluate_arithmetic(modulo, zero, zero, all_rows(1), out);
    EXPECT_EQ(failed.error().code(), error_code::function_failure);
}

TEST(arithmetic, moves_times_by_durations) {
    using enum arithmetic_operator;
    const auto by = [](std::string text) { return column_of("duration", {std::move(text)}); };
    EXPECT_EQ(operate(add, column_of("date", {"2015-01-31"}), by("1mo")), "date '2015-02-28'");
    EXPECT_EQ(operate(subtract, column_of("date", {"2016-03-01"}), by("1d")), "date '2016-02-29'");
    EXPECT_EQ(
        operate(add, column_of("date", {"2016-03-01"}), by("1h")),
        "the operation 'date + duration' failed: The duration must have a day precision. Was: "
        "1h");
    EXPECT_EQ(operate(add, column_of("timestamp", {"2015-12-31 23:59"}), by("1y2d90s")),
              "timestamp '2017-01-03T00:00:30.000Z'");
    EXPECT_EQ(operate(subtract, column_of("timestamp", {"0"}), by("1ms")),
              "timestamp '1969-12-31T23:59:59.999Z'");
}

std::string cast(std::string_view from, const std::string& text, std::string_view to) {
    return call(cast_function_name(to), {column_of(from, {text})})[0];
}

TEST(casts, narrow_and_widen_as_java) {
    EXPECT_EQ(cast("int", "300", "tinyint"), "44");
    EXPECT_EQ(cast("double", "1e10", "int"), "2147483647");
    EXPECT_EQ(cast("double", "-1.9", "int"), "-1");
    EXPECT_EQ(cast("double", "NaN", "bigint"), "0");
    EXPECT_EQ(cast("double", "300.5", "tinyint"), "44");
    EXPECT_EQ(cast("varint", "18446744073709551617", "bigint"), "1");
    EXPECT_EQ(cast("decimal", "1.9", "varint"), "1");
    EXPECT_EQ(cast("double", "0.1", "decimal"), "0.1");
    EXPECT_EQ(cast("float", "0.1", "double"), "0.10000000149011612");
    EXPECT_EQ(cast("float", "NaN", "decimal"), "A NaN cannot be converted into a decimal");
    EXPECT_EQ(cast("int", "null", "bigint"), "null");
    EXPECT_EQ(cast("double", "1e300", "varint"), "9223372036854775807");
}

TEST(casts, to_text_and_between_times) {
    EXPECT_EQ(cast("int", "7", "text"), "'7'");
    EXPECT_EQ(cast("double", "7", "ascii"), "'7.0'");
    EXPECT_EQ(cast("boolean", "true", "text"), "'true'");
    EXPECT_EQ(cast("date", "2015-05-03", "text"), "'2015-05-03'");
    EXPECT_EQ(cast("inet", "::1", "text"), "'0:0:0:0:0:0:0:1'");
    EXPECT_EQ(cast("ascii", "it's", "text"), "'it''s'");
    EXPECT_EQ(cast("timestamp", "2015-05-03 10:00", "date"), "'2015-05-03'");
    EXPECT_EQ(cast("date", "2015-05-03", "timestamp"), "'2015-05-03T00:00:00.000Z'");
}

}  // namespace
}  // namespace nacre::function
