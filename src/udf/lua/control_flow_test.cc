#include <span>

#include <gmock/gmock.h>

#include "udf/lua/lua_test_support.h"

// Coroutines and errors leave functions in a way of their own (guests/lua/direct_exit_calls.h).
// What scripts see of it is what the native interpreter does: each expectation is its answer.
namespace nacre::udf::lua {
namespace {

struct script {
    const char* what;
    const char* body;
    const char* expected;
};

class lua_control_flow : public lua_test {
  protected:
    void expect_all(std::span<const script> scripts) {
        const auto text = native(types::type_kind::text);
        for (const auto& each : scripts) {
            EXPECT_EQ(evaluate(text, each.body), fmt::format("'{}'", each.expected)) << each.what;
        }
    }
};

// clang-format off: the scripts.
constexpr script coroutines[] = {
    {"yields many values and takes many", R"lua(
            local c = coroutine.wrap(function(a, b) local x, y, z = coroutine.yield(a + b, a *
            b, 'third') return x, y, z end) local r = {c(3, 4)} local s = {c('x', nil, 'z')}
            return #r .. r[1] .. r[2] .. r[3] .. tostring(s[1]) .. tostring(s[2]) ..
            tostring(s[3]))lua",
     "3712thirdxnilz"},
    {"wants fewer values than are sent", R"lua(
            local c = coroutine.wrap(function() local x = coroutine.yield(1, 2, 3)
            coroutine.yield(x) return select('#', coroutine.yield()) end) local out =
            select('#', c()) .. ',' .. c(7, 8, 9) c() return out .. ',' .. c(1, 2, 3, 4))lua",
     "3,7,4"},
    {"yields without values", R"lua(
            local c = coroutine.wrap(function() coroutine.yield() return 'end' end) return
            select('#', c()) .. c())lua",
     "0end"},
    {"yields in the middle of an expression", R"lua(
            local c = coroutine.wrap(function() return 1 + coroutine.yield('a') *
            coroutine.yield('b') end) return c() .. c(5) .. c(6))lua",
     "ab31"},
    {"yields among arguments", R"lua(
            local c = coroutine.wrap(function() return table.concat({'<', coroutine.yield(),
            coroutine.yield()}, '-') end) c() c('p') return c('q', 'r'))lua",
     "<-p-q-r"},
    {"yields from a function that it calls", R"lua(
            local function deep(n) if n == 0 then return coroutine.yield('down') end return
            (deep(n - 1)) + 1 end local c = coroutine.wrap(function() return deep(50) end)
            return c() .. c(7))lua",
     "down57"},
    {"yields by a tail call", R"lua(
            local c = coroutine.wrap(function(a) return coroutine.yield(a) end) return c(1) ..
            c(2))lua",
     "12"},
    {"is itself the body", R"lua(
            local c = coroutine.wrap(coroutine.yield) return c(1) .. c(2))lua",
     "12"},
    {"yields through pcall", R"lua(
            local c = coroutine.wrap(function() local ok, v = pcall(function() return
            coroutine.yield(1) + 1 end) local ok2, e = pcall(function() coroutine.yield(2)
            error('e', 0) end) return tostring(ok) .. v .. tostring(ok2) .. e end) return c() ..
            c(10) .. c())lua",
     "12true11falsee"},
    {"yields from a metamethod", R"lua(
            local t = setmetatable({}, {__index = function(_, k) return coroutine.yield(k) end,
            __add = function(a, b) return coroutine.yield('add') end, __lt = function() return
            coroutine.yield('lt') end}) local c = coroutine.wrap(function() local v = t.key ..
            (t + 1) if t < t then v = v .. 'less' end return v end) return c() .. c('v') ..
            c('w') .. c(true))lua",
     "keyaddltvwless"},
    {"yields from an iterator", R"lua(
            local c = coroutine.wrap(function() local sum = 0 for v in coroutine.yield do sum =
            sum + v end return sum end) c() c(1) c(2) return c(nil))lua",
     "3"},
    {"yields from a closing variable", R"lua(
            local c = coroutine.wrap(function() do local x <close> = setmetatable({}, {__close =
            function() coroutine.yield('closing') end}) end return 'closed' end) return c() ..
            c())lua",
     "closingclosed"},
    {"generates", R"lua(
            local function numbers(n) return coroutine.wrap(function() for i = 1, n do
            coroutine.yield(i) end end) end local s = 0 for i in numbers(100) do for k in
            numbers(3) do s = s + i * k end end return s)lua",
     "30300"},
    {"does not cross sort", R"lua(
            return select(2, coroutine.resume(coroutine.create(function() table.sort({3, 2, 1},
            function(a, b) coroutine.yield() return a < b end) end))))lua",
     "attempt to yield across a C-call boundary"},
    {"does not cross gsub", R"lua(
            return select(2, coroutine.resume(coroutine.create(function() return
            (('x'):gsub('x', coroutine.yield)) end))))lua",
     "attempt to yield across a C-call boundary"},
    {"is refused outside of a coroutine", R"lua(
            return select(2, pcall(coroutine.yield, 1)) .. select(2, pcall(function()
            coroutine.yield(1) end)))lua",
     "attempt to yield from outside a coroutineattempt to yield from outside a coroutine"},
    {"states", R"lua(
            local c c = coroutine.create(function() local inner = coroutine.wrap(function()
            return coroutine.status(c) end) local s = coroutine.status(c) .. inner()
            coroutine.yield(s) end) local a = coroutine.status(c) local _, b =
            coroutine.resume(c) local d = coroutine.status(c) coroutine.resume(c) return a .. b
            .. d .. coroutine.status(c))lua",
     "suspendedrunningnormalsuspendeddead"},
    {"an error ends it", R"lua(
            local c = coroutine.create(function() coroutine.yield(1) error('bad', 0) end)
            coroutine.resume(c) local ok, e = coroutine.resume(c) local ok2, e2 =
            coroutine.resume(c) return tostring(ok) .. e .. tostring(ok2) .. e2 ..
            coroutine.status(c))lua",
     "falsebadfalsecannot resume dead coroutinedead"},
    {"close runs what is pending", R"lua(
            local log = {} local c = coroutine.create(function() local x <close> =
            setmetatable({}, {__close = function(_, e) log[#log + 1] = 'x' .. tostring(e) end})
            coroutine.yield(1) end) coroutine.resume(c) local ok = coroutine.close(c) return
            tostring(ok) .. table.concat(log) .. coroutine.status(c))lua",
     "truexnildead"},
    {"close reports errors", R"lua(
            local c = coroutine.create(function() local x <close> = setmetatable({}, {__close =
            function() error('late', 0) end}) coroutine.yield(1) end) coroutine.resume(c) local
            ok, e = coroutine.close(c) return tostring(ok) .. e)lua",
     "falselate"},
    {"isyieldable", R"lua(
            return tostring(coroutine.isyieldable()) .. tostring(coroutine.wrap(function()
            return coroutine.isyieldable() end)()) .. tostring(coroutine.wrap(function() return
            select(2, pcall(coroutine.isyieldable)) end)()))lua",
     "falsetruetrue"},
    {"wrap passes errors on", R"lua(
            local c = coroutine.wrap(function() error('inside') end) return select(2, pcall(c)))lua",
     "f:2: inside"},
    {"errors in coroutines in pcalls", R"lua(
            local r = {} for i = 1, 10 do local ok, e = pcall(function() local c =
            coroutine.wrap(function() coroutine.yield(i) pcall(error, 'in') error('out' .. i, 0)
            end) c() c() end) r[#r + 1] = e end return r[1] .. r[10])lua",
     "f:4: out1f:4: out10"},
    {"pcalls in coroutines", R"lua(
            local c = coroutine.wrap(function() local n = 0 for i = 1, 100 do local ok =
            pcall(function() coroutine.yield(i) if i % 2 == 0 then error('e') end end) if not ok
            then n = n + 1 end end return 'failed ' .. n end) local v repeat v = c() until
            type(v) == 'string' return v)lua",
     "failed 50"},
    {"collected while suspended", R"lua(
            local c = coroutine.wrap(function() local t = {1, 2, 3} for i = 1, 10 do
            coroutine.yield(#t) t[#t + 1] = {i} end return #t end) local s = 0 for i = 1, 10 do
            s = s + c() collectgarbage() end return s + c())lua",
     "88"},
    {"stack grows while suspended", R"lua(
            local function grow(n) if n == 0 then return coroutine.yield('here') end local a, b,
            c, d, e, f = 1, 2, 3, 4, 5, 6 return (grow(n - 1)) + a end local c =
            coroutine.wrap(function() local v = coroutine.yield('start') return grow(500) + v
            end) return c() .. c(1) .. c(2))lua",
     "starthere503"},
};
constexpr script errors[] = {
    {"error: a value", R"lua(
            local ok, e = pcall(function() error({code = 5}) end) return tostring(ok) .. e.code)lua",
     "false5"},
    {"error: text with a position", R"lua(
            return select(2, pcall(function() error('bad') end)))lua",
     "f:2: bad"},
    {"error: levels", R"lua(
            local function g() error('two', 2) end local function h() g() end return select(2,
            pcall(h)) .. select(2, pcall(function() error('zero', 0) end)) .. select(2,
            pcall(function() error('ten', 10) end)))lua",
     "f:2: twozeroten"},
    {"error: nil and none", R"lua(
            return tostring(select(2, pcall(error))) .. tostring(select(2, pcall(error, nil)))
            .. select('#', pcall(error)))lua",
     "nilnil2"},
    {"error: direct", R"lua(
            return select(2, pcall(error, 'x', 0)) .. select(2, pcall(error, 'y')))lua",
     "xy"},
    {"error: by a tail call", R"lua(
            return select(2, pcall(function() return error('tail', 0) end)))lua",
     "tail"},
    {"error: from deep", R"lua(
            local function f(n) if n == 0 then error('deep', 0) end f(n - 1) return 1 end return
            select(2, pcall(f, 100)))lua",
     "deep"},
    {"error: nested pcalls", R"lua(
            local ok, e = pcall(function() local ok, e = pcall(function() error('inner', 0) end)
            error(e .. ' outer', 0) end) return e)lua",
     "inner outer"},
    {"error: pcall of pcall", R"lua(
            return tostring(select(2, pcall(pcall, error, 'x'))) .. select(3, pcall(pcall,
            error, 'x', 0)))lua",
     "falsex"},
    {"error: results are not kept", R"lua(
            local function f() local a, b, c = 1, 2, 3 error('e', 0) return a, b, c end return
            select('#', pcall(f)) .. select('#', pcall(function() return 1, 2, 3 end)))lua",
     "24"},
    {"error: in an expression", R"lua(
            local ok, e = pcall(function() return {1, 2, error('within', 0), 4} end) local ok2,
            e2 = pcall(function() return 1 + error('sum', 0) end) return e .. e2)lua",
     "withinsum"},
    {"error: in a condition", R"lua(
            return select(2, pcall(function() if error('cond', 0) then return 1 end end)))lua",
     "cond"},
    {"error: in a loop", R"lua(
            local n = 0 for i = 1, 1000 do local ok = pcall(function() if i % 3 == 0 then
            error(i) end end) if not ok then n = n + 1 end end return n)lua",
     "333"},
    {"error: in a metamethod", R"lua(
            local t = setmetatable({}, {__index = function() error('meta', 0) end}) return
            select(2, pcall(function() return t.x end)))lua",
     "meta"},
    {"error: in an iterator", R"lua(
            return select(2, pcall(function() for x in error, 'iter', 0 do end end)))lua",
     "iter"},
    {"error: in a comparator", R"lua(
            return select(2, pcall(table.sort, {3, 2, 1}, function() error('cmp', 0) end)))lua",
     "cmp"},
    {"error: in gsub", R"lua(
            return select(2, pcall(string.gsub, 'abc', '.', function() error('rep', 0) end)))lua",
     "rep"},
    {"error: closes variables", R"lua(
            local log = {} local function closing(n) return setmetatable({}, {__close =
            function(_, e) log[#log + 1] = n .. tostring(e) end}) end pcall(function() local a
            <close> = closing('a') local b <close> = closing('b') error('e', 0) end) return
            table.concat(log, ','))lua",
     "be,ae"},
    {"error: while closing", R"lua(
            local ok, e = pcall(function() local a <close> = setmetatable({}, {__close =
            function(_, e) error(e .. '2', 0) end}) error('1', 0) end) return e)lua",
     "12"},
    {"error: upvalues keep their values", R"lua(
            local get pcall(function() local v = 1 get = function() v = v + 1 return v end
            error('x') end) return get() + get())lua",
     "5"},
    {"xpcall: a handler", R"lua(
            return select(2, xpcall(function() error('x', 0) end, function(e) return 'handled '
            .. e end)))lua",
     "handled x"},
    {"xpcall: a handler that fails", R"lua(
            local ok, e = xpcall(function() error('x', 0) end, function(e) error('again', 0)
            end) return tostring(ok) .. type(e))lua",
     "falsestring"},
    {"xpcall: arguments", R"lua(
            return select(2, xpcall(function(a, b) return a .. b end, print, 1, 2)))lua",
     "12"},
    {"xpcall: inside pcall", R"lua(
            local ok, e = pcall(function() local ok, e = xpcall(error, function(e) return e ..
            '!' end, 'x', 0) error(e .. '?', 0) end) return e)lua",
     "x!?"},
    {"assert: passes its arguments", R"lua(
            return select('#', assert(1, 2, 3)) .. select(3, assert(1, 2, 'c')))lua",
     "3c"},
    {"assert: its messages", R"lua(
            return select(2, pcall(assert, false)) .. select(2, pcall(assert, nil, 'm')) ..
            type(select(2, pcall(assert, false, {}))) .. tostring(select(2, pcall(function()
            assert(false, 12) end))))lua",
     "assertion failed!mtable12"},
    {"assert: without arguments", R"lua(
            return select(2, pcall(function() assert() end)))lua",
     "f:2: bad argument #1 to ''assert'' (value expected)"},
    {"runtime errors beside them", R"lua(
            local e = {} for _, f in ipairs({function() return nil + 1 end, function() return
            #nil end, function() error('x', 0) end, function() return {} < {} end}) do e[#e + 1]
            = select(2, pcall(f)) end return table.concat(e, '|'))lua",
     "f:2: attempt to perform arithmetic on a nil value|f:3: attempt to get length of a nil value|x|f:3: attempt to compare two table values"},
};
// clang-format on

TEST_F(lua_control_flow, coroutines_yield_from_anywhere) {
    expect_all(coroutines);
}

TEST_F(lua_control_flow, errors_are_caught_anywhere) {
    expect_all(errors);
}

}  // namespace
}  // namespace nacre::udf::lua
