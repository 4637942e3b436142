use std::net::IpAddr;

use drivers::{execute, keyspace};
use scylla::value::CqlValue::*;
use scylla::value::{CqlDate, CqlDecimal, CqlDuration, CqlTime, CqlTimestamp, CqlTimeuuid, CqlValue, CqlVarint};

fn text(value: &str) -> CqlValue {
    Text(value.to_string())
}

fn person(keyspace: &str, name: Option<&str>, age: Option<i32>) -> CqlValue {
    UserDefinedType {
        keyspace: keyspace.to_string(),
        name: "person".to_string(),
        fields: vec![("name".to_string(), name.map(text)), ("age".to_string(), age.map(Int))],
    }
}

fn natives() -> Vec<(&'static str, Vec<CqlValue>)> {
    let inet = |address: &str| Inet(address.parse::<IpAddr>().unwrap());
    let duration = |months, days, nanoseconds| Duration(CqlDuration { months, days, nanoseconds });
    vec![
        ("ascii", vec![Ascii(String::new()), Ascii("plain".to_string())]),
        ("bigint", vec![BigInt(i64::MIN), BigInt(0), BigInt(i64::MAX)]),
        ("blob", vec![Blob(vec![]), Blob(vec![0, 255, 127])]),
        ("boolean", vec![Boolean(true), Boolean(false)]),
        ("date", vec![Date(CqlDate(0)), Date(CqlDate(1 << 31)), Date(CqlDate(u32::MAX))]),
        (
            "decimal",
            vec![
                Decimal(CqlDecimal::from_signed_be_bytes_and_exponent(vec![0], 0)),
                Decimal(CqlDecimal::from_signed_be_bytes_and_exponent(vec![0x81, 1, 2, 3], 20)),
                Decimal(CqlDecimal::from_signed_be_bytes_and_exponent(vec![1], -20)),
            ],
        ),
        ("double", vec![Double(0.0), Double(-1.5), Double(f64::MAX), Double(f64::INFINITY)]),
        ("duration", vec![duration(14, 25, 12345), duration(-1, -1, -1)]),
        ("float", vec![Float(0.5), Float(f32::NEG_INFINITY)]),
        ("inet", vec![inet("127.0.0.1"), inet("2001:db8::1")]),
        ("int", vec![Int(i32::MIN), Int(0), Int(i32::MAX)]),
        ("smallint", vec![SmallInt(i16::MIN), SmallInt(i16::MAX)]),
        ("text", vec![text(""), text("it's"), text("äöü 漢字 🐚"), text(&"x".repeat(50_000))]),
        ("time", vec![Time(CqlTime(0)), Time(CqlTime(86_399_999_999_999))]),
        ("timestamp", vec![Timestamp(CqlTimestamp(0)), Timestamp(CqlTimestamp(-1)), Timestamp(CqlTimestamp(1_770_000_000_123))]),
        ("timeuuid", vec![Timeuuid("50554d6e-29bb-11e5-b345-feff819cdc9f".parse::<CqlTimeuuid>().unwrap())]),
        ("tinyint", vec![TinyInt(i8::MIN), TinyInt(i8::MAX)]),
        ("uuid", vec![Uuid("6f3c7d9e-1c51-4a4b-8f5f-2b7f9b7a9c11".parse().unwrap())]),
        ("varint", vec![Varint(CqlVarint::from_signed_bytes_be(vec![0])), Varint(CqlVarint::from_signed_bytes_be(vec![0x80; 20]))]),
    ]
}

