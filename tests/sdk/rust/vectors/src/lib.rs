//! A function for each type of the golden vectors, named after it, which answers its argument.

use nacre_function::{Ascii, Counter, CqlDuration, Date, Decimal, Time, TimeUuid, Timestamp, Uuid, Varint, function};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

macro_rules! same {
    ($($name:ident $type:ty;)*) => { $(
        #[function]
        fn $name(v: Option<$type>) -> Option<$type> {
            v
        }
    )* };
}

same! {
    same_boolean bool;
    same_tinyint i8;
    same_smallint i16;
    same_int i32;
    same_bigint i64;
    same_float f32;
    same_double f64;
    same_date Date;
    same_time Time;
    same_timestamp Timestamp;
    same_counter Counter;
    same_duration CqlDuration;
    same_ascii Ascii;
    same_text &str;
    same_blob &[u8];
    same_uuid Uuid;
    same_timeuuid TimeUuid;
    same_inet IpAddr;
    same_varint Varint;
    same_decimal Decimal;
    same_list_int Vec<i32>;
    same_list_frozen_list_int Vec<Vec<i32>>;
    same_set_text BTreeSet<String>;
    same_map_text__int BTreeMap<String, i32>;
    same_tuple_int__text (Option<i32>, Option<&str>);
    same_vector_float__2 [f32; 2];
}

#[function]
fn fails(v: Option<i32>) -> Result<i32, String> {
    Err(format!("es ging schief – 失敗 {v:?}"))
}
