#include "udf/lua/language.h"

#include <gmock/gmock.h>

#include "udf/lua/lua_test_support.h"

namespace nacre::udf::lua {
namespace {

using schema::null_input;
using testing::ElementsAre;
using testing::HasSubstr;
using types::type;
using types::type_kind;
using wasm::column_of;
using wasm::natives_of;
using wasm::text_column;

using lua_language = lua_test;

// ---- Functions as users write them --------------------------------------------------------------

TEST_F(lua_language, is_called_lua) {
    EXPECT_THAT(language->names(), ElementsAre("lua"));
}

TEST_F(lua_language, inverts_and_multiplies) {
    check_inverts_and_multiplies();
}

TEST_F(lua_language, averages_lengths_as_an_aggregate) {
    check_averages_lengths("return {acc[1] + 1, acc[2] + #a}",
                           R"(return "The average string length is " .. res[2]/res[1] .. "!")",
                           "The average string length is 6.3333333333333!");
}

TEST_F(lua_language, selects_rows_and_splits_large_results) {
    check_selects_rows_and_splits_large_results("return string.rep('x', n)");
}

TEST_F(lua_language, nulls_come_in_and_go_out) {
    const auto number = native(type_kind::int_);
    const auto code = compile(define({{"a", number}, {"b", native(type_kind::text)}}, number,
                                     "if a == nil then return nil end\n"
                                     "return b and a + #b",
                                     null_input::called));
    ASSERT_TRUE(code.ok()) << code.error().message();
    using maybe = std::optional<std::int32_t>;
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int32_t>(type_kind::int_, {1, std::nullopt, 5, 2}));
    columns.push_back(text_column({"xy", "a", std::nullopt, ""}));
    const auto out = call(**code, number, columns);
    ASSERT_TRUE(out.ok()) << out.error().message();
    EXPECT_THAT(natives_of<std::int32_t>(*out), ElementsAre(maybe(3), maybe(), maybe(), maybe(2)));
    EXPECT_EQ(evaluate(native(type_kind::text), "local nothing = 1"), "null");
}

TEST_F(lua_language, folds_with_null_states) {
    // The state becomes null in the middle of a batch: the function is not called again.
    const auto number = native(type_kind::int_);
    const auto code = compile(define({{"s", number}, {"a", number}}, number,
                                     "if a == 3 then return nil end return s + a"));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int32_t>(type_kind::int_, {1, 2, 3, 4}));
    const auto lost = fold(**code, to_big_endian<std::int32_t>(0), columns, 100);
    ASSERT_TRUE(lost.ok()) << lost.error().message();
    EXPECT_FALSE(lost->has_value());

    const auto called = compile(define({{"s", number}, {"a", number}}, number,
                                       "return (s or 100) + (a or 1000)", null_input::called));
    ASSERT_TRUE(called.ok()) << called.error().message();
    columns[0] = column_of<std::int32_t>(type_kind::int_, {1, std::nullopt, 3});
    const auto sum = fold(**called, std::nullopt, columns, 2);
    ASSERT_TRUE(sum.ok()) << sum.error().message();
    EXPECT_EQ(*sum, to_big_endian<std::int32_t>(1104));
}

TEST_F(lua_language, states_wrap_as_if_stored_after_each_row) {
    const auto small = native(type_kind::tinyint);
    const auto code = compile(
        define({{"s", small}, {"a", small}}, small, "if s < 0 then return 5 end return s + a"));
    ASSERT_TRUE(code.ok());
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int8_t>(type_kind::tinyint, {100, 100, 1}));
    const auto state = fold(**code, to_big_endian<std::int8_t>(0), columns, 100);
    ASSERT_TRUE(state.ok()) << state.error().message();
    EXPECT_EQ(*state, to_big_endian<std::int8_t>(5));
}

TEST_F(lua_language, bad_states_are_errors) {
    const auto number = native(type_kind::int_);
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int32_t>(type_kind::int_, {1}));
    const auto scalar =
        compile(define({{"s", number}, {"a", number}}, number, "return {}", null_input::called));
    ASSERT_TRUE(scalar.ok());
    auto state = fold(**scalar, std::nullopt, columns, 1);
    ASSERT_FALSE(state.ok());
    EXPECT_THAT(state.error().message(), HasSubstr("a table can't be returned as int"));
    const auto compound = compile(define({{"s", pair_of_bigints}, {"a", number}}, pair_of_bigints,
                                         "return 'x'", null_input::called));
    ASSERT_TRUE(compound.ok());
    state = fold(**compound, pair(1, 1), columns, 1);
    ASSERT_FALSE(state.ok());
    EXPECT_THAT(state.error().message(), HasSubstr("the string 'x' can't be returned as tuple"));
}

