//! Rows 3 and 7 of the hostile inputs: what stands before the JSON or in place of it, what is said
//! of it, and how limits name themselves.
#![cfg(feature = "std")]

mod support;

use remote_sessions::{Builder, Deviation};
use support::{Outcome, agreed, at_every_split, at_splits, in_chunks, limits, outcome_of_reader};

/// The message of the error that ends the response at every split alike, and its offset.
fn refused(settings: &Builder, body: &[u8]) -> (String, Option<u64>) {
    let outcome = at_every_split(settings, body);
    assert_ne!(outcome.kind(), "none", "{}", String::from_utf8_lossy(body));
    (outcome.message().to_owned(), outcome.offset())
}

#[test]
fn hostile_03_what_a_response_should_begin_with_depends_on_where_the_items_are() {
    let list = Builder::new().items_at([] as [&str; 0]);
    let path = Builder::new().items_at(["rows"]);
    for (settings, body, expected) in [
        (&list, r#"{"rows":[1]}"#, r#"expected a JSON array, found `{"rows":[1]}` at byte 0"#),
        (&list, " \n1", "expected a JSON array, found `1` at byte 2"),
        (&path, "1", "expected a JSON object or array, found `1` at byte 0"),
        (&path, "\"rows\"", "expected a JSON object or array, found `\"rows\"` at byte 0"),
        (&Builder::new(), "[1]", "expected a JSON object, found `[1]` at byte 0"),
    ] {
        let (message, _) = refused(settings, body.as_bytes());
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn hostile_03_what_is_no_json_is_shown_bounded_and_escaped() {
    let text = "\u{feff}{\"code\":200}";
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf_16_be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let utf_32: Vec<u8> = text.chars().flat_map(|char| u32::from(char).to_le_bytes()).collect();
    let utf_32_be: Vec<u8> = text.chars().flat_map(|char| u32::from(char).to_be_bytes()).collect();
    let long = format!("<html>\u{1b}[31m{}", "x".repeat(200_000));
    let start_of_long = format!("found `<html>\\u{{1b}}[31m{}`… at byte 0", "x".repeat(37));
    for (body, found) in [
        (&utf_16[..], "found `\u{fffd}\u{fffd}{\\u{0}\"\\u{0}c"),
        (&utf_16_be, "found `\u{fffd}\u{fffd}\\u{0}{\\u{0}\""),
        (&utf_32, "found `\u{fffd}\u{fffd}\\u{0}\\u{0}{\\u{0}"),
        (&utf_32_be, "found `\\u{0}\\u{0}\u{fffd}\u{fffd}\\u{0}"),
        // Without a mark, the first byte of the little-endian ones is a brace.
        (
            &utf_16[2..],
            "expected a response in UTF-8, found `\\u{0}` right after the first bracket (UTF-16 or UTF-32) at byte 1",
        ),
        (
            &utf_32[4..],
            "expected a response in UTF-8, found `\\u{0}` right after the first bracket (UTF-16 or UTF-32) at byte 1",
        ),
        (&utf_16_be[2..], "found `\\u{0}{\\u{0}\"\\u{0}c"),
        (&utf_32_be[4..], "found `\\u{0}\\u{0}\\u{0}{\\u{0}\\u{0}\\u{0}\""),
        (b"\0{\0\"", "found `\\u{0}{\\u{0}\"` at byte 0"),
        (b"\xef\xbb<html>", "found `\u{fffd}<html>`"),
        (long.as_bytes(), &start_of_long),
        (b"Unauthorized", "found `Unauthorized` at byte 0"),
    ] {
        let outcome = if body.len() < 100 { at_every_split(&Builder::new(), body) } else { much_text(body) };
        assert_eq!(outcome.kind(), "shape");
        assert!(outcome.message().contains(found), "{}", outcome.message());
        assert!(outcome.message().len() < 250, "{}", outcome.message());
    }
}

/// What is refused by its first 49 bytes, in a few of its many pieces: about there, of a window's size, and all.
fn much_text(body: &[u8]) -> Outcome {
    let cuts = [0, 1, 6, 47, 48, 49, 50, 64, 4096, 65_535, 65_536, body.len() - 1, body.len()];
    let outcome = at_splits(&Builder::new(), body, cuts.into_iter());
    for sizes in [&[7][..], &[48], &[49], &[50], &[64], &[4096], &[65_536], &[65_537, 1], &[40, 100_000]] {
        let found = agreed(|engine| in_chunks(&engine, body, sizes));
        assert_eq!(found, outcome, "in chunks of {sizes:?}");
    }
    assert_eq!(agreed(|engine| outcome_of_reader(engine.build(body))), outcome);
    outcome
}

#[test]
fn hostile_03_a_zero_byte_after_another_root_is_a_slip_of_syntax() {
    for body in [&b" 0\0"[..], b"[\0", b"\"\"\0", b"{ \0"] {
        let outcome = at_every_split(&Builder::new().root_item(), body);
        assert_eq!(outcome.kind(), "syntax", "{}", outcome.message());
    }
    assert_eq!(at_every_split(&Builder::new(), b"{ \0").kind(), "syntax");
    assert_eq!(at_every_split(&Builder::new().items_at(["a"]), b"[\0").kind(), "shape");
}

/// The mark counts as bytes of the response, and is noted; all else is as without it. In any other place it
/// is no mark: text before the JSON, or a slip.
#[test]
fn hostile_03_a_byte_order_mark_is_accepted_at_the_start_and_nowhere_else() {
    let items = "[{\"id\":1,\"user\":\"\u{feff}\"},{\"id\":2,\"user\":\"é\"}]";
    let response = format!(r#"{{"code":200,"tenant":"t","remote_sessions":{items}}}"#);
    for (settings, body, count, misplaced) in [
        (Builder::new(), &*response, 2, "shape"),
        (Builder::new().strict(true), &response, 2, "shape"),
        (Builder::new().skip_leading_text(true), &response, 2, "none"),
        (Builder::new().items_at(["remote_sessions"]), &response, 2, "shape"),
        (Builder::new().items_at([] as [&str; 0]), items, 2, "shape"),
        (Builder::new().root_item(), r#"{"id":1}"#, 1, "syntax"),
    ] {
        let read = |text: &str| at_every_split(&settings, text.as_bytes());
        let plain = read(body);
        assert_eq!((plain.kind(), plain.items.len(), &*plain.tolerated), ("none", count, "[]"), "{body}");
        for before in ["\u{feff}", "\u{feff} \r\n\t"] {
            let mut expected = plain.clone();
            expected.items.iter_mut().for_each(|(_, _, offset, _)| *offset += before.len() as u64);
            expected.tolerated =
                "[Tolerated { deviation: ByteOrderMark, count: 1, first_offset: 0 }]".to_owned();
            assert_eq!(read(&format!("{before}{body}")), expected, "{before:?} {settings:?}");
        }
        for (before, at) in [(" \u{feff}", 1), ("\u{feff}\u{feff}", 3)] {
            let found = read(&format!("{before}{body}"));
            let offset = (misplaced != "none").then_some(at);
            assert_eq!((found.kind(), found.offset()), (misplaced, offset), "{before:?} {settings:?}");
            assert_eq!(found.tolerated.contains("LeadingText"), misplaced == "none");
        }
        let after = read(&format!("{body}\u{feff}"));
        assert_eq!((after.kind(), after.offset()), ("syntax", Some(body.len() as u64)), "{settings:?}");
        assert_eq!(after.items, plain.items);
    }
}

/// Text that is looked through for the JSON, and where the JSON begins in it.
#[test]
fn hostile_03_leading_text_ends_where_json_may_begin() {
    let long = format!("<b>Warning</b>: {} ", "{closure} [x] ".repeat(20));
    for (text, body, first) in [
        ("warning ", r#"{"remote_sessions":[{"id":1}]}"#, 0),
        (" \n\t warning", r#"{"remote_sessions":[{"id":1}]}"#, 4),
        ("\u{feff}warning", r#"{"remote_sessions":[{"id":1}]}"#, 3),
        ("{closure}", "{\n \"remote_sessions\" : [ {\"id\":1} ] }", 0),
        ("{{", r#"{"remote_sessions":[{"id":1}]}"#, 0),
        ("{ {\t{", r#"{"remote_sessions":[{"id":1}]}"#, 0),
        ("[] ", r#"{"remote_sessions":[{"id":1}]}"#, 0),
        (" \"", r#"{"remote_sessions":[{"id":1}]}"#, 1),
        (&long, r#"{"remote_sessions":[{"id":1}]}"#, 0),
    ] {
        let response = format!("{text}{body}");
        let settings = Builder::new().skip_leading_text(true);
        let outcome = at_every_split(&settings, response.as_bytes());
        assert_eq!((outcome.kind(), outcome.raw()), ("none", vec![r#"{"id":1}"#]), "{response}");
        let mut reader = settings.build(response.as_bytes());
        while reader.next_item().unwrap().is_some() {}
        let summary = reader.summary();
        let noted = summary.tolerated().last().unwrap();
        assert_eq!((noted.deviation, noted.count), (Deviation::LeadingText, 1), "{response}");
        assert_eq!(noted.first_offset, first, "{response}");
        // Without the request it is no JSON.
        assert_ne!(at_every_split(&Builder::new(), response.as_bytes()).kind(), "none", "{response}");
    }
}

#[test]
fn hostile_03_a_list_behind_leading_text_begins_with_what_a_list_may_hold() {
    let settings = Builder::new().items_at([] as [&str; 0]).skip_leading_text(true);
    for (text, body, items) in [
        ("[24-Nov-2026 10:00:00 UTC] PHP Notice: {x} ", r#"["a"]"#, 1),
        ("{\"a\":1} ", r#"[{"id":1},{"id":2}]"#, 2),
        ("[x] ", "[[1]]", 1),
        ("[x] ", "[ ]", 0),
    ] {
        let response = format!("{text}{body}");
        let outcome = at_every_split(&settings, response.as_bytes());
        assert_eq!((outcome.kind(), outcome.items.len()), ("none", items), "{response}");
        assert!(outcome.tolerated.contains("LeadingText"), "{response}");
    }
}

/// Nothing but white space and a mark before the JSON is nothing to note.
#[test]
fn what_may_stand_before_json_is_not_leading_text() {
    for text in ["", " \r\n\t", "\u{feff}", "\u{feff} "] {
        let response = format!("{text}{{ \"remote_sessions\":[]}}");
        for skip in [false, true] {
            let outcome = at_every_split(&Builder::new().skip_leading_text(skip), response.as_bytes());
            assert_eq!(outcome.kind(), "none", "{response:?}");
            assert!(!outcome.tolerated.contains("LeadingText"), "{response:?}");
            assert_eq!(outcome.tolerated.contains("ByteOrderMark"), text.starts_with('\u{feff}'));
        }
    }
}

#[test]
fn hostile_03_text_without_json_is_shown_from_its_start_with_what_is_like_json() {
    let skip = Builder::new().skip_leading_text(true);
    let long = format!("text {}", "{x} ".repeat(100));
    for (settings, body, message, offset) in [
        (&skip, &b" a {x} [b] {c"[..], "found `a {x} [b] {c`", 1),
        (&skip, b"{x}", "found `{x}`", 0),
        (&skip, b"\xef\xbb{x}", "found `\u{fffd}{x}`", 0),
        (&skip, b"\xef{x}", "found `\u{fffd}{x}`", 0),
        (&skip, long.as_bytes(), "found `text {x} {x} {x} {x} {x} {x} {x} {x} {x} {x} {x}`…", 0),
        (&Builder::new(), b" \xef\xbb\xbf{}", "found `\u{feff}{}`", 1),
        (&Builder::new(), b"\xef\xef\xbb\xbf{}", "found `\u{fffd}\u{feff}{}`", 0),
    ] {
        let (said, at) = refused(settings, body);
        let shown = message.replace('\u{feff}', "\\u{feff}");
        assert!(said.contains(&shown), "{said} has no {shown}");
        assert_eq!(at, Some(offset), "{said}");
    }
    // Who skips text already needs no advice to do so.
    let advised = |settings: &Builder| {
        let error = settings.build(&b"nothing"[..]).next_item().unwrap_err();
        error.remedy().is_some_and(|remedy| remedy.contains("skip leading text"))
    };
    assert!(advised(&Builder::new()) && !advised(&skip));
    // The JSON may have begun.
    for body in ["{", "text {", "text { \n"] {
        let (said, at) = refused(&skip, body.as_bytes());
        assert!(said.starts_with("expected a member name or a value, found the end of the input"), "{said}");
        assert_eq!(at, Some(body.len() as u64));
    }
}

#[test]
fn hostile_07_limits_on_items_and_captured_values_name_their_size_and_place() {
    let settings = Builder::new().limits(limits(|limits| {
        limits.item = 70;
        limits.captured_value = 80;
    }));
    let long = "x".repeat(100);
    for (body, expected) in [
        (
            format!(r#"{{"remote_sessions":[{{"id":1,"user":"{long}"}}]}}"#),
            "expected an item within the item limit in bytes, found more than the limit of 70 at byte 90 (item 0)",
        ),
        (
            format!(r#"{{"remote_sessions":["{long}"]}}"#),
            "expected an item within the item limit in bytes, found more than the limit of 70 at byte 90 (item 0)",
        ),
        (
            format!(r#"{{"tenant":"{long}","remote_sessions":[]}}"#),
            "expected an envelope member within the captured-value limit in bytes, found more than the limit of 80 at byte 90",
        ),
    ] {
        assert_eq!(refused(&settings, body.as_bytes()).0, expected, "{body}");
    }
}
