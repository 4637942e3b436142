//! Functions and aggregates on the host: as plain functions, and by batches.

use nacre_function::{Column, Function, Newtype, Results, Tuple, UserType, aggregate, function, testing};
use std::collections::{BTreeMap, HashMap, HashSet};

#[function(deterministic)]
fn fib(n: i64) -> i64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

#[function]
fn commas(words: Option<Vec<&str>>) -> Option<String> {
    words.map(|words| words.join(", "))
}

#[function]
fn longer<'a>(a: &'a str, b: &'a str) -> &'a str {
    if b.len() > a.len() { b } else { a }
}

#[function]
fn divided(a: i64, b: i64) -> Result<i64, String> {
    a.checked_div(b).ok_or(format!("{a} by {b}"))
}

#[function(name = "or_else")]
fn first_of(r#type: Option<&str>, _other: &str) -> String {
    r#type.unwrap_or(_other).into()
}

#[test]
fn functions_are_functions() {
    assert_eq!(fib(20), 6765);
    assert_eq!(commas(Some(vec!["a", "b"])).as_deref(), Some("a, b"));
    assert!(divided(1, 0).is_err());
}

#[test]
fn rows_of_a_batch() {
    assert_eq!(testing::call::<fib, _, i64>(&[(Some(20_i64),), (None,), (Some(1),)]).unwrap(), [Some(6765), None, Some(1)]);
    let rows = [(Some(vec!["a", "b"]),), (None,), (Some(vec![]),)];
    assert_eq!(testing::call::<commas, _, String>(&rows).unwrap(), [Some("a, b".into()), None, Some(String::new())]);
    assert_eq!(testing::call::<longer, _, String>(&[("a", "für"), ("aaaaa", "b")]).unwrap(), [Some("für".into()), Some("aaaaa".into())]);
    assert_eq!(testing::call::<divided, _, i64>(&[(4_i64, 2_i64), (1, 0)]), Err("1 by 0".into()));
}

#[test]
fn large_results_end_a_batch_early() {
    #[function]
    fn repeated(s: &str, times: i32) -> String {
        s.repeat(times as usize)
    }
    let rows: Vec<_> = (0..40).map(|i| (format!("{i:03}"), 60_000)).collect();
    let answers = testing::call::<repeated, _, String>(&rows).unwrap();
    assert!(answers.iter().zip(&rows).all(|(answer, row)| answer.as_deref() == Some(row.0.repeat(60_000).as_str())));
}

#[test]
fn a_null_for_what_can_not_be_one_is_a_null_result() {
    assert_eq!(
        testing::call::<first_of, _, String>(&[(Some("a"), Some("b")), (None, Some("b")), (Some("a"), None)]).unwrap(),
        [Some("a".into()), Some("b".into()), None]
    );
    let signature = first_of::SIGNATURE;
    assert_eq!((signature.name, signature.arguments[0].0, signature.arguments[1].0), ("or_else", "type", "other"));
    assert!(signature.called);
}

#[derive(UserType, Debug, PartialEq, Clone)]
#[cql(name = "place")]
struct Place<'a> {
    name: &'a str,
    at: Option<(f64, f64)>,
}

#[derive(Newtype, Clone)]
struct Celsius(f64);

#[function]
fn renamed<'a>(place: Place<'a>, names: HashMap<String, String>) -> Result<Place<'a>, &'static str> {
    match names.get(place.name) {
        Some(_) => Err("not today"),
        None => Ok(Place { name: place.name, at: None }),
    }
}

#[function]
fn fahrenheit(t: Celsius) -> f64 {
    t.0 * 1.8 + 32.0
}

#[function]
fn distinct(words: Vec<String>) -> HashSet<String> {
    words.into_iter().collect()
}

#[test]
fn types_of_ones_own() {
    assert_eq!(renamed::SIGNATURE.arguments[0].1.to_string(), "place");
    let place = Place { name: "here", at: Some((1.0, 2.0)) };
    let rows = [(place, BTreeMap::<String, String>::new())];
    let answers = testing::call::<renamed, _, (Option<String>, Option<(f64, f64)>)>;
    // Of another type than declared: the test says so.
    assert!(std::panic::catch_unwind(|| answers(&rows)).is_err());
    assert_eq!(testing::call::<fahrenheit, _, f64>(&[(Celsius(100.0),)]).unwrap(), [Some(212.0)]);
    assert_eq!(testing::call::<distinct, _, HashSet<String>>(&[(vec!["a", "b", "a"],)]).unwrap()[0].as_ref().unwrap().len(), 2);
}

#[test]
fn a_field_that_is_null_is_named() {
    // A place whose name is null.
    let bytes = vec![0xff, 0xff, 0xff, 0xff];
    let error = testing::call_serialised::<renamed>(&[vec![Some(bytes), Some(vec![0; 4])]]).unwrap_err();
    assert_eq!(error, "argument place: field name of place is null, and only an Option can be");
}

// ---- Columns

#[function(columns)]
fn scaled(values: &[f64], factors: &[f64], results: &mut [f64]) {
    for ((result, value), factor) in results.iter_mut().zip(values).zip(factors) {
        *result = value * factor;
    }
}

#[function(columns)]
fn lengths(texts: Column<'_, Option<&str>>, results: &mut Results<Option<i32>>) -> Result<(), nacre_function::Fault> {
    for text in texts.iter() {
        results.push(text?.map(|text| text.len() as i32));
    }
    Ok(())
}

#[test]
fn whole_columns() {
    assert_eq!(testing::call::<scaled, _, f64>(&[(1.5, 2.0), (3.0, -1.0)]).unwrap(), [Some(3.0), Some(-3.0)]);
    assert_eq!(testing::call::<lengths, _, i32>(&[(Some("für"),), (None,), (Some(""),)]).unwrap(), [Some(4), None, Some(0)]);
    assert!(lengths::SIGNATURE.called && !scaled::SIGNATURE.called);
}

// ---- Aggregates

#[derive(Default, Tuple, Debug, PartialEq, Clone)]
struct Mean {
    count: i64,
    sum: f64,
}

#[aggregate]
impl Mean {
    fn accumulate(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
    }
    fn merge(&mut self, other: &Mean) {
        self.count += other.count;
        self.sum += other.sum;
    }
    fn finish(&self) -> Option<f64> {
        (self.count != 0).then(|| self.sum / self.count as f64)
    }
}

#[test]
fn states() {
    let rows = [(Some(1.0),), (None,), (Some(2.0),)];
    assert_eq!(testing::fold::<mean_accumulate, _>(&rows).unwrap(), Some(Mean { count: 2, sum: 3.0 }));
    assert_eq!(testing::fold::<mean_accumulate, _>(&[(None::<f64>,)]).unwrap(), Some(Mean::default()));
    assert_eq!(
        testing::fold::<mean_merge, _>(&[(Mean { count: 2, sum: 3.0 },), (Mean { count: 1, sum: 3.0 },)]).unwrap(),
        Some(Mean { count: 3, sum: 6.0 })
    );
    assert_eq!(testing::call::<mean_finish, _, f64>(&[(Some(Mean { count: 4, sum: 2.0 }),), (None,)]).unwrap(), [Some(0.5), None]);
    let steps = [(None, Some(2.0)), (Some(Mean { count: 1, sum: 1.0 }), None)];
    assert_eq!(testing::call::<mean_accumulate, _, Mean>(&steps).unwrap(), [Some(Mean { count: 1, sum: 2.0 }), Some(Mean { count: 1, sum: 1.0 })]);
}
