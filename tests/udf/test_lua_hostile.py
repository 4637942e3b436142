"""Lua runs in the same sandbox: what a script does to its interpreter it does to itself."""

from __future__ import annotations

import pytest

BUDGET = "more than 20 ms of CPU time"
ENDLESS = {
    "while": "while true do end",
    "goto": "::again:: goto again",
    "repeat": "repeat local x = 1 until false",
    "for": "for i = 1, math.huge do local x = i end",
    "recursion by tail calls": "local function f() return f() end return f()",
    "coroutines": "local c = coroutine.wrap(function() while true do coroutine.yield(1) end end) while true do c() end",
    "metamethods": "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) while true do pcall(function() return t[1] end) end",
    "pcall around it": "while true do pcall(function() while true do end end) end",
    "pcall of pcall": "local function f() return pcall(f) end while true do f() end",
    "xpcall with a handler that loops": "xpcall(function() error('x') end, function() while true do end end)",
    "a pattern that backtracks": "local x = string.rep('a', 50):match(string.rep('a-', 30) .. 'b')",
    "string.find over and over": "local s = string.rep('a', 10000) while true do s:find('.-b') end",
    "sort with an inconsistent order": "local t = {} for i = 1, 100000 do t[i] = i end while true do pcall(table.sort, t, function() return true end) end",
    "concatenation": "while true do local s = string.rep('x', 100000) .. 'y' end",
    "a to-be-closed variable that loops": "do local x <close> = setmetatable({}, {__close = function() while true do end end}) end",
    "string.rep": "local n = 0 while true do n = n + #string.rep('x', 1 << 20) end",
    "patterns within patterns": "local s = string.rep('(a)', 1000) while true do s:gsub('%b()', function(x) return x:rep(2):match('.-$') end) end",
    "a pattern that matches nothing often": "while true do for _ in ('x'):rep(100000):gmatch('()') do end end",
    "sort with an order that throws": "local t = {} for i = 1, 1000 do t[i] = i end while true do pcall(table.sort, t, function(a, b) error(t) end) end",
    "sort of what changes meanwhile": "local t = {} for i = 1, 1000 do t[i] = i end while true do pcall(table.sort, t, function(a, b) t[a] = b return b < a end) end",
    "table.concat": "local t = {} for i = 1, 10000 do t[i] = i end while true do table.concat(t, ',') end",
    "table.concat through __index": "local t = setmetatable({}, {__index = function() return 'x' end, __len = function() return 1 << 30 end}) return #table.concat(t)",
    "table.unpack and table.move": "local t = setmetatable({}, {__index = function() return 1 end}) table.move(t, 1, 1 << 40, 1, setmetatable({}, {__newindex = function() end}))",
    "a chain of __index tables": "local t = {} for i = 1, 1900 do t = setmetatable({}, {__index = t}) end while true do local x = t.x end",
    "__index that is itself": "local t = {} setmetatable(t, {__index = function(t, k) return t[k] end}) while true do pcall(function() return t.x end) end",
    "__newindex": "local t = setmetatable({}, {__newindex = function(t, k, v) while true do end end}) t.x = 1",
    "__eq": "local m = {__eq = function() while true do end end} return setmetatable({}, m) == setmetatable({}, m)",
    "__lt": "local m = {__lt = function(a, b) return a < b end} local a = setmetatable({}, m) while true do pcall(function() return a < a end) end",
    "__concat": "local t = setmetatable({}, {__concat = function(a, b) while true do end end}) return 'x' .. t",
    "__call of __call": "local t = setmetatable({}, {}) getmetatable(t).__call = t while true do pcall(t) end",
    "__len": "local t = setmetatable({}, {__len = function() while true do end end}) return #t",
    "__tostring of an error": "error(setmetatable({}, {__tostring = function() while true do end end}))",
    "__gc that makes more": "local function make() setmetatable({}, {__gc = make}) end make() while true do collectgarbage() end",
    "__close that throws": "while true do pcall(function() local x <close> = setmetatable({}, {__close = function() error('x') end}) error('y') end) end",
    "coroutines within coroutines": "local function f(n) return coroutine.wrap(function() if n > 0 then f(n - 1) end while true do coroutine.yield() end end)() end while true do f(50) end",
    "a coroutine that catches everything": "local c = coroutine.create(function() while true do pcall(coroutine.yield) pcall(error) end end) while true do coroutine.resume(c) end",
    "coroutines that are closed": "while true do local c = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() error('x') end}) coroutine.yield() end) coroutine.resume(c) coroutine.close(c) end",
    "errors that are caught": "while true do pcall(error, 'x') pcall(function() error({}) end) pcall(function() local x = nil + 1 end) end",
    "a handler that fails": "while true do xpcall(error, function(e) error(e) end, 'x') end",
    "load of text": "while true do load('local a = ' .. string.rep('{', 100) .. string.rep('}', 100) .. ' return a')() end",
    "load of pieces without end": "load(function() return ' ' end)",
    "load that loads": "local s = 's = ...; return load(s)(s)' return load(s)(s)",
    "string.format": "local t = {} for i = 1, 50 do t[i] = i / 3 end while true do string.format(string.rep('%99.99f', 50), table.unpack(t)) end",
    "string.format of large numbers": "while true do for i = 1, 100 do local s = ('%.99f'):format(1e308) end end",
    "string.pack": "while true do string.pack(string.rep('s4', 100), table.unpack((function() local t = {} for i = 1, 100 do t[i] = 'x' end return t end)())) end",
    "tonumber of digits": "local s = ('9'):rep(100000) .. '.' while true do tonumber(s) end",
    "big numbers": "local a = varint(('9'):rep(20000)) while true do local b = a * a end",
    "decimals": "local a = decimal('1.' .. ('3'):rep(5000)) while true do local b = tostring(a / 7 * a) end",
    "collectgarbage": "local t = {} for i = 1, 10000 do t[i] = {} end while true do collectgarbage() collectgarbage('count') end",
    "weak tables": "local t = setmetatable({}, {__mode = 'kv'}) while true do for i = 1, 100 do t[i] = {} end collectgarbage() end",
    "print": "while true do print(('x'):rep(10000)) end",
    "next": "local t = {} for i = 1, 1000 do t[i] = i end while true do for k in pairs(t) do t[k] = nil t[k] = 1 end end",
    "nested goto": "do ::a:: do goto b end ::b:: goto a end",
    "a finaliser that loops": "setmetatable({}, {__gc = function() while true do end end}) collectgarbage() while true do end",
}


