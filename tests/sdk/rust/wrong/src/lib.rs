//! Mistakes, one for each feature; test_rust.py says what the compiler has to say of them.

#![allow(unused)]
use nacre_function::{Results, Tuple, UserType, aggregate, function};

#[cfg(feature = "unsigned")]
#[function]
fn unsigned(n: u32) -> i64 {
    n.into()
}

#[cfg(feature = "unsigned_inside")]
#[function]
fn unsigned_inside(n: Vec<usize>) -> i64 {
    n.len() as i64
}

#[cfg(feature = "result")]
#[function]
fn result(n: i64) -> char {
    'x'
}

#[cfg(feature = "nothing")]
#[function]
fn nothing(n: i64) {}

#[cfg(feature = "generic")]
#[function]
fn generic<T>(n: T) -> i64 {
    1
}

#[cfg(feature = "method")]
struct Thing;
#[cfg(feature = "method")]
impl Thing {
    #[function]
    fn method(&self) -> i64 {
        1
    }
}

#[cfg(feature = "struct_field")]
#[derive(UserType)]
struct Person {
    age: u8,
}

#[cfg(feature = "no_accumulate")]
#[derive(Default, Tuple)]
struct State {
    sum: i64,
}
#[cfg(feature = "no_accumulate")]
#[aggregate]
impl State {
    fn finish(&self) -> i64 {
        self.sum
    }
}

#[cfg(feature = "columns")]
#[function(columns)]
fn columns(v: &[i64]) -> i64 {
    1
}

#[cfg(feature = "option")]
#[function(fast)]
fn option(v: i64) -> i64 {
    v
}

#[cfg(feature = "name")]
#[function(rows = true)]
fn pow(a: f64, b: f64) -> f64 {
    a.powf(b)
}
