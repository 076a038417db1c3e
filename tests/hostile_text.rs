//! Rows 9, 10 and 11 of the hostile inputs: what may stand in a number and in a string, at every
//! place of a block and across every edge.
#![cfg(feature = "std")]

mod support;

use remote_sessions::{Builder, RemoteSession};
use support::{agreed, at_every_split, in_chunks, limits, whole};

/// Places where a value can stand: before it and after it.
const PLACES: [(&str, &str); 7] = [
    (r#"{"remote_sessions":["#, r#",{"id":3}]}"#),
    (r#"{"remote_sessions":[{"id":1,"x":"#, r#"},{"id":3}]}"#),
    (r#"{"remote_sessions":[{"id":2,"x":0},{"id":1,"x":"#, r#"},{"id":3}]}"#),
    (r#"{"remote_sessions":[{"id":1,"x":[{"y":"#, r#"}]},{"id":3}]}"#),
    (r#"{"remote_sessions":[{"id":2},{"id":1,"x":[{"y":"#, r#"}]},{"id":3}]}"#),
    (r#"{"x":"#, r#","remote_sessions":[{"id":3}]}"#),
    (r#"{"tenant":"#, r#","remote_sessions":[{"id":3}]}"#),
];

#[test]
fn hostile_09_what_is_no_number_is_a_syntax_error_where_it_stops_being_one() {
    for (bad, at) in [
        ("01", 1),
        ("-01", 2),
        ("00", 1),
        ("+1", 0),
        (".5", 0),
        ("-.5", 1),
        ("1.", 2),
        ("1.e1", 2),
        ("1..2", 2),
        ("1.5.5", 3),
        ("1e", 2),
        ("1e+", 3),
        ("1E-", 3),
        ("1e1.5", 3),
        ("NaN", 0),
        ("nan", 1),
        ("Infinity", 0),
        ("-Infinity", 1),
        ("-", 1),
        ("--1", 1),
        ("1-1", 1),
        ("0x1F", 1),
        ("1_000", 1),
        ("1a", 1),
        ("tru", 3),
        ("True", 0),
        ("truee", 4),
        ("falsy", 4),
        ("nul", 3),
        ("nulll", 4),
        ("'1'", 0),
        ("\u{661}", 0),
    ] {
        for (before, after) in PLACES {
            let body = format!("{before}{bad}{after}");
            let outcome = at_every_split(&Builder::new(), body.as_bytes());
            let expected = Some((before.len() + at) as u64);
            assert_eq!((outcome.kind(), outcome.offset()), ("syntax", expected), "{body}");
        }
    }
}

#[test]
fn hostile_09_numbers_keep_their_text() {
    for number in [
        "0",
        "-0",
        "0.0",
        "-0.0e-0",
        "9007199254740993",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "1e999",
        "-1E+999",
        "1e-999",
        "123456789012345678901234567890.123456789012345678901234567890e-30",
        &"9".repeat(1024),
        &format!("0.{}", "0".repeat(1022)),
    ] {
        let body = format!(
            r#"{{"remote_sessions":[{number},{{"id":1,"request":{number},"x":{number}}},{{"id":2,"request":{number},"x":{number}}}]}}"#
        );
        agreed(|engine| {
            let outcome = whole(&engine, body.as_bytes());
            assert_eq!(in_chunks(&engine, body.as_bytes(), &[1]), outcome);
            assert_eq!((outcome.kind(), &*outcome.items[0].0), ("none", number), "{number}");
            let mut reader = engine.build(body.as_bytes());
            let _bare = reader.next_item().unwrap().unwrap();
            for id in [1, 2] {
                let session = reader.next_item().unwrap().unwrap().session().unwrap();
                let request = session.request().unwrap();
                assert_eq!((request.as_sent(), request.is_string(), session.id()), (number, false, id));
                assert_eq!(session.member("x"), Some(number));
            }
        });
    }
}

#[test]
fn hostile_09_a_number_that_a_type_cannot_hold_is_an_item_error() {
    let body = b"[9007199254740993,18446744073709551615,18446744073709551616,-1,1e999,-0,1.5]";
    agreed(|engine| {
        let items = |engine: &Builder| engine.clone().items_at(Vec::<&str>::new()).build(&body[..]);
        let unsigned: Vec<_> = items(&engine).deserialize::<u64>().map(Result::ok).collect();
        assert_eq!(unsigned, [Some((1 << 53) + 1), Some(u64::MAX), None, None, None, None, None]);
        let mut floats = items(&engine);
        let floats: Vec<_> = floats.deserialize::<f64>().map(Result::ok).collect();
        assert_eq!(floats[4], None);
        assert!(floats[5].is_some_and(|zero| zero == 0.0 && zero.is_sign_negative()));
        let ids: Vec<_> = ["9007199254740993", "18446744073709551615", "18446744073709551616", "1e2", "-0"]
            .map(|id| RemoteSession::parse(&format!(r#"{{"id":{id}}}"#)).ok().map(|session| session.id()))
            .into();
        assert_eq!(ids, [Some((1 << 53) + 1), Some(u64::MAX), None, None, None]);
    });
}

/// A session before, so that its shape is known, then one whose user has `text` after so many
/// plain bytes and before so many more.
fn with_user(lead: usize, text: &[u8], trail: usize) -> (Vec<u8>, usize) {
    let before = br#"{"remote_sessions":[{"id":1,"user":"a"},{"id":2,"user":"#;
    let mut body = [&before[..], b"\""].concat();
    body.resize(body.len() + lead, b'a');
    let at = body.len();
    body.extend_from_slice(text);
    body.resize(body.len() + trail, b'b');
    body.extend_from_slice(br#""},{"id":3,"user":"c"}]}"#);
    (body, at)
}

#[test]
fn hostile_10_control_characters_are_refused_in_every_place_of_a_block() {
    for lead in 0..=130 {
        let control = (lead * 7 % 32) as u8;
        for byte in [control, 0, b'\n'] {
            let (body, at) = with_user(lead, &[byte], 130 - lead);
            let outcome = agreed(|engine| {
                let outcome = whole(&engine, &body);
                assert_eq!(in_chunks(&engine, &body, &[at, 1, 64]), outcome);
                outcome
            });
            assert_eq!((outcome.kind(), outcome.offset()), ("syntax", Some(at as u64)), "{lead} {byte}");
            assert_eq!(outcome.items.len(), 1);
        }
    }
    for control in 0..0x20 {
        let (body, at) = with_user(3, &[control], 3);
        let outcome = at_every_split(&Builder::new(), &body);
        assert_eq!((outcome.kind(), outcome.offset()), ("syntax", Some(at as u64)), "{control}");
        // In a member name, and between tokens, too.
        for (before, after) in
            [("{\"remote_sessions\":[{\"a", "b\":1}]}"), ("{\"remote_sessions\":[{\"id\":1", "}]}")]
        {
            let body = [before.as_bytes(), &[control], after.as_bytes()].concat();
            let outcome = at_every_split(&Builder::new(), &body);
            let space = matches!(control, b'\t' | b'\n' | b'\r') && after == "}]}";
            assert_eq!(outcome.kind(), if space { "none" } else { "syntax" }, "{control}");
        }
    }
    let (body, _) = with_user(3, b"\x7f\\u0000\\u001f", 3);
    let outcome = at_every_split(&Builder::new(), &body);
    assert_eq!(outcome.kind(), "none");
    let mut reader = Builder::new().build(&body[..]);
    let user = |session: RemoteSession<'_>| session.user().map(|user| user.to_str().into_owned());
    let users: Vec<_> = reader.sessions().map(|session| user(session.unwrap()).unwrap()).collect();
    assert_eq!(users, ["a", "aaa\x7f\0\x1fbbb", "c"]);
}

/// What is no UTF-8, and which of its bytes is the offending one; the byte after it is a letter.
const NO_UTF_8: [(&[u8], usize); 20] = [
    (b"\x80", 0),
    (b"\xbf", 0),
    (b"\xc0\x80", 0),
    (b"\xc1\xbf", 0),
    (b"\xc3", 1),
    (b"\xc3\xc3", 1),
    (b"\xc3\xa9\xa9", 2),
    (b"\xe0\x9f\xbf", 1),
    (b"\xe2\x82", 2),
    (b"\xe2\x28\xa1", 1),
    (b"\xed\xa0\x80", 1),
    (b"\xed\xbf\xbf", 1),
    (b"\xef\xbf", 2),
    (b"\xf0\x8f\xbf\xbf", 1),
    (b"\xf0\x9f\x98", 3),
    (b"\xf0\x9f\x98\xc0", 3),
    (b"\xf4\x90\x80\x80", 1),
    (b"\xf5\x80\x80\x80", 0),
    (b"\xfe", 0),
    (b"\xff", 0),
];

#[test]
fn hostile_10_what_is_no_utf_8_is_refused_at_the_offending_byte_in_every_place() {
    for lead in 0..=130 {
        for (bad, offending) in NO_UTF_8 {
            let (body, at) = with_user(lead, bad, 130 - lead);
            let outcome = agreed(|engine| {
                let outcome = whole(&engine, &body);
                assert_eq!(in_chunks(&engine, &body, &[at + 1, 1, 1, 64]), outcome);
                outcome
            });
            let expected = Some((at + offending) as u64);
            assert_eq!((outcome.kind(), outcome.offset()), ("syntax", expected), "{lead} {bad:x?}");
        }
    }
    for (bad, offending) in NO_UTF_8 {
        // At the end of a string the offending byte is the quote, if none was before.
        for (before, after) in [
            ("{\"remote_sessions\":[{\"id\":1,\"user\":\"", "\"}]}"),
            ("{\"remote_sessions\":[{\"", "\":1}]}"),
            ("{\"remote_sessions\":[{\"id\":1},{\"", "\":1}]}"),
            ("{\"x\":\"", "\"}"),
            ("{\"", "\":1}"),
        ] {
            let body = [before.as_bytes(), bad, after.as_bytes()].concat();
            let outcome = at_every_split(&Builder::new(), &body);
            let expected = Some((before.len() + offending) as u64);
            assert_eq!((outcome.kind(), outcome.offset()), ("syntax", expected), "{bad:x?} {before}");
        }
        // Outside of strings every byte above 0x7f is wrong.
        let body = [b"{\"remote_sessions\":[{\"id\":1}", bad, b"]}"].concat();
        assert_eq!(at_every_split(&Builder::new(), &body).offset(), Some(28), "{bad:x?}");
    }
}

#[test]
fn hostile_10_utf_8_of_every_length_passes_in_every_place() {
    for lead in 0..=130 {
        for text in
            ["\u{80}", "\u{7ff}", "\u{800}", "\u{d7ff}", "\u{e000}", "\u{ffff}", "\u{10000}", "\u{10ffff}"]
        {
            let (body, at) = with_user(lead, text.as_bytes(), 130 - lead);
            let outcome = agreed(|engine| {
                let outcome = whole(&engine, &body);
                assert_eq!(in_chunks(&engine, &body, &[at + 1, 1, 1, 64]), outcome);
                outcome
            });
            assert_eq!((outcome.kind(), outcome.items.len()), ("none", 3), "{lead} {text:?}");
        }
    }
}

#[test]
fn hostile_10_lone_surrogates_are_errors_in_values_and_in_names() {
    for (bad, offending) in [
        (r"\ud800", 6),
        (r"\udbffx", 6),
        (r"\ud800\n", 7),
        (r"\ud800\ud800", 11),
        (r"\ud800\u0041", 11),
        (r"\ud83d \ude00", 6),
        (r"\udc00", 5),
        (r"\uDFFF\uD800", 5),
        (r"\ud83d\ude00\ude00", 17),
    ] {
        for (before, after) in [
            (r#"{"remote_sessions":[{"id":1,"user":""#, r#""}]}"#),
            (r#"{"remote_sessions":[{"id":1,"user":"a"},{"id":1,"user":""#, r#""}]}"#),
            (r#"{"remote_sessions":[{"id":1,""#, r#"":1}]}"#),
            (r#"{"remote_sessions":[{"id":1},{"id":1,""#, r#"":1}]}"#),
            (r#"{"remote_sessions":[{"id":1},{"id":1,"x":[{""#, r#"":1}]}]}"#),
            (r#"{"remote_sessions":[{"id":1,"x":[{""#, r#"":1}]}]}"#),
            (r#"{"remote_sessions":[""#, r#""]}"#),
            (r#"{"x":{""#, r#"":1},"remote_sessions":[]}"#),
            (r#"{"tenant":""#, r#"","remote_sessions":[]}"#),
            (r#"{""#, r#"":1,"remote_sessions":[]}"#),
        ] {
            let body = format!("{before}{bad}{after}");
            let outcome = at_every_split(&Builder::new(), body.as_bytes());
            let expected = Some((before.len() + offending) as u64);
            assert_eq!((outcome.kind(), outcome.offset()), ("syntax", expected), "{body}");
        }
    }
    for good in [r"\ud83d\ude00", r"\uD800\uDC00", r"\udbff\uDFFF", r"\ud7ff\ue000", r"\\ud800", r"\uffff"] {
        let (body, _) = with_user(5, good.as_bytes(), 5);
        assert_eq!(at_every_split(&Builder::new(), &body).kind(), "none", "{good}");
    }
}

#[test]
fn hostile_10_escapes_that_are_none_are_refused_in_every_place() {
    for lead in 0..=130 {
        let (bad, offending) =
            [(r"\x", 1), (r"\u12G4", 4), (r"\ux", 2), (r"\U0041", 1), (r"\'", 1), ("\\\n", 1), ("\\é", 1)]
                [lead % 7];
        let (body, at) = with_user(lead, bad.as_bytes(), 130 - lead);
        let outcome = agreed(|engine| {
            let outcome = whole(&engine, &body);
            assert_eq!(in_chunks(&engine, &body, &[at + 1, 1, 1, 64]), outcome);
            outcome
        });
        assert_eq!(
            (outcome.kind(), outcome.offset()),
            ("syntax", Some((at + offending) as u64)),
            "{lead} {bad}"
        );
    }
}

#[test]
fn hostile_11_runs_of_backslashes_have_the_right_parity_at_every_alignment() {
    for run in 0..=140 {
        for lead in (0..64).filter(|lead| run < 4 || (lead + run) % 4 == 0) {
            // An odd run escapes the quote after it; then the string goes on to the next quote.
            let text = if run % 2 == 1 { "\\".repeat(run) + "\"" } else { "\\".repeat(run) };
            let (body, at) = with_user(lead, text.as_bytes(), 0);
            agreed(|engine| {
                let mut reader = engine.build(&body[..]);
                let mut users = Vec::new();
                while let Some(item) = reader.next_item().unwrap() {
                    users.push(item.session().unwrap().user().unwrap().to_str().into_owned());
                }
                let quote = if run % 2 == 1 { "\"" } else { "" };
                let expected = format!("{}{}{quote}", "a".repeat(lead), "\\".repeat(run / 2));
                assert_eq!(users, ["a", &*expected, "c"], "{run} {lead}");
                let outcome = whole(&engine, &body);
                let edge = at + run / 2;
                assert_eq!(in_chunks(&engine, &body, &[edge, 1, 64]), outcome, "{run} {lead}");
                // Without the quote that an odd run escapes, the string swallows what follows.
                if run % 2 == 1 {
                    let (open, _) = with_user(lead, &text.as_bytes()[..run], 0);
                    let outcome = whole(&engine, &open);
                    assert_eq!((outcome.kind(), outcome.items.len()), ("syntax", 1), "{run} {lead}");
                }
            });
        }
    }
}

#[test]
fn hostile_11_escapes_cut_at_every_byte() {
    let text = r#"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00\\\"\\\\"#;
    let body = format!(
        r#"{{"tenant":"{text}","remote_sessions":[{{"id":"\u0031","us\u0065r":"{text}","x{text}":"{text}"}},{{"id":2,"user":"{text}"}}]}}"#
    );
    let outcome = at_every_split(&Builder::new(), body.as_bytes());
    assert_eq!((outcome.kind(), outcome.items.len()), ("none", 2), "{}", outcome.message());
    let expected = "\"\\/\u{8}\u{c}\n\r\tAé€😀\\\"\\\\";
    let mut reader = Builder::new().build(body.as_bytes());
    for session in reader.sessions() {
        assert_eq!(session.unwrap().user().unwrap(), expected);
    }
    assert_eq!(reader.summary().envelopes()[0].tenant(), Some(expected));
}

/// The same in names, and in the last of several strings of one block: a session before, so that
/// its shape is known, then one with a member whose name has `text` after so many plain bytes.
fn with_name(lead: usize, text: &[u8], trail: usize) -> (Vec<u8>, usize) {
    let mut body = br#"{"remote_sessions":[{"id":1,"user":"a"},{"id":2,"user":"b",""#.to_vec();
    body.resize(body.len() + lead, b'a');
    let at = body.len();
    body.extend_from_slice(text);
    body.resize(body.len() + trail, b'b');
    body.extend_from_slice(br#"":"c"},{"id":3,"user":"c"}]}"#);
    (body, at)
}

#[test]
fn hostile_10_what_is_no_text_is_refused_in_names_at_every_place_of_a_block() {
    let escapes: [(&[u8], usize); 8] = [
        (br"\ud800", 6),
        (br"\udBFFx", 6),
        (br"\ud83d\u0041", 11),
        (br"\ud800\uD800", 11),
        (br"\udc00", 5),
        (br"\uDFFF\ud800", 5),
        (br"\x", 1),
        (b"\n", 0),
    ];
    for lead in 0..=130 {
        for (bad, offending) in NO_UTF_8.iter().chain(&escapes) {
            for at_end in [false, true] {
                let (body, at) = with_name(lead, bad, if at_end { 0 } else { 131 - lead });
                let outcome = agreed(|engine| {
                    let outcome = whole(&engine, &body);
                    assert_eq!(in_chunks(&engine, &body, &[at + 1, 1, 1, 64]), outcome);
                    outcome
                });
                let expected = Some((at + offending) as u64);
                assert_eq!((outcome.kind(), outcome.offset()), ("syntax", expected), "{lead} {bad:x?}");
                assert_eq!(outcome.items.len(), 1, "{lead} {bad:x?}");
            }
        }
        for good in ["é", "€", "😀", r"\ud83d\ude00", r"\u00e9\\"] {
            let (body, at) = with_name(lead, good.as_bytes(), 3);
            let outcome = agreed(|engine| {
                let outcome = whole(&engine, &body);
                assert_eq!(in_chunks(&engine, &body, &[at + 1, 1, 1, 64]), outcome);
                outcome
            });
            assert_eq!((outcome.kind(), outcome.items.len()), ("none", 3), "{lead} {good}");
        }
    }
}

/// Half a surrogate pair in every place of a block: alone, in the wrong order, cut by its block.
#[test]
fn hostile_10_lone_surrogates_are_refused_in_every_place_of_a_block() {
    for lead in 0..=130 {
        for (bad, offending) in [
            (r"\ud800", 6),
            (r"\udbff\n", 7),
            (r"\ud83d\u0041", 11),
            (r"\uD83D\ud83d", 11),
            (r"\ude00", 5),
            (r"\uDFFF\ud800", 5),
            (r"\ud83d\ude00\ude00", 17),
        ] {
            let (body, at) = with_user(lead, bad.as_bytes(), 0);
            let outcome = agreed(|engine| {
                let outcome = whole(&engine, &body);
                assert_eq!(in_chunks(&engine, &body, &[at + 1, 1, 1, 64]), outcome);
                outcome
            });
            let expected = Some((at + offending) as u64);
            assert_eq!((outcome.kind(), outcome.offset()), ("syntax", expected), "{lead} {bad}");
        }
    }
}

/// A million digits, where that is allowed: in one piece and in small ones, and to the byte. (That it is linear is
/// for `linear.rs`: to go through so few again and again takes seconds.)
#[test]
fn hostile_07_a_million_digits_are_a_number_where_that_is_allowed() {
    let digits = "1234567890".repeat(100_000);
    let large = limits(|limits| {
        limits.number = 1_000_000;
        limits.item = 4 << 20;
        limits.captured_value = 4 << 20;
    });
    for (before, after) in PLACES {
        let body = format!("{before}{digits}{after}");
        agreed(|engine| {
            let settings = engine.limits(large.clone());
            let outcome = whole(&settings, body.as_bytes());
            assert!(outcome.kind() == "none" && !outcome.items.is_empty(), "{before}");
            assert!(in_chunks(&settings, body.as_bytes(), &[61]) == outcome, "in small chunks");
            let over = format!("{before}{digits}1{after}");
            let over = in_chunks(&settings, over.as_bytes(), &[4096]);
            let expected = Some((before.len() + 1_000_000) as u64);
            assert_eq!((over.kind(), over.offset()), ("limit", expected), "{before}");
        });
    }
}

/// A megabyte of backslashes, in one piece and in small ones. (That it is linear is for `linear.rs`, too.)
#[test]
fn hostile_11_a_megabyte_of_backslashes() {
    let large = limits(|limits| limits.item = 1 << 21);
    let (body, _) = with_user(0, "\\".repeat(1 << 20).as_bytes(), 0);
    agreed(|engine| {
        let settings = engine.limits(large.clone());
        let outcome = whole(&settings, &body);
        assert_eq!(
            (outcome.kind(), outcome.items.len(), outcome.items[1].0.len()),
            ("none", 3, (1 << 20) + 18)
        );
        let small = in_chunks(&settings, &body, &[61]);
        assert!(small == outcome, "in small chunks");
    });
}