@pytest.mark.parametrize("script", ENDLESS)
def test_a_script_that_does_not_end(guest, script):
    guest.create(f"do {ENDLESS[script]} end return v", language="lua")
    failure = guest.fails(BUDGET)
    assert "called with (10)" in str(failure)


def test_ten_rows_one_of_which_loops(guest):
    guest.create("if v == 20 then while true do end end return v", language="lua")
    guest.fails(rf"{BUDGET}.*, called with \(20\)", where="")


STORMS = {
    "a string": "return #string.rep('x', 1 << 30)",
    "doubling": "local s = 'x' while true do s = s .. s end",
    "a table": "local t = {} for i = 1, 1e9 do t[i] = i end return v",
    "nested tables": "local t = {} while true do t = {t} end",
    "closures": "local t = {} while true do t[#t + 1] = function() return t end end",
    "table.concat": "local t = {} for i = 1, 1000 do t[i] = string.rep('x', 100000) end return #table.concat(t)",
    "string.format": "return #string.format('%s%s', string.rep('x', 1 << 28), 'y')",
    "gsub": "local s = string.rep('a', 1 << 20) while true do s = s:gsub('a', 'aa') end",
    "pcall that catches the shortage": "local s = string.rep('x', 1 << 20) local t = {} while true do pcall(function() t[#t + 1] = s .. #t end) end",
    "coroutines": "local t = {} while true do t[#t + 1] = coroutine.create(function() end) end",
    "big integers": "local n = 7 while true do n = n * n end",
}


