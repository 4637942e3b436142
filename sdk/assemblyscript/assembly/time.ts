// date, time, timestamp, duration, counter.

import { afterVint, malformed, readVint, writeVint } from "./abi";

const MS_PER_DAY: i64 = 86400000;

function floored(a: i64, b: i64): i64 {
  return a / b - (a % b < 0 ? 1 : 0);
}

/** A `date`: days since 1970-01-01. AssemblyScript has a Date of its own. */
export class CqlDate {
  constructor(public value: i32) {}

  /** The day of the Gregorian calendar, also before it began; month and day from 1. */
  static of(year: i32, month: i32, day: i32): CqlDate {
    // Years from March on, so that the leap day is a year's last.
    const y = <i64>year - (month <= 2 ? 1 : 0);
    const era = floored(y, 400);
    const ofEra = y - 400 * era;
    const ofYear = (153 * ((<i64>month + 9) % 12) + 2) / 5 + <i64>day - 1;
    return new CqlDate(<i32>(era * 146097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719468));
  }

  get year(): i32 { return <i32>(this.part(0)); }
  get month(): i32 { return <i32>(this.part(1)); }
  get day(): i32 { return <i32>(this.part(2)); }

  private part(which: i32): i64 {
    const days = <i64>this.value + 719468;
    const era = floored(days, 146097);
    const ofEra = days - 146097 * era;
    const year = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365;
    const ofYear = ofEra - (365 * year + year / 4 - year / 100);
    const month = (5 * ofYear + 2) / 153;
    if (which == 2) return ofYear - (153 * month + 2) / 5 + 1;
    if (which == 1) return month < 10 ? month + 3 : month - 9;
    return year + era * 400 + (month < 10 ? 0 : 1);
  }
}

/** A `time` of a day: nanoseconds since midnight. */
export class Time {
  constructor(public value: i64) {}

  get hours(): i32 { return <i32>(this.value / 3600000000000); }
  get minutes(): i32 { return <i32>(this.value / 60000000000 % 60); }
  get seconds(): i32 { return <i32>(this.value / 1000000000 % 60); }
  get nanoseconds(): i32 { return <i32>(this.value % 1000000000); }
}

/** A `timestamp`: milliseconds since 1970-01-01T00:00:00Z. */
export class Timestamp {
  constructor(public value: i64) {}

  /** The day in UTC. */
  get date(): CqlDate {
    return new CqlDate(<i32>min<i64>(max<i64>(floored(this.value, MS_PER_DAY), i32.MIN_VALUE), i32.MAX_VALUE));
  }
  /** The time of the day in UTC. */
  get time(): Time {
    return new Time((this.value - MS_PER_DAY * floored(this.value, MS_PER_DAY)) * 1000000);
  }
}

/** A `counter`. */
export class Counter {
  constructor(public value: i64) {}
}

/** A `duration`. The three parts have one sign, and don't convert into each other. */
export class Duration {
  constructor(public months: i32, public days: i32, public nanoseconds: i64) {}

  static __nacre_read(at: usize, size: i32): Duration {
    const end = at + <usize>size;
    const months = <i32>readVint(at, end);
    const days = <i32>readVint(afterVint(), end);
    const nanoseconds = readVint(afterVint(), end);
    if (afterVint() != end) malformed();
    return new Duration(months, days, nanoseconds);
  }
  __nacre_write(): void {
    writeVint(this.months);
    writeVint(this.days);
    writeVint(this.nanoseconds);
  }
}
