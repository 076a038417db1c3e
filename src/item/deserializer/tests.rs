//! That types are read over the shape, or over the quotes alone, and as serde_json reads them: what is not
//! comes out alike from serde_json, so that no other test would see it.

use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};
use core::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};

use super::members_of;
use crate::scan::Path;
use crate::{Builder, Step};

/// The paths that have shapes at all.
fn paths() -> impl Iterator<Item = Path> {
    Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar)
}

/// Whether the last of some items is read; if so, as what: on every path.
fn last_of<T: for<'de> Deserialize<'de> + PartialEq + fmt::Debug>(items: &[&str], shaped: bool) -> Option<T> {
    let text = format!("{{\"rows\":[{}]}}", items.join(","));
    let mut read = paths().map(|path| {
        let mut parser = Builder::new().items_at(["rows"]).scan_path(path).build_parser();
        assert_eq!(parser.push(text.as_bytes()), text.len());
        parser.end_of_input();
        for _ in items {
            assert_eq!(parser.advance().unwrap(), Step::Item);
        }
        let last = parser.item();
        let known = last.known().expect("its members are known");
        assert_eq!((known.shape.is_some(), known.quotes.is_empty()), (shaped, shaped));
        members_of(last.raw(), known)
    });
    let first = read.next().expect("one path at least");
    assert!(read.all(|other| other == first), "{first:?}");
    first
}

/// The same of three items of one layout, and over the quotes where the one before it was of another.
fn over_the_shape<T: for<'de> Deserialize<'de> + PartialEq + fmt::Debug>(item: &str) -> Option<T> {
    let read = last_of(&[item; 3], true);
    assert_eq!(last_of::<T>(&["{\"z z\":0}", item], false), read, "{item}");
    read
}

#[derive(Debug, Deserialize, PartialEq)]
enum Side {
    Left,
    Right(u8),
}

#[derive(Debug, Deserialize, PartialEq)]
struct Unit;

#[derive(Debug, Deserialize, PartialEq)]
struct Meters(f64);

#[derive(Debug, Deserialize, PartialEq)]
struct All {
    text: String,
    escaped: String,
    number: u32,
    fraction: Meters,
    flag: bool,
    letter: char,
    side: Side,
    other_side: Side,
    list: Vec<i8>,
    pair: (u8, String),
    none: Option<String>,
    some: Option<Option<u8>>,
    unit: (),
    name: Unit,
    any: serde_json::Value,
    text_as_any: serde_json::Value,
    bytes: serde_json::Map<String, serde_json::Value>,
}

#[test]
fn every_kind_of_value_is_read_over_the_shape_as_serde_json_reads_it() {
    let item = r#"{"text":"a b","escaped":"a\/\u00e9","number":17,"fraction":-2.5e1,"flag":true,"letter":"é",
        "side":"Left","other_side":{"Right":3},"list":[1,-2],"pair":[4,"x"],"none":null,"some":5,"unit":null,
        "name":null,"any":{"a":[1,null,"b"]},"text_as_any":"t","bytes":{"k":1},"unknown":[{}]}"#;
    let read: All = over_the_shape(item).expect("read over the shape");
    assert_eq!(read, serde_json::from_str(item).unwrap());
    let any: serde_json::Value = over_the_shape(item).expect("read over the shape");
    assert_eq!(any, serde_json::from_str::<serde_json::Value>(item).unwrap());
}

#[derive(Debug, Deserialize, PartialEq)]
struct Borrowed<'a> {
    plain: &'a str,
    #[serde(borrow)]
    escaped: alloc::borrow::Cow<'a, str>,
}

#[test]
fn what_has_no_escape_is_borrowed_though_another_text_has_one() {
    let text = r#"{"rows":[{"plain":"a","escaped":"b\n"},{"plain":"c","escaped":"\td"}]}"#;
    for path in paths() {
        what_is_borrowed(text, path);
    }
}

