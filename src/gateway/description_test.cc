#include "gateway/description.h"

#include <gtest/gtest.h>

namespace nacre::gateway {
namespace {

const std::vector<std::string> columns{"keyspace_name", "type", "name", "create_statement"};

std::vector<std::string> names(const description& described) {
    std::vector<std::string> all;
    for (const auto& row : described.rows) all.push_back(row[0] + "." + row[2]);
    return all;
}

TEST(description, functions_stand_between_types_and_tables_of_their_keyspace) {
    const description cluster{columns,
                              {{"a", "keyspace", "a", "…"},
                               {"a", "table", "t", "…"},
                               {"b", "keyspace", "b", "…"},
                               {"b", "type", "z", "…"},
                               {"b", "type", "y", "…"},
                               {"b", "function", "of_cluster(int)", "…"},
                               {"b", "table", "t", "…"}}};
    const description ours{columns,
                           {{"a", "function", "f(int)", "…"},
                            {"b", "function", "\"Next\"(int)", "…"},
                            {"b", "function", "plus(int)", "…"},
                            {"b", "aggregate", "total(int)", "…"}}};
    EXPECT_EQ(
        names(merged(cluster, ours)),
        (std::vector<std::string>{"a.a", "a.f(int)", "a.t", "b.b", "b.z", "b.y", "b.\"Next\"(int)",
                                  "b.of_cluster(int)", "b.plus(int)", "b.total(int)", "b.t"}));
}

TEST(description, a_listing_is_ordered_by_keyspace) {
    const std::vector<std::string> listed{"keyspace_name", "type", "name"};
    const description cluster{listed, {{"m", "function", "f(int)"}}};
    const description ours{
        listed,
        {{"a", "function", "g(int)"}, {"m", "function", "e(int)"}, {"z", "function", "h()"}}};
    EXPECT_EQ(names(merged(cluster, ours)),
              (std::vector<std::string>{"a.g(int)", "m.e(int)", "m.f(int)", "z.h()"}));
    EXPECT_EQ(names(merged({listed, {}}, ours)),
              (std::vector<std::string>{"a.g(int)", "m.e(int)", "z.h()"}));
}

}  // namespace
}  // namespace nacre::gateway
