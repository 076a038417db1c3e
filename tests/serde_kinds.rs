//! Serde types of every kind, each by itself: in an item whose layout is not known yet (the first ones) and in one
//! whose layout is, they come out as `serde_json` makes them, and fail with its words.
#![cfg(feature = "std")]

mod support;

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::marker::PhantomData;

use remote_sessions::{Builder, ItemError};
use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use support::agreed;

/// What comes of every item of a list of twenty that are the same: by then their layout is known.
fn all_of<T: DeserializeOwned>(settings: &Builder, item: &str) -> Vec<Result<T, ItemError>> {
    all_among(settings, item, |_| None)
}

/// The same with something else before each.
fn all_among<T: DeserializeOwned>(
    settings: &Builder,
    item: &str,
    other: impl Fn(usize) -> Option<String>,
) -> Vec<Result<T, ItemError>> {
    let items: Vec<_> =
        (0..20).flat_map(|number| other(number).into_iter().chain([item.to_owned()])).collect();
    let body = format!(r#"{{"rows":[{}]}}"#, items.join(","));
    let mut reader = settings.clone().items_at(["rows"]).build(body.as_bytes());
    let mut all = Vec::new();
    while let Some(found) = reader.next_item().unwrap() {
        if found.raw() == item {
            all.push(found.deserialize());
        }
    }
    assert_eq!(all.len(), 20);
    all
}

/// Each item has a layout that none before it had.
fn of_another_layout(number: usize) -> Option<String> {
    Some(format!("{{\"only-{number}\":[{number}]}}"))
}

/// Checks that every one of them is `expected`, and that serde_json says so too.
fn gives<T: DeserializeOwned + PartialEq + Debug>(item: &str, expected: T) {
    assert_eq!(serde_json::from_str::<T>(item).unwrap(), expected, "{item}");
    agreed(|engine| {
        let among = all_among::<T>(&engine, item, of_another_layout);
        for (place, value) in all_of::<T>(&engine, item).into_iter().chain(among).enumerate() {
            assert_eq!(value.unwrap(), expected, "{item}, number {place}");
        }
    });
}

/// Checks that every one of them fails with the words of serde_json, which are these, but for the place in the
/// item that these end with.
fn fails<T: DeserializeOwned + Debug>(item: &str, expected: &str) {
    let cause = serde_json::from_str::<T>(item).unwrap_err();
    let place = format!(" at line {} column {}", cause.line(), cause.column());
    let cause = cause.to_string();
    assert!(cause.starts_with(expected), "{cause}");
    let cause = cause.strip_suffix(&place).unwrap_or(&cause);
    agreed(|engine| {
        for (place, value) in all_of::<T>(&engine, item).into_iter().enumerate() {
            let error = value.unwrap_err();
            assert_eq!(error.index(), place as u64);
            assert!(error.found().ends_with(cause), "{error} is not {cause}");
        }
        for value in all_among::<T>(&engine, item, of_another_layout) {
            let error = value.unwrap_err();
            assert!(error.found().ends_with(cause), "{error} is not {cause}");
        }
    });
}

#[derive(Debug, PartialEq, Deserialize)]
struct Row<T> {
    id: u8,
    value: T,
}

fn row<T>(value: T) -> Row<T> {
    Row { id: 1, value }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Deserialize)]
struct Pair(u8, String);