fn what_is_borrowed(text: &str, path: Path) {
    let mut parser = Builder::new().items_at(["rows"]).scan_path(path).build_parser();
    assert_eq!(parser.push(text.as_bytes()), text.len());
    parser.end_of_input();
    let mut plain = Vec::new();
    while parser.advance().unwrap() == Step::Item {
        let item = parser.item();
        if let Some(known) = item.known()
            && known.shape.is_some()
        {
            let row: Borrowed<'_> = members_of(item.raw(), known).expect("read over the shape");
            plain.push(String::from(row.plain) + &row.escaped);
        }
    }
    assert_eq!(plain, vec![String::from("c\td")]);
}

/// A type round another one, as `#[derive]` makes it: it is looked through.
#[derive(Debug, Deserialize, PartialEq)]
struct Row(Option<Inner>);

#[derive(Debug, Deserialize, PartialEq)]
struct Inner {
    a: Meters,
}

#[test]
fn a_type_round_another_is_read_over_the_shape() {
    assert_eq!(over_the_shape::<Row>(r#"{"a":1.5}"#), Some(Row(Some(Inner { a: Meters(1.5) }))));
}

/// One that asks by a name by which serde_json knows its own types.
#[derive(Debug, PartialEq)]
struct Private;

impl<'de> Deserialize<'de> for Private {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Takes;
        impl<'de> Visitor<'de> for Takes {
            type Value = Private;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_newtype_struct<D: serde::Deserializer<'de>>(
                self,
                inner: D,
            ) -> Result<Private, D::Error> {
                serde::de::IgnoredAny::deserialize(inner).map(|_| Private)
            }
        }
        deserializer.deserialize_newtype_struct("$serde_json::private::RawValue", Takes)
    }
}

#[test]
fn serde_json_s_own_types_are_left_to_serde_json() {
    assert_eq!(over_the_shape::<Private>(r#"{"a":1}"#), None);
    // As the type of a member they are read by it from the member's own text.
    let members = over_the_shape::<alloc::collections::BTreeMap<String, Private>>(r#"{"a":[1]}"#);
    assert_eq!(members.map(|members| members.len()), Some(1));
}

/// A map of which only the first member is looked at.
#[derive(Debug, PartialEq)]
struct First(String);

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Takes;
        impl<'de> Visitor<'de> for Takes {
            type Value = First;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<First, A::Error> {
                Ok(First(match map.next_entry::<String, u8>()? {
                    Some((name, _)) => name,
                    None => String::new(),
                }))
            }
        }
        deserializer.deserialize_map(Takes)
    }
}

/// The same, and not even its value.
#[derive(Debug, PartialEq)]
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Takes;
        impl<'de> Visitor<'de> for Takes {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Name, A::Error> {
                Ok(Name(map.next_key()?.unwrap_or_default()))
            }
        }
        deserializer.deserialize_map(Takes)
    }
}

