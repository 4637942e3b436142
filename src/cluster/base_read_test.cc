#include "cluster/base_read.h"

#include <gtest/gtest.h>

#include "cluster/scan_position.h"
#include "types/value.h"

namespace nacre::cluster {
namespace {

using types::type;
using types::type_kind;

schema::column_definition column(std::string name, schema::column_kind kind,
                                 std::uint32_t position = 0,
                                 schema::clustering_order order = schema::clustering_order::none) {
    schema::column_definition made;
    made.name = std::move(name);
    made.type = type::native(type_kind::int_);
    made.kind = kind;
    made.position = position;
    made.order = order;
    return made;
}

// CREATE TABLE ks.t (a int, "B" int, c int, d int, e int, v int, s int static,
//     PRIMARY KEY ((a, "B"), c, d, e)) WITH CLUSTERING ORDER BY (c ASC, d DESC, e ASC)
schema::table_ptr make_table() {
    using enum schema::column_kind;
    using enum schema::clustering_order;
    std::vector<schema::column_definition> columns = {
        column("a", partition_key, 0),
        column("B", partition_key, 1),
        column("c", clustering, 0, ascending),
        column("d", clustering, 1, descending),
        column("e", clustering, 2, ascending),
        column("v", regular),
        column("s", static_),
    };
    for (std::uint32_t i = 0; i < columns.size(); ++i) columns[i].id = i + 1;
    return std::make_shared<const schema::table>("ks", "t", uuid::random(), 1000, 8,
                                                 std::move(columns), schema::table_options());
}

storage::scan_request request_for(std::vector<std::string> columns) {
    storage::scan_request request;
    request.table = make_table();
    for (const auto& name : columns) request.columns.push_back({*request.table->find(name)});
    return request;
}

bytes number(std::int32_t value) {
    return types::serialise_integer(value);
}

data::clustering_range slice(std::vector<std::int32_t> from, bool from_inclusive,
                             std::vector<std::int32_t> to, bool to_inclusive) {
    data::clustering_range made;
    for (const auto value : from) made.start.prefix.push_back(number(value));
    for (const auto value : to) made.end.prefix.push_back(number(value));
    made.start.inclusive = from_inclusive;
    made.end.inclusive = to_inclusive;
    return made;
}

// The relations of each part, with their values.
std::vector<std::string> relations(const data::clustering_range& of) {
    const auto request = request_for({"v"});
    const auto read = base_read::make(request);
    std::vector<std::string> parts;
    for (const auto& simple : simple_slices(of)) {
        const auto statement = read->of_partition({number(0), number(0)}, simple);
        const auto key = std::string_view(R"("B" = ?)");
        auto text = statement.text.substr(statement.text.find(key) + key.size());
        // Behind the two values of the partition key.
        auto values = statement.values.content().substr(16);
        while (!values.empty()) {
            const auto value = load_big_endian<std::int32_t>(values.data() + 4);
            values.remove_prefix(8);
            text.replace(text.find('?'), 1, fmt::format("{}", value));
        }
        parts.push_back(text.empty() ? text : text.substr(5));
    }
    return parts;
}

using texts = std::vector<std::string>;

TEST(simple_slices, one_range_of_the_next_column) {
    EXPECT_EQ(relations(slice({}, true, {}, true)), texts{""});
    EXPECT_EQ(relations(slice({1}, true, {1}, true)), texts{"c = 1"});
    EXPECT_EQ(relations(slice({1}, false, {5}, true)), texts{"c > 1 AND c <= 5"});
    EXPECT_EQ(relations(slice({1}, true, {}, true)), texts{"c >= 1"});
    EXPECT_EQ(relations(slice({1, 2, 3}, true, {1, 2, 3}, true)),
              texts{"c = 1 AND d = 2 AND e = 3"});
}

TEST(simple_slices, the_stored_order_of_a_descending_column_is_turned) {
    EXPECT_EQ(relations(slice({1, 9}, false, {1, 2}, true)), texts{"c = 1 AND d < 9 AND d >= 2"});
    EXPECT_EQ(relations(slice({1, 9}, true, {1}, true)), texts{"c = 1 AND d <= 9"});
}

TEST(simple_slices, a_range_of_several_columns_is_cut_in_the_stored_order) {
    EXPECT_EQ(relations(slice({1, 2, 3}, false, {}, true)),
              (texts{"c = 1 AND d = 2 AND e > 3", "c = 1 AND d < 2", "c > 1"}));
    EXPECT_EQ(relations(slice({1, 2}, true, {4, 5, 6}, true)),
              (texts{"c = 1 AND d <= 2", "c > 1 AND c < 4", "c = 4 AND d > 5",
                     "c = 4 AND d = 5 AND e <= 6"}));
}

TEST(simple_slices, nothing_lies_behind_the_whole_of_a_bound) {
    EXPECT_TRUE(simple_slices(slice({1}, false, {1, 2}, true)).empty());
    EXPECT_TRUE(simple_slices(slice({1, 2}, true, {1}, false)).empty());
}

TEST(base_read, asks_for_the_partition_key_besides) {
    const auto request = request_for({"v", "B"});
    const auto read = base_read::make(request);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->of_range({}).text,
              R"(SELECT v, "B", a FROM ks.t WHERE token(a, "B") > ? AND token(a, "B") <= ?)");
    EXPECT_EQ(read->partition_key(), (std::vector<std::size_t>{2, 1}));
}

TEST(base_read, rows_of_static_columns_alone_can_be_told) {
    auto request = request_for({"v"});
    request.static_rows = false;
    const auto read = base_read::make(request);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->clustering_key(), std::vector<std::size_t>{3});
    EXPECT_EQ(read->column_count(), 4);
}

