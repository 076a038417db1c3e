//! The words that scripts may rely on: of errors, of their remedies, of how complete a response was, of what was
//! accepted although it is not as documented.
#![cfg(feature = "std")]

mod support;

use std::io;

use remote_sessions::{Builder, Completeness, Deviation, Error, ErrorKind, ItemError, Limits, Reader};
use support::{agreed, limits};

/// The fatal error of a body.
fn error_of(settings: &Builder, body: &[u8]) -> Error {
    let mut reader = settings.build(body);
    loop {
        match reader.next_item() {
            Ok(item) => assert!(item.is_some(), "{} is no error", String::from_utf8_lossy(body)),
            Err(error) => return error,
        }
    }
}

/// What is wrong with the first item of a body.
fn bad_item(body: &str) -> ItemError {
    let mut reader = Reader::new(body.as_bytes());
    reader.next_item().unwrap().expect("an item").session().expect_err("a bad item")
}

/// A body that is accepted, with what is not as documented, how often, and where that was first seen: the byte that
/// tells, such as the one after the brace that stands for a bracket.
const DEVIATIONS: [(&str, Deviation, &str, u64, &str); 15] = [
    ("\u{feff}{\"remote_sessions\":[]}", Deviation::ByteOrderMark, "byte_order_mark", 1, "\u{feff}"),
    ("\n oops {\"remote_sessions\":[]}", Deviation::LeadingText, "leading_text", 1, "oops"),
    (
        r#"{"code":200,"remote_sessions":[{"remote_sessions":[{"id":1}]}"#,
        Deviation::UnclosedEnvelope,
        "unclosed_envelope",
        1,
        "",
    ),
    (
        r#"{"code":1,"code":2,"code":3,"remote_sessions":[]}"#,
        Deviation::DuplicateMember,
        "duplicate_member",
        2,
        "2,",
    ),
    (r#"{"remote_sessions":{}}"#, Deviation::EmptyObjectForList, "empty_object_for_list", 1, "}}"),
    (
        r#"{"remote_sessions":{"0":{"id":1}}}"#,
        Deviation::NumericObjectForList,
        "numeric_object_for_list",
        1,
        "\"0",
    ),
    (
        r#"{"remote_sessions":{"tenant":"a","remote_sessions":[]}}"#,
        Deviation::EnvelopeForList,
        "envelope_for_list",
        1,
        "\"tenant",
    ),
    (r#"{"remote_sessions":null}"#, Deviation::NullForList, "null_for_list", 1, "null"),
    (r#"{"remote_sessions":false}"#, Deviation::FalseForList, "false_for_list", 1, "false"),
    (r#"{"remote_sessions":""}"#, Deviation::EmptyTextForList, "empty_text_for_list", 1, "\"\""),
    (r#"{"response":[ ],"remote_sessions":[]}"#, Deviation::ArrayForObject, "array_for_object", 1, "[ ]"),
    (r#"{"code":"200","remote_sessions":[]}"#, Deviation::StatusAsText, "status_as_text", 1, "\"200\""),
    (
        r#"{"response":{"error":0},"remote_sessions":[]}"#,
        Deviation::StatusAsText,
        "status_as_text",
        1,
        "{\"error",
    ),
    (r#"{"code":[200],"remote_sessions":[]}"#, Deviation::UnreadableStatus, "unreadable_status", 1, "[200]"),
    (
        r#"{"tenant":{"a":1},"remote_sessions":[]}"#,
        Deviation::UnreadableStatus,
        "unreadable_status",
        1,
        "{\"a\"",
    ),
];

#[test]
fn each_deviation_has_a_name_a_count_and_a_place() {
    for (body, deviation, name, count, place) in DEVIATIONS {
        let offset = if place.is_empty() { body.len() } else { body.find(place).unwrap() };
        agreed(|engine| {
            let mut reader = engine.skip_leading_text(true).build(body.as_bytes());
            while reader.next_item().unwrap().is_some() {}
            let tolerated = reader.summary().tolerated().to_vec();
            let [only] = tolerated[..] else { panic!("{tolerated:?} of {body}") };
            assert_eq!((only.deviation, only.count), (deviation, count), "{body}");
            assert_eq!(only.first_offset, offset as u64, "{body}");
            assert_eq!(only.deviation.as_str(), name);
        });
    }
}

#[test]
fn a_documented_response_has_no_deviation() {
    let body =
        br#"{"code":200,"response":{"status":200,"error":false},"tenant":"Segura","remote_sessions":[]}"#;
    let mut reader = Reader::new(&body[..]);
    assert!(reader.next_item().unwrap().is_none());
    assert_eq!(reader.summary().tolerated(), []);
}

#[test]
fn how_complete_a_response_was_has_a_name() {
    let after = |body: &str, items: usize| {
        let mut reader = Builder::new().build(body.as_bytes());
        for _ in 0..items {
            let _ = reader.next_item();
        }
        let summary = reader.summary();
        (summary.completeness().as_str(), summary.items(), summary.bytes())
    };
    let body = r#"{"remote_sessions":[{"id":1},{"id":2}]}"#;
    let length = body.len() as u64;
    assert_eq!(after(body, 0), ("unfinished", 0, 0));
    assert_eq!(after(body, 2), ("unfinished", 2, length));
    assert_eq!(after(body, 3), ("complete", 2, length));
    assert_eq!(after(&body[..30], 3), ("truncated", 1, 30));
    assert_eq!(after(&body.replace(']', "}"), 3).0, "failed");
    let sample = r#"{"code":200,"remote_sessions":[{"remote_sessions":[{"id":1}]}"#;
    assert_eq!(after(sample, 3), ("unclosed_envelope", 1, sample.len() as u64));
    assert_eq!(Completeness::UnclosedEnvelope.as_str(), Deviation::UnclosedEnvelope.as_str());
}

#[test]
fn each_kind_of_error_has_a_name() {
    for (kind, name) in [
        (ErrorKind::Syntax, "syntax"),
        (ErrorKind::Shape, "shape"),
        (ErrorKind::Limit, "limit"),
        (ErrorKind::Truncated, "truncated"),
        (ErrorKind::Unclosed, "unclosed"),
        (ErrorKind::Item, "item"),
        (ErrorKind::Api, "api"),
        (ErrorKind::Authentication, "authentication"),
        (ErrorKind::Transport, "transport"),
        (ErrorKind::Timeout, "timeout"),
        (ErrorKind::Interrupted, "interrupted"),
        (ErrorKind::Io, "io"),
        (ErrorKind::Configuration, "configuration"),
    ] {
        assert_eq!((kind.as_str(), kind.to_string()), (name, name.to_owned()));
    }
}

#[test]
fn an_error_of_the_response_has_a_remedy_and_a_kind_of_io_error() {
    let one_item: Limits = limits(|limits| limits.item = 10);
    let plain = Builder::new();
    for (settings, body, kind, remedy, io_kind) in [
        (
            &plain,
            "{\"remote_sessions\":[x",
            ErrorKind::Syntax,
            "look at the bytes",
            io::ErrorKind::InvalidData,
        ),
        (&plain, "{\"code\":200}", ErrorKind::Shape, "check that the address", io::ErrorKind::InvalidData),
        (
            &Builder::new().limits(one_item),
            r#"{"remote_sessions":[{"id":1234567}]}"#,
            ErrorKind::Limit,
            "raise the named limit",
            io::ErrorKind::InvalidData,
        ),
        (
            &plain,
            "{\"remote_sessions\":[",
            ErrorKind::Truncated,
            "fetch it again",
            io::ErrorKind::UnexpectedEof,
        ),
        (
            &Builder::new().strict(true),
            r#"{"code":200,"remote_sessions":[{"remote_sessions":[{"id":1}]}"#,
            ErrorKind::Unclosed,
            "without strict mode",
            io::ErrorKind::UnexpectedEof,
        ),
        (
            &plain,
            r#"{"code":418,"remote_sessions":[]}"#,
            ErrorKind::Api,
            "not documented",
            io::ErrorKind::Other,
        ),
    ] {
        let error = error_of(settings, body.as_bytes());
        assert_eq!((error.kind(), error.is_fatal()), (kind, true), "{body}");
        assert!(error.remedy().unwrap().contains(remedy), "{:?}", error.remedy());
        let text = error.to_string();
        let as_io = io::Error::from(error);
        assert_eq!((as_io.kind(), as_io.to_string()), (io_kind, text), "{body}");
        let inner = as_io.downcast::<Error>().expect("the error itself is in it");
        assert_eq!(inner.kind(), kind);
    }
}

#[test]
fn an_error_of_one_item_keeps_its_place_and_its_cause_on_the_way_to_an_io_error() {
    let bad = bad_item(r#"{"remote_sessions":[{"id":1,"user":[7]}]}"#);
    let error = Error::from(bad.clone());
    assert_eq!((error.kind(), error.is_fatal()), (ErrorKind::Item, false));
    assert_eq!(error.message(), "expected a string or null in `user`, found `[7]`");
    assert_eq!((error.offset(), error.item()), (Some(bad.offset()), Some(bad.index())));
    assert_eq!(error.to_string(), bad.to_string());
    assert!(error.remedy().unwrap().contains("skip this item"));
    let cause = std::error::Error::source(&error).expect("a cause");
    let cause = cause.downcast_ref::<ItemError>().expect("the item's own error");
    assert_eq!((cause.member(), cause.found()), (Some("user"), "`[7]`"));
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::InvalidData);
}

#[test]
fn the_debug_text_of_an_error_has_all_that_it_knows() {
    let error = error_of(&Builder::new(), br#"{"remote_sessions":[{"id":1},{"id":}"#);
    let text = format!("{error:?}");
    assert_eq!(
        text,
        "Error { kind: Syntax, message: \"expected a value, found `}`\", offset: Some(35), item: Some(1), fatal: true, cause: None }"
    );
    let bad = bad_item(r#"{"remote_sessions":[{"id":"x"}]}"#);
    let text = format!("{bad:?}");
    assert!(text.starts_with("ItemError { expected: \"an integer from 0 to"), "{text}");
    assert!(text.ends_with("found: \"`\\\"x\\\"`\", member: Some(\"id\"), index: 0, offset: 26 }"), "{text}");
    let text = format!("{:?}", Error::from(bad));
    assert!(text.contains("kind: Item") && text.contains("fatal: false, cause: Some(ItemError {"), "{text}");
}

#[test]
fn the_error_of_a_type_has_serde_json_s_as_its_cause() {
    let mut reader = Builder::new().items_at(["rows"]).build(&b"{\"rows\":[{\"a\":\n true}]}"[..]);
    let item = reader.next_item().unwrap().unwrap();
    let bad = item.deserialize::<std::collections::BTreeMap<String, u8>>().unwrap_err();
    let cause = std::error::Error::source(&bad).expect("a cause");
    let cause = cause.downcast_ref::<serde_json::Error>().expect("serde_json's error");
    assert_eq!((cause.line(), cause.is_data()), (2, true));
    assert!(bad.found().ends_with(cause.to_string().split(" at line").next().unwrap()), "{bad}");
    assert_eq!((bad.member(), bad.index(), bad.offset()), (Some("a"), 0, 16));
}
