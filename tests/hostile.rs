//! Rows 2, 6, 7, 12 and 13 of the hostile inputs, through the public API. What may stand in
//! a string or a number is in `hostile_text.rs`; what it all costs in memory in `allocation.rs`.
#![cfg(feature = "std")]

mod support;

use std::thread;

use remote_sessions::{Builder, Completeness, DuplicatePolicy, ErrorKind, Step};
use support::{Outcome, agreed, at_every_split, in_chunks, limits, whole};

fn everywhere(configure: impl Fn(Builder) -> Builder, body: &[u8]) -> Outcome {
    at_every_split(&configure(Builder::new()), body)
}

fn as_root(body: &[u8]) -> Outcome {
    everywhere(Builder::root_item, body)
}

fn as_response(body: &str) -> Outcome {
    everywhere(|engine| engine, body.as_bytes())
}

#[test]
fn hostile_02_nothing_at_all_is_truncated() {
    for body in ["", " ", "\n", " \r\n\t  ", "\u{feff}", "\u{feff}\n"] {
        for configure in [|engine| engine, Builder::root_item, |engine: Builder| engine.items_at(["a"])] {
            let outcome = everywhere(configure, body.as_bytes());
            assert_eq!(
                (outcome.kind(), outcome.offset()),
                ("truncated", Some(body.len() as u64)),
                "{body:?}"
            );
            assert_eq!((outcome.items.len(), outcome.completeness), (0, Completeness::Truncated));
        }
    }
}

#[test]
fn hostile_02_text_after_the_root_is_a_syntax_error() {
    let response = r#"{"remote_sessions":[{"id":1}]}"#;
    for (after, at) in [
        ("x", 0),
        (" \n x", 3),
        (",", 0),
        ("]", 0),
        ("}", 0),
        ("\0", 0),
        ("\u{feff}", 0),
        (response, 0),
        (" null", 1),
        ("\n1", 1),
    ] {
        let outcome = as_response(&format!("{response}{after}"));
        let expected = (response.len() + at) as u64;
        assert_eq!((outcome.kind(), outcome.offset()), ("syntax", Some(expected)), "{after:?}");
        assert_eq!((outcome.items.len(), outcome.completeness), (1, Completeness::Failed));
        for root in ["{}", "[]", "\"\"", "null", "1 "] {
            let outcome = as_root(format!("{root}{after}").as_bytes());
            assert_eq!(outcome.kind(), "syntax", "{root}{after:?}");
            assert_eq!((outcome.items.len(), outcome.offset()), (1, Some((root.len() + at) as u64)));
        }
    }
    for space in ["", " ", "\n\r\t ", &" ".repeat(300)] {
        assert_eq!(as_response(&format!("{response}{space}")).kind(), "none");
        assert_eq!(as_root(format!("1{space}").as_bytes()).kind(), "none");
    }
}

/// `[` and `{"":` in turn, so many times, round a `1`.
fn nested(depth: usize) -> String {
    let open: String = ["[", "{\"\":"].iter().cycle().take(depth).copied().collect();
    let close: Vec<&str> = ["]", "}"].iter().cycle().take(depth).copied().collect();
    format!("{open}1{}", close.into_iter().rev().collect::<String>())
}

