//! One function at a time, by feature.

use nacre_function::function;

#[cfg(feature = "fib")]
#[function]
fn fib(n: i64) -> i64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

#[cfg(feature = "commas")]
#[function]
fn commas(words: Option<Vec<String>>) -> Option<String> {
    words.map(|words| words.join(", "))
}
