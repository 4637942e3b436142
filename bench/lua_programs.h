/// Programs that compute: bodies of functions of `n` (bigint) that return a bigint, for comparing
/// the sandboxed interpreter with the native one. Each takes some milliseconds.
#pragma once

#include "script_program.h"

namespace nacre::bench {

inline constexpr std::array lua_programs{
    script_program{"fib: calls", 22, R"lua(
        local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
        return fib(n))lua"},
    script_program{"loop: integer arithmetic", 100'000, R"lua(
        local s = 0
        for i = 1, n do s = (s * 31 + i) & 0xffffffff end
        return s)lua"},
    script_program{"n-body: floats in tables", 400, R"lua(
        local sqrt = math.sqrt
        local bodies = {}
        for i = 1, 5 do
            bodies[i] = {x = i * 1.5, y = i * i * 0.3, z = 1 / i, 
                         vx = 0.1 * i, vy = -0.2, vz = 0.05, mass = 40 / i}
        end
        for _ = 1, n do
            for i = 1, #bodies do
                local a = bodies[i]
                for j = i + 1, #bodies do
                    local b = bodies[j]
                    local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
                    local d2 = dx * dx + dy * dy + dz * dz
                    local mag = 0.01 / (d2 * sqrt(d2))
                    local m = b.mass * mag
                    a.vx, a.vy, a.vz = a.vx - dx * m, a.vy - dy * m, a.vz - dz * m
                    m = a.mass * mag
                    b.vx, b.vy, b.vz = b.vx + dx * m, b.vy + dy * m, b.vz + dz * m
                end
            end
            for i = 1, #bodies do
                local a = bodies[i]
                a.x, a.y, a.z = a.x + 0.01 * a.vx, a.y + 0.01 * a.vy, a.z + 0.01 * a.vz
            end
        end
        return bodies[1].x * 1e6 // 1)lua"},
    script_program{"sieve: arrays", 20'000, R"lua(
        local composite, count = {}, 0
        for i = 2, n do
            if not composite[i] then
                count = count + 1
                for k = i * i, n, i do composite[k] = true end
            end
        end
        return count)lua"},
    script_program{"matrix: arrays of arrays", 24, R"lua(
        local function make(f)
            local m = {}
            for i = 1, n do
                local row = {}
                for j = 1, n do row[j] = f(i, j) end
                m[i] = row
            end
            return m
        end
        local a = make(function(i, j) return i + j / 7 end)
        local b = make(function(i, j) return i - j / 3 end)
        local sum = 0
        for i = 1, n do
            for j = 1, n do
                local s, row = 0, a[i]
                for k = 1, n do s = s + row[k] * b[k][j] end
                sum = sum + s
            end
        end
        return sum // 1)lua"},
    script_program{"trees: allocation", 9, R"lua(
        local function make(depth) if depth == 0 then return {} end
            return {make(depth - 1), make(depth - 1)}
        end
        local function count(t) if t[1] then return 1 + count(t[1]) + count(t[2]) end return 1 end
        local sum = 0
        for _ = 1, 8 do sum = sum + count(make(n)) end
        return sum)lua"},
    script_program{"sort: numbers", 3'000, R"lua(
        local t, x = {}, 42
        for i = 1, n do
            x = (x * 1103515245 + 12345) & 0x7fffffff
            t[i] = x
        end
        table.sort(t)
        return t[1])lua"},
    script_program{"sort: comparator", 2'000, R"lua(
        local t, x = {}, 42
        for i = 1, n do
            x = (x * 1103515245 + 12345) & 0x7fffffff
            t[i] = {key = x}
        end
        table.sort(t, function(a, b) return a.key > b.key end)
        return t[1].key)lua"},
    script_program{"sort: strings", 1'500, R"lua(
        local t, x = {}, 42
        for i = 1, n do
            x = (x * 1103515245 + 12345) & 0x7fffffff
            t[i] = "key" .. x
        end
        table.sort(t)
        return #t[1])lua"},
    script_program{"closures", 10'000, R"lua(
        local function adder(k) return function(v) return v + k end end
        local s = 0
        for i = 1, n do s = adder(i)(s) end
        return s)lua"},
    script_program{"methods: metatables", 20'000, R"lua(
        local account = {}
        account.__index = account
        function account.new() return setmetatable({balance = 0}, account) end
        function account:deposit(v) self.balance = self.balance + v return self end
        local a = account.new()
        for i = 1, n do a:deposit(i) end
        return a.balance)lua"},
    script_program{"varargs and select", 5'000, R"lua(
        local function sum(...)
            local s = 0
            for i = 1, select("#", ...) do s = s + (select(i, ...)) end
            return s
        end
        local total = 0
        for i = 1, n do total = total + sum(i, 2, 3, 4, 5) end
        return total)lua"},
    script_program{"pcall and error", 5'000, R"lua(
        local failed = 0
        for i = 1, n do
            local ok = pcall(function() if i % 2 == 0 then error("even", 0) end end)
            if not ok then failed = failed + 1 end
        end
        return failed)lua"},
    script_program{"coroutines", 5'000, R"lua(
        local produce = coroutine.wrap(function()
            for i = 1, n do coroutine.yield(i) end
            return 0
        end)
        local s = 0
        for _ = 1, n do s = s + produce() end
        return s)lua"},
    script_program{"string building: ..", 3'000, R"lua(
        local size = 0
        for i = 1, n do
            local s = "item " .. i .. ", "
            size = size + #s
        end
        return size)lua"},
    script_program{"string building: table.concat", 5'000, R"lua(
        local parts = {}
        for i = 1, n do parts[#parts + 1] = "part" parts[#parts + 1] = i end
        return #table.concat(parts, ","))lua"},
    script_program{"string.format: integers and text", 2'000, R"lua(
        local size = 0
        for i = 1, n do size = size + #string.format("%5d %x %s", i, i, "text") end
        return size)lua"},
    script_program{"string.format: floats", 1'000, R"lua(
        local size = 0
        for i = 1, n do size = size + #string.format("%.3f %g", i / 7, i * 1.25) end
        return size)lua"},
    script_program{"tostring and tonumber of floats", 1'000, R"lua(
        local s = 0
        for i = 1, n do s = s + tonumber(tostring(i / 8)) end
        return s // 1)lua"},
    script_program{"patterns: gmatch", 100, R"lua(
        local text, words = "the quick brown fox jumps over the lazy dog, and runs away at last", 0
        for _ = 1, n do for w in text:gmatch("%a+") do words = words + #w end end
        return words)lua"},
    script_program{"patterns: gsub", 200, R"lua(
        local text, size = "the quick brown fox jumps over the lazy dog, and runs away at last", 0
        for _ = 1, n do size = size + #text:gsub("(%a)(%a*)", "%2%1") end
        return size)lua"},
    script_program{"patterns: find and match", 500, R"lua(
        local s = 0
        for i = 1, n do
            local line = "2024-03-" .. i % 28 + 1 .. " 12:30:15 ERROR code=" .. i
            local day, code = line:match("^%d+%-%d+%-(%d+).*code=(%d+)$")
            s = s + day + code
            if line:find("ERROR", 1, true) then s = s + 1 end
        end
        return s)lua"},
    script_program{"bytes and characters", 20, R"lua(
        local text, sum = ("abcdefghij"):rep(20), 0
        for _ = 1, n do
            for i = 1, #text do sum = sum + text:byte(i) end
            for i = 1, #text, 4 do if text:sub(i, i) == "a" then sum = sum + 1 end end
        end
        return sum)lua"},
    script_program{"word count: string keys", 100, R"lua(
        local text = "a rose is a rose is a rose and a thorn is a thorn but never a rose"
        local counts = {}
        for _ = 1, n do
            for w in text:gmatch("%S+") do counts[w] = (counts[w] or 0) + 1 end
        end
        return counts.rose)lua"},
    script_program{"queens: backtracking", 6, R"lua(
        local solutions, at = 0, {}
        local function safe(row, column)
            for r = 1, row - 1 do
                local c = at[r]
                if c == column or c - r == column - row or c + r == column + row then
                    return false
                end
            end
            return true
        end
        local function place(row)
            if row > n then solutions = solutions + 1 return end
            for column = 1, n do
                if safe(row, column) then at[row] = column place(row + 1) end
            end
        end
        place(1)
        return solutions)lua"},
    script_program{"mandelbrot: floats in locals", 24, R"lua(
        local inside = 0
        for py = 0, n - 1 do
            for px = 0, n - 1 do
                local x0, y0, x, y, i = px * 3.5 / n - 2.5, py * 2 / n - 1, 0.0, 0.0, 0
                while x * x + y * y < 4 and i < 50 do
                    x, y, i = x * x - y * y + x0, 2 * x * y + y0, i + 1
                end
                if i == 50 then inside = inside + 1 end
            end
        end
        return inside)lua"},
};

}  // namespace nacre::bench