@pytest.mark.parametrize("script", STORMS)
def test_a_script_that_takes_all_memory(guest, script):
    guest.create(f"do {STORMS[script]} end return v", language="lua")
    guest.fails(rf"not enough memory|{BUDGET}|too large|out of bounds|resulting string")


DEPTHS = {
    "recursion": "local function f(n) return 1 + f(n + 1) end return f(1)",
    "recursion through pcall": "local function f() local ok, e = pcall(f) error(e) end f()",
    "recursion through metamethods": "local t = setmetatable({}, {}) getmetatable(t).__add = function(a, b) return a + b end return t + t",
    "recursion through tostring": "local t = setmetatable({}, {}) getmetatable(t).__tostring = function(x) return tostring(x) .. 'x' end return #tostring(t)",
    "recursion through gsub": "local function f() return (('x'):gsub('.', f)) end return f()",
    "recursion through sort": "local function f() table.sort({3, 2, 1}, function(a, b) f() return a < b end) end f() return v",
    "coroutines within coroutines": "local function f() return coroutine.wrap(f)() end return f()",
    "a deep pattern": "return #string.rep('x', 300000):match(string.rep('(', 10) .. '.-' .. string.rep(')', 10) .. '$')",
    "unpacking": "return select('#', table.unpack({}, 1, 1e7))",
}


@pytest.mark.parametrize("script", DEPTHS)
def test_a_script_that_goes_too_deep(guest, script):
    guest.create(DEPTHS[script], language="lua", returns="int")
    guest.fails(rf"overflow|too (complex|many)|error in error handling|malformed|attempt|{BUDGET}|not enough memory|result")


@pytest.mark.parametrize("depth, script", [
    (100_000, "return {n}v{m}"), (100_000, "{n}"), (300, "local function f() {m} end return v"),
])
def test_a_script_that_nests_too_deeply_is_refused(guest, depth, script):
    guest.refused(script.replace("{n}", "(" * depth).replace("{m}", "do " * depth), "syntax|too many|overflow|unexpected|limit|levels|expected",
                  language="lua")


GONE = ["os", "io", "package", "require", "dofile", "loadfile", "debug", "warn", "string.dump", "debug.getregistry", "debug.sethook", "debug.getinfo"]


@pytest.mark.parametrize("name", GONE)
def test_the_outside_world_is_not_there(guest, name):
    first, _, rest = name.partition(".")
    guest.create(f"return {first} == nil" + (f" or {first}.{rest} == nil" if rest else ""), language="lua", returns="boolean")
    assert guest.call() is True


def test_bytecode_is_not_loaded(guest):
    """The interpreter checks no bytecode: a crafted chunk would be a wild pointer's."""
    guest.create(r"""if load == nil then return true end
        local chunk = '\27Lua\x54\0\x19\x93\r\n\x1a\n'
        for _, mode in ipairs {'b', 'bt', 't'} do
            if load(chunk, 'x', mode) or load(function() local all = chunk chunk = nil return all end, 'x', mode) then return false end
            chunk = '\27Lua'
        end
        return string.dump == nil""", language="lua", returns="boolean")
    assert guest.call() is True


def test_a_body_of_bytecode_is_refused(guest):
    guest.refused("\x1bLua", "could not compile", language="lua")


