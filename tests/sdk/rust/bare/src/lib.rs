//! Without std.

#![no_std]
extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;
use nacre_function::{Date, Tuple, aggregate, function, log};

#[function(deterministic)]
fn fib(n: i64) -> i64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

#[function]
fn commas(words: Vec<&str>) -> String {
    words.join(", ")
}

/// Its name is one of C's, and Rust's `powf` calls that one.
#[function]
fn pow(a: f64, b: f64) -> f64 {
    let mut product = 1.0;
    for _ in 0..b as i32 {
        product *= a;
    }
    product
}

#[function]
fn panics(v: i32) -> i32 {
    assert!(v != 13, "{v} is not for me");
    v
}

#[function]
fn says(d: Date) -> Date {
    log!("it is {:?}", d.year_month_day());
    d
}

#[derive(Default, Tuple)]
struct Range {
    least: Option<i64>,
    greatest: Option<i64>,
}

#[aggregate]
impl Range {
    fn accumulate(&mut self, v: i64) {
        self.least = Some(self.least.map_or(v, |least| least.min(v)));
        self.greatest = Some(self.greatest.map_or(v, |greatest| greatest.max(v)));
    }
}