TEST(base_read, several_slices_of_the_ring_are_read_as_one) {
    auto request = request_for({"v"});
    request.slices = {slice({1}, true, {1}, true), slice({3}, true, {4, 5}, false)};
    const auto read = base_read::make(request);
    ASSERT_TRUE(read.ok());
    EXPECT_TRUE(read->covers_slices());
    const auto text = read->of_range({}).text;
    EXPECT_NE(text.find(" AND c >= ? AND c <= ? ALLOW FILTERING"), std::string::npos) << text;

    const auto inside = [&](int c, int d) {
        const std::vector<bytes> key{number(c), number(d), number(0)};
        return lies_in(request.slices, *request.table, {key.begin(), key.end()});
    };
    EXPECT_TRUE(inside(1, 9) && inside(3, 0) && inside(4, 6));
    EXPECT_FALSE(inside(0, 9) || inside(2, 0) || inside(4, 5) || inside(4, 4) || inside(5, 0));
}

TEST(base_read, conditions_are_the_clusters_to_filter_by) {
    using relation = storage::row_condition::relation;
    auto request = request_for({"v"});
    const auto ordinal = [&](const char* name) { return *request.table->find(name); };
    request.conditions = {{ordinal("v"), relation::greater_or_equal, "1", {}},
                          {ordinal("a"), relation::equal, "2", {}}};
    const auto read = base_read::make(request);
    ASSERT_TRUE(read.ok());
    const auto made = read->of_range({});
    EXPECT_TRUE(made.text.ends_with("<= ? AND v >= ? ALLOW FILTERING")) << made.text;
}

TEST(base_read, keys_of_cells_can_not_be_had) {
    auto request = request_for({"v"});
    request.columns.front().what = storage::wanted_column::part::path;
    EXPECT_EQ(base_read::make(request).error().code(), error_code::invalid);
}

TEST(scan_position, comes_back_as_it_went) {
    const scan_position there{{data::token{-5}, data::token{7}}, 3, 17, 1000, "state"};
    const auto back = scan_position::decode(there.encode());
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->range.after, there.range.after);
    EXPECT_EQ(back->range.up_to, there.range.up_to);
    EXPECT_EQ(back->statement, 3);
    EXPECT_EQ(back->skip, 17);
    EXPECT_EQ(back->page_rows, 1000);
    EXPECT_EQ(back->paging_state, "state");
}

TEST(scan_position, bytes_of_a_hostile_client_are_refused) {
    const scan_position sound{{}, 0, 1, 10, {}};
    const auto whole = sound.encode();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_EQ(scan_position::decode(bytes_view(whole).substr(0, size)).error().code(),
                  error_code::protocol_error);
    }
    EXPECT_FALSE(scan_position::decode(scan_position{{}, 0, 11, 10, {}}.encode()).ok());
    EXPECT_FALSE(scan_position::decode(scan_position{{}, 0, 0, 0, {}}.encode()).ok());
    EXPECT_FALSE(scan_position::decode(scan_position{{}, 0, 0, 1 << 20, {}}.encode()).ok());
}

}  // namespace
}  // namespace nacre::cluster
