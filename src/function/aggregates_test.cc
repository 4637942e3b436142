#include "function/evaluation_test_support.h"

namespace nacre::function {
namespace {

using namespace testing;
using types::type;

void add(accumulator& to, const data::column_vector& column, std::span<const std::uint32_t> rows,
         std::span<const std::uint32_t> ends = {}) {
    const data::column_vector* argument = &column;
    EXPECT_TRUE(run(to.fold({{&argument, 1}, rows}, ends)));
}

/// Ends the open group and tells its result.
result<optional_bytes> finish(accumulator& of, const types::type_ptr& returned) {
    const std::uint32_t here = 0;
    of.forget_groups();
    NACRE_CHECK(run(of.fold({}, std::span(&here, 1))));
    data::column_vector results(returned);
    NACRE_CHECK(run(of.results(std::span(&here, 1), results)));
    return results.serialised(0);
}

/// The aggregate over the rows whole, over two halves merged, and over the same rows as three
/// groups, one of them empty: all must agree.
std::string aggregate(const std::string& name, const data::column_vector& column) {
    const auto function = std::get<aggregate_function_ptr>(find(name, {column.type()}));
    EXPECT_TRUE(function->can_merge());
    const auto rows = all_rows(column.size());
    const std::span<const std::uint32_t> all(rows);
    const auto& returned = function->signature().return_type;

    auto whole = *function->make_accumulator({});
    const data::column_vector* argument = &column;
    const auto taken = run(whole->fold({{&argument, 1}, rows}, {}));
    if (!taken) return taken.error().message();
    const auto answer = finish(*whole, returned);
    if (!answer) return answer.error().message();

    auto left = *function->make_accumulator({});
    auto right = *function->make_accumulator({});
    add(*left, column, all.first(rows.size() / 2));
    add(*right, column, all.subspan(rows.size() / 2));
    EXPECT_TRUE(run(left->merge(*run(right->take_partial()))));
    EXPECT_EQ(*finish(*left, returned), *answer) << name << " in pieces";
    EXPECT_EQ(*finish(*right, returned), *finish(*whole, returned)) << name << " of no rows";

    auto groups = *function->make_accumulator({});
    const std::uint32_t ends[] = {0, column.size()};
    add(*groups, column, all, ends);
    add(*groups, column, all);
    const std::uint32_t last[] = {0};
    add(*groups, column, {}, last);
    data::column_vector results(returned);
    EXPECT_TRUE(run(groups->results(std::vector<std::uint32_t>{1, 2}, results)));
    EXPECT_EQ(results.serialised(0), *answer) << name << " as a group";
    EXPECT_EQ(results.serialised(1), *answer) << name << " as a later group";
    return text_of(*returned, *answer);
}

std::string aggregate(const std::string& name, std::string_view type_name,
                      const std::vector<std::string>& texts) {
    return aggregate(name, column_of(type_name, texts));
}

TEST(count, counts_rows_or_values) {
    EXPECT_EQ(aggregate("count", "int", {"1", "null", "empty", "0"}), "3");
    EXPECT_EQ(aggregate("count", "text", {"a", "null", "empty"}), "2");
    EXPECT_EQ(aggregate("count", "uuid", {"null"}), "0");
    const auto function = std::get<aggregate_function_ptr>(find("count", {}));
    auto rows = *function->make_accumulator({});
    EXPECT_TRUE(run(rows->fold({{}, all_rows(5)}, {})));
    EXPECT_EQ(*finish(*rows, function->signature().return_type),
              types::serialise_integer<std::int64_t>(5));
}

TEST(extremes, every_native_type_in_its_own_order) {
    // The empty value, the least of all, shows as null.
    const std::tuple<const char*, std::vector<std::string>, const char*, const char*> cases[] = {
        {"tinyint", {"3", "-128", "127"}, "-128", "127"},
        {"smallint", {"-1", "null", "-300"}, "-300", "-1"},
        {"int", {"-5", "-7", "empty", "-6"}, "null", "-5"},
        {"bigint",
         {"9223372036854775807", "-9223372036854775808", "0"},
         "-9223372036854775808",
         "9223372036854775807"},
        {"counter", {"1", "2"}, "1", "2"},
        {"timestamp", {"-1", "1"}, "'1969-12-31T23:59:59.999Z'", "'1970-01-01T00:00:00.001Z'"},
        {"date", {"1969-12-31", "1970-01-01"}, "'1969-12-31'", "'1970-01-01'"},
        {"time", {"00:00:01", "23:59:59"}, "'00:00:01.000000000'", "'23:59:59.000000000'"},
        {"boolean", {"true", "false"}, "false", "true"},
        {"float", {"1.5", "-2.5", "0"}, "-2.5", "1.5"},
        {"double", {"-0.0", "0.0"}, "-0.0", "0.0"},
        {"double", {"NaN", "Infinity", "-Infinity"}, "-Infinity", "NaN"},
        {"double", {"-3", "-2"}, "-3.0", "-2.0"},
        {"text", {"b", "null", "a", "ab"}, "'a'", "'b'"},
        {"varint", {"-300", "5", "empty"}, "null", "5"},
        {"decimal", {"1.10", "-2", "1.1"}, "-2", "1.10"},
        {"int", {"null", "null"}, "null", "null"},
        {"text", {}, "null", "null"},
    };
    for (const auto& [name, texts, least, greatest] : cases) {
        EXPECT_EQ(aggregate("min", name, texts), least) << name;
        EXPECT_EQ(aggregate("max", name, texts), greatest) << name;
    }
}

TEST(extremes, collections_too) {
    const auto t = type::list_of(type::native_by_name("int"), true);
    data::column_vector column(t);
    const auto one = types::serialise_integer<std::int32_t>(1);
    const auto two = types::serialise_integer<std::int32_t>(2);
    column.append_serialised(types::join_list(std::vector<optional_bytes>{one, two}));
    column.append_serialised(types::join_list(std::vector<optional_bytes>{two}));
    EXPECT_EQ(aggregate("max", column), "[2]");
    EXPECT_EQ(aggregate("min", column), "[1, 2]");
}

TEST(sums, integers_wrap_and_averages_do_not) {
    EXPECT_EQ(aggregate("sum", "tinyint", {"127", "1"}), "-128");
    EXPECT_EQ(aggregate("avg", "tinyint", {"127", "127", "null"}), "127");
    EXPECT_EQ(aggregate("sum", "int", {"2147483647", "1"}), "-2147483648");
    EXPECT_EQ(aggregate("avg", "int", {"2147483647", "2147483645"}), "2147483646");
    EXPECT_EQ(aggregate("avg", "int", {"-3", "-4"}), "-3");
    EXPECT_EQ(aggregate("sum", "bigint", {"9223372036854775807", "1"}), "-9223372036854775808");
    EXPECT_EQ(aggregate("avg", "bigint", {"9223372036854775807", "9223372036854775807"}),
              "9223372036854775807");
    EXPECT_EQ(aggregate("sum", "int", {}), "0");
    EXPECT_EQ(aggregate("avg", "smallint", {"null"}), "0");
    EXPECT_EQ(aggregate("sum", "counter", {"5", "6"}), "11");
}

TEST(sums, floating_point) {
    EXPECT_EQ(aggregate("sum", "double", {"0.1", "0.2", "0.3"}), "0.6");
    EXPECT_EQ(aggregate("avg", "double", {"1e308", "1e308"}), "1.0E308");
    EXPECT_EQ(aggregate("sum", "double", {"Infinity", "1"}), "Infinity");
    EXPECT_EQ(aggregate("sum", "double", {"Infinity", "-Infinity"}), "NaN");
    EXPECT_EQ(aggregate("sum", "float", {"1.5", "empty", "2.5"}), "4.0");
    EXPECT_EQ(aggregate("avg", "float", {"1", "2"}), "1.5");
    EXPECT_EQ(aggregate("avg", "double", {}), "0.0");
    EXPECT_EQ(aggregate("sum", "double", {"1e16", "1", "1"}), "1.0000000000000002E16");
}

TEST(sums, numbers_of_any_size) {
    EXPECT_EQ(aggregate("sum", "varint", {"99999999999999999999", "1"}), "100000000000000000000");
    EXPECT_EQ(aggregate("avg", "varint", {"-3", "-4"}), "-3");
    EXPECT_EQ(aggregate("sum", "decimal", {"1.10", "2.205"}), "3.305");
    EXPECT_EQ(aggregate("avg", "decimal", {"1.0", "1.5"}), "1.2") << "half to even";
    EXPECT_EQ(aggregate("avg", "decimal", {}), "0");
}

TEST(selections, only_selected_rows_count) {
    const auto column = column_of("int", {"9", "1", "2", "8"});
    const data::selection rows{1, 2};
    for (const auto& [name, expected] : {std::pair("max", "2"), std::pair("sum", "3"),
                                         std::pair("count", "2"), std::pair("avg", "1")}) {
        const auto function = std::get<aggregate_function_ptr>(find(name, {column.type()}));
        auto accumulator = *function->make_accumulator({});
        add(*accumulator, column, rows);
        const auto& returned = function->signature().return_type;
        EXPECT_EQ(text_of(*returned, *finish(*accumulator, returned)), expected);
    }
}

}  // namespace
}  // namespace nacre::function
