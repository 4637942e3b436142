// A function for each type of the golden vectors, named after it, which answers its argument.

import {
  Ascii, Box, Counter, CqlDate, Decimal, Duration, Inet, Time, Timestamp, TimeUuid, Uuid, Varint, fail,
} from "nacre-function/assembly";

@tuple class IntAndText { first: Box<i32> | null; second: string | null; }
@vector(2) type Pair = StaticArray<f32>;

export function same_boolean(v: Box<bool> | null): Box<bool> | null { return v; }
export function same_tinyint(v: Box<i8> | null): Box<i8> | null { return v; }
export function same_smallint(v: Box<i16> | null): Box<i16> | null { return v; }
export function same_int(v: Box<i32> | null): Box<i32> | null { return v; }
export function same_bigint(v: Box<i64> | null): Box<i64> | null { return v; }
export function same_float(v: Box<f32> | null): Box<f32> | null { return v; }
export function same_double(v: Box<f64> | null): Box<f64> | null { return v; }
export function same_date(v: CqlDate | null): CqlDate | null { return v; }
export function same_time(v: Time | null): Time | null { return v; }
export function same_timestamp(v: Timestamp | null): Timestamp | null { return v; }
export function same_counter(v: Counter | null): Counter | null { return v; }
export function same_duration(v: Duration | null): Duration | null { return v; }
export function same_ascii(v: Ascii | null): Ascii | null { return v; }
export function same_text(v: string | null): string | null { return v; }
export function same_blob(v: Uint8Array | null): Uint8Array | null { return v; }
export function same_uuid(v: Uuid | null): Uuid | null { return v; }
export function same_timeuuid(v: TimeUuid | null): TimeUuid | null { return v; }
export function same_inet(v: Inet | null): Inet | null { return v; }
export function same_varint(v: Varint | null): Varint | null { return v; }
export function same_decimal(v: Decimal | null): Decimal | null { return v; }
export function same_list_int(v: Array<i32> | null): Array<i32> | null { return v; }
export function same_list_frozen_list_int(v: Array<Array<i32>> | null): Array<Array<i32>> | null { return v; }
export function same_set_text(v: Set<string> | null): Set<string> | null { return v; }
export function same_map_text__int(v: Map<string, i32> | null): Map<string, i32> | null { return v; }
export function same_tuple_int__text(v: IntAndText | null): IntAndText | null { return v; }
export function same_vector_float__2(v: Pair | null): Pair | null { return v; }

export function fails(v: Box<i32> | null): i32 {
  return fail<i32>("es ging schief – 失敗 " + (v === null ? "None" : "Some(" + v.value.toString() + ")"));
}
