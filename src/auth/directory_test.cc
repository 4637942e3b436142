#include "auth/directory.h"

#include <gtest/gtest.h>

#include "auth/principal.h"
#include "auth/resource.h"

namespace nacre::auth {
namespace {

role named(const std::string& name, std::set<std::string, std::less<>> member_of = {}) {
    role made;
    made.name = name;
    made.member_of = std::move(member_of);
    return made;
}

role with_grants(const std::string& name, const std::vector<resource>& on) {
    auto made = named(name);
    for (const auto& each : on) made.grants.insert_or_assign(each.name(), each.applicable());
    return made;
}

std::vector<std::string> grants_of(const directory& roles, const std::string& name) {
    std::vector<std::string> names;
    for (const auto& [resource_name, permissions] : roles.find(name)->grants) {
        names.push_back(resource_name);
    }
    return names;
}

TEST(directory, follows_roles_that_were_granted_in_a_circle) {
    // Statements make no circles, but whoever writes the tables himself may.
    directory roles;
    roles.put(named("a", {"b"}));
    roles.put(named("b", {"c", "nobody"}));
    auto c = named("c", {"a"});
    c.is_superuser = true;
    roles.put(c);
    EXPECT_EQ(roles.with_granted("a").size(), 3);
    EXPECT_TRUE(roles.has_superuser_status("a"));
    EXPECT_TRUE(roles.with_granted("nobody").empty());
}

TEST(directory, role_that_is_removed_leaves_its_members) {
    directory roles;
    roles.put(named("a", {"b", "c"}));
    roles.put(named("b"));
    roles.put(named("c"));
    roles.put_identity("x", "b");
    roles.put_identity("y", "c");
    roles.remove("b");
    EXPECT_EQ(roles.find("a")->member_of, (std::set<std::string, std::less<>>{"c"}));
    EXPECT_FALSE(roles.identities().contains("x"));
    EXPECT_TRUE(roles.identities().contains("y"));
}

TEST(directory, revokes_on_one_resource_and_in_one_keyspace) {
    const std::vector<resource> all = {
        resource::all_keyspaces(),  resource::keyspace("ks"),    resource::all_tables("ks"),
        resource::table("ks", "t"), resource::functions("ks"),   resource::function("ks", "f", {}),
        resource::keyspace("ks2"),  resource::table("ks2", "t"), resource::role("ks")};
    directory roles;
    roles.put(with_grants("a", all));
    roles.put(with_grants("b", {resource::table("ks", "t")}));
    roles.revoke_all_on(resource::table("ks", "t").name());
    EXPECT_TRUE(grants_of(roles, "b").empty());
    EXPECT_EQ(grants_of(roles, "a").size(), all.size() - 1);
    roles.revoke_all_in("ks");
    EXPECT_EQ(grants_of(roles, "a"),
              (std::vector<std::string>{"data", "data/ks2", "data/ks2/t", "roles/ks"}));
    roles.revoke_all_in("ks");
}

TEST(principal, has_what_its_roles_have) {
    directory roles;
    roles.put(with_grants("g", {resource::keyspace("ks")}));
    roles.put(named("r", {"g"}));
    const auto account = std::make_shared<runtime::account>("r");
    const principal who("r", std::make_shared<const directory>(roles),
                        principal::checks::permissions, account);
    for (int asked = 0; asked < 2; ++asked) {
        EXPECT_TRUE(who.may(permission::select, resource::table("ks", "t")));
        EXPECT_FALSE(who.may(permission::execute, resource::table("ks", "t")));
        EXPECT_FALSE(who.may(permission::select, resource::table("ks2", "t")));
        EXPECT_TRUE(who.may(permission::select, resource::table("system", "local")));
        EXPECT_FALSE(who.may(permission::modify, resource::table("system", "local")));
    }
    EXPECT_EQ(who.require(permission::drop, resource::role("r")).error().message(),
              "User r has no DROP permission on <role r> or any of its parents");
}

}  // namespace
}  // namespace nacre::auth
