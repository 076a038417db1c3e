//! Row 17 of the hostile inputs as a table: every envelope shape, times everything that may come on
//! top of it, on every path and at every split (every third of bodies of 400 bytes and more). What only one shape does is in `envelopes.rs`.
#![cfg(feature = "std")]

mod support;

use remote_sessions::{Builder, Completeness, EnvelopeStatus};
use support::{at_every_split, at_splits};

/// What stands in an envelope before its list, in place of the list, and after it. The first ends
/// with a comma if it is not empty, the last begins with one.
struct Parts<'p> {
    before: &'p str,
    list: &'p str,
    after: &'p str,
}

/// A shape, how often it holds the list, and how a response of that shape ends.
struct Shape {
    name: &'static str,
    around: fn(&Parts<'_>) -> String,
    lists: usize,
    kind: &'static str,
    completeness: Completeness,
}

fn inner(Parts { before, list, after }: &Parts<'_>) -> String {
    format!(r#"{{{before}"remote_sessions":{list}{after}}}"#)
}

/// A list as an object with numbers for names, where it is an array; else as it is.
fn keyed(list: &str) -> String {
    let Some(elements) = list.strip_prefix('[').and_then(|list| list.strip_suffix(']')) else {
        return list.to_owned();
    };
    let body = format!("[{elements}]");
    let mut reader = Builder::new().items_at([] as [&str; 0]).build(body.as_bytes());
    let (mut text, mut number) = (String::new(), 0);
    while let Some(element) = reader.next_item().expect("an array") {
        text += &format!(r#"{}"{number}":{}"#, if number > 0 { "," } else { "" }, element.raw());
        number += 1;
    }
    format!("{{{text}}}")
}

const SHAPES: [Shape; 15] = [
    Shape { name: "1 flat", around: inner, lists: 1, kind: "none", completeness: Completeness::Complete },
    Shape {
        name: "2 nested",
        around: |parts| {
            let Parts { before, after, .. } = parts;
            format!(r#"{{{before}"remote_sessions":[{}]{after}}}"#, inner(parts))
        },
        lists: 1,
        kind: "none",
        completeness: Completeness::Complete,
    },
    Shape {
        name: "2 nested, several and deeper",
        around: |parts| {
            let one = inner(parts);
            format!(r#"{{"remote_sessions":[{one},{{"remote_sessions":[{{"remote_sessions":[{one}]}}]}}]}}"#)
        },
        lists: 2,
        kind: "none",
        completeness: Completeness::Complete,
    },
    Shape {
        name: "3 unclosed",
        around: |parts| format!(r#"{{"code":200,"response":{{}},"remote_sessions":[{}"#, inner(parts)),
        lists: 1,
        kind: "none",
        completeness: Completeness::UnclosedEnvelope,
    },
    Shape {
        name: "4 duplicated",
        around: |Parts { before, list, after }| {
            format!(r#"{{{before}{before}"remote_sessions":{list}{after},"remote_sessions":{list}{after}}}"#)
        },
        lists: 2,
        kind: "none",
        completeness: Completeness::Complete,
    },
    Shape {
        name: "5 any order",
        around: |Parts { before, list, after }| {
            format!(
                r#"{{"message":"","remote_sessions":{list}{after},{before}"x":{{"remote_sessions":[7]}},"error":null}}"#
            )
        },
        lists: 1,
        kind: "none",
        completeness: Completeness::Complete,
    },
    Shape {
        name: "6 numbers for names",
        around: |Parts { before, list, after }| {
            format!(r#"{{{before}"remote_sessions":{}{after}}}"#, keyed(list))
        },
        lists: 1,
        kind: "none",
        completeness: Completeness::Complete,
    },
    Shape {
        name: "6 an envelope in place of a list",
        around: |parts| {
            // Of a sole envelope the first member's name must not be a number: it is none of those.
            format!(r#"{{"exception":[],"remote_sessions":{}}}"#, inner(parts))
        },
        lists: 1,
        kind: "none",
        completeness: Completeness::Complete,
    },
    Shape {
        name: "7 singular",
        around: |Parts { before, list, after }| format!(r#"{{{before}"remote_session":{list}{after}}}"#),
        lists: 1,
        kind: "none",
        completeness: Completeness::Complete,
    },
    Shape {
        name: "8 an error",
        around: |Parts { before, list, after }| {
            format!(
                r#"{{{before}"remote_sessions":{list}{after},"exception":{{"code":1,"message":"boom","detail":null}}}}"#
            )
        },
        lists: 1,
        kind: "api",
        completeness: Completeness::Failed,
    },
    Shape {
        name: "8 an error by its code",
        around: |parts| format!(r#"{{"remote_sessions":[{}],"code":"404"}}"#, inner(parts)),
        lists: 1,
        kind: "api",
        completeness: Completeness::Failed,
    },
    Shape {
        name: "8 an error by its status",
        around: |parts| format!(r#"{{"response":{{"status":400}},"remote_sessions":[{}]}}"#, inner(parts)),
        lists: 1,
        kind: "api",
        completeness: Completeness::Failed,
    },
    Shape {
        name: "8 an error that says so in Portuguese",
        around: |parts| {
            format!(r#"{{"response":{{"status":200,"erro":"true"}},"remote_sessions":[{}]}}"#, inner(parts))
        },
        lists: 1,
        kind: "api",
        completeness: Completeness::Failed,
    },
    Shape {
        name: "9 a byte order mark",
        around: |parts| format!("\u{feff}{}", inner(parts)),
        lists: 1,
        kind: "none",
        completeness: Completeness::Complete,
    },
    Shape {
        name: "9 a warning before it",
        around: |parts| format!("<b>Warning</b>: {{closure}} [x]\n{}", inner(parts)),
        lists: 1,
        kind: "none",
        completeness: Completeness::Complete,
    },
];

const STATUS: &str = r#""code":200,"response":{"status":200,"message":"","error":false,"error_code":0,"detail":null,"erro":false},"tenant":"Segura""#;

/// Every shape with these parts gives these items (as often as the shape holds the list), ends as
/// the shape ends, and `judge` likes what its envelopes said.
fn check(parts: &Parts<'_>, items: &[&str], judge: impl Fn(&[EnvelopeStatus], &str)) {
    for shape in &SHAPES {
        let body = (shape.around)(parts);
        let settings = Builder::new().skip_leading_text(true);
        let outcome = if body.len() < 400 {
            at_every_split(&settings, body.as_bytes())
        } else {
            at_splits(&settings, body.as_bytes(), (0..body.len()).step_by(3))
        };
        let context = format!("{}: {body}: {}", shape.name, outcome.message());
        assert_eq!((outcome.kind(), outcome.completeness), (shape.kind, shape.completeness), "{context}");
        assert_eq!(outcome.raw(), items.repeat(shape.lists), "{context}");
        let mut reader = settings.clone().build(body.as_bytes());
        while let Ok(Some(_)) = reader.next_item() {}
        judge(reader.summary().envelopes(), &context);
        // Only the third is refused where that is asked for, and after the same items.
        let strict = at_splits(&settings.strict(true), body.as_bytes(), std::iter::once(body.len() / 2));
        let unclosed = shape.completeness == Completeness::UnclosedEnvelope;
        assert_eq!(strict.kind(), if unclosed { "unclosed" } else { shape.kind }, "{context}");
        assert_eq!(strict.items, outcome.items, "{context}");
    }
}

/// One of the envelopes says all of [`STATUS`].
fn has_status(envelopes: &[EnvelopeStatus], context: &str) {
    let says = |envelope: &EnvelopeStatus| {
        (envelope.code(), envelope.status(), envelope.error(), envelope.tenant())
            == (Some(200), Some(200), Some(false), Some("Segura"))
    };
    assert!(envelopes.iter().any(says), "{context}: {envelopes:?}");
}

const ITEMS: [&str; 2] = [r#"{"id":"3","user":"Admin","end":null}"#, r#"{"id":6,"user":"root"}"#];

#[test]
fn hostile_17_each_shape_with_its_status_before_the_items() {
    let list = format!("[{}]", ITEMS.join(","));
    let parts = Parts { before: &format!("{STATUS},"), list: &list, after: "" };
    check(&parts, &ITEMS, has_status);
}

#[test]
fn hostile_17_each_shape_with_its_status_after_the_items() {
    let list = format!("[ {} ]", ITEMS.join(" , "));
    let parts = Parts { before: "", list: &list, after: &format!(",{STATUS}") };
    check(&parts, &ITEMS, has_status);
}

#[test]
fn hostile_17_each_shape_with_an_empty_list() {
    for list in ["[]", "[ ]"] {
        check(&Parts { before: &format!("{STATUS},"), list, after: "" }, &[], has_status);
        check(&Parts { before: "", list, after: &format!(",{STATUS}") }, &[], has_status);
    }
}

#[test]
fn hostile_17_each_shape_with_null_for_a_list_and_what_php_puts_there() {
    for list in ["null", "false", "\"\"", "{}"] {
        check(&Parts { before: &format!("{STATUS},"), list, after: "" }, &[], has_status);
        check(&Parts { before: "", list, after: &format!(",{STATUS}") }, &[], has_status);
    }
}

#[test]
fn hostile_17_each_shape_with_unknown_members_between() {
    let list = format!("[{}]", ITEMS.join(","));
    let before =
        format!(r#""note":{{"remote_sessions":[1,{{"code":500}}],"code":404}},{STATUS},"":[[{{}}],null],"#);
    let after = r#","next":"remote_sessions","page":{"tenant":"other","error":true},"n":-1.5e3"#;
    check(&Parts { before: &before, list: &list, after }, &ITEMS, has_status);
}

#[test]
fn hostile_17_each_shape_with_items_and_envelopes_in_one_list() {
    let other = r#"{"tenant":"other","code":201,"remote_sessions":[{"id":9}]}"#;
    let late = r#"{"remote_sessions":[{"id":10},{"id":11}],"tenant":"late"}"#;
    let list = format!("[{},{other},{},{late},{}]", ITEMS[0], ITEMS[1], ITEMS[0]);
    let items = [ITEMS[0], r#"{"id":9}"#, ITEMS[1], r#"{"id":10}"#, r#"{"id":11}"#, ITEMS[0]];
    check(&Parts { before: &format!("{STATUS},"), list: &list, after: "" }, &items, |envelopes, context| {
        has_status(envelopes, context);
        for (tenant, code) in [("other", Some(201)), ("late", None)] {
            let says = |envelope: &&EnvelopeStatus| envelope.tenant() == Some(tenant);
            let found = envelopes.iter().find(says).unwrap_or_else(|| panic!("{context}: {envelopes:?}"));
            assert_eq!(found.code(), code, "{context}");
        }
    });
}

/// What an item says is the item's: its `code` is no error, its `tenant` nobody's name.
#[test]
fn hostile_17_each_shape_with_items_that_have_members_named_like_an_envelope_s() {
    let items = [
        r#"{"id":1,"code":500,"tenant":"mine","error":true}"#,
        r#"{"code":"503","response":{"status":500,"error":true},"exception":{"message":"no"},"id":"2"}"#,
        r#"{"tenant":{"remote_sessions":[]},"message":"no","id":3,"error_description":"no"}"#,
        r#"{"id":4,"code":500,"tenant":"mine","error":true}"#,
    ];
    let list = format!("[{}]", items.join(","));
    check(&Parts { before: &format!("{STATUS},"), list: &list, after: "" }, &items, |envelopes, context| {
        has_status(envelopes, context);
        let own = |envelope: &EnvelopeStatus| matches!(envelope.tenant(), None | Some("Segura"));
        let fine = |envelope: &EnvelopeStatus| !matches!(envelope.code(), Some(500 | 503));
        assert!(envelopes.iter().all(own) && envelopes.iter().all(fine), "{context}: {envelopes:?}");
    });
}
