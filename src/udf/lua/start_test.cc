#include <gmock/gmock.h>

#include "udf/lua/lua_test_support.h"

// The first instance of a function compiles its script, later ones begin from the memory that it
// left: nobody must see a difference but in time.
namespace nacre::udf::lua {
namespace {

using testing::Each;
using testing::SizeIs;
using types::type_kind;

class lua_start : public lua_test {
  protected:
    /// The results of so many instances of the function, one row each.
    std::vector<std::string> results(const schema::function_ptr& definition, int instances) {
        const auto code = compile(definition);
        EXPECT_TRUE(code.ok()) << code.error().message();
        std::vector<data::column_vector> columns;
        columns.emplace_back(native(type_kind::int_));
        columns.back().append_native<std::int32_t>(1);
        std::vector<std::string> all;
        for (int i = 0; i < instances; ++i) {
            const auto out = call(**code, definition->return_type, columns);
            all.push_back(out.ok() ? std::string(out->view(0)) : out.error().message());
        }
        return all;
    }
    schema::function_ptr body(std::string text) {
        return define({{"a", native(type_kind::int_)}}, native(type_kind::text), std::move(text));
    }
};

TEST_F(lua_start, later_instances_do_the_same) {
    // All that a script can have before its first row: constants, closures, long strings.
    const auto all =
        results(body("local function twice(x) return 2 * x end\n"
                     "local long = '" +
                     std::string(5000, 'x') +
                     "'\n"
                     "local t = setmetatable({}, {__index = function(_, k) return k end})\n"
                     "return table.concat({twice(a), #long, t.key, math.pi // 1, "
                     "('x'):rep(3), utf8.char(8364), 1.5, 1 << 40}, ' ')"),
                5);
    EXPECT_THAT(all, Each(std::string("2 5000 key 3.0 xxx \u20ac 1.5 1099511627776")));
}

TEST_F(lua_start, nothing_of_an_earlier_instance_is_left) {
    const auto all = results(body("local before = tostring(string.mine) .. tostring(seen)\n"
                                  "string.mine, seen = 1, 2\n"
                                  "for i = 1, 1000 do local t = {i, tostring(i)} end\n"
                                  "return before .. collectgarbage('count')"),
                             5);
    EXPECT_THAT(all, Each(testing::StartsWith("nilnil")));
    EXPECT_THAT(std::set<std::string>(all.begin(), all.end()), SizeIs(1));
}

TEST_F(lua_start, chance_is_every_instance_s_own) {
    const auto random = results(body("return math.random(0)"), 20);
    EXPECT_THAT(std::set<std::string>(random.begin(), random.end()), SizeIs(20));
    auto same = std::make_shared<schema::function_definition>(*body("return math.random(0)"));
    same->is_deterministic = true;
    const auto fixed = results(same, 5);
    EXPECT_THAT(std::set<std::string>(fixed.begin(), fixed.end()), SizeIs(1));
}

TEST_F(lua_start, tables_have_the_same_order_everywhere) {
    // Hashes are not seeded: what depends on the order of pairs() can be repeated.
    const auto all = results(body("local t, out = {}, {} for i = 1, 50 do t['key' .. i] = i end\n"
                                  "for k in pairs(t) do out[#out + 1] = k end\n"
                                  "return table.concat(out)"),
                             5);
    EXPECT_THAT(std::set<std::string>(all.begin(), all.end()), SizeIs(1));
}

TEST_F(lua_start, errors_are_the_same) {
    const auto all = results(body("local x\n\nerror('no luck')"), 3);
    EXPECT_THAT(all, Each(testing::HasSubstr("f:3: no luck, called with (1)")));
}

TEST_F(lua_start, only_the_first_instance_loads_the_script) {
    const auto code = compile(body("return 'x'"));
    ASSERT_TRUE(code.ok());
    std::vector<data::column_vector> columns;
    columns.emplace_back(native(type_kind::int_));
    columns.back().append_native<std::int32_t>(1);
    const auto calls = [&] {
        const auto before = engine->now().guest_calls;
        EXPECT_TRUE(call(**code, native(type_kind::text), columns).ok());
        return engine->now().guest_calls - before;
    };
    EXPECT_EQ(calls(), 4u);  // a buffer, the script, the seed, the row
    EXPECT_EQ(calls(), 2u);
    EXPECT_EQ(calls(), 2u);
}

}  // namespace
}  // namespace nacre::udf::lua