// ---- Errors -------------------------------------------------------------------------------------

TEST_F(lua_language, syntax_errors_tell_the_line) {
    EXPECT_EQ(compile_error("local x = 1\nreturn return"),
              "could not compile: f:2: unexpected symbol near 'return'");
    EXPECT_EQ(compile_error("if a then"), "could not compile: f:1: 'end' expected near <eof>");
    EXPECT_EQ(compile_error("return a end"), "could not compile: f:1: <eof> expected near 'end'");
    EXPECT_EQ(compile_error("return a end return function() return 1"),
              "could not compile: f:1: <eof> expected near 'end'");
    EXPECT_EQ(compile_error("\x1bLua"), "could not compile: f:1: unexpected symbol near '<\\27>'");
}

TEST_F(lua_language, arguments_are_locals_if_their_names_can_be) {
    const auto number = native(type_kind::int_);
    const auto argument = [](std::int32_t value) { return to_big_endian<std::int32_t>(value); };
    const auto sum = [&](std::vector<lua_test::argument> arguments, std::string body) {
        const auto out = call_once(define(std::move(arguments), number, std::move(body)),
                                   {argument(1), argument(20), argument(300)});
        return out.ok() ? types::to_cql_literal(*number, **out) : out.error().message();
    };
    EXPECT_EQ(sum({{"a", number}, {"b", number}, {"C", number}}, "return a + b + C"), "321");
    EXPECT_EQ(sum({{"a", number}, {"end", number}, {"c d", number}},
                  "local _, middle, last = ... return a + middle + last"),
              "321");
    // The names that take their places are nobody else's.
    EXPECT_EQ(
        sum({{"_3", number}, {"_3_", number}, {"not", number}}, "return _3 + _3_ + select(3, ...)"),
        "321");
    EXPECT_EQ(
        sum({{"a) os.exit() (", number}, {"", number}, {"\n", number}}, "return select('#', ...)"),
        "3");
    const auto quoted = call_once(define({{"Val_1", number}}, number, "return Val_1 -- done"),
                                  {to_big_endian<std::int32_t>(3)});
    ASSERT_TRUE(quoted.ok()) << quoted.error().message();
    EXPECT_EQ(*quoted, to_big_endian<std::int32_t>(3));
    EXPECT_EQ(evaluate(number, to_big_endian<std::int32_t>(8), number, "return (...)"), "8");
}

TEST_F(lua_language, run_time_errors_tell_the_line) {
    EXPECT_THAT(failure("local x\nreturn x.y"),
                HasSubstr("f:2: attempt to index a nil value (local 'x')"));
    EXPECT_THAT(failure("error('no good')"), HasSubstr("f:1: no good"));
    EXPECT_THAT(failure("error({code = 5})"), HasSubstr("table: "));
    EXPECT_THAT(failure("error(setmetatable({}, {__tostring = function() return 'mine' end}))"),
                HasSubstr("mine"));
    EXPECT_THAT(failure("error(setmetatable({}, {__tostring = function() error('x') end}))"),
                HasSubstr("error value that can't be shown"));
    EXPECT_THAT(failure("return coroutine.yield(1)"),
                HasSubstr("attempt to yield from outside a coroutine"));
    EXPECT_THAT(failure("return 'seven'"),
                HasSubstr("the string 'seven' can't be returned as int"));
    EXPECT_THAT(failure("return 1.5"), HasSubstr("the number '1.5' can't be returned as int"));
    EXPECT_THAT(failure("return true"), HasSubstr("a boolean can't be returned as int"));
}

TEST_F(lua_language, deep_recursion_is_an_error_and_not_a_crash) {
    EXPECT_THAT(failure("local function f(n) return 1 + f(n + 1) end return f(1)"),
                HasSubstr("stack overflow"));
    EXPECT_THAT(failure("local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end})"
                        "\nreturn t[1]"),
                HasSubstr("C stack overflow"));
    EXPECT_THAT(failure("local function f(s) return (string.gsub(s, '.', f)) end f('x')"),
                HasSubstr("C stack overflow"));
    EXPECT_THAT(failure("return load(string.rep('(', 1000) .. '1' .. string.rep(')', 1000))()"),
                HasSubstr("attempt to call a nil value"));
    EXPECT_THAT(failure("local function f(c) return coroutine.wrap(f)(c) end return f(1)"),
                HasSubstr("C stack overflow"));
}

// ---- The environment ----------------------------------------------------------------------------

