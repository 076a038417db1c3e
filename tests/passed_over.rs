//! Rows 8 and 17 of the hostile inputs: what stands before an element, and what nobody asks for. Both are gone
//! past by the fast lane where it can, and come out as by the grammar.
#![cfg(feature = "std")]

mod support;

use remote_sessions::{Builder, ScanPath};
use support::{agreed, at_every_split, forced, in_chunks, limits, outcome_of_slice, whole};

/// Where keys are numbers an element is looked for behind its key, and what nobody asks for is passed over
/// value by value: nothing but what the grammar takes for one may pass.
#[test]
fn hostile_17_what_stands_before_elements_and_what_is_passed_over_is_as_the_grammar_has_it() {
    let scalar = Builder::new().scan_path(ScanPath::Scalar);
    let same = |text: &[u8]| {
        let expected = whole(&scalar, text);
        for settings in forced(&Builder::new()) {
            assert_eq!(whole(&settings, text), expected, "{}", text.escape_ascii());
            assert_eq!(in_chunks(&settings, text, &[7]), expected, "{}", text.escape_ascii());
        }
        // And the grammar has it as others have it.
        let judge = serde_json::from_slice::<serde_json::Value>(text);
        let wrong: &[&str] = if judge.is_ok() { &["syntax", "truncated"] } else { &["none"] };
        assert!(!wrong.contains(&expected.kind()), "{judge:?}, not {expected:?}: {}", text.escape_ascii());
        expected
    };
    let judged = |text: &[u8]| drop(same(text));
    let keyed = r#"{"remote_sessions":{"0":{"id":1,"a":"b"}, "10" : {"id":2,"a":"b"},"007":[3],"4":"x","5":{"id":6}}}"#;
    let passed = r#"{"x":{"a":[1,{"b":[]},"c" ], "d\u0065" :{"f":null},"":-2,"g":{}},"y":[[1,2],[],[{"q":"r"}] ],"remote_sessions":[]}"#;
    // After some of one layout, in arrays and behind keys, others have no keys, or should have none.
    let [keys, none] = [true, false].map(|has_keys| {
        let item =
            |id| format!("{}{{\"id\":{id}}}", if has_keys { format!("\"{id}\":") } else { String::new() });
        (1..9).map(item).collect::<Vec<_>>().join(",")
    });
    for mixed in [
        format!(r#"{{"remote_sessions":{{{keys},{none}}}}}"#),
        format!(r#"{{"x":[{none}],"remote_sessions":{{"0":{none}}}}}"#),
        format!(r#"{{"remote_sessions":[{none},{keys}]}}"#),
        format!(r#"{{"x":[{none}],"y":{{"z":{none}}},"remote_sessions":[]}}"#),
        format!(r#"{{"x":[{none},{keys}],"remote_sessions":[]}}"#),
        r#"{"x":{"y":0,0},"remote_sessions":[]}"#.to_owned(),
        r#"{"remote_sessions":{"0":true,false,"1":0}}"#.to_owned(),
    ] {
        assert_eq!(same(mixed.as_bytes()).kind(), "syntax", "{mixed}");
    }
    for (body, items) in [(keyed, 5), (passed, 0)] {
        assert_eq!(same(body.as_bytes()).items.len(), items);
        for at in 0..body.len() {
            let (before, behind) = body.as_bytes().split_at(at);
            judged(before);
            judged(&[before, &behind[1..]].concat());
            for byte in br#"{}[]",:0a- \"#.iter().chain(b"\0\n\x80") {
                judged(&[before, &[*byte], &behind[1..]].concat());
                judged(&[before, &[*byte], behind].concat());
            }
        }
    }
    // As long as a key may be, and longer.
    for digits in [1, 19, 20, 21, 22, 300, 4096, 4097] {
        let key = "7".repeat(digits);
        let body = format!(r#"{{"remote_sessions":{{"0":{{"id":1}},"{key}":{{"id":2}}}}}}"#);
        assert_eq!(same(body.as_bytes()).items.len(), if digits <= 4096 { 2 } else { 1 }, "{digits}");
    }
    // (A key of the envelope has fifteen bytes.)
    let short = limits(|limits| limits.key = 15);
    for digits in [15, 16] {
        let key = "7".repeat(digits);
        let body = format!(r#"{{"remote_sessions":{{"0":1,"{key}":2,"1":3}}}}"#);
        let read = agreed(|settings| whole(&settings.limits(short.clone()), body.as_bytes()));
        assert_eq!(read.items.len(), if digits == 15 { 3 } else { 1 });
    }
}

/// Each of these was looked at in pieces and then gone into: the lane had used up quotes that came again.
#[test]
fn hostile_05_what_is_passed_over_in_pieces_leaves_nothing_behind() {
    let deep = format!("{}{}", r#"{"a":"#.repeat(100), "1".to_owned() + &"}".repeat(100));
    for body in [
        r#"{"remote_sessions":[{"id":1}],"x":[{"k0":{"id":1},"k1":[1]}],"remote_sessions":[{"id":0,"user":"u0"}]}"#,
        r#"{"remote_sessions":[{"id":1},{"id":1}],"x":[{"a":[{"id":1},{"id":1},{"id":1}],"b":"bb","remote_sessions":1}],"remote_sessions":[{"id":2}]}"#,
        &format!(r#"{{"x":{deep},"y":[{deep},{deep}],"remote_sessions":[{{"id":1}}]}}"#),
    ] {
        let expected = at_every_split(&Builder::new(), body.as_bytes());
        assert_eq!(expected.kind(), "none", "{body}");
        for size in [3, 48, 58, 64] {
            let found = agreed(|engine| in_chunks(&engine, body.as_bytes(), &[size]));
            assert_eq!(found, expected, "{size} of {body}");
        }
    }
}

#[test]
fn hostile_14_no_two_items_become_one_behind_what_was_passed_over_in_pieces() {
    let items = |from, to, gap: &str| {
        let item = |id| format!(r#"{{"id":{id},"user":"u"}}"#);
        (from..to).map(item).collect::<Vec<_>>().join(gap)
    };
    let few = [r#"{"id":1}"#, r#"{"id":1}"#, &items(1, 3, ",")].join(",");
    let long = "b".repeat(7000);
    for count in [1, 17, 40, 64, 79] {
        let inner = [r#"{"id":1}"#].repeat(count).join(",");
        for gap in [",", ",,", " garbage "] {
            let more = [items(100, 130, gap), items(130, 400, ",")].join(",");
            let body = format!(
                r#"{{"remote_sessions":[{few}],"x":[{{"a":[{inner}],"b":"{long}","remote_sessions":1}}],"remote_sessions":[{more}]}}"#
            );
            let expected = whole(&Builder::new().scan_path(ScanPath::Scalar), body.as_bytes());
            assert_eq!(expected.items.len(), if gap == "," { 304 } else { 5 });
            for settings in forced(&Builder::new()) {
                assert_eq!(
                    outcome_of_slice(&settings, body.as_bytes()),
                    expected,
                    "{settings:?} {count} {gap}"
                );
                assert_eq!(whole(&settings, body.as_bytes()), expected, "{settings:?} {count} {gap}");
            }
        }
    }
}
