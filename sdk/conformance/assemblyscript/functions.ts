// The functions of sdk/conformance/functions.txt in AssemblyScript.

import {
  Ascii, Box, Counter, CqlDate, Decimal, Duration, Inet, Time, Timestamp, TimeUuid, Uuid, Varint, fail,
} from "nacre-function/assembly";

// ---- Numbers

@deterministic
export function fib(n: i64): i64 {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

@deterministic
export function sum_of_widths(a: i8, b: i16, c: i32, d: i64): i64 {
  return <i64>a + <i64>b + <i64>c + d;
}

@deterministic
export function clamped(v: i64): i8 {
  return <i8>min<i64>(max<i64>(v, i8.MIN_VALUE), i8.MAX_VALUE);
}

@deterministic
export function high_half(v: i32): i16 {
  return <i16>(v >> 16);
}

@deterministic
export function hypotenuse(a: f64, b: f64): f64 {
  return Math.sqrt(a * a + b * b);
}

@deterministic
export function or_zero(v: Box<i32> | null): i32 {
  return v === null ? 0 : v.value;
}

@deterministic
export function both(a: Box<bool> | null, b: Box<bool> | null): Box<bool> | null {
  if (a !== null && !a.value) return a;
  if (b !== null && !b.value) return b;
  return a === null ? a : b;
}

@deterministic
export function divided(a: i64, b: i64): i64 {
  return b == 0 ? fail<i64>("division by zero") : a / b;
}

@deterministic
export function doubled(hits: Counter): Counter {
  return new Counter(2 * hits.value);
}

@deterministic
export function difference(a: Varint, b: Varint): Varint {
  return a.minus(b);
}

@deterministic
export function gross(net: Decimal, rate: Decimal): Decimal {
  return net.plus(net.times(rate));
}

// ---- Text and bytes

@deterministic
export function capitalised(s: string): string {
  const first = s.length > 0 ? s.charCodeAt(0) : 0;
  return first >= 97 && first <= 122 ? String.fromCharCode(first - 32) + s.substring(1) : s;
}

@deterministic
export function repeated(s: string, times: i32): string {
  return s.repeat(max(times, 0));
}

@deterministic
export function commas(words: Array<string> | null): string | null {
  return words === null ? null : words.join(", ");
}

@deterministic
export function initials(s: Ascii): Ascii {
  let made = "";
  const words = s.value.split(" ");
  for (let i = 0; i < words.length; ++i) made += words[i].charAt(0);
  return new Ascii(made);
}

@deterministic
export function xored(data: Uint8Array, key: Uint8Array): Uint8Array {
  if (key.length == 0) return data;
  for (let i = 0; i < data.length; ++i) data[i] ^= key[i % key.length];
  return data;
}

// ---- Dates, times, identifiers

@deterministic
export function next_day(d: CqlDate): CqlDate {
  return new CqlDate(d.value + 1);
}

@deterministic
export function date_of(t: Timestamp): CqlDate {
  return t.date;
}

@deterministic
export function at_time(d: CqlDate, t: Time): Timestamp {
  return new Timestamp(<i64>d.value * 86400000 + t.value / 1000000);
}

@deterministic
export function apart(a: Time, b: Time): Time {
  return new Time(abs(a.value - b.value));
}

@deterministic
export function twice(d: Duration): Duration {
  return new Duration(2 * d.months, 2 * d.days, 2 * d.nanoseconds);
}

@deterministic
export function next_uuid(u: Uuid): Uuid {
  return new Uuid(u.low == u64.MAX_VALUE ? u.high + 1 : u.high, u.low + 1);
}

@deterministic
export function later(a: TimeUuid, b: TimeUuid): TimeUuid {
  return b.timestamp > a.timestamp ? b : a;
}

@deterministic
export function network(address: Inet, bits: i32): Inet {
  for (let i = 0; i < address.bytes.length; ++i) {
    const kept = min(max(bits - 8 * i, 0), 8);
    address.bytes[i] &= <u8>(0xff00 >> kept);
  }
  return address;
}

// ---- Collections, tuples, vectors, user types

@deterministic
export function sum_of(numbers: Array<i32>): i64 {
  let sum: i64 = 0;
  for (let i = 0; i < numbers.length; ++i) sum += numbers[i];
  return sum;
}

@deterministic
export function union_of(a: Set<i32> | null, b: Set<i32> | null): Set<i32> | null {
  if (a === null) return b;
  if (b !== null) {
    const values = b.values();
    for (let i = 0; i < values.length; ++i) a.add(values[i]);
  }
  return a;
}

@deterministic
export function inverted(m: Map<string, i32>): Map<i32, Array<string>> {
  const made = new Map<i32, Array<string>>();
  const keys = m.keys();
  for (let i = 0; i < keys.length; ++i) {
    const value = m.get(keys[i]);
    if (!made.has(value)) made.set(value, []);
    made.get(value).push(keys[i]);
  }
  return made;
}

@tuple
class NumberAndText {
  first: Box<i32> | null;
  second: string | null;
}

@tuple
class TextAndNumber {
  constructor(public first: string | null, public second: Box<i32> | null) {}
}

@deterministic
export function swapped(t: NumberAndText): TextAndNumber {
  return new TextAndNumber(t.second, t.first);
}

@vector(3)
type Point = StaticArray<f32>;

@deterministic
export function dot(a: Point, b: Point): f32 {
  let sum: f64 = 0;
  for (let i = 0; i < 3; ++i) sum += <f64>a[i] * <f64>b[i];
  return <f32>sum;
}

@usertype
class Person {
  name: string | null;
  age: Box<i32> | null;
  tags: Array<string> | null;
}

@deterministic
export function oldest(people: Array<Person> | null): Person | null {
  if (people === null) return null;
  let found: Person | null = null;
  let greatest = i32.MIN_VALUE;
  for (let i = 0; i < people.length; ++i) {
    const age = people[i].age;
    if (age === null || (found !== null && age.value <= greatest)) continue;
    found = people[i];
    greatest = age.value;
  }
  return found;
}

// ---- Aggregates

@aggregate
class Average {
  count: i64 = 0;
  sum: f64 = 0;

  accumulate(value: f64): void {
    this.count += 1;
    this.sum += value;
  }
  merge(other: Average): void {
    this.count += other.count;
    this.sum += other.sum;
  }
  finish(): Box<f64> | null {
    return this.count == 0 ? null : new Box(this.sum / <f64>this.count);
  }
}

function compareBytes(a: string, b: string): i32 {
  const x = String.UTF8.encode(a);
  const y = String.UTF8.encode(b);
  return memory.compare(changetype<usize>(x), changetype<usize>(y), min(x.byteLength, y.byteLength));
}

@aggregate
class Longest {
  text: string | null = null;

  accumulate(text: string): void {
    const old = this.text;
    const difference = old === null ? 1 : String.UTF8.byteLength(text) - String.UTF8.byteLength(old);
    if (difference > 0 || (difference == 0 && compareBytes(text, old!) < 0)) this.text = text;
  }
  merge(other: Longest): void {
    const text = other.text;
    if (text !== null) this.accumulate(text);
  }
  finish(): string | null {
    return this.text;
  }
}

@aggregate
class Histogram {
  counts: Map<string, i64> = new Map();

  accumulate(text: string): void {
    this.add(text, 1);
  }
  merge(other: Histogram): void {
    const texts = other.counts.keys();
    for (let i = 0; i < texts.length; ++i) this.add(texts[i], other.counts.get(texts[i]));
  }
  finish(): Map<string, i64> {
    return this.counts;
  }
  private add(text: string, count: i64): void {
    this.counts.set(text, count + (this.counts.has(text) ? this.counts.get(text) : 0));
  }
}
