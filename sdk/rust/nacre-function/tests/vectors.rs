//! The golden vectors of `sdk/abi/vectors` on the host: batches are what a server writes, and every type's values pass unchanged.

use nacre_function::testing::{Bytes, batch_bytes, call_serialised};
use nacre_function::{Ascii, Counter, CqlDuration, CqlType, Date, Decimal, Function, Time, TimeUuid, Timestamp, TypeName, Uuid, Varint, function};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

struct Block {
    name: String,
    lines: Vec<(String, String)>,
}

impl Block {
    fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(move |(each, _)| each == key).map(|(_, value)| value.as_str())
    }
    fn one(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }
}

fn blocks(file: &str) -> Vec<Block> {
    let path = format!("{}/../../abi/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = Vec::new();
    for line in std::fs::read_to_string(path).unwrap().lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line == "end" {
            let (_, name) = std::mem::take(&mut lines[0]);
            blocks.push(Block { name, lines: std::mem::take(&mut lines) });
        } else {
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            lines.push((key.to_string(), value.to_string()));
        }
    }
    blocks
}

fn bytes(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn value(text: &str) -> Bytes {
    match text {
        "null" => None,
        "empty" => Some(Vec::new()),
        digits => Some(bytes(digits)),
    }
}

type Call = fn(&[Vec<Bytes>]) -> Result<Vec<Bytes>, String>;
type Known = (TypeName, Call);

/// A function for each type, which answers its argument; the second sees nulls.
macro_rules! same {
    ($($name:ident $maybe:ident $type:ty;)*) => {
        $(
            #[function]
            fn $name(v: $type) -> $type {
                v
            }
            #[function]
            fn $maybe(v: Option<$type>) -> Option<$type> {
                v
            }
        )*
        fn known(cql: &str) -> Known {
            $(if <$type>::TYPE.to_string() == cql {
                return (<$type>::TYPE, |rows| {
                    let seeing = call_serialised::<$maybe>(rows)?;
                    assert_eq!(call_serialised::<$name>(rows)?, seeing);
                    Ok(seeing)
                });
            })*
            panic!("no {cql}")
        }
    };
}

same! {
    same_boolean maybe_boolean bool;
    same_tinyint maybe_tinyint i8;
    same_smallint maybe_smallint i16;
    same_int maybe_int i32;
    same_bigint maybe_bigint i64;
    same_float maybe_float f32;
    same_double maybe_double f64;
    same_date maybe_date Date;
    same_time maybe_time Time;
    same_timestamp maybe_timestamp Timestamp;
    same_counter maybe_counter Counter;
    same_duration maybe_duration CqlDuration;
    same_ascii maybe_ascii Ascii;
    same_text maybe_text String;
    same_blob maybe_blob Vec<u8>;
    same_uuid maybe_uuid Uuid;
    same_timeuuid maybe_timeuuid TimeUuid;
    same_inet maybe_inet IpAddr;
    same_varint maybe_varint Varint;
    same_decimal maybe_decimal Decimal;
    same_list maybe_list Vec<i32>;
    same_lists maybe_lists Vec<Vec<i32>>;
    same_set maybe_set BTreeSet<String>;
    same_map maybe_map BTreeMap<String, i32>;
    same_tuple maybe_tuple (Option<i32>, Option<String>);
    same_vector maybe_vector [f32; 2];
}

fn has_width(cql: &str) -> bool {
    known(cql).0.column_element_bytes() != 0
}

#[test]
fn batches_are_what_a_server_writes() {
    let blocks = blocks("encode.txt");
    assert!(blocks.len() > 100);
    for block in &blocks {
        let types: Vec<TypeName> = block.all("argument").map(|cql| known(cql).0).collect();
        let rows: Vec<Vec<Bytes>> = block.all("row").map(|row| row.split(' ').filter(|part| !part.is_empty()).map(value).collect()).collect();
        let result = block.one("result").map(|cql| known(cql).0);
        let address = block.one("address").unwrap().parse().unwrap();
        assert_eq!(batch_bytes(&types, &rows, result.as_ref(), address), bytes(block.one("batch").unwrap()), "{}", block.name);
    }
}

#[test]
fn values_pass_unchanged() {
    for block in blocks("encode.txt") {
        for (position, cql) in block.all("argument").enumerate() {
            let given: Vec<Vec<Bytes>> = block.all("row").map(|row| vec![value(row.split(' ').nth(position).unwrap())]).collect();
            // An empty value of a type of fixed width is a null.
            let expected = given.iter().map(|row| row[0].clone().filter(|bytes| !(has_width(cql) && bytes.is_empty())));
            let answers = (known(cql).1)(&given).unwrap();
            assert_eq!(answers, expected.collect::<Vec<_>>(), "{} {cql}", block.name);
        }
    }
}

#[test]
fn results_that_a_host_takes_can_be_given() {
    for block in blocks("decode.txt").iter().filter(|block| block.one("refused").is_none() && !block.name.contains("order")) {
        let given: Vec<Vec<Bytes>> = block.all("value").map(|text| vec![value(text)]).collect();
        let answers = (known(block.one("result").unwrap()).1)(&given).unwrap();
        assert_eq!(answers, given.into_iter().flatten().collect::<Vec<_>>(), "{}", block.name);
    }
}

#[test]
fn what_is_no_value_is_an_error() {
    for (cql, given) in [
        ("list<int>", vec![0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 1]),
        ("list<int>", vec![0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1, 0]),
        ("list<int>", vec![0, 0, 0, 1, 0, 0, 0, 2, 0, 0]),
        ("list<int>", vec![0xff, 0xff, 0xff, 0xff]),
        ("uuid", vec![0; 15]),
        ("inet", vec![0; 5]),
        ("vector<float, 2>", vec![0; 4]),
        ("vector<float, 2>", vec![0; 12]),
        ("decimal", vec![0; 3]),
        ("duration", vec![0, 0]),
        ("tuple<int, text>", vec![0, 0]),
    ] {
        assert_eq!((known(cql).1)(&[vec![Some(given)]]).unwrap_err(), "argument v is no value of its type", "{cql}");
    }
    let with_null = vec![0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff];
    assert_eq!((known("list<int>").1)(&[vec![Some(with_null)]]).unwrap_err(), "argument v is null, and only an Option can be");
    assert_eq!(same_int::SIGNATURE.called, false);
}
