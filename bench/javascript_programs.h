/// Programs that compute: bodies of functions of `n` (bigint) that return a bigint. Each takes some
/// milliseconds.
#pragma once

#include "script_program.h"

namespace nacre::bench {

inline constexpr std::array javascript_programs{
    script_program{"fib: calls", 22, R"js(
        const fib = n => n < 2 ? n : fib(n - 1) + fib(n - 2)
        return fib(Number(n)))js"},
    script_program{"loop: integer arithmetic", 100'000, R"js(
        let s = 0
        for (let i = 1; i <= n; i++) s = (Math.imul(s, 31) + i) >>> 0
        return s)js"},
    script_program{"loop: BigInt arithmetic", 10'000, R"js(
        let s = 0n
        for (let i = 1n; i <= n; i++) s = BigInt.asUintN(32, s * 31n + i)
        return s)js"},
    script_program{"sieve: arrays", 20'000, R"js(
        const size = Number(n), composite = []
        let count = 0
        for (let i = 2; i <= size; i++) {
            if (composite[i]) continue
            count++
            for (let j = i * 2; j <= size; j += i) composite[j] = true
        }
        return count)js"},
    script_program{"n-body: floats in objects", 400, R"js(
        const bodies = []
        for (let i = 1; i <= 5; i++) {
            bodies.push({x: i * 1.5, y: i * i * 0.3, z: 1 / i,
                         vx: 0.1 * i, vy: -0.2, vz: 0.05, mass: 40 / i})
        }
        for (let step = 0; step < n; step++) {
            for (let i = 0; i < bodies.length; i++) {
                const a = bodies[i]
                for (let j = i + 1; j < bodies.length; j++) {
                    const b = bodies[j]
                    const dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z
                    const d2 = dx * dx + dy * dy + dz * dz
                    const mag = 0.01 / (d2 * Math.sqrt(d2))
                    a.vx -= dx * b.mass * mag; a.vy -= dy * b.mass * mag; a.vz -= dz * b.mass * mag
                    b.vx += dx * a.mass * mag; b.vy += dy * a.mass * mag; b.vz += dz * a.mass * mag
                }
            }
            for (const b of bodies) { b.x += 0.01 * b.vx; b.y += 0.01 * b.vy; b.z += 0.01 * b.vz }
        }
        return Math.floor(bodies[0].x * 1e6))js"},
    script_program{"sort: comparator", 2'000, R"js(
        const values = []
        let seed = 42
        for (let i = 0; i < n; i++) {
            seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
            values.push(seed)
        }
        values.sort((a, b) => a - b)
        return values[0])js"},
    script_program{"string building", 3'000, R"js(
        let s = ''
        for (let i = 0; i < n; i++) s += i + ','
        return s.length)js"},
    script_program{"split, map, join", 200, R"js(
        let s = ''
        for (let i = 0; i < n; i++) s += 'word' + i + ' '
        let size = 0
        for (let i = 0; i < 20; i++) size += s.split(' ').map(w => w.toUpperCase()).join('-').length
        return size)js"},
    script_program{"regular expressions", 300, R"js(
        const text = 'key=value; other=12; third=abc'.repeat(3)
        let found = 0
        for (let i = 0; i < n; i++) {
            for (const m of text.matchAll(/(\w+)=(\w+)/g)) found += m[1].length
        }
        return found)js"},
    script_program{"word count: Map", 100, R"js(
        const words = 'the quick brown fox jumps over the lazy dog and the cat'.split(' ')
        const counts = new Map()
        for (let i = 0; i < n; i++) for (const w of words) counts.set(w, (counts.get(w) ?? 0) + 1)
        return counts.get('the'))js"},
    script_program{"JSON: parse and stringify", 200, R"js(
        const text = JSON.stringify({id: 1, name: 'x', tags: ['a', 'b'], at: {x: 1.5, y: null}})
        let size = 0
        for (let i = 0; i < n; i++) size += JSON.stringify(JSON.parse(text)).length
        return size)js"},
    script_program{"classes and closures", 20'000, R"js(
        class Counter { constructor() { this.n = 0 } add(x) { this.n += x; return this } }
        const counter = new Counter(), add = x => counter.add(x)
        for (let i = 0; i < n; i++) add(i & 3)
        return counter.n)js"},
    script_program{"try and throw", 2'000, R"js(
        let failed = 0
        for (let i = 0; i < n; i++) {
            try { if (i % 2 === 0) throw new RangeError('x') } catch { failed++ }
        }
        return failed)js"},
    script_program{"Decimal: sums and products", 2'000, R"js(
        let total = Decimal(0)
        for (let i = 0; i < n; i++) total = total.add(Decimal('19.99').mul(i))
        return total.toBigInt())js"},
};

}  // namespace nacre::bench
