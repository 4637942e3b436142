//! The functions of `sdk/conformance/functions.txt` in Rust.

use bigdecimal::BigDecimal;
use nacre_function::{Ascii, Counter, CqlDuration, Date, Newtype, Time, TimeUuid, Timestamp, Tuple, UserType, Uuid, aggregate, function};
use num_bigint::BigInt;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

// ---- Numbers

#[function(deterministic)]
fn fib(n: i64) -> i64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

#[function(deterministic)]
fn sum_of_widths(a: i8, b: i16, c: i32, d: i64) -> i64 {
    i64::from(a) + i64::from(b) + i64::from(c) + d
}

#[function(deterministic)]
fn clamped(v: i64) -> i8 {
    v.clamp(i8::MIN.into(), i8::MAX.into()) as i8
}

#[function(deterministic)]
fn high_half(v: i32) -> i16 {
    (v >> 16) as i16
}

#[function(deterministic)]
fn hypotenuse(a: f64, b: f64) -> f64 {
    (a * a + b * b).sqrt()
}

#[function(deterministic)]
fn or_zero(v: Option<i32>) -> i32 {
    v.unwrap_or(0)
}

#[function(deterministic)]
fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

#[function(deterministic)]
fn divided(a: i64, b: i64) -> Result<i64, &'static str> {
    if b == 0 { Err("division by zero") } else { Ok(a.wrapping_div(b)) }
}

#[function(deterministic)]
fn doubled(hits: Counter) -> Counter {
    Counter(2 * hits.0)
}

#[function(deterministic)]
fn difference(a: BigInt, b: BigInt) -> BigInt {
    a - b
}

#[function(deterministic)]
fn gross(net: BigDecimal, rate: BigDecimal) -> BigDecimal {
    let tax = &net * &rate;
    let scale = net.fractional_digit_count().max(tax.fractional_digit_count());
    (net + tax).with_scale(scale)
}

// ---- Text and bytes

#[function(deterministic)]
fn capitalised(s: &str) -> String {
    let mut s = String::from(s);
    if let Some(first) = s.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    s
}

#[function(deterministic)]
fn repeated(s: &str, times: i32) -> String {
    s.repeat(times.max(0) as usize)
}

#[function(deterministic)]
fn commas(words: Option<Vec<&str>>) -> Option<String> {
    words.map(|words| words.join(", "))
}

#[function(deterministic)]
fn initials(s: Ascii) -> Ascii {
    Ascii(s.split(' ').filter_map(|word| word.chars().next()).collect())
}

#[function(deterministic)]
fn xored(data: &[u8], key: &[u8]) -> Vec<u8> {
    if key.is_empty() {
        return data.to_vec();
    }
    data.iter().zip(key.iter().cycle()).map(|(a, b)| a ^ b).collect()
}

// ---- Dates, times, identifiers

#[function(deterministic)]
fn next_day(d: Date) -> Date {
    Date(d.0 + 1)
}

#[function(deterministic)]
fn date_of(t: Timestamp) -> Date {
    t.date()
}

#[function(deterministic)]
fn at_time(d: Date, t: Time) -> Timestamp {
    Timestamp(i64::from(d.0) * 86_400_000 + t.0 / 1_000_000)
}

#[function(deterministic)]
fn apart(a: Time, b: Time) -> Time {
    Time((a.0 - b.0).abs())
}

#[function(deterministic)]
fn twice(d: CqlDuration) -> CqlDuration {
    CqlDuration { months: 2 * d.months, days: 2 * d.days, nanoseconds: 2 * d.nanoseconds }
}

#[function(deterministic)]
fn next_uuid(u: Uuid) -> Uuid {
    Uuid::from_u128(u.as_u128().wrapping_add(1))
}

#[function(deterministic)]
fn later(a: TimeUuid, b: TimeUuid) -> TimeUuid {
    if b.timestamp() > a.timestamp() { b } else { a }
}

#[function(deterministic)]
fn network(address: IpAddr, bits: i32) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - bits.clamp(0, 32) as u32).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - bits.clamp(0, 128) as u32).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
    }
}

// ---- Collections, tuples, vectors, user types

#[function(deterministic)]
fn sum_of(numbers: Vec<i32>) -> i64 {
    numbers.into_iter().map(i64::from).sum()
}

#[function(deterministic)]
fn union_of(a: Option<BTreeSet<i32>>, b: Option<BTreeSet<i32>>) -> Option<BTreeSet<i32>> {
    match (a, b) {
        (None, None) => None,
        (a, b) => Some(a.into_iter().chain(b).flatten().collect()),
    }
}

#[function(deterministic)]
fn inverted(m: BTreeMap<&str, i32>) -> BTreeMap<i32, Vec<&str>> {
    let mut inverted: BTreeMap<i32, Vec<&str>> = BTreeMap::new();
    for (key, value) in m {
        inverted.entry(value).or_default().push(key);
    }
    inverted
}

#[function(deterministic)]
fn swapped(t: (Option<i32>, Option<&str>)) -> (Option<&str>, Option<i32>) {
    (t.1, t.0)
}

#[function(deterministic)]
fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.into_iter().zip(b).map(|(a, b)| f64::from(a) * f64::from(b)).sum::<f64>() as f32
}

#[derive(UserType)]
struct Person {
    name: Option<String>,
    age: Option<i32>,
    tags: Option<Vec<String>>,
}

#[function(deterministic)]
fn oldest(people: Option<Vec<Person>>) -> Option<Person> {
    let mut oldest: Option<Person> = None;
    for person in people? {
        if person.age.is_some() && oldest.as_ref().is_none_or(|oldest| person.age > oldest.age) {
            oldest = Some(person);
        }
    }
    oldest
}

// ---- Aggregates

#[derive(Default, Tuple)]
struct Average {
    count: i64,
    sum: f64,
}

#[aggregate]
impl Average {
    fn accumulate(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
    }
    fn merge(&mut self, other: Average) {
        self.count += other.count;
        self.sum += other.sum;
    }
    fn finish(&self) -> Option<f64> {
        (self.count != 0).then(|| self.sum / self.count as f64)
    }
}

#[derive(Default, Newtype)]
struct Longest(Option<String>);

#[aggregate]
impl Longest {
    fn accumulate(&mut self, text: &str) {
        let longer = self.0.as_deref().is_none_or(|old| (text.len(), old) > (old.len(), text));
        if longer {
            self.0 = Some(text.into());
        }
    }
    fn merge(&mut self, other: Longest) {
        if let Some(text) = &other.0 {
            self.accumulate(text);
        }
    }
    fn finish(self) -> Option<String> {
        self.0
    }
}

#[derive(Default, Newtype)]
struct Histogram(BTreeMap<String, i64>);

#[aggregate]
impl Histogram {
    fn accumulate(&mut self, text: String) {
        *self.0.entry(text).or_default() += 1;
    }
    fn merge(&mut self, other: Histogram) {
        for (text, count) in other.0 {
            *self.0.entry(text).or_default() += count;
        }
    }
    fn finish(self) -> BTreeMap<String, i64> {
        self.0
    }
}
