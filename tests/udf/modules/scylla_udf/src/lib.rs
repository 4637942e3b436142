//! Functions with ScyllaDB's public crate for them, in every type that it knows. It names an exported function as the Rust one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use num_bigint::{BigInt, Sign};
use scylla_udf::{export_newtype, export_udf, export_udt, Counter, CqlDuration, Time, Timestamp};
use uuid::Uuid;

// A generic function can't be exported: one for each type, its name from the type's.
macro_rules! same {
    ($($name:ident $optional:ident: $rust:ty;)*) => { $(
        #[export_udf]
        fn $name(v: $rust) -> $rust {
            v
        }
        #[export_udf]
        fn $optional(v: Option<$rust>) -> Option<$rust> {
            v
        }
    )* };
}

same! {
    same_boolean maybe_boolean: bool;
    same_tinyint maybe_tinyint: i8;
    same_smallint maybe_smallint: i16;
    same_int maybe_int: i32;
    same_bigint maybe_bigint: i64;
    same_float maybe_float: f32;
    same_double maybe_double: f64;
    same_text maybe_text: String;
    same_blob maybe_blob: Vec<u8>;
    same_date maybe_date: NaiveDate;
    same_time maybe_time: Time;
    same_timestamp maybe_timestamp: Timestamp;
    same_duration maybe_duration: CqlDuration;
    same_uuid maybe_uuid: Uuid;
    same_inet maybe_inet: IpAddr;
    same_varint maybe_varint: BigInt;
    same_decimal maybe_decimal: BigDecimal;
    same_counter maybe_counter: Counter;
    same_list maybe_list: Vec<i32>;
    same_set maybe_set: BTreeSet<String>;
    same_map maybe_map: HashMap<String, i32>;
    same_nested maybe_nested: BTreeMap<i32, Vec<String>>;
    same_tuple maybe_tuple: (Option<i32>, Option<String>);
    same_hash_set maybe_hash_set: HashSet<i32>;
    same_person maybe_person: Person;
}

#[export_udt]
struct Person {
    name: String,
    age: Option<i32>,
    tags: Option<Vec<String>>,
}

#[export_newtype]
struct Celsius(f64);

#[export_newtype]
struct Words(Vec<String>);

#[export_udf]
fn fib(n: i64) -> i64 {
    if n < 2 {
        n
    } else {
        fib(n - 1) + fib(n - 2)
    }
}

#[export_udf]
fn half(v: f64) -> f64 {
    v / 2.0
}

#[export_udf]
fn to_fahrenheit(v: Celsius) -> f64 {
    v.0 * 9.0 / 5.0 + 32.0
}

#[export_udf]
fn negation(v: bool) -> bool {
    !v
}

#[export_udf]
fn added(a: i64, b: i64) -> i64 {
    a.wrapping_add(b)
}

#[export_udf]
fn panics_at(v: i64, at: i64) -> i64 {
    assert_ne!(v, at, "this is the one");
    v
}

#[export_udf]
fn reversed(s: String) -> String {
    s.chars().rev().collect()
}

#[export_udf]
fn repeated(s: String, n: i32) -> String {
    s.repeat(n as usize)
}

#[export_udf]
fn length_of(s: String) -> i32 {
    s.len() as i32
}

#[export_udf]
fn or_else(a: Option<String>, b: Option<String>) -> Option<String> {
    a.or(b)
}

#[export_udf]
fn longest(state: String, s: String) -> String {
    if s.len() > state.len() {
        s
    } else {
        state
    }
}

#[export_udf]
fn says(s: String) -> String {
    println!("says {s}");
    eprintln!("complains of {s}");
    s
}

#[export_udf]
fn sum_of(l: Vec<i32>) -> i64 {
    l.into_iter().map(i64::from).sum()
}

#[export_udf]
fn joined(l: Words) -> String {
    l.0.join(",")
}

#[export_udf]
fn keys_of(m: BTreeMap<String, i32>) -> Vec<String> {
    m.into_keys().collect()
}

#[export_udf]
fn swapped(t: (Option<i32>, Option<String>)) -> (Option<String>, Option<i32>) {
    (t.1, t.0)
}

#[export_udf]
fn older(p: Person) -> Person {
    Person { age: p.age.map(|a| a + 1), ..p }
}

#[export_udf]
fn tomorrow(d: NaiveDate) -> NaiveDate {
    d.succ_opt().unwrap()
}

#[export_udf]
fn hour_later(t: Timestamp) -> Timestamp {
    Timestamp(t.0 + chrono::Duration::hours(1))
}

#[export_udf]
fn is_v6(a: IpAddr) -> bool {
    a.is_ipv6()
}

#[export_udf]
fn version_of(u: Uuid) -> i8 {
    u.get_version_num() as i8
}

#[export_udf]
fn scale_of(d: BigDecimal) -> i32 {
    d.as_bigint_and_exponent().1 as i32
}

#[export_udf]
fn is_negative(v: BigInt) -> bool {
    v.sign() == Sign::Minus
}