#[test]
fn hostile_06_the_depth_limit_is_the_same_everywhere() {
    for limit in [1, 2, 3, 63, 64, 65, 128, 200] {
        let deep = limits(|limits| limits.depth = limit);
        let run = |body: &str, root: bool| {
            agreed(|engine| {
                let engine = if root { engine.root_item() } else { engine }.limits(deep.clone());
                let outcome = whole(&engine, body.as_bytes());
                for sizes in [&[1][..], &[7], &[64], &[63, 1]] {
                    assert_eq!(in_chunks(&engine, body.as_bytes(), sizes), outcome, "{body} in {sizes:?}");
                }
                outcome
            })
        };
        assert_eq!(run(&nested(limit), true).kind(), "none", "{limit}");
        let over = run(&nested(limit + 1), true);
        let bracket = nested(limit + 1).bytes().take_while(|&byte| byte != b'1').count();
        let bracket = bracket - if limit.is_multiple_of(2) { 1 } else { 4 };
        assert_eq!((over.kind(), over.offset()), ("limit", Some(bracket as u64)), "{limit}");
        for (before, inside, after) in [
            (r#"{"remote_sessions":["#, 2, "]}"),
            (r#"{"remote_sessions":[{"id":1,"x":"#, 3, "}]}"),
            (r#"{"remote_sessions":[{"id":1},{"id":1,"x":"#, 3, "}]}"),
            (r#"{"x":"#, 1, r#","remote_sessions":[]}"#),
            (r#"{"tenant":"#, 1, r#","remote_sessions":[]}"#),
            (r#"{"remote_sessions":[{"x":"#, 3, r#","remote_sessions":[]}]}"#),
        ] {
            let around = 2 * usize::from(before.len() + after.len() > 0);
            if limit < inside.max(around) {
                continue;
            }
            let at = run(&format!("{before}{}{after}", nested(limit - inside)), false);
            assert_eq!(
                at.kind(),
                if limit > 3 || !after.ends_with("[]}]}") { "none" } else { "limit" },
                "{limit} {before}"
            );
            let over = run(&format!("{before}{}{after}", nested(limit - inside + 1)), false);
            assert_eq!(over.kind(), "limit", "{limit} {before}");
        }
    }
}

/// On a thread with a stack of 64 KiB: nothing may nest on it.
#[test]
fn hostile_06_depth_costs_no_stack() {
    const DEPTH: usize = 100_000;
    let run = || {
        for settings in support::engines() {
            for before in
                ["", r#"{"x":"#, r#"{"tenant":"#, r#"{"remote_sessions":["#, r#"{"remote_sessions":[{"x":"#]
            {
                let settings =
                    if before.is_empty() { settings.clone().root_item() } else { settings.clone() };
                let body = format!("{before}{}", "[".repeat(DEPTH));
                let mut reader = settings.build(body.as_bytes());
                let error = reader.next_item().expect_err("over the limit");
                assert_eq!(error.kind(), ErrorKind::Limit);
                let open = before.matches(['{', '[']).count();
                assert_eq!(error.offset(), Some((before.len() + 128 - open) as u64));
            }
            let bottomless = limits(|limits| {
                limits.depth = 2 * DEPTH;
                limits.captured_value = 2 * DEPTH;
            });
            let settings = settings.limits(bottomless);
            let deep = ["[".repeat(DEPTH), "]".repeat(DEPTH)].concat();
            let body =
                format!(r#"{{"x":{deep},"tenant":{deep},"remote_sessions":[{{"x":{deep},"id":1}},{deep}]}}"#);
            let mut reader = settings.build(body.as_bytes());
            let session = reader.next_item().expect("deep").expect("an item").session().expect("a session");
            assert_eq!((session.id(), session.member("x").map(str::len)), (1, Some(2 * DEPTH)));
            assert!(reader.next_item().expect("deep").expect("an item").session().is_err());
            assert!(reader.next_item().expect("complete").is_none());
        }
    };
    let narrow = thread::Builder::new().stack_size(64 * 1024).spawn(run).expect("a thread");
    assert!(narrow.join().is_ok());
}

#[test]
fn hostile_07_limits_hold_at_and_one_over_in_every_place() {
    let small = limits(|limits| {
        limits.window = 64;
        limits.item = 200;
        limits.key = 20;
        limits.number = 10;
        limits.captured_value = 40;
    });
    let run = |body: &str| everywhere(|engine| engine.limits(small.clone()), body.as_bytes());
    let text = |length: usize| "x".repeat(length);
    let digits = |length: usize| "9".repeat(length);
    for (before, longest, fill, after) in [
        // Member names: of the root, a skipped value, an item, a value inside it, an inner envelope.
        ("{\"", 20, &text as &dyn Fn(usize) -> String, "\":1,\"remote_sessions\":[]}"),
        ("{\"x\":{\"", 20, &text, "\":1},\"remote_sessions\":[]}"),
        ("{\"remote_sessions\":[{\"id\":1,\"", 20, &text, "\":1}]}"),
        ("{\"remote_sessions\":[{\"id\":1,\"x\":{\"", 20, &text, "\":1}}]}"),
        ("{\"remote_sessions\":[{\"", 20, &text, "\":1,\"remote_sessions\":[]}]}"),
        // Numbers.
        ("{\"x\":", 10, &digits, ",\"remote_sessions\":[]}"),
        (
            "{\"code\":",
            10,
            &|length| format!("{}1", "0".repeat(length - 1)).replacen('0', "-", 1).replacen("-0", "-1", 1),
            ",\"remote_sessions\":[]}",
        ),
        ("{\"remote_sessions\":[", 10, &digits, "]}"),
        ("{\"remote_sessions\":[{\"id\":1,\"x\":[", 10, &digits, "]}]}"),
        // Values kept of an envelope, outer and inner; quotes count.
        ("{\"tenant\":\"", 38, &text, "\",\"remote_sessions\":[]}"),
        ("{\"remote_sessions\":[{\"tenant\":\"", 38, &text, "\",\"remote_sessions\":[]}]}"),
        ("{\"response\":[\"", 36, &text, "\"],\"remote_sessions\":[]}"),
        // The same behind an item that was all right.
        ("{\"remote_sessions\":[{\"id\":1},{\"id\":1,\"", 20, &text, "\":1}]}"),
        ("{\"remote_sessions\":[{\"id\":1},{\"id\":1,\"x\":[{\"", 20, &text, "\":1}]}]}"),
        ("{\"remote_sessions\":[{\"id\":1},{\"id\":1,\"x\":", 10, &digits, "}]}"),
        ("{\"remote_sessions\":[{\"id\":1},{\"id\":1,\"x\":[", 10, &digits, "]}]}"),
        ("{\"remote_sessions\":[{\"id\":1},{\"id\":1,\"x\":\"", 200 - 15, &text, "\"}]}"),
        (
            "{\"remote_sessions\":[{\"id\":1},{\"remote_sessions\":[{\"tenant\":\"",
            38,
            &text,
            "\",\"remote_sessions\":[]}]}]}",
        ),
        // Items, as sent, brackets and quotes included.
        ("{\"remote_sessions\":[{\"id\":1,\"x\":\"", 200 - 15, &text, "\"}]}"),
        ("{\"remote_sessions\":[\"", 198, &text, "\"]}"),
        ("{\"remote_sessions\":[[", 198, &|length| " ".repeat(length), "]]}"),
    ] {
        let at = run(&format!("{before}{}{after}", fill(longest)));
        assert_eq!(at.kind(), "none", "{before}…{after}: {}", at.message());
        let body = format!("{before}{}{after}", fill(longest + 1));
        let over = run(&body);
        assert_eq!(over.kind(), "limit", "{body}");
        assert!(over.offset().is_some_and(|at| at <= body.len() as u64), "{body}");
        // The limit is found before the end: more of the same makes no difference.
        let far_over = run(&format!("{before}{}{after}", fill(longest + 10)));
        assert_eq!(far_over, over, "{body}");
    }
}

/// The window, the item limit and the other limits are independent: whatever is small, a token
/// within its own limit is taken.
#[test]
fn hostile_07_a_limit_does_not_lower_another() {
    let small = limits(|limits| {
        limits.window = 64;
        limits.item = 64;
    });
    for before in [
        format!(r#""{}":1"#, "k".repeat(4000)),
        format!(r#""tenant":"{}""#, "t".repeat(16_000)),
        format!(r#""x":{}"#, "1".repeat(1000)),
        format!(r#""x":"{}""#, "x".repeat(5000)),
    ] {
        let body = format!(r#"{{{before},"remote_sessions":[{{"id":1}}]}}"#);
        let outcome = agreed(|engine| in_chunks(&engine.limits(small.clone()), body.as_bytes(), &[4096]));
        assert_eq!((outcome.kind(), outcome.raw()), ("none", vec![r#"{"id":1}"#]), "{}", outcome.message());
        let ids = agreed(|engine| {
            let mut reader = engine.limits(small.clone()).build(body.as_bytes());
            reader.sessions().map(|session| session.ok().map(|session| session.id())).collect::<Vec<_>>()
        });
        assert_eq!(ids, [Some(1)]);
    }
}

#[test]
fn hostile_12_escaped_names_equal_their_plain_form() {
    let escaped = |name: &str| name.bytes().map(|byte| format!("\\u{byte:04x}")).collect::<String>();
    let some = |name: &str| name.replacen('e', "\\u0065", 1).replacen('i', "\\u0069", 1);
    let plain = r#"{"code":200,"tenant":"t","remote_sessions":[{"code":200,"remote_sessions":[{"id":3,"user":"u","dispositivo":"d","new":1}]}]}"#;
    let names = ["code", "tenant", "remote_sessions", "id", "user", "dispositivo"];
    let expected = as_response(plain);
    assert_eq!((expected.kind(), expected.items.len()), ("none", 1));
    for spell in [&escaped as &dyn Fn(&str) -> String, &some] {
        let body = names.iter().fold(plain.to_owned(), |body, name| {
            body.replace(&format!("\"{name}\""), &format!("\"{}\"", spell(name)))
        });
        let outcome = as_response(&body);
        assert_eq!((outcome.kind(), &outcome.items[0].3), ("none", &expected.items[0].3), "{body}");
        assert_eq!(outcome.envelopes, expected.envelopes);
    }
    // An escape that means another character is another name.
    let other = as_response(r#"{"remote_sessions":[{"\u0049d":1,"id ":2,"i\\u0064":3}]}"#);
    assert!(other.items[0].3.contains("in `id`, found none"), "{}", other.items[0].3);
}

#[test]
fn hostile_12_duplicates_follow_the_policy() {
    let body = r#"{"remote_sessions":[{"id":1,"\u0069d":2,"user":"a","user":null},{"id":3,"device":"d","dispositivo":"d"},{"id":4,"x":1,"x":2}]}"#;
    let ids = |policy| {
        agreed(|engine| {
            let mut reader = engine.duplicates(policy).build(body.as_bytes());
            let ids: Vec<_> =
                reader.sessions().map(|session| session.map(|session| session.id()).ok()).collect();
            assert_eq!(reader.summary().completeness(), Completeness::Complete);
            ids
        })
    };
    assert_eq!(ids(DuplicatePolicy::Error), [None, Some(3), Some(4)]);
    assert_eq!(ids(DuplicatePolicy::First), [Some(1), Some(3), Some(4)]);
    assert_eq!(ids(DuplicatePolicy::Last), [Some(2), Some(3), Some(4)]);
    let bad = as_response(body);
    assert!(
        bad.items[0].3.contains("expected one value in `id`, found a second: `2` at byte 38 (item 0)"),
        "{}",
        bad.items[0].3
    );
}

/// Whatever kinds the two values are of: `null` is a value too, and nothing of one that does not count is left.
#[test]
fn hostile_12_a_repeated_member_may_change_its_kind() {
    let values = [("null", None), ("\"a\"", Some("a")), ("\"b\"", Some("b")), ("5", Some("5"))];
    for (first, says_first) in values {
        for (second, says_second) in values {
            let item = format!(r#"{{"id":1,"request":{first},"user":"u","request":{second}}}"#);
            // Behind items that have a shape.
            let plain = r#"{"id":1,"request":"x","user":"u"}"#;
            let body = format!(r#"{{"remote_sessions":[{plain},{plain},{item}]}}"#);
            let at = body.rfind(second).unwrap() as u64;
            for (policy, says) in [
                (DuplicatePolicy::First, Ok((says_first, first))),
                (DuplicatePolicy::Last, Ok((says_second, second))),
                (DuplicatePolicy::Error, Err((Some("request".to_owned()), at))),
            ] {
                agreed(|engine| {
                    let mut reader = engine.duplicates(policy).build(body.as_bytes());
                    let mut last = None;
                    while let Some(item) = reader.next_item().unwrap() {
                        let session = item
                            .session()
                            .map_err(|error| (error.member().map(str::to_owned), error.offset()));
                        last = Some(session.map(|session| {
                            let sent = session.member("request").map(str::to_owned);
                            (session.request().map(|text| text.to_string()), sent)
                        }));
                    }
                    let says =
                        says.clone().map(|(says, sent)| (says.map(str::to_owned), Some(sent.to_owned())));
                    assert_eq!(last.expect("three items"), says, "{policy:?} {item}");
                });
            }
        }
    }
}

#[test]
fn hostile_12_a_hundred_thousand_members_in_one_object() {
    let many = |member: &dyn Fn(u32) -> String| {
        let members: Vec<_> = (0..100_000).map(member).collect();
        format!(r#"{{"remote_sessions":[{{{},"id":1}}]}}"#, members.join(","))
    };
    let large = limits(|limits| limits.item = 1 << 22);
    let numbered = |number: u32| (format!("m{number}"), number.to_string());
    let escaped = |_: u32| ("a".to_owned(), r#""\\""#.to_owned());
    for (body, expected) in [
        (many(&|number| format!("\"m{number}\":{number}")), &numbered as &dyn Fn(u32) -> (String, String)),
        (many(&|_| r#""\u0061":"\\""#.to_owned()), &escaped),
    ] {
        let found = agreed(|engine| {
            let mut reader = engine.limits(large.clone()).build(body.as_bytes());
            let session = reader.next_item().unwrap().unwrap().session().unwrap();
            let unknown = session.unknown_members();
            (
                session.id(),
                unknown.map(|(name, value)| (name.to_string(), value.to_owned())).collect::<Vec<_>>(),
            )
        });
        assert_eq!(found.0, 1);
        // Compared by hand: what differs is not to be shown a hundred thousand times.
        assert_eq!(found.1.len(), 100_000);
        for (number, (name, value)) in (0..).zip(&found.1) {
            assert_eq!((name.clone(), value.clone()), expected(number));
        }
    }
    // Repeated known members, also with a name that has an alias.
    let known = many(&|number| format!("\"device\":{number}").replace(":", ":\"") + "\"");
    for (policy, device) in [(DuplicatePolicy::First, "0"), (DuplicatePolicy::Last, "99999")] {
        agreed(|engine| {
            let mut reader = engine.limits(large.clone()).duplicates(policy).build(known.as_bytes());
            let session = reader.next_item().unwrap().unwrap().session().unwrap();
            assert_eq!(session.device().unwrap(), device);
        });
    }
    // And in an envelope: of repeated scalars the first and the last are kept, and a count.
    let envelope = format!(r#"{{{}"remote_sessions":[{{"id":1}}]}}"#, "\"code\":200,\"x\":1,".repeat(50_000));
    agreed(|engine| {
        let mut reader = engine.build(envelope.as_bytes());
        assert!(reader.next_item().unwrap().is_some());
        assert!(reader.next_item().unwrap().is_none());
        assert_eq!(reader.summary().envelopes()[0].codes().unwrap().count(), 50_000);
    });
}

/// What stands behind the bytes given must not matter, nor where in memory they begin.
#[test]
fn hostile_13_nothing_behind_the_end_is_read() {
    let session = r#"{"id":"3","user":"Admin","device":"10.66.33.15:3389","time":"00:02:52"}"#;
    let body = format!(r#"{{"code":200,"remote_sessions":[{session}, {session}]}}"#);
    for settings in support::engines() {
        let expected = whole(&settings, body.as_bytes());
        assert_eq!(expected.items.len(), 2);
        for align in 0..=64 {
            let aligned = format!("{}{body}", " ".repeat(align));
            for junk in *b"\"\\}0,\xff" {
                for cut in [0, 1, align, 63, 64, 65, 100, aligned.len()] {
                    let mut parser = settings.build_parser();
                    let mut items = Vec::new();
                    for part in [&aligned.as_bytes()[..cut], &aligned.as_bytes()[cut..]] {
                        let space = parser.space();
                        space.fill(junk);
                        space[..part.len()].copy_from_slice(part);
                        parser.filled(part.len());
                        while parser.advance().expect("a valid response") == Step::Item {
                            items.push(parser.item().raw().to_owned());
                        }
                    }
                    parser.end_of_input();
                    assert_eq!(parser.advance().expect("a complete response"), Step::End);
                    assert_eq!(items, expected.raw(), "{align} {junk} {cut}");
                }
            }
        }
    }
}