fn nested(keyspace: &str) -> Vec<(&'static str, Vec<CqlValue>)> {
    vec![
        ("list<int>", vec![List(vec![Int(1), Int(2), Int(1)])]),
        ("set<text>", vec![Set(vec![text("a"), text("b")])]),
        ("map<text, bigint>", vec![Map(vec![(text(""), BigInt(0)), (text("one"), BigInt(1))])]),
        ("frozen<list<frozen<list<int>>>>", vec![List(vec![List(vec![Int(1)]), List(vec![]), List(vec![Int(2), Int(3)])]), List(vec![])]),
        ("frozen<map<text, frozen<set<int>>>>", vec![Map(vec![(text("none"), Set(vec![])), (text("odd"), Set(vec![Int(1), Int(3)]))])]),
        (
            "tuple<int, frozen<tuple<text, frozen<list<int>>>>>",
            vec![Tuple(vec![Some(Int(7)), Some(Tuple(vec![Some(text("x")), Some(List(vec![Int(1)]))]))]), Tuple(vec![Some(Int(8)), None])],
        ),
        ("frozen<person>", vec![person(keyspace, Some("Ada"), Some(36)), person(keyspace, None, None)]),
        ("person", vec![person(keyspace, Some("Bob"), None)]),
        ("list<frozen<person>>", vec![List(vec![person(keyspace, Some("Ada"), None), person(keyspace, None, Some(1))])]),
        ("vector<float, 3>", vec![Vector(vec![Float(1.5), Float(-2.0), Float(0.0)])]),
        ("vector<text, 2>", vec![Vector(vec![text("one"), text("äöü")])]),
        ("frozen<list<vector<int, 2>>>", vec![List(vec![Vector(vec![Int(1), Int(2)])])]),
    ]
}

#[tokio::test]
async fn values_of_all_types() {
    let (session, name) = keyspace("types").await;
    execute(&session, "CREATE TYPE person (name text, age int)").await;
    for (number, (cql, values)) in natives().into_iter().chain(nested(&name)).enumerate() {
        execute(&session, &format!("CREATE TABLE t{number} (id int PRIMARY KEY, v {cql})")).await;
        let insert = session.prepare(format!("INSERT INTO t{number} (id, v) VALUES (?, ?)")).await.unwrap();
        let select = session.prepare(format!("SELECT v FROM t{number} WHERE id = ?")).await.unwrap();
        for (id, value) in values.iter().enumerate() {
            session.execute_unpaged(&insert, (id as i32, value)).await.unwrap();
            let rows = session.execute_unpaged(&select, (id as i32,)).await.unwrap().into_rows_result().unwrap();
            let (got,) = rows.single_row::<(CqlValue,)>().unwrap();
            assert_eq!(&got, value, "{cql}");
        }
        session.execute_unpaged(&insert, (100, None::<CqlValue>)).await.unwrap();
        let rows = session.execute_unpaged(&select, (100,)).await.unwrap().into_rows_result().unwrap();
        assert_eq!(rows.single_row::<(Option<CqlValue>,)>().unwrap().0, None, "{cql}");
    }
    execute(&session, &format!("DROP KEYSPACE {name}")).await;
}

#[tokio::test]
async fn native_types_as_keys() {
    let (session, name) = keyspace("keys").await;
    for (cql, values) in natives().into_iter().filter(|(cql, _)| *cql != "duration") {
        execute(&session, &format!("CREATE TABLE k_{cql} (p {cql}, c {cql}, PRIMARY KEY (p, c))")).await;
        let insert = session.prepare(format!("INSERT INTO k_{cql} (p, c) VALUES (?, ?)")).await.unwrap();
        let select = session.prepare(format!("SELECT p, c FROM k_{cql} WHERE p = ? AND c = ?")).await.unwrap();
        // The driver finds the token of the key; an empty key is refused.
        let value = &values[values.len().min(2) - 1];
        session.execute_unpaged(&insert, (value, value)).await.unwrap();
        let rows = session.execute_unpaged(&select, (value, value)).await.unwrap().into_rows_result().unwrap();
        let (p, c) = rows.single_row::<(CqlValue, CqlValue)>().unwrap();
        assert_eq!((&p, &c), (value, value), "{cql}");
    }
    execute(&session, &format!("DROP KEYSPACE {name}")).await;
}