TEST_F(lua_language, has_no_way_out) {
    const auto text = native(type_kind::text);
    for (const auto* name :
         {"io", "os", "package", "debug", "require", "dofile", "loadfile", "string.dump"}) {
        EXPECT_EQ(evaluate(text, fmt::format("return tostring({})", name)), "'nil'") << name;
    }
    for (const auto* name : {"math.floor", "string.format", "table.concat", "utf8.char",
                             "coroutine.wrap", "pcall", "load"}) {
        EXPECT_EQ(evaluate(text, fmt::format("return type({})", name)), "'function'") << name;
    }
    EXPECT_EQ(evaluate(text, "return select(2, load('\\27Lua', 'x', 'b'))"),
              "'attempt to load a binary chunk (mode is ''t'')'");
    EXPECT_EQ(evaluate(text, "return load('return 1 + 1')()"), "'2'");
    EXPECT_EQ(evaluate(text, "return load('return y', 'n', 't', {y = 'mine'})()"), "'mine'");
    EXPECT_EQ(evaluate(text, "return tostring(pcall(setmetatable, _G, {}))"), "'false'");
    EXPECT_EQ(evaluate(text, "return tostring(pcall(collectgarbage, 'stop'))"), "'false'");
}

TEST_F(lua_language, globals_last_for_one_row) {
    const auto number = native(type_kind::int_);
    const auto code = compile(define({{"a", number}}, number,
                                     "seen = (seen or 0) + a\n"
                                     "function twice(x) return 2 * x end\n"
                                     "load('seen = seen + 1000')()\n"
                                     "_G.other, other = other, 5\n"
                                     "return twice(seen)"));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int32_t>(type_kind::int_, {1, 2, 3}));
    const auto out = call(**code, number, columns);
    ASSERT_TRUE(out.ok()) << out.error().message();
    using maybe = std::optional<std::int32_t>;
    EXPECT_THAT(natives_of<std::int32_t>(*out), ElementsAre(maybe(2002), maybe(2004), maybe(2006)));
}

TEST_F(lua_language, random_numbers_differ_between_instances) {
    const auto text = native(type_kind::text);
    EXPECT_NE(evaluate(text, "return math.random(0)"), evaluate(text, "return math.random(0)"));
}

TEST_F(lua_language, print_goes_to_the_log) {
    const auto number = native(type_kind::int_);
    EXPECT_EQ(evaluate(number, "print('hello', 1, nil) print() print('a\\nb') return 1"), "1");
    EXPECT_EQ(log, "f: hello\t1\tnil\nf: \nf: a\nf: b\n");
    log.clear();
    EXPECT_EQ(evaluate(number, "for i = 1, 1000 do print(string.rep('x', 10000)) end return 2"),
              "2");
    EXPECT_LE(log.size(), 2 * function_limits{}.log_bytes_per_statement_max);
    EXPECT_THAT(log, HasSubstr(std::string(4095, 'x')));
    EXPECT_THAT(log, testing::Not(HasSubstr(std::string(4096, 'x'))));
}

// ---- Limits -------------------------------------------------------------------------------------

class lua_limits : public lua_test {
  protected:
    static function_limits tight() {
        function_limits limits;
        limits.cpu_per_call_ms_max = 50;
        limits.cpu_per_statement_ms_max = 200;
        return limits;
    }
    lua_limits() : lua_test(tight()) {}
};

TEST_F(lua_limits, endless_loops_end_at_the_deadline) {
    const auto reason = failure("while true do end");
    EXPECT_THAT(reason, HasSubstr("ms"));
    EXPECT_EQ(failure("local t = {} while true do t[1] = tostring(t) end"), reason);
    EXPECT_EQ(failure("string.rep('a', 30000):find(string.rep('a*', 30) .. 'b')"), reason);
    EXPECT_EQ(failure("setmetatable({}, {__gc = function() while true do end end})\n"
                      "collectgarbage()"),
              reason);
}

TEST_F(lua_limits, nothing_catches_the_deadline) {
    const auto reason = failure("while true do end");
    EXPECT_EQ(failure("pcall(function() while true do end end) return 1"), reason);
    EXPECT_EQ(failure("while true do pcall(function() while true do end end) end"), reason);
    EXPECT_EQ(failure("coroutine.wrap(function() pcall(function() while true do end end) end)()"
                      "return 1"),
              reason);
}

TEST_F(lua_limits, memory_is_bounded) {
    EXPECT_THAT(failure("return #string.rep('x', 1 << 30)"), HasSubstr("not enough memory"));
    EXPECT_THAT(failure("local s = 'x' while true do s = s .. s end"),
                HasSubstr("not enough memory"));
    EXPECT_THAT(failure("local t = {} for i = 1, 1e9 do t[i] = i end"),
                HasSubstr("not enough memory"));
    // The script may go on when it drops what was too much.
    EXPECT_EQ(evaluate(native(type_kind::int_), "pcall(string.rep, 'x', 1 << 30) return 7"), "7");
}

}  // namespace
}  // namespace nacre::udf::lua
