#include "schema/keyspace.h"

#include <gmock/gmock.h>

namespace nacre::schema {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using types::type;
using types::type_kind;
using types::type_ptr;

type_ptr number() {
    return type::native(type_kind::int_);
}

type_ptr user_type(std::string name, std::vector<type_ptr> fields) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < fields.size(); ++i) names.push_back("f" + std::to_string(i));
    return type::user("ks", std::move(name), std::move(names), std::move(fields));
}

table_ptr table_of(std::string name, const type_ptr& of) {
    return std::make_shared<table>(
        "ks", std::move(name), uuid::random(), 1, 3,
        std::vector<column_definition>{
            {"k", number(), column_kind::partition_key, 0, clustering_order::none, 1},
            {"v", of, column_kind::regular, 0, clustering_order::none, 2}},
        table_options());
}

function_ptr function_of(std::string name, std::vector<type_ptr> arguments,
                         std::string digest = "d", std::shared_ptr<const std::string> source = {}) {
    function_definition made;
    made.keyspace = "ks";
    made.name = std::move(name);
    made.argument_types = std::move(arguments);
    made.return_type = number();
    made.source_digest = std::move(digest);
    made.shared_source = std::move(source);
    return std::make_shared<const function_definition>(std::move(made));
}

aggregate_ptr aggregate_of(std::string name, std::string state, std::string last) {
    aggregate_definition made;
    made.keyspace = "ks";
    made.name = std::move(name);
    made.state_type = made.return_type = number();
    made.state_function = std::move(state);
    made.final_function = std::move(last);
    return std::make_shared<const aggregate_definition>(std::move(made));
}

TEST(keyspace, knows_what_is_made_of_a_type) {
    const auto inner = user_type("inner", {number()});
    const auto outer = user_type("outer", {number(), type::freeze(inner)});
    keyspace ks;
    ks.put(inner);
    ks.put(outer);
    ks.put(table_of("t2", type::list_of(type::freeze(outer))));
    ks.put(table_of("t1", inner));
    ks.put(table_of("t3", number()));
    ks.put(function_of("f", {type::freeze(outer)}));
    ks.put(function_of("f", {number()}));
    ks.put(function_of("g", {number()}));
    EXPECT_THAT(ks.users_of_type("inner", object_kind::type), ElementsAre("outer"));
    EXPECT_THAT(ks.users_of_type("inner", object_kind::table), ElementsAre("t1", "t2"));
    EXPECT_THAT(ks.users_of_type("outer", object_kind::table), ElementsAre("t2"));
    EXPECT_THAT(ks.users_of_type("inner", object_kind::function), ElementsAre("f"));
    EXPECT_THAT(ks.users_of_type("outer", object_kind::type), IsEmpty());

    // A copy goes its own way.
    auto next = ks;
    next.put(table_of("t2", number()));
    next.remove_table("t1");
    next.remove(find_function(next, "f", {type::freeze(outer)}));
    EXPECT_THAT(next.users_of_type("inner", object_kind::table), IsEmpty());
    EXPECT_THAT(next.users_of_type("inner", object_kind::function), IsEmpty());
    next.remove_type("outer");
    EXPECT_THAT(next.users_of_type("inner", object_kind::type), IsEmpty());
    EXPECT_THAT(ks.users_of_type("inner", object_kind::table), ElementsAre("t1", "t2"));
}

TEST(keyspace, counts_functions_and_tells_overloads_by_their_arguments) {
    keyspace ks;
    ks.put(function_of("f", {}));
    ks.put(function_of("f", {number()}));
    ks.put(function_of("g", {number()}));
    EXPECT_EQ(ks.function_count(), 3u);
    const auto replaced = find_function(ks, "f", {number()});
    ks.put(function_of("f", {number()}));
    EXPECT_EQ(ks.function_count(), 3u);
    EXPECT_NE(find_function(ks, "f", {number()}), replaced);
    ks.remove(replaced);
    EXPECT_EQ(ks.function_count(), 3u) << "it was not there any more";
    ks.remove(find_function(ks, "f", {number()}));
    ks.remove(find_function(ks, "f", {}));
    EXPECT_EQ(ks.function_count(), 1u);
    EXPECT_EQ(ks.functions().find("f"), nullptr);
}

TEST(keyspace, knows_the_parts_of_aggregates) {
    keyspace ks;
    ks.put(aggregate_of("b", "add", "show"));
    ks.put(aggregate_of("a", "add", "add"));
    ks.put(aggregate_of("c", "times", "show"));
    EXPECT_THAT(ks.aggregates_of("add"), ElementsAre("a", "b"));
    EXPECT_THAT(ks.aggregates_of("show"), ElementsAre("b", "c"));
    ks.remove(find_aggregate(ks, "b", {}));
    EXPECT_THAT(ks.aggregates_of("show"), ElementsAre("c"));
}

TEST(keyspace, finds_a_function_by_its_source) {
    const auto shared = std::make_shared<const std::string>("long");
    keyspace ks;
    EXPECT_EQ(ks.find_by_source("one"), nullptr);
    ks.put(function_of("a", {}, "one"));
    ks.put(function_of("b", {}, "one", shared));
    ks.put(function_of("c", {}, "two"));
    EXPECT_EQ(ks.find_by_source("one")->name, "b");
    ks.remove(find_function(ks, "b", {}));
    EXPECT_EQ(ks.find_by_source("one")->name, "a");
    ks.remove(find_function(ks, "a", {}));
    EXPECT_EQ(ks.find_by_source("one"), nullptr);
}

}  // namespace
}  // namespace nacre::schema
