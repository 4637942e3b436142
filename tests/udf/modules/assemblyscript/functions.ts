// Version 2 of the module contract by AssemblyScript: arguments and results are blocks of its own heap, by hand.

// The version has an address of its own, which an exported constant is.
const version = memory.data<u32>([2]);
export const _scylla_abi: i32 = version as i32;

export function _scylla_malloc(size: i32): i32 {
  return heap.alloc(size) as i32;
}
export function _scylla_free(address: i32): void {
  if (address != 0) heap.free(address as usize);
}

type Value = u64;
const NOTHING: Value = 0xffffffff << 32;

function sizeOf(v: Value): i32 { return (v >> 32) as i32; }
function at(v: Value): usize { return (v & 0xffffffff) as usize; }
function isNull(v: Value): bool { return sizeOf(v) < 0; }
function drop(v: Value): void { if (!isNull(v)) _scylla_free(at(v) as i32); }
function room(size: i32): usize { return heap.alloc(max(size, 1)); }
function valueOf(size: i32, address: usize): Value { return (<u64>(<u32>size)) << 32 | <u64>address; }
function load32(from: usize): i32 { return bswap<i32>(load<i32>(from)); }
function store32(to: usize, number: i32): void { store<i32>(to, bswap<i32>(number)); }

export function same(v: Value): Value { return v; }
export function same_i32(v: i32): i32 { return v; }
export function same_i64(v: i64): i64 { return v; }
export function same_f32(v: f32): f32 { return v; }
export function same_f64(v: f64): f64 { return v; }
export function nothing(v: Value): Value { drop(v); return NOTHING; }
export function length_of(v: Value): i32 { drop(v); return sizeOf(v); }
export function was_null(v: Value): Value {
  drop(v);
  const to = room(1);
  store<u8>(to, isNull(v) ? 1 : 0);
  return valueOf(1, to);
}

export function fib(n: i64): i64 { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
export function half(v: f64): f64 { return v / 2; }
export function negation(v: i32): i32 { return v == 0 ? 1 : 0; }
export function added(a: i64, b: i64): i64 { return a + b; }
export function panics_at(v: i64, here: i64): i64 {
  assert(v != here);
  return v;
}

// AssemblyScript's own strings are UTF-16: through them and back.
export function reversed(s: Value): Value {
  const text = String.UTF8.decodeUnsafe(at(s), sizeOf(s));
  drop(s);
  let out = "";
  for (let i = 0; i < text.length;) {
    const point = text.codePointAt(i);
    out = String.fromCodePoint(point) + out;
    i += point > 0xffff ? 2 : 1;
  }
  const size = String.UTF8.byteLength(out);
  const to = room(size);
  String.UTF8.encodeUnsafe(changetype<usize>(out), out.length, to);
  return valueOf(size, to);
}
export function repeated(s: Value, n: i32): Value {
  const size = sizeOf(s);
  const to = room(size * n);
  for (let i = 0; i < n; ++i) memory.copy(to + i * size, at(s), size);
  drop(s);
  return valueOf(size * n, to);
}
export function or_else(a: Value, b: Value): Value {
  drop(isNull(a) ? a : b);
  return isNull(a) ? b : a;
}
export function longest(state: Value, s: Value): Value {
  const longer = sizeOf(s) > sizeOf(state);
  drop(longer ? state : s);
  return longer ? s : state;
}

export function sum_of(l: Value): i64 {
  let from = at(l);
  let sum: i64 = 0;
  for (let left = load32(from); left > 0; --left) {
    sum += load32(from + 8);
    from += 8;
  }
  drop(l);
  return sum;
}
export function joined(l: Value): Value {
  let from = at(l) + 4;
  const count = load32(at(l));
  const to = room(sizeOf(l));
  let size = 0;
  for (let i = 0; i < count; ++i) {
    const item = load32(from);
    if (i != 0) store<u8>(to + size++, 44);
    memory.copy(to + size, from + 4, item);
    size += item;
    from += 4 + item;
  }
  drop(l);
  return valueOf(size, to);
}
export function keys_of(m: Value): Value {
  let from = at(m) + 4;
  const count = load32(at(m));
  const to = room(sizeOf(m));
  store32(to, count);
  let size = 4;
  for (let i = 0; i < count; ++i) {
    const key = 4 + load32(from);
    memory.copy(to + size, from, key);
    size += key;
    from += key;
    from += 4 + load32(from);
  }
  drop(m);
  return valueOf(size, to);
}
export function swapped(t: Value): Value {
  const from = at(t);
  const size = sizeOf(t);
  const first = 4 + max(load32(from), 0);
  const to = room(size);
  memory.copy(to, from + first, size - first);
  memory.copy(to + size - first, from, first);
  drop(t);
  return valueOf(size, to);
}
// person(name text, age int, tags frozen<list<text>>)
export function older(p: Value): Value {
  const age = at(p) + 4 + max(load32(at(p)), 0);
  if (load32(age) == 4) store32(age + 4, load32(age + 4) + 1);
  return p; // its own argument, changed in place
}
export function dot(a: Value, b: Value): f32 {
  let sum: f32 = 0;
  for (let i = 0; i < sizeOf(a); i += 4) {
    sum += reinterpret<f32>(load32(at(a) + i)) * reinterpret<f32>(load32(at(b) + i));
  }
  drop(a);
  drop(b);
  return sum;
}

export function tomorrow(d: Value): Value {
  store32(at(d), load32(at(d)) + 1);
  return d;
}
export function hour_later(t: Value): Value {
  store<i64>(at(t), bswap<i64>(bswap<i64>(load<i64>(at(t))) + 3600000));
  return t;
}
export function is_v6(a: Value): i32 { drop(a); return sizeOf(a) == 16 ? 1 : 0; }
export function version_of(u: Value): i32 {
  const result = load<u8>(at(u) + 6) >> 4;
  drop(u);
  return result;
}
export function scale_of(d: Value): i32 {
  const scale = load32(at(d));
  drop(d);
  return scale;
}
export function is_negative(v: Value): i32 {
  const sign = load<u8>(at(v)) >> 7;
  drop(v);
  return sign;
}
