//! Row 16 of the hostile inputs: what is wrong with one item concerns that item only.
#![cfg(feature = "std")]

mod support;

use remote_sessions::{Builder, Completeness, ErrorKind, RemoteSession};
use serde::Deserialize;
use support::{agreed, at_every_split};

/// Items that `session()` refuses: the text, the member, what was found, and where it begins.
const BAD: [(&str, Option<&str>, &str, usize); 23] = [
    ("{}", Some("id"), "none", 0),
    (r#"{"user":"x"}"#, Some("id"), "none", 0),
    (r#"{"id":null}"#, Some("id"), "`null`", 6),
    (r#"{"id":true}"#, Some("id"), "`true`", 6),
    (r#"{"id":-1}"#, Some("id"), "`-1`", 6),
    (r#"{"id":1.5}"#, Some("id"), "`1.5`", 6),
    (r#"{"id":1e2}"#, Some("id"), "`1e2`", 6),
    (r#"{"id":""}"#, Some("id"), "`\"\"`", 6),
    (r#"{"id":"x"}"#, Some("id"), "`\"x\"`", 6),
    (r#"{"id":"+5"}"#, Some("id"), "`\"+5\"`", 6),
    (r#"{"id":[3]}"#, Some("id"), "`[3]`", 6),
    (r#"{"id":18446744073709551616}"#, Some("id"), "`18446744073709551616`", 6),
    (r#"{"id":1,"user":7}"#, Some("user"), "`7`", 15),
    (r#"{"id":1, "origin_ip" : false }"#, Some("origin_ip"), "`false`", 23),
    (r#"{"id":1,"end":{}}"#, Some("end"), "`{}`", 14),
    (r#"{"id":1,"credencial":[]}"#, Some("credential"), "`[]`", 21),
    (r#"{"id":1,"prevent_purge":2}"#, Some("prevent_purge"), "`2`", 24),
    (r#"{"id":1,"request":true}"#, Some("request"), "`true`", 18),
    (r#"{"id":1,"user":"a","us\u0065r":"a"}"#, Some("user"), "a second: `\"a\"`", 31),
    ("[1]", None, "`[1]`", 0),
    ("null", None, "`null`", 0),
    ("\"id\"", None, "`\"id\"`", 0),
    ("7", None, "`7`", 0),
];

#[test]
fn hostile_16_a_bad_item_says_what_and_where_and_the_next_one_comes() {
    for (bad, member, found, at) in BAD {
        let before = r#"{"remote_sessions":[{"id":1}, "#;
        let body = format!(r#"{before}{bad} , {{"id":3}}]}}"#);
        let outcome = at_every_split(&Builder::new(), body.as_bytes());
        assert_eq!((outcome.kind(), outcome.items.len()), ("none", 3), "{body}");
        assert_eq!(outcome.items[1].0, bad);
        agreed(|engine| {
            let mut reader = engine.build(body.as_bytes());
            assert!(reader.next_item().unwrap().unwrap().session().is_ok());
            let error = reader.next_item().unwrap().unwrap().session().unwrap_err();
            assert_eq!((error.member(), error.found()), (member, found), "{bad}");
            assert_eq!((error.index(), error.offset()), (1, (before.len() + at) as u64), "{bad}");
            let text = error.to_string();
            assert!(text.ends_with(&format!("at byte {} (item 1)", before.len() + at)), "{text}");
            assert_eq!(reader.next_item().unwrap().unwrap().session().unwrap().id(), 3, "{bad}");
            assert!(reader.next_item().unwrap().is_none());
            assert_eq!(reader.summary().completeness(), Completeness::Complete);
        });
    }
}

/// Digits are looked at eight at a time: none of the other bytes passes for one, in any of their places.
#[test]
fn hostile_16_an_id_of_anything_but_digits_is_wrong() {
    let digits = "12345678901234567890";
    for length in 1..=digits.len() {
        for place in [0, length / 2, length - 1] {
            for byte in (0x20..0x7f_u8).filter(|byte| !matches!(byte, b'"' | b'\\')) {
                let mut id = digits[..length].to_owned();
                id.replace_range(place..=place, char::from(byte).encode_utf8(&mut [0; 4]));
                let expected = id.parse().ok().filter(|_| byte.is_ascii_digit());
                // The first ones show the shape that the last one is read by.
                let item = |id: &str| format!(r#"{{"id":"{id}","user":"u"}}"#);
                let body = [&item("1"), &item("2"), &item(&id)].map(String::as_str).join(",");
                let body = format!(r#"{{"remote_sessions":[{body}]}}"#);
                agreed(|engine| {
                    let ids: Vec<_> = engine
                        .build(body.as_bytes())
                        .sessions()
                        .map(|session| session.ok().map(|session| session.id()))
                        .collect();
                    assert_eq!(ids, [Some(1), Some(2), expected], "{body}");
                });
            }
        }
    }
}

#[test]
fn hostile_16_iterators_go_on_after_an_item_error() {
    let all: Vec<_> = BAD.iter().map(|(bad, ..)| *bad).collect();
    let body = format!(r#"{{"remote_sessions":[{},{{"id":3}}]}}"#, all.join(","));
    agreed(|engine| {
        let mut reader = engine.build(body.as_bytes());
        let mut errors = 0;
        for (place, session) in reader.sessions().enumerate() {
            match session {
                Ok(session) => assert_eq!((session.id(), place), (3, BAD.len())),
                Err(error) => {
                    assert_eq!((error.kind(), error.is_fatal()), (ErrorKind::Item, false));
                    assert_eq!(error.item(), Some(place as u64));
                    errors += 1;
                }
            }
        }
        assert_eq!(errors, BAD.len());
        assert_eq!(reader.summary().items(), BAD.len() as u64 + 1);
    });
}

#[test]
fn hostile_16_any_other_member_may_be_absent_or_null() {
    for name in RemoteSession::NAMES.into_iter().skip(1).chain(["credencial", "dispositivo"]) {
        let body = format!(
            r#"{{"remote_sessions":[{{"id":1}},{{"id":2,"{name}":null}},{{"{name}": null ,"id":"3"}}]}}"#
        );
        agreed(|engine| {
            let sessions: Vec<_> =
                engine.build(body.as_bytes()).sessions().collect::<Result<_, _>>().unwrap();
            for (session, id) in sessions.iter().zip(1..) {
                assert_eq!(session.id(), id);
                assert!((1..RemoteSession::NAMES.len()).all(|place| session.at(place).is_none()));
                assert_eq!(session.unknown_members().count(), 0);
            }
            sessions.len()
        });
    }
}

#[test]
fn hostile_16_what_does_not_fit_a_type_is_an_item_error_with_its_place() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Row<'r> {
        id: u64,
        name: &'r str,
    }
    let body = "{\"rows\":[{\"id\":1,\"name\":\"a\"},\n{\"id\":1,\n\"name\":7},{\"id\":3,\"name\":\"é\"},{\"id\":4,\"name\":\"\\n\"},5]}";
    agreed(|engine| {
        let mut reader = engine.items_at(["rows"]).build(body.as_bytes());
        let mut rows = Vec::new();
        while let Some(item) = reader.next_item().unwrap() {
            match item.deserialize::<Row<'_>>() {
                Ok(row) => rows.push(format!("{} {}", row.id, row.name)),
                Err(error) => {
                    assert_eq!(error.index(), item.index());
                    assert!(
                        (item.offset()..=item.offset() + item.raw().len() as u64).contains(&error.offset())
                    );
                    assert!(std::error::Error::source(&error).is_some());
                    rows.push("bad".to_owned());
                }
            }
        }
        assert_eq!(rows, ["1 a", "bad", "3 é", "bad", "bad"]);
    });
}

/// The place is that of the byte at which the type was found not to fit, over lines and white space.
#[test]
fn hostile_16_what_does_not_fit_a_type_is_shown_from_the_byte_where_it_stands() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Row<'r> {
        name: &'r str,
    }
    for (item, at, found) in [
        (r#"{"name":7}"#, 8, "`7`: invalid type: integer `7`, expected a borrowed string"),
        ("{\n\"name\":7}", 9, "`7`: invalid type"),
        ("{\n\"é\":1,\n\n  \"name\" : 75}", 22, "`75`: invalid type"),
        (r#"{"é":"ü","name":7}"#, 18, "`7`: invalid type: integer"),
        ("[\n]", 2, "`]`: invalid length 0"),
        ("{\n\n}", 3, "`}`: missing field `name`"),
    ] {
        let body = format!(r#"{{"rows":[{{"name":"a"}},{item}]}}"#);
        let start = body.find(item).unwrap();
        agreed(|engine| {
            let mut reader = engine.items_at(["rows"]).build(body.as_bytes());
            assert_eq!(reader.next_item().unwrap().unwrap().deserialize::<Row<'_>>().unwrap().name, "a");
            let error = reader.next_item().unwrap().unwrap().deserialize::<Row<'_>>().unwrap_err();
            assert!(error.found().starts_with(found), "{}", error.found());
            assert_eq!((error.index(), error.offset()), (1, (start + at) as u64), "{item}");
        });
    }
}

#[test]
fn items_are_appended_without_the_white_space_between_their_tokens() {
    let body = "{\"remote_sessions\":[ {\"id\" : 1,\r\n\t\"user\": \" a\\\" b \" } , [ 1 , \"x y\" ], 7 ]}";
    agreed(|engine| {
        let mut reader = engine.build(body.as_bytes());
        let mut lines = b"items: ".to_vec();
        while let Some(item) = reader.next_item().unwrap() {
            item.append_minified(&mut lines);
            lines.push(b'\n');
        }
        assert_eq!(lines, b"items: {\"id\":1,\"user\":\" a\\\" b \"}\n[1,\"x y\"]\n7\n");
    });
}
