import { Box } from "nacre-function/assembly";

/**
 * The spread of numbers around their mean, and of samples that stand for more: sqrt(sum((v - mean)²) / (count - 1)).
 * Mean and squared deviations are updated as B. P. Welford (1962) and T. F. Chan et al. (1979) have it: a difference of
 * sums of squares would lose its digits.
 */
@aggregate
class StandardDeviation {
  count: i64 = 0;
  mean: f64 = 0;
  squares: f64 = 0;

  accumulate(value: f64): void {
    this.count += 1;
    const apart = value - this.mean;
    this.mean += apart / <f64>this.count;
    this.squares += apart * (value - this.mean);
  }

  merge(other: StandardDeviation): void {
    if (other.count == 0) return;
    const count = <f64>(this.count + other.count);
    const apart = other.mean - this.mean;
    this.squares += other.squares + apart * apart * <f64>this.count * <f64>other.count / count;
    this.mean += apart * <f64>other.count / count;
    this.count += other.count;
  }

  finish(): Box<f64> | null {
    return this.count < 2 ? null : new Box(Math.sqrt(this.squares / <f64>(this.count - 1)));
  }
}
