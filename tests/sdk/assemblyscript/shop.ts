// Functions with types of another file.

import { CqlDate, Timestamp, fail, log } from "nacre-function/assembly";
import { Line, Lines, Money, Point } from "./money";

export function total(lines: Lines): Money {
  if (lines.length == 0) return fail<Money>("nothing to add up");
  let sum = lines[0].price;
  for (let i = 1; i < lines.length; ++i) sum = sum.plus(lines[i].price);
  return sum;
}

export function moved(point: Point, by: Point): Point {
  return [point[0] + by[0], point[1] + by[1]];
}

export function at_noon(d: CqlDate): Timestamp {
  return new Timestamp((<i64>d.value * 24 + 12) * 3600000);
}

export function says(s: string): string {
  log("it says " + s);
  return s;
}

export function padded(s: string, size: i32): string {
  return s.padStart(size, "x");
}

export function length_of(s: string): i32 {
  return s.length;
}

/** Leaves a thousand bytes of garbage, that many times. */
export function wasteful(s: string, times: i32): i32 {
  let size = 0;
  for (let i = 0; i < times; ++i) size += (s + i.toString()).repeat(100).length;
  return size;
}
