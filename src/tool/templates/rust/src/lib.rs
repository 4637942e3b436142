use nacre_function::{Tuple, aggregate, function};

#[function(deterministic)]
fn fib(n: i64) -> i64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

#[function(deterministic)]
fn commas(words: Vec<&str>) -> String {
    words.join(", ")
}

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
