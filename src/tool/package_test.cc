#include "tool/package.h"

#include <gtest/gtest.h>

namespace nacre::tool {
namespace {

TEST(package, types_come_after_their_parts_and_once) {
    package made;
    for (const auto* text :
         {"CREATE TYPE outer (parts frozen<list<frozen<inner>>>);",
          "CREATE TYPE IF NOT EXISTS inner (a int)", "CREATE TYPE inner (a int)"}) {
        const auto added = made.add_declaration(text);
        ASSERT_TRUE(added.ok()) << added.error().message();
    }
    made.finish();
    EXPECT_EQ(made.types,
              (std::vector<std::string>{
                  "CREATE TYPE IF NOT EXISTS inner (a int)",
                  "CREATE TYPE IF NOT EXISTS outer (parts frozen<list<frozen<inner>>>)"}));
}

TEST(package, aggregates_are_replaced) {
    package made;
    ASSERT_TRUE(made.add_declaration("create aggregate total (int) SFUNC s STYPE int;").ok());
    ASSERT_EQ(made.aggregates.size(), 1U);
    EXPECT_EQ(made.aggregates.front().statement,
              "CREATE OR REPLACE AGGREGATE total (int) SFUNC s STYPE int");
    EXPECT_EQ(made.aggregates.front().signature(), "total(int)");
}

TEST(package, nothing_else_is_run) {
    package made;
    EXPECT_FALSE(made.add_declaration("DROP KEYSPACE k").ok());
    EXPECT_FALSE(made.add_declaration("CREATE TYPE other.t (a int)").ok());
    EXPECT_FALSE(made.add_declaration("nonsense").ok());
}

TEST(package, a_module_tells_its_functions) {
    package made;
    const bytes module =
        "(module (@custom \"nacre.functions\" \"abi 3\\na(x int) CALLED ON NULL INPUT RETURNS "
        "int\\nb() CALLED ON NULL INPUT RETURNS int\\n\"))";
    ASSERT_TRUE(add_module(made, module, {}).ok());
    ASSERT_EQ(made.functions.size(), 2U);
    EXPECT_EQ(made.functions[0].signature(), "a(int)");
    EXPECT_EQ(made.functions[0].body, made.functions[1].body);
    EXPECT_EQ(*made.functions[0].body, module);
    package silent;
    EXPECT_FALSE(add_module(silent, "(module)", {}).ok());
    EXPECT_TRUE(add_module(silent, "(module)", {"f() CALLED ON NULL INPUT RETURNS int"}).ok());
}

}  // namespace
}  // namespace nacre::tool