#[derive(Debug, PartialEq, Deserialize)]
struct Point {
    x: i32,
    y: Option<f32>,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Shape {
    Empty,
    Wide(u8),
    At { x: i32 },
    Both(u8, u8),
}

#[test]
fn a_member_may_be_any_kind_of_struct() {
    gives(r#"{"id":1,"value":null}"#, row(Unit));
    gives(r#"{"id":1,"value":null}"#, row(()));
    gives(r#"{"id":1,"value":[7,"é"]}"#, row(Pair(7, "é".into())));
    gives(r#"{"id":1,"value":{"x":-3,"y":0.5}}"#, row(Point { x: -3, y: Some(0.5) }));
    gives(r#"{"id":1,"value":[-3,null]}"#, row(Point { x: -3, y: None }));
    fails::<Row<Unit>>(r#"{"id":1,"value":0}"#, "invalid type: integer `0`, expected unit struct Unit");
    fails::<Row<Pair>>(
        r#"{"id":1,"value":[7]}"#,
        "invalid length 1, expected tuple struct Pair with 2 elements",
    );
    fails::<Row<Point>>(r#"{"id":1,"value":{"y":1}}"#, "missing field `x`");
}

#[test]
fn a_member_may_be_any_kind_of_tuple() {
    gives(r#"{"id":1,"value":[1,"a",[true]]}"#, row((1_u8, "a".to_owned(), [true])));
    gives(r#"{"id":1,"value":[]}"#, row([0_u8; 0]));
    gives(r#"{"id":1,"value":[1,2]}"#, row(vec![1_i64, 2]));
    fails::<Row<(u8, u8)>>(r#"{"id":1,"value":[1]}"#, "invalid length 1, expected a tuple of size 2");
    fails::<Row<(u8,)>>(r#"{"id":1,"value":[1,2]}"#, "trailing characters");
    fails::<Row<[u8; 1]>>(
        r#"{"id":1,"value":"a"}"#,
        "invalid type: string \"a\", expected an array of length 1",
    );
}

#[test]
fn a_member_may_be_any_kind_of_enum() {
    gives(r#"{"id":1,"value":"Empty"}"#, row(Shape::Empty));
    gives(r#"{"id":1,"value":{"Wide":3}}"#, row(Shape::Wide(3)));
    gives(r#"{"id":1,"value":{"At":{"x":4}}}"#, row(Shape::At { x: 4 }));
    gives(r#"{"id":1,"value":{"Both":[5,6]}}"#, row(Shape::Both(5, 6)));
    gives(r#"{"id":1,"value":{"Ok":7}}"#, row(Ok::<u8, String>(7)));
    fails::<Row<Shape>>(r#"{"id":1,"value":"Other"}"#, "unknown variant `Other`, expected one of");
    fails::<Row<Shape>>(r#"{"id":1,"value":{"Wide":3,"At":4}}"#, "expected value");
}

#[test]
fn an_item_may_be_an_enum_or_an_option_or_nothing() {
    gives(r#"{"Wide":3}"#, Shape::Wide(3));
    gives(r#"{"At":{"x":4}}"#, Shape::At { x: 4 });
    gives(r#"{"x":1,"y":null}"#, Some(Point { x: 1, y: None }));
    gives(r#"{"x":1,"y":2}"#, IgnoredAny);
    fails::<Unit>("{}", "invalid type: map, expected unit struct Unit");
    fails::<Pair>(r#"{"0":1,"1":"a"}"#, "invalid type: map, expected tuple struct Pair");
    fails::<u8>(r#"{"x":1}"#, "invalid type: map, expected u8");
    fails::<Vec<u8>>(r#"{"x":1}"#, "invalid type: map, expected a sequence");
}

#[test]
fn a_string_may_be_a_character_bytes_or_a_number_s_name() {
    gives(r#"{"id":1,"value":"\u00e9"}"#, row('é'));
    gives(r#"{"1":"a","-2":"b"}"#, BTreeMap::from([(-2_i8, "b".to_owned()), (1, "a".to_owned())]));
    gives(r#"{"1.5":"a"}"#, Names(vec![1.5_f64]));
    gives(r#"{"a":1,"b":2}"#, Names(vec!['a', 'b']));
    gives(r#"{"a":1}"#, Names(vec![Some("a".to_owned())]));
    fails::<Row<char>>(r#"{"id":1,"value":"ab"}"#, "invalid value: string \"ab\", expected a character");
    fails::<BTreeMap<u8, IgnoredAny>>(r#"{"256":1}"#, "invalid value: integer `256`, expected u8");
}

/// Names of any kind, without their values.
#[derive(Debug, PartialEq)]
struct Names<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Names<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Map<T> {
            type Value = Names<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names<T>, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = map.next_entry()? {
                    names.push(name);
                }
                Ok(Names(names))
            }
        }
        deserializer.deserialize_map(Map(PhantomData))
    }
}

#[test]
fn names_that_nobody_reads_are_passed_over() {
    gives(r#"{"a":1,"b":[2],"c":null}"#, Names(vec![IgnoredAny; 3]));
}

/// Asks for a value in the way in which serde_json's own types do.
#[derive(Debug, PartialEq)]
struct Private(Value);

impl<'de> Deserialize<'de> for Private {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Private;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<Private, D::Error> {
                Value::deserialize(deserializer).map(Private)
            }
        }
        deserializer.deserialize_newtype_struct("$serde_json::private::Other", Any)
    }
}

#[test]
fn types_that_serde_json_keeps_to_itself_are_left_to_it() {
    for value in ["null", "[1,{}]", r#""a\n""#, "1e5"] {
        let expected: Value = serde_json::from_str(value).unwrap();
        gives(&format!(r#"{{"id":1,"value":{value}}}"#), row(Private(expected.clone())));
        gives(&format!(r#"{{"value":{value}}}"#), Private(serde_json::json!({ "value": expected })));
    }
}

/// Says what was wrong in its own words, and quotes the error.
#[derive(Debug, PartialEq)]
struct Quoting(u8);

impl<'de> Deserialize<'de> for Quoting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u8::deserialize(deserializer)
            .map(Self)
            .map_err(|error| D::Error::custom(format!("no small number: {error}")))
    }
}

#[test]
fn a_type_that_quotes_the_error_quotes_serde_json_s() {
    gives(r#"{"id":1,"value":255}"#, row(Quoting(255)));
    fails::<Row<Quoting>>(
        r#"{"id":1,"value":256}"#,
        "no small number: invalid value: integer `256`, expected u8 at line 1 column 19",
    );
    fails::<Quoting>(r#"{"id":1}"#, "no small number: invalid type: map, expected u8");
}

#[test]
fn an_error_s_place_is_that_of_the_value_in_the_response() {
    let item = "{\"id\":1,\n \"é\":\"é\",\n \"value\":\"é\"}";
    agreed(|engine| {
        for (place, value) in all_of::<Row<u8>>(&engine, item).into_iter().enumerate() {
            let error = value.unwrap_err();
            let begins = "{\"rows\":[".len() + place * (item.len() + 1);
            let at = error.offset() as usize - begins;
            assert!(item[..at].ends_with("\"value\":"), "byte {at} of the item: {error}");
            assert_eq!(error.member(), Some("value"));
        }
    });
}

/// A type that does not look at what it is given.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Lazy;

impl<'de> Deserialize<'de> for Lazy {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

/// To serde_json nothing was read then.
#[test]
fn what_asks_for_nothing_fails_as_with_serde_json() {
    fails::<Lazy>(r#"{"id":1,"value":2}"#, "trailing characters");
    fails::<Row<Lazy>>(r#"{"id":1,"value":2}"#, "expected `,` or `}`");
    fails::<Row<Lazy>>(r#"{"value":"a","id":1}"#, "expected `,` or `}`");
    fails::<BTreeMap<Lazy, IgnoredAny>>(r#"{"id":1,"value":2}"#, "expected `:`");
    fails::<BTreeMap<String, Lazy>>(r#"{"id":1}"#, "expected `,` or `}`");
}

/// A map of which each value's error, if it has one, is kept as a text.
#[derive(Debug, PartialEq)]
struct Errors(Vec<(String, Result<String, String>)>);

/// A text that says itself what is wrong with it.
struct Good(String);

impl<'de> Deserialize<'de> for Good {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "good" { Ok(Self(text)) } else { Err(D::Error::custom(format!("not good: {text}"))) }
    }
}

impl<'de> Deserialize<'de> for Errors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Takes;
        impl<'de> Visitor<'de> for Takes {
            type Value = Errors;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Errors, A::Error> {
                let mut all = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    let value = map.next_value::<Good>().map(|good| good.0);
                    all.push((name, value.map_err(|error| error.to_string())));
                }
                Ok(Errors(all))
            }
        }
        deserializer.deserialize_map(Takes)
    }
}

#[test]
fn an_error_that_a_type_keeps_is_serde_json_s() {
    for item in [r#"{"a":"good","b":"bad"}"#, r#"{"a":"bad"}"#, r#"{"a":"good"}"#] {
        gives(item, serde_json::from_str::<Errors>(item).unwrap());
    }
}

/// A map whose visitor asks for a name twice, or for a value twice, and goes on whatever it hears.
#[derive(Debug, PartialEq)]
struct Twice<const NAMES: bool>(Vec<String>);

impl<'de, const NAMES: bool> Deserialize<'de> for Twice<NAMES> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Takes<const NAMES: bool>;
        impl<'de, const NAMES: bool> Visitor<'de> for Takes<NAMES> {
            type Value = Twice<NAMES>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Twice<NAMES>, A::Error> {
                let mut all = Vec::new();
                for _ in 0..2 {
                    if let Ok(Some(name)) = map.next_key::<String>() {
                        all.push(name);
                    }
                    if !NAMES {
                        all.extend(map.next_value::<IgnoredAny>().map(|_| String::from("value")).ok());
                        all.extend(map.next_value::<IgnoredAny>().map(|_| String::from("again")).ok());
                    }
                }
                Ok(Twice(all))
            }
        }
        deserializer.deserialize_map(Takes)
    }
}

#[test]
fn calls_that_are_out_of_order_are_answered_as_serde_json_answers_them() {
    for item in [r#"{"a":1}"#, r#"{"a":"x","b":2}"#] {
        agreed(|engine| {
            for value in all_of::<Twice<true>>(&engine, item) {
                assert_eq!(value.ok(), serde_json::from_str(item).ok(), "{item}");
            }
            for value in all_of::<Twice<false>>(&engine, item) {
                assert_eq!(value.ok(), serde_json::from_str(item).ok(), "{item}");
            }
        });
    }
}
