//! An engine that learns what items look like must not believe what it learned: after items that
//! are alike comes one that is nearly so, in every place and every way, and then another good one.
#![cfg(feature = "std")]

mod support;

use remote_sessions::{Builder, DuplicatePolicy, Limits, ScanPath};
use support::{agreed, at_every_split, at_splits, forced, in_chunks, limits, outcome_of, whole};

/// A session as the server sends it, in pieces: what stands between values, and the values.
fn pieces() -> Vec<String> {
    [
        "{\"id\":",
        "\"3\"",
        ",\"user\":",
        "\"Admin\"",
        ",\"origin_ip\":",
        "\"172.20.0.5\"",
        ",\"credential\":",
        "null",
        ",\"device\":",
        "\"10.66.33.15:3389\"",
        ",\"new\":",
        "17",
        ",\"prevent_purge\":",
        "false",
        ",\"request\":",
        "\"\\u00e9\"",
        ",\"ITSM\":",
        "\"é\"",
        "}",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// What may stand in place of a piece.
const INSTEAD: [&[u8]; 64] = [
    b"",
    b" ",
    b"null",
    b"nul",
    b"nulll",
    b"NULL",
    b"true",
    b"false",
    b"0",
    b"1",
    b"-1",
    b"01",
    b"1.",
    b"1e5",
    b"1e",
    b"-",
    b"18446744073709551616",
    b"\"\"",
    b"\"x\"",
    b"\"x",
    b"x\"",
    b"\"",
    b"\"\"\"",
    b"\"a\\\"b\"",
    b"\"a\\\\\"",
    b"\"a\\",
    b"\"\\x\"",
    b"\"\\u12\"",
    b"\"\\ud800\"",
    b"\"\\ud83d\\ude00\"",
    b"\"\x01\"",
    b"\"\n\"",
    b"\"\x7f\"",
    b"\"\xff\"",
    b"\"\xc3\"",
    b"\"\xc3\xa9\"",
    b"\xc3\xa9",
    b"\x00",
    b"{}",
    b"{",
    b"}",
    b"[]",
    b"[",
    b"]",
    b"[1,{\"id\":2}]",
    b"{\"id\":\"}\"}",
    b"{\"remote_sessions\":[]}",
    b",",
    b":",
    b",\"id\":",
    b",\"id\":\"4\",\"x\":",
    b",\"\":",
    b",\"remote_sessions\":",
    b",\"code\":",
    b",\"us\\u0065r\":",
    b",\"dispositivo\":",
    b" , \"user\" : ",
    b",\n\t\"user\":",
    b"}]",
    b"},{",
    b"}}",
    b"//",
    b"\xef\xbb\xbf",
    b"'x'",
];

fn response(item: &[u8]) -> Vec<u8> {
    let good = pieces().concat();
    let before = format!("{{\"code\":200,\"remote_sessions\":[{good},{good},{good},");
    [before.as_bytes(), item, b",", good.as_bytes(), b"],\"tenant\":\"t\"}"].concat()
}

/// Every engine, in one piece and in several ways of chunks, comes to the same.
fn compare(body: &[u8], seed: usize) {
    let outcome = agreed(|engine| whole(&engine, body));
    let tiny = limits(|limits| limits.window = 64);
    for engine in support::engines() {
        for sizes in [&[1 + seed % 200][..], &[64], &[600, 1], &[2 * body.len() / 3 + seed % 90]] {
            assert_eq!(
                in_chunks(&engine, body, sizes),
                outcome,
                "{sizes:?} {}",
                String::from_utf8_lossy(body)
            );
        }
        let engine = engine.limits(tiny.clone());
        assert_eq!(in_chunks(&engine, body, &[1 + seed % 97]), outcome, "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn hostile_14_every_piece_replaced_in_every_way() {
    let pieces = pieces();
    for place in 0..pieces.len() {
        for (number, instead) in INSTEAD.iter().enumerate() {
            let parts: Vec<&[u8]> = (0..pieces.len())
                .map(|at| if at == place { *instead } else { pieces[at].as_bytes() })
                .collect();
            compare(&response(&parts.concat()), place * 64 + number);
        }
    }
}

/// The names of older versions, as a server may send them for some of its sessions.
fn by_older_names(text: &str) -> String {
    text.replace("\"credential\"", "\"credencial\"").replace("\"device\"", "\"dispositivo\"")
}

#[test]
fn hostile_14_every_piece_replaced_where_members_go_by_two_names() {
    let good = pieces().concat();
    let older = by_older_names(&good);
    let before = format!("{{\"code\":200,\"remote_sessions\":[{good},{older},{good},{older},{older},{good},");
    for place in 0..pieces().len() {
        for (number, instead) in INSTEAD.iter().enumerate() {
            let older: Vec<_> = pieces().iter().map(|piece| by_older_names(piece)).collect();
            let parts: Vec<&[u8]> = (0..older.len())
                .map(|at| if at == place { *instead } else { older[at].as_bytes() })
                .collect();
            let item = parts.concat();
            let after = format!(",{good}],\"tenant\":\"t\"}}");
            compare(&[before.as_bytes(), &item, after.as_bytes()].concat(), place * 64 + number);
        }
    }
}

#[test]
fn hostile_12_members_that_go_by_two_names_in_turns() {
    let names = [["credential", "credencial"], ["device", "dispositivo"]];
    let mut items = Vec::new();
    for turn in 0..600_usize {
        // Each by one, by the other, by neither; and now and then by both.
        let of = |[new, old]: [&str; 2], turn: usize| match turn % 7 {
            0 | 1 => format!(",\"{new}\":\"a{turn}\""),
            2 | 3 => format!(",\"{old}\":\"b\\u0063\""),
            4 => format!(",\"{old}\":null"),
            5 => String::new(),
            _ if turn.is_multiple_of(3) => format!(",\"{new}\":\"a\",\"{old}\":\"a\""),
            _ => format!(", \"{old}\":\"d\""),
        };
        let members = [of(names[0], turn / 3), of(names[1], turn / 2), format!(",\"user\":\"é{turn}\"")];
        items.push(format!("{{\"id\":\"{turn}\"{}}}", members.concat()));
    }
    let body = format!("{{\"remote_sessions\":[{}]}}", items.join(",")).into_bytes();
    for policy in [DuplicatePolicy::Error, DuplicatePolicy::First, DuplicatePolicy::Last] {
        let expected = agreed(|engine| whole(&engine.duplicates(policy), &body));
        assert_eq!((expected.kind(), expected.raw()), ("none", items.iter().map(String::as_str).collect()));
        for engine in support::engines() {
            let engine = engine.duplicates(policy);
            for size in [1, 64, 1000] {
                assert!(outcome_of(&engine, body.chunks(size)) == expected, "{engine:?} in {size}s");
            }
        }
    }
}

/// Items that were followed by older names leave nothing behind for those that were not.
#[test]
fn hostile_12_names_are_those_of_the_item_whatever_stood_there_before() {
    let item = |id: usize, name: &str| format!("{{\"id\":\"{id}\",\"{name}\":\"d{id}\",\"user\":\"u\"}}");
    let mut items = Vec::new();
    for turn in 0..3 {
        items.extend((0..40).map(|id| item(id, "dispositivo")));
        items.extend((0..100 + turn).map(|id| item(id, "device")));
        items.extend((0..40).map(|id| item(id, ["device", "dispositivo"][id % 2])));
    }
    let body = format!("{{\"remote_sessions\":[{}]}}", items.join(",")).into_bytes();
    let outcome = agreed(|engine| whole(&engine, &body));
    assert_eq!((outcome.kind(), outcome.raw()), ("none", items.iter().map(String::as_str).collect()));
}

/// What stands before an item's first member is no other name of a later one.
#[test]
fn hostile_14_a_brace_is_part_of_no_alias() {
    let good = "{\"id\":1,\"user\":\"u\",\"device\":\"d\"}";
    for first in ["{\"device\":\"d\"}", "{\"dispositivo\":\"d\"}", "{ \"user\":\"u\",\"device\":\"d\"}"] {
        for bad in [
            "{\"id\":1,\"user\":\"u\"{\"device\":\"d\"}",
            "{\"id\":1,\"user\":\"u\"{\"dispositivo\":\"d\"}",
            "{\"id\":1{ \"user\":\"u\",\"device\":\"d\"}",
        ] {
            let body = format!(
                "{{\"remote_sessions\":[{good},{good},{first},{first},{first},{good},{bad},{good}]}}"
            );
            let outcome = agreed(|engine| whole(&engine, body.as_bytes()));
            assert_eq!((outcome.kind(), outcome.items.len()), ("syntax", 6), "{body}");
        }
    }
}

#[test]
fn hostile_14_every_byte_replaced_removed_or_doubled() {
    let item = pieces().concat().into_bytes();
    for place in 0..item.len() {
        for (number, byte) in (*b"\"\\{}[]:, \n\0nx9-\x80\xc3").into_iter().enumerate() {
            let mut changed = item.clone();
            changed[place] = byte;
            compare(&response(&changed), place * 17 + number);
        }
        let mut removed = item.clone();
        let byte = removed.remove(place);
        compare(&response(&removed), place);
        let mut doubled = item.clone();
        doubled.insert(place, byte);
        compare(&response(&doubled), place);
    }
}

#[test]
fn hostile_14_the_kind_of_bad_item_is_the_same_at_every_split() {
    for (item, kind) in [
        (pieces().concat().replace("\"Admin\"", "7"), "none"),
        (pieces().concat().replace("\"3\"", "null"), "none"),
        (pieces().concat().replace("\"Admin\"", "\"a\\\"}b\""), "none"),
        (pieces().concat().replace("\"Admin\"", "\"\u{1}\""), "syntax"),
        (pieces().concat().replace("17", "1.x"), "syntax"),
        (pieces().concat().replace("false", "fals"), "syntax"),
        (pieces().concat().replace("false", "[{\"}\":[]}]"), "none"),
        (pieces().concat().replace("\"3\"", "\"3\",\"remote_sessions\":[{\"id\":5}]"), "none"),
    ] {
        let body = response(item.as_bytes());
        let from = body.len() - 2 * item.len() - 40;
        let outcome = at_splits(&Builder::new(), &body, from..=body.len());
        assert_eq!(outcome.kind(), kind, "{item}: {}", outcome.message());
    }
}

/// Items that change their layout all the time, in all orders: what was learned of one is in the
/// way of the next.
#[test]
fn hostile_14_layouts_that_take_turns() {
    let members = [
        "\"id\":1",
        "\"user\":\"a\"",
        "\"time\" : \"00:00:01\"",
        "\"end\":null",
        "\"x\":-1.5",
        "\"device\":\"\\u00e9\"",
    ];
    let mut items = Vec::new();
    for turn in 0..720_usize {
        let mut rest = members.to_vec();
        let mut order = Vec::new();
        let mut number = turn;
        for count in (1..=members.len()).rev() {
            order.push(rest.remove(number % count));
            number /= count;
        }
        order.truncate(1 + turn % members.len());
        // Now and then the same one again, so that it is worth learning.
        for _ in 0..1 + turn % 5 {
            items.push(format!("{{{}}}", order.join(if turn % 3 == 0 { ", " } else { "," })));
        }
    }
    let body = format!("{{\"remote_sessions\":[{}]}}", items.join(",")).into_bytes();
    let expected = agreed(|engine| whole(&engine, &body));
    assert_eq!((expected.kind(), expected.raw()), ("none", items.iter().map(String::as_str).collect()));
    for engine in support::engines() {
        for size in [1, 63, 64, 65, 1000] {
            assert!(outcome_of(&engine, body.chunks(size)) == expected, "{engine:?} in {size}s");
            let engine = engine.clone().limits(limits(|limits| limits.window = 64));
            assert!(outcome_of(&engine, body.chunks(size)) == expected, "{engine:?} in {size}s");
        }
    }
}

#[test]
fn hostile_07_limits_hold_for_items_whose_layout_is_known() {
    let items = [
        "{\"id\":1,\"x\":1}",
        "{\"id\":1,\"x\":123}",
        "{\"id\":1,\"x\":1234}",
        "{\"id\":1,\"x\":\"123456\"}",
        "{\"id\":1,\"x\":[[1]]}",
        "{\"id\":1,\"yy\":1}",
        "{\"id\":1,\"yyy\":1}",
    ];
    let same: Vec<_> =
        items.iter().flat_map(|last| std::iter::repeat_n(items[0], 20).chain([*last])).collect();
    let set: [fn(&mut Limits); 8] = [
        |limits| limits.item = 14,
        |limits| limits.item = 15,
        |limits| limits.item = 16,
        |limits| limits.number = 3,
        |limits| limits.number = 4,
        |limits| limits.depth = 4,
        |limits| limits.key = 15,
        |limits| limits.depth = 2,
    ];
    let body = format!("{{\"remote_sessions\":[{}]}}", same.join(",")).into_bytes();
    for set in set {
        let outcome = agreed(|engine| {
            let engine = engine.limits(limits(set));
            let outcome = whole(&engine, &body);
            for size in [1, 20, 64, 700] {
                assert_eq!(outcome_of(&engine, body.chunks(size)), outcome);
            }
            outcome
        });
        assert!(outcome.kind() == "limit" || outcome.items.len() == same.len());
    }
}

#[test]
fn hostile_12_duplicates_in_items_whose_layout_is_known() {
    let twice = "{\"id\":1,\"user\":\"a\",\"user\":\"b\",\"device\":\"d\",\"dispositivo\":\"d\"}";
    let body = format!("{{\"remote_sessions\":[{}]}}", [twice; 50].join(","));
    for (policy, user) in [
        (DuplicatePolicy::Error, None),
        (DuplicatePolicy::First, Some("a")),
        (DuplicatePolicy::Last, Some("b")),
    ] {
        agreed(|engine| {
            let mut reader = engine.duplicates(policy).build(body.as_bytes());
            let mut seen = 0;
            for session in reader.sessions() {
                let found = session.ok().map(|session| session.user().unwrap().to_str().into_owned());
                assert_eq!(found.as_deref(), user);
                seen += 1;
            }
            assert_eq!(seen, 50);
        });
    }
}

/// A string inside a nested member has no end yet among the bytes at hand.
#[test]
fn hostile_04_a_nested_member_of_a_known_layout_is_cut_at_every_byte() {
    for nested in [r#"["a"]"#, r#"{"a":"b","c":[]}"#, r#"[[{"a":["b\"c",null,1.5]}]]"#] {
        let items = [1, 2, 3].map(|id| format!(r#"{{"id":{id},"new":{nested},"user":"u"}}"#));
        let body = format!(r#"{{"remote_sessions":[{}]}}"#, items.join(","));
        assert_eq!(at_every_split(&Builder::new(), body.as_bytes()).items.len(), 3);
        for cut in 0..body.len() {
            let outcome = agreed(|engine| whole(&engine, &body.as_bytes()[..cut]));
            assert_eq!(outcome.kind(), "truncated", "cut at {cut} of {body}");
        }
    }
}

/// What stands between two items is one comma, whichever items, and whatever stood there before.
#[test]
fn hostile_14_between_two_items_stands_one_comma() {
    let long = format!(",{}", " ".repeat(70));
    for gap in [",", ", ", "\n , \n", &long] {
        for wrong in ["", " ", ",,", ", ,", "}", "],[", ":", ",null,", ",\"x\":1,"] {
            for place in [0, 1, 2, 14, 15, 16, 17, 18, 30] {
                let mut body = String::from("{\"remote_sessions\":[");
                for id in 0..40 {
                    body += &format!("{{\"id\":{id},\"user\":\"u\"}}");
                    if id < 39 {
                        body += if id == place { wrong } else { gap };
                    }
                }
                body += "]}";
                let expected = whole(&Builder::new().scan_path(ScanPath::Scalar), body.as_bytes());
                for settings in forced(&Builder::new()) {
                    let found = whole(&settings, body.as_bytes());
                    assert_eq!(found, expected, "{settings:?} {wrong:?} after item {place}");
                    let chunks = body.as_bytes().chunks(100);
                    assert_eq!(outcome_of(&settings, chunks), expected, "{settings:?} {wrong:?} {place}");
                }
            }
        }
    }
}

/// A member that holds containers is stepped over, up to the limit and no further.
#[test]
fn hostile_06_depth_is_limited_in_members_of_a_known_layout() {
    for limit in 4..9 {
        // Root, list and item are three of them.
        for inside in 0..8 {
            let nested =
                |depth: usize| format!("{{\"id\":1,\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
            let items = vec![nested(1); 40].join(",");
            let body = format!("{{\"remote_sessions\":[{items},{},{}]}}", nested(inside.max(1)), nested(1));
            let found = agreed(|engine| {
                let settings = engine.limits(limits(|limits| limits.depth = limit));
                whole(&settings, body.as_bytes())
            });
            let fits = 3 + inside.max(1) <= limit;
            assert_eq!(found.raw().len(), if fits { 42 } else { 40 }, "{limit} {inside}");
            if !fits {
                assert!(found.message().contains("nesting depth"), "{}", found.message());
            }
        }
    }
}