#[test]
fn what_stops_early_or_does_not_fit_is_left_to_serde_json() {
    // Members behind the first one were not asked for.
    assert_eq!(over_the_shape::<First>(r#"{"a":1}"#), Some(First(String::from("a"))));
    assert_eq!(over_the_shape::<First>(r#"{"a":1,"b":2}"#), None);
    // Nor was its value.
    assert_eq!(over_the_shape::<Name>(r#"{"a":1}"#), None);
    assert_eq!(over_the_shape::<Meters>(r#"{"a":1}"#), None);
    assert_eq!(over_the_shape::<Vec<u8>>(r#"{"a":1}"#), None);
    #[derive(Debug, Deserialize, PartialEq)]
    struct Number {
        a: u8,
    }
    assert_eq!(over_the_shape(r#"{"a":255}"#), Some(Number { a: 255 }));
    for wrong in [r#"{"a":256}"#, r#"{"a":1.5}"#, r#"{"a":"1"}"#, r#"{"a":null}"#, r#"{"b":1}"#] {
        assert_eq!(over_the_shape::<Number>(wrong), None, "{wrong}");
    }
}

/// Does not ask what it is read from for anything.
#[derive(Debug, PartialEq)]
struct Silent;

impl<'de> Deserialize<'de> for Silent {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

/// The sum of a map's numbers; what is none is passed over.
#[derive(Debug, PartialEq)]
struct Sum(u32);

impl<'de> Deserialize<'de> for Sum {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Adds;
        impl<'de> Visitor<'de> for Adds {
            type Value = Sum;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sum, A::Error> {
                let mut sum = 0;
                while map.next_key::<String>()?.is_some() {
                    sum += map.next_value::<u32>().unwrap_or_default();
                }
                Ok(Sum(sum))
            }
        }
        deserializer.deserialize_map(Adds)
    }
}

#[test]
fn what_passes_over_an_error_or_asks_for_nothing_is_left_to_serde_json() {
    use alloc::collections::BTreeMap;
    assert_eq!(over_the_shape(r#"{"a":1,"b":2}"#), Some(Sum(3)));
    for wrong in [r#"{"a":1,"b":"2"}"#, r#"{"a":null,"b":2}"#, r#"{"a":-1,"b":2}"#] {
        assert_eq!(over_the_shape::<Sum>(wrong), None, "{wrong}");
    }
    assert_eq!(over_the_shape::<Silent>(r#"{"a":1}"#), None);
    assert_eq!(over_the_shape::<BTreeMap<String, Silent>>(r#"{"a":1,"b":2}"#), None);
}

#[test]
fn items_of_any_layout_are_read_over_their_quotes() {
    use alloc::collections::BTreeMap;
    let other = "{\"z z\":0}";
    for item in [
        r#"{"a":"x","b":null,"c":{"d":"}","e":[[]]},"f":[1,"]",{}],"g":-1.5e3,"h":true,"i":""}"#,
        "{ \"a\" :\n\"\\\"\\u00e9\" , \"b\"\t: [ ] ,\"\": false }",
        r#"{"twice":1,"twice":"\\"}"#,
    ] {
        let read: Option<BTreeMap<String, serde_json::Value>> = last_of(&[other, item], false);
        assert_eq!(read, Some(serde_json::from_str(item).unwrap()), "{item}");
    }
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    for depth in [1, 100, 120] {
        let item = nested(depth);
        let read: Option<serde_json::Value> = last_of(&[other, &item], false);
        assert_eq!(read, Some(serde_json::from_str(&item).unwrap()), "{depth}");
    }
}

/// Deeper than serde_json follows an item, it is not followed in pieces either.
#[test]
fn hostile_06_depth_is_limited_as_serde_json_limits_it() {
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    for depth in 122..132 {
        let item = nested(depth);
        let text = format!("{{\"rows\":[{{\"z z\":0}},{item},{item},{item}]}}");
        for path in paths() {
            let limits = crate::Limits { depth: 200, ..Default::default() };
            let mut parser = Builder::new().items_at(["rows"]).limits(limits).scan_path(path).build_parser();
            assert_eq!(parser.push(text.as_bytes()), text.len());
            parser.end_of_input();
            for number in 0..4 {
                assert_eq!(parser.advance().unwrap(), Step::Item);
                let fits = parser.item().deserialize::<serde_json::Value>().is_ok();
                let expected = number == 0 || serde_json::from_str::<serde_json::Value>(&item).is_ok();
                assert_eq!(fits, expected, "{path:?} {depth} {number}");
                let ignored = parser.item().deserialize::<Borrowless>().is_ok();
                let expected = number == 0 || serde_json::from_str::<Borrowless>(&item).is_ok();
                assert_eq!(ignored, expected, "{path:?} {depth} {number}");
            }
        }
    }
}

/// Of which no member is read.
#[derive(Debug, Deserialize)]
struct Borrowless {}

/// Shown by nobody, but an error must say something.
#[test]
fn what_does_not_fit_says_so() {
    assert_eq!(format!("{}", super::notes::Unfit), "an item that does not fit the type");
}
