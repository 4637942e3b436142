import { Box } from "nacre-function/assembly";

@deterministic
export function fib(n: i64): i64 {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

@deterministic
export function commas(words: string[]): string {
  return words.join(", ");
}

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