ERRORS = {
    "a text": ("error('no luck')", "no luck"), "without a position": ("error('bare', 0)", "failed: .*bare"),
    "nil": ("error(nil)", "nil"), "a number": ("error(42)", "42"), "a table": ("error({})", "table"),
    "a table with __tostring": ("error(setmetatable({}, {__tostring = function() return 'shown' end}))", "shown|table"),
    "__tostring that fails": ("error(setmetatable({}, {__tostring = function() error('again') end}))", "again|can't be shown"),
    "__tostring that returns no text": ("error(setmetatable({}, {__tostring = function() return {} end}))", "can't be shown"),
    "a function": ("error(print)", "function"), "a coroutine": ("error(coroutine.create(print))", "thread"),
    "a megabyte": ("error(string.rep('x', 1 << 20))", "xxxx"), "a zero byte": (r"error('a\0b')", "a"),
    "arithmetic on nil": ("return nil + 1", "arithmetic"), "a call of nil": ("return nosuch()", "nosuch"),
    "indexing a number": ("return v.x.y", "index"), "assert": ("assert(false, 'asserted')", "asserted"),
    "division by zero": ("return v // 0", "zero"), "comparison": ("return {} < 1", "compare"),
}


@pytest.mark.parametrize("script", ERRORS)
def test_errors_of_every_kind_are_one_sentence(guest, script):
    body, match = ERRORS[script]
    guest.create(body, language="lua")
    failure = guest.fails(match)
    assert "called with (10)" in str(failure)


RESULTS = [
    ("text", r"return '\xff'"), ("text", "return {}"), ("ascii", "return 'ü'"), ("int", "return 'x'"), ("int", "return {}"), ("int", "return 1.5"),
    ("bigint", "return print"), ("boolean", "return 'true'"), ("boolean", "return 1"), ("double", "return 'abc'"), ("varint", "return 'abc'"),
    ("decimal", "return {}"), ("uuid", "return 'not-a-uuid'"), ("timeuuid", "return '00000000-0000-4000-8000-000000000000'"),
    ("inet", "return '1.2.3'"), ("date", "return 'today'"), ("time", "return -1"), ("time", "return 86400000000000"), ("timestamp", "return 'x'"),
    ("duration", "return 1"), ("duration", "return {months = 1, days = -1, nanoseconds = 0}"), ("list<int>", "return 1"),
    ("list<int>", "return {'a'}"), ("set<int>", "return 1"), ("map<text, int>", "return {a = 'b'}"), ("tuple<int, text>", "return {'a', 'b'}"),
    ("vector<float, 3>", "return {1, 2}"), ("blob", "return 5 == 5"), ("list<frozen<list<int>>>", "return {{1}, 2}"),
]


@pytest.mark.parametrize("returns, body", RESULTS)
def test_results_of_the_wrong_type(guest, returns, body):
    guest.create(body, language="lua", returns=returns)
    failure = guest.fails(".")
    assert "called with (10)" in str(failure)


@pytest.mark.parametrize("body", [
    "local t = {} t[1] = t return t", "return setmetatable({}, {__len = function() return 1 << 40 end})",
    "return setmetatable({}, {__index = function() return 1 end, __len = function() return 1e9 end})",
    "local t = {} t[1 << 40] = 1 return t", "return setmetatable({}, {__pairs = function() while true do end end})",
])
def test_collections_that_lie(guest, body):
    """Answered within the limits or refused; a cycle has no end, a length may be anything."""
    guest.create(body, language="lua", returns="list<int>")
    answer, _ = guest.answer_or_failure()
    assert answer is None or len(answer) <= 1


def test_a_result_too_large(guest):
    guest.create("return string.rep('x', 15 << 20)", language="lua", returns="text")
    guest.fails(rf"memory|too large|{BUDGET}")


def test_what_a_script_changes_in_the_library_is_gone(guest):
    guest.create("string.rep = nil; table.insert = nil; math.floor = function() return 666 end; return v", language="lua")
    for _ in range(20):
        guest.call()
    guest.create("return #string.rep('x', 3) + math.floor(1.5)", language="lua", name="g")
    assert [guest.call("g(v)") for _ in range(20)] == [4] * 20


def test_two_hundred_failing_scripts_leave_nothing_behind(guest):
    guest.create("error('no luck')", language="lua")
    guest.repeated("no luck")


def test_two_hundred_endless_scripts_leave_nothing_behind(guest):
    guest.create("while true do end", language="lua")
    guest.repeated(BUDGET)
