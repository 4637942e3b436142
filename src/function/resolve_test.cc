#include "function/resolve.h"

#include <gtest/gtest.h>

#include "function/builtins.h"
#include "function/column_function.h"

namespace nacre::function {
namespace {

using types::type;
using types::type_ptr;

type_ptr named(std::string_view name) {
    return type::native_by_name(name);
}

/// An argument of a known type, such as a column.
argument of(const type_ptr& t, std::string text = "c") {
    return {[t](const types::type& wanted) {
                if (t->same_values(wanted)) return fit::exact;
                return types::is_value_compatible(wanted, *t) ? fit::weak : fit::none;
            },
            t, std::move(text)};
}

argument marker() {
    return {[](const types::type&) { return fit::weak; }, std::nullopt, "?"};
}

scalar_function_ptr user_function(std::string name, std::vector<type_ptr> arguments,
                                  const type_ptr& returned) {
    auto made = std::make_shared<scalar_function>();
    made->signature = {"ks", std::move(name), std::move(arguments), returned};
    made->is_native = false;
    return made;
}

class resolving : public ::testing::Test {
  protected:
    resolving() {
        add_builtins(functions);
        functions.add(user_function("f", {named("int")}, named("text")));
        functions.add(user_function("g", {named("text")}, named("int")));
        functions.add(user_function("g", {named("blob")}, named("bigint")));
        functions.add(user_function("abs", {named("int")}, named("int")));
        functions.add(user_function("h", {named("varint")}, named("int")));
        functions.add(user_function("h", {named("blob")}, named("int")));
    }
    std::string call(const std::optional<std::string>& keyspace, const std::string& name,
                     const std::vector<argument>& arguments,
                     const types::type_ptr& receiver = nullptr) {
        const auto found = resolve(functions, keyspace, name, "ks", arguments, receiver);
        if (!found) {
            EXPECT_EQ(found.error().code(), error_code::invalid);
            return found.error().message();
        }
        if (const auto* scalar = std::get_if<scalar_function_ptr>(&*found)) {
            return describe((*scalar)->signature);
        }
        return "aggregate " + describe(std::get<aggregate_function_ptr>(*found)->signature());
    }
    registry functions;
};

TEST_F(resolving, finds_by_keyspace_then_in_system) {
    EXPECT_EQ(call({}, "f", {of(named("int"))}), "ks.f : (int) -> text");
    EXPECT_EQ(call("ks", "f", {of(named("int"))}), "ks.f : (int) -> text");
    EXPECT_EQ(call({}, "now", {}), "system.now : () -> timeuuid");
    EXPECT_EQ(call("system", "now", {}), "system.now : () -> timeuuid");
    EXPECT_EQ(call("ks", "now", {}), "Unknown function 'ks.now'");
    EXPECT_EQ(call({}, "nowhere", {}), "Unknown function 'nowhere'");
}

TEST_F(resolving, one_candidate_is_checked_argument_by_argument) {
    EXPECT_EQ(call({}, "f", {}),
              "Invalid number of arguments in call to function ks.f: 1 required but 0 provided");
    EXPECT_EQ(call({}, "f", {of(named("text"), "name")}),
              "Type error: name cannot be passed as argument 0 of function ks.f of type int");
    EXPECT_EQ(call({}, "f", {marker()}), "ks.f : (int) -> text");
}

TEST_F(resolving, exact_overloads_win_over_assignable_ones) {
    EXPECT_EQ(call({}, "g", {of(named("text"))}), "ks.g : (text) -> int");
    EXPECT_EQ(call({}, "g", {of(named("uuid"))}), "ks.g : (blob) -> bigint");
    EXPECT_EQ(call({}, "g", {marker()}),
              "Ambiguous call to function g (can be matched by following signatures: ks.g : (text) "
              "-> int, ks.g : (blob) -> bigint): use type casts to disambiguate");
    EXPECT_EQ(call({}, "g", {marker()}, named("bigint")), "ks.g : (blob) -> bigint");
    EXPECT_EQ(call({}, "g", {marker(), marker()}),
              "Invalid call to function g, none of its type signatures match (known type "
              "signatures: ks.g : (text) -> int, ks.g : (blob) -> bigint)");
}

TEST_F(resolving, a_user_function_goes_before_a_builtin_of_its_signature) {
    EXPECT_EQ(call({}, "abs", {of(named("int"))}), "ks.abs : (int) -> int");
    EXPECT_EQ(call("ks", "abs", {of(named("int"))}), "ks.abs : (int) -> int");
    EXPECT_EQ(call({}, "abs", {of(named("double"))}), "system.abs : (double) -> double");
}

TEST_F(resolving, generic_builtins_take_any_type) {
    EXPECT_EQ(call({}, "max", {of(type::list_of(named("int")))}),
              "aggregate system.max : (list<int>) -> list<int>");
    EXPECT_EQ(call({}, "count", {}), "aggregate system.count : () -> bigint");
    EXPECT_EQ(call({}, "count", {of(named("inet"))}), "aggregate system.count : (inet) -> bigint");
    EXPECT_EQ(call({}, "token", {of(named("int")), of(named("text"))}),
              "system.token : (int, text) -> bigint");
    EXPECT_EQ(call({}, "max", {marker()}),
              "Cannot infer type of argument ? in call to function system.max(any): use type casts "
              "to disambiguate");
    EXPECT_EQ(call({}, "max", {}), "Invalid number of arguments for function system.max(any)");
    EXPECT_EQ(call({}, "map_keys", {of(named("int"))}),
              "Function system.map_keys requires a map argument, but found argument c of type int");
    EXPECT_EQ(call({}, "sum", {of(named("smallint"))}),
              "aggregate system.sum : (smallint) -> smallint");
}

}  // namespace
}  // namespace nacre::function
