//! Any serde type comes out of an item as `serde_json` makes it from the item's text, whether the
//! parser knows the item's layout or not.
#![cfg(feature = "std")]

mod support;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Debug};

use remote_sessions::{Builder, SliceReader};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Layouts, each with values of every kind in its members.
const LAYOUTS: [&[&str]; 9] = [
    &[
        r#"{"id":"3","user":"Admin","end":null}"#,
        r#"{"id":"4","user":"é😀","end":"x"}"#,
        r#"{"id":"5","user":"a\"b\\\u00e9","end":"\u0000"}"#,
        r#"{"id":7,"user":"","end":null}"#,
        r#"{"id":18446744073709551615,"user":"u","end":"now"}"#,
    ],
    &[
        r#"{ "id" : 1 , "score" : -1.5e3 , "flag" : true , "tags" : [ "a" , { "b" : [] } ] , "kind" : "Two" }"#,
        r#"{ "id" : 2 , "score" : 0 , "flag" : false , "tags" : [] , "kind" : "One" }"#,
        r#"{ "id" : 3 , "score" : null , "flag" : null , "tags" : null , "kind" : {"Three":7} }"#,
        r#"{ "id" : 4 , "flag" : 1 , "kind" : "Four" }"#,
        r#"{ "id" : 5 , "kind" : null }"#,
    ],
    &[r#"{"1":"a","2":"b"}"#, r#"{"1":"c","2":"\u0064"}"#, r#"{"1":1,"2":null}"#],
    &[r#"{"x":1,"x":2,"y":"z"}"#, r#"{"x":3,"x":"4","y":""}"#],
    &[r#"{"id":"1","na\u006de":"x"}"#, r#"{"id":"2","na\u006de":"y"}"#],
    &[r#"{"a":1}"#, r#"{"a":1.5}"#, r#"{"a":1e5}"#, r#"{"a":-0.5}"#, r#"{"a":true}"#, r#"{"a":[1.5]}"#],
    &[r#"{"12":1,"true":2}"#, r#"{"12":3,"true":4}"#],
    &[r#"{}"#, r#"{"id":null}"#],
    &[r#"[1,"a"]"#, r#""text""#, "12", "null", "true"],
];

/// The items of a layout, over and over: it is learned on the way.
fn list(items: &[&str]) -> String {
    let all: Vec<_> = items.iter().cycle().take(40).copied().collect();
    format!(r#"{{"rows":[{}]}}"#, all.join(","))
}

fn same<T, E: ToString, F: ToString>(found: Result<T, E>, expected: Result<T, F>, raw: &str)
where
    T: PartialEq + Debug,
{
    match (found, expected) {
        (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{raw}"),
        // The item's error has the cause's text in it, but for the place in the item.
        (Err(found), Err(expected)) => {
            let (found, expected) = (found.to_string(), expected.to_string());
            let said = expected.rsplit_once(" at line ").map_or(expected.as_str(), |(said, _)| said);
            assert!(found.contains(said), "{found} instead of {expected} of {raw}");
        }
        (found, expected) => panic!(
            "{:?} instead of {:?} from {raw}",
            found.map_err(|error| error.to_string()),
            expected.map_err(|error| error.to_string())
        ),
    }
}

/// Compares for one type, through the window and through a slice.
fn compare<T>()
where
    T: for<'de> Deserialize<'de> + PartialEq + Debug,
{
    for items in LAYOUTS {
        let body = list(items);
        for settings in support::forced(&Builder::new().items_at(["rows"])) {
            let mut reader = settings.build(body.as_bytes());
            while let Some(item) = reader.next_item().unwrap() {
                same(item.deserialize::<T>(), serde_json::from_str::<T>(item.raw()), item.raw());
            }
            let mut raw = items.iter().cycle();
            for value in settings.build_slice(body.as_bytes()).deserialize::<T>() {
                let raw = raw.next().unwrap();
                same(value, serde_json::from_str::<T>(raw), raw);
            }
        }
    }
}

#[derive(Debug, PartialEq, Deserialize)]
enum Kind {
    One,
    Two,
    Three(u8),
}

#[derive(Debug, PartialEq, Deserialize)]
struct Newtype(String);

#[derive(Debug, PartialEq, Deserialize)]
struct Typed {
    id: u64,
    score: Option<f64>,
    flag: Option<bool>,
    #[serde(default)]
    tags: Option<Vec<Value>>,
    kind: Option<Kind>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Flat {
    id: Value,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    id: Newtype,
    #[serde(alias = "name")]
    user: Option<char>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Either {
    Session { id: String, user: String },
    Map(BTreeMap<String, Option<String>>),
    Other(Value),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    One { id: u32 },
    Two { id: u32, tags: Value },
}

/// Asks for a text, and takes an object too.
#[derive(Debug, PartialEq)]
struct Contrary(String);

impl<'de> Deserialize<'de> for Contrary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Contrary;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_str<E>(self, text: &str) -> Result<Contrary, E> {
                Ok(Contrary(text.into()))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Contrary, E> {
                Ok(Contrary(format!("number {number}")))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Contrary, A::Error> {
                let mut text = String::new();
                while let Some((key, _)) = map.next_entry::<String, IgnoredAny>()? {
                    text += &key;
                }
                Ok(Contrary(text))
            }
        }
        deserializer.deserialize_string(Any)
    }
}

/// A key that asks for a number, and takes a text too.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a text")
            }
            fn visit_u64<E>(self, number: u64) -> Result<Key, E> {
                Ok(Key(format!("number {number}")))
            }
            fn visit_str<E>(self, text: &str) -> Result<Key, E> {
                Ok(Key(text.into()))
            }
        }
        deserializer.deserialize_u64(Any)
    }
}

/// Reads names and leaves their values.
#[derive(Debug, PartialEq)]
struct Careless(usize);

impl<'de> Deserialize<'de> for Careless {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Careless;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Careless, A::Error> {
                let mut names = 0;
                while map.next_key::<String>()?.is_some() {
                    names += 1;
                }
                Ok(Careless(names))
            }
        }
        deserializer.deserialize_map(Names)
    }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Wide {
    a: i128,
}

/// Takes zero for what is no small number: an error that nobody sees.
#[derive(Debug, PartialEq)]
struct Lenient(u8);

impl<'de> Deserialize<'de> for Lenient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(u8::deserialize(deserializer).unwrap_or_default()))
    }
}

/// Keeps the text of an error as its value.
#[derive(Debug, PartialEq)]
struct Curious(Result<bool, String>);

impl<'de> Deserialize<'de> for Curious {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(bool::deserialize(deserializer).map_err(|error| error.to_string())))
    }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Patient {
    id: Option<Lenient>,
    user: Option<Curious>,
    #[serde(rename = "tags")]
    labels: Option<Lenient>,
    score: Option<Curious>,
}

#[test]
fn every_type_is_as_serde_json_makes_it() {
    compare::<Lenient>();
    compare::<Patient>();
    compare::<BTreeMap<String, Lenient>>();
    compare::<BTreeMap<String, Curious>>();
    compare::<Curious>();
    compare::<Value>();
    compare::<Typed>();
    compare::<Flat>();
    compare::<Strict>();
    compare::<Either>();
    compare::<Tagged>();
    compare::<Kind>();
    compare::<Newtype>();
    compare::<()>();
    compare::<Option<BTreeMap<String, Value>>>();
    compare::<BTreeMap<u8, Option<String>>>();
    compare::<BTreeMap<String, Newtype>>();
    compare::<serde_json::Map<String, Value>>();
    compare::<Wide>();
    compare::<BTreeMap<String, i128>>();
    compare::<BTreeMap<String, Option<u128>>>();
    compare::<BTreeMap<bool, Value>>();
    compare::<BTreeMap<Key, Value>>();
    compare::<Contrary>();
    compare::<BTreeMap<String, Contrary>>();
    compare::<Careless>();
    compare::<IgnoredAny>();
    compare::<(String,)>();
}

#[derive(Debug, PartialEq, Deserialize)]
struct Borrowed<'a> {
    id: &'a str,
    #[serde(borrow)]
    user: Cow<'a, str>,
}

#[test]
fn strings_are_borrowed_where_they_can_be() {
    let body = list(LAYOUTS[0]);
    for settings in support::forced(&Builder::new().items_at(["rows"])) {
        let mut reader: SliceReader<'_> = settings.build_slice(body.as_bytes());
        let rows: Vec<_> = reader.deserialize::<Borrowed<'_>>().collect();
        assert_eq!(rows.len(), 40);
        let place = body.as_bytes().as_ptr_range();
        for (row, raw) in rows.into_iter().zip(LAYOUTS[0].iter().cycle()) {
            if let Ok(row) = &row {
                assert!(place.contains(&row.id.as_ptr()), "borrowed from the slice itself");
                assert_eq!(matches!(row.user, Cow::Borrowed(_)), !raw.contains('\\'), "{raw}");
            }
            same(row, serde_json::from_str(raw), raw);
        }
    }
}
