//! Row 17 of the hostile inputs: what an element of a list is, item or envelope, is decided by its
//! own members, and an envelope says the same of itself wherever it stands.
#![cfg(feature = "std")]

mod support;

use remote_sessions::{Builder, EnvelopeStatus, Reader};
use support::at_every_split;

/// What the last envelope of a response said, and how often something was tolerated.
fn last_envelope(body: &str) -> (EnvelopeStatus, Vec<(String, u64)>) {
    let mut reader = Reader::new(body.as_bytes());
    while reader.next_item().unwrap().is_some() {}
    let summary = reader.summary();
    let tolerated = summary.tolerated().iter().map(|seen| (seen.deviation.as_str().to_owned(), seen.count));
    (summary.envelopes().last().unwrap().clone(), tolerated.collect())
}

#[test]
fn hostile_17_an_envelope_says_the_same_as_root_and_as_element() {
    for members in [
        r#""code":200"#,
        r#""response":{"status":200,"message":"all well","detail":[{"code":1}]}"#,
        r#""tenant":"a","response":{"tenant":"b","code":404}"#,
        r#""x":{"code":500},"tenant":"t""#,
        r#""x":[{"tenant":"b"}],"tenant":"t","y":{"tenant":"c","code":1}"#,
        r#""code":200,"x":1,"y":[2],"tenant":"t","z":"3""#,
        r#""exception":[],"code":"7","message":"m""#,
        r#""code":200,"tenant":"a","tenant":"b""#,
        r#""tenant":"a","tenant":"b","tenant":"c","tenant":"d""#,
        r#""response":{"status":500},"response":{"status":200,"error":false}"#,
    ] {
        for own in [
            format!(r#"{{{members},"remote_sessions":[]}}"#),
            format!(r#"{{"remote_sessions":[],{members}}}"#),
            format!(r#"{{ {} , "remote_sessions" : [ ] }}"#, members.replace(':', " : ").replace(',', " , ")),
        ] {
            let root = last_envelope(&own);
            let element = format!(r#"{{"remote_sessions":[{{"id":1}},{own}]}}"#);
            let outcome = at_every_split(&Builder::new(), element.as_bytes());
            assert_eq!(outcome.raw(), [r#"{"id":1}"#], "{own}");
            assert!(outcome.envelopes.starts_with("2 "), "{}", outcome.envelopes);
            assert_eq!(last_envelope(&element), root, "{own}");
        }
    }
}

#[test]
fn hostile_17_what_is_inside_of_an_item_does_not_make_it_an_envelope() {
    for item in [
        r#"{"id":1,"x":{"remote_sessions":[1,2]}}"#,
        r#"{"id":1,"x":{"remote_sessions":[{"id":2}],"code":500}}"#,
        r#"{"id":1,"x":[{"remote_sessions":[{"id":2}]}],"y":{}}"#,
        r#"{"x":{"y":{"remote_sessions":[]}},"id":1}"#,
        r#"{"id":1,"user":"remote_sessions","code":"x","tenant":[{"remote_sessions":3}]}"#,
    ] {
        for body in [
            format!(r#"{{"remote_sessions":[{item}]}}"#),
            format!(r#"{{"remote_sessions":[{{"id":3}},{item}]}}"#),
        ] {
            let outcome = at_every_split(&Builder::new(), body.as_bytes());
            assert_eq!((outcome.kind(), outcome.raw().last()), ("none", Some(&item)), "{body}");
            assert!(outcome.envelopes.starts_with("1 "), "{body}: {}", outcome.envelopes);
        }
    }
}

/// More quotes than are looked ahead, in one member and in one element, whatever comes of them.
#[test]
fn hostile_12_large_containers_are_the_same_in_pieces_of_any_size() {
    let many = |count| {
        let part = |number| format!(r#"{{"n{number}":["a\"b",{number},[[]]],"é":{{}}}}"#);
        (0..count).map(part).collect::<Vec<_>>().join(", ")
    };
    let body =
        format!(r#"{{"rows":[{{"id":1,"x":[{0}],"y":"z"}},[{0}],"s",{{"x":{{"a":[{0}]}}}}]}}"#, many(1500));
    let middle = body.len() / 2;
    let settings = Builder::new().items_at(["rows"]);
    for wrong in [
        None,
        Some((middle, b'\n')),
        Some((middle + 1, b'}')),
        Some((middle + 2, b'"')),
        Some((body.len() - 4, b' ')),
    ] {
        let mut body = body.clone().into_bytes();
        if let Some((at, byte)) = wrong {
            body[at] = byte;
        }
        let outcome = support::agreed(|engine| {
            let engine = engine.items_at(["rows"]);
            let whole = support::whole(&engine, &body);
            for size in [50, 777, 4096, 40_000] {
                assert_eq!(support::in_chunks(&engine, &body, &[size]), whole, "{size} {wrong:?}");
            }
            whole
        });
        if wrong.is_none() {
            assert_eq!((outcome.kind(), outcome.items.len()), ("none", 4));
        }
        assert_eq!(support::outcome_of_slice(&settings, &body), outcome, "{wrong:?}");
    }
}
