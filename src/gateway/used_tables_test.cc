#include "gateway/used_tables.h"

#include <gtest/gtest.h>

#include "cql/parse.h"

namespace nacre::gateway {
namespace {

schema::snapshot with(const std::vector<std::string>& names, const uuid& id) {
    schema::keyspace keyspace;
    keyspace.name = "ks";
    for (const auto& name : names) {
        keyspace.put(std::make_shared<const schema::table>("ks", name, id, 1, 1,
                                                           std::vector<schema::column_definition>{},
                                                           schema::table_options{}));
    }
    schema::snapshot made;
    made.keyspaces.insert_or_assign("ks",
                                    std::make_shared<const schema::keyspace>(std::move(keyspace)));
    return made;
}

TEST(used_tables, are_those_of_the_schema_at_first) {
    const auto first = uuid::random();
    const auto second = uuid::random();
    for (const char* text : {"SELECT * FROM t", "INSERT INTO t (k) VALUES (?)",
                             "UPDATE t SET v = 1 WHERE k = 1", "DELETE FROM ks.t WHERE k = 1",
                             "BEGIN BATCH INSERT INTO u (k) VALUES (1); "
                             "DELETE FROM t WHERE k = 1; APPLY BATCH"}) {
        const auto parsed = cql::parse_statement(text);
        ASSERT_TRUE(parsed.ok()) << text;
        const used_tables used(parsed->tree, with({"t", "u"}, first), "ks");
        EXPECT_TRUE(used.are_in(with({"t", "u"}, first))) << text;
        EXPECT_FALSE(used.are_in(with({"u"}, first))) << text;
        EXPECT_FALSE(used.are_in(with({"t", "u"}, second))) << text;
        // What the schema had not yet may come.
        const used_tables none(parsed->tree, with({}, first), "ks");
        EXPECT_TRUE(none.are_in(with({"t", "u"}, first))) << text;
    }
}

}  // namespace
}  // namespace nacre::gateway
