#include "auth/resource.h"

#include <gtest/gtest.h>

namespace nacre::auth {
namespace {

using strings = std::vector<std::string>;
using types::type;
using types::type_kind;

TEST(resource, has_the_names_that_cassandra_stores) {
    const auto integer = type::native(type_kind::int_);
    const auto text = type::native(type_kind::text);
    const auto user = type::user("ks", "ty", {"a"}, {integer});
    const auto list = type::list_of(type::freeze(user));
    const std::string package = "org.apache.cassandra.db.marshal.";
    const auto user_name = package + "UserType(ks,7479,61:" + package + "Int32Type)";

    EXPECT_EQ(resource::all_keyspaces().name(), "data");
    EXPECT_EQ(resource::keyspace("ks").name(), "data/ks");
    EXPECT_EQ(resource::all_tables("ks").name(), "data/ks/*");
    EXPECT_EQ(resource::table("ks", "t").name(), "data/ks/t");
    EXPECT_EQ(resource::all_roles().name(), "roles");
    EXPECT_EQ(resource::role("a/b").name(), "roles/a/b");
    EXPECT_EQ(resource::functions("ks").name(), "functions/ks");
    EXPECT_EQ(resource::function("ks", "none", {}).name(), "functions/ks/none[]");
    EXPECT_EQ(resource::function("ks", "f", {user, type::tuple_of({integer, text}), list}).name(),
              "functions/ks/f[" + user_name + "^" + package + "TupleType(" + package +
                  "Int32Type," + package + "UTF8Type)^" + package + "ListType(" + package +
                  "FrozenType(" + user_name + "))]");
}

TEST(resource, is_shown_as_cassandra_shows_it) {
    const auto integer = type::native(type_kind::int_);
    const auto list = type::list_of(type::list_of(integer, true));
    EXPECT_EQ(resource::all_keyspaces().to_string(), "<all keyspaces>");
    EXPECT_EQ(resource::keyspace("ks").to_string(), "<keyspace ks>");
    EXPECT_EQ(resource::all_tables("ks").to_string(), "<all tables in ks>");
    EXPECT_EQ(resource::table("ks", "t").to_string(), "<table ks.t>");
    EXPECT_EQ(resource::all_functions().to_string(), "<all functions>");
    EXPECT_EQ(resource::functions("ks").to_string(), "<all functions in ks>");
    EXPECT_EQ(resource::function("ks", "f", {integer, list}).to_string(),
              "<function ks.f(int, list<frozen<list<int>>>)>");
    EXPECT_EQ(resource::function("ks", "f", {}).to_string(), "<function ks.f()>");
    EXPECT_EQ(resource::all_roles().to_string(), "<all roles>");
    EXPECT_EQ(resource::role("a/b").to_string(), "<role a/b>");
}

TEST(resource, is_below_others) {
    const auto function = resource::function("ks", "f", {});
    EXPECT_EQ(resource::table("ks", "t").chain(),
              (strings{"data/ks/t", "data/ks/*", "data/ks", "data"}));
    EXPECT_EQ(resource::all_tables("ks").chain(), (strings{"data/ks/*", "data/ks", "data"}));
    EXPECT_EQ(function.chain(), (strings{"functions/ks/f[]", "functions/ks", "functions"}));
    EXPECT_EQ(resource::role("r").chain(), (strings{"roles/r", "roles"}));
}

TEST(resource, of_the_system_is_not_below_all_keyspaces) {
    EXPECT_EQ(resource::table("system_auth", "roles").chain(),
              (strings{"data/system_auth/roles", "data/system_auth/*", "data/system_auth"}));
}

TEST(resource, is_read_back_from_its_name) {
    for (const auto& each :
         {resource::all_keyspaces(), resource::keyspace("ks"), resource::all_tables("ks"),
          resource::table("ks", "t"), resource::all_functions(), resource::functions("ks"),
          resource::function("ks", "f", {type::native(type_kind::int_)}), resource::all_roles(),
          resource::role("a/b")}) {
        const auto again = resource::parse(each.name());
        ASSERT_TRUE(again) << each.name();
        EXPECT_EQ(again->what(), each.what()) << each.name();
        EXPECT_EQ(again->to_string(), each.to_string());
        EXPECT_EQ(again->applicable(), each.applicable());
    }
    EXPECT_FALSE(resource::parse("mbean"));
    EXPECT_FALSE(resource::parse(""));
    EXPECT_EQ(resource::parse("functions/ks/f[Nonsense]")->to_string(),
              "<function ks.f(Nonsense)>");
}

}  // namespace
}  // namespace nacre::auth
