//! What stands between items, and what errors say of the place that they are about: with every
//! engine, at every split.
#![cfg(feature = "std")]

mod support;

use remote_sessions::{Builder, Completeness, Deviation, ErrorKind, Step};
use support::{Outcome, agreed, at_every_split, in_chunks, limits};

/// Three items alike, so that the third is one whose layout is known, then what is put there.
fn after_three(rest: &str) -> String {
    let item = r#"{"id":1,"user":"a"}"#;
    format!(r#"{{"remote_sessions":[{item},{item},{item}{rest}"#)
}

fn read(body: &str) -> Outcome {
    at_every_split(&Builder::new(), body.as_bytes())
}

#[test]
fn hostile_14_between_two_items_stand_one_comma_and_white_space() {
    for between in [",", " ,", ", ", "\t,\r\n", "\n \t,\n \t"] {
        let outcome = read(&after_three(&format!(r#"{between}{{"id":2}}]}}"#)));
        assert_eq!((outcome.kind(), outcome.items.len()), ("none", 4), "{between:?}");
    }
    for (between, at) in
        [("", 0), (" ", 1), (",,", 1), (", ,", 2), (",\n,\n", 2), (":", 0), (";", 0), (",;", 1)]
    {
        let body = after_three(&format!(r#"{between}{{"id":2}}]}}"#));
        let outcome = read(&body);
        let offset = after_three("").len() + at;
        assert_eq!(
            (outcome.kind(), outcome.items.len(), outcome.offset()),
            ("syntax", 3, Some(offset as u64)),
            "{between:?}"
        );
    }
    for (end, at) in [(",]}", 1), (", ]}", 2), ("}", 0), (",}", 1)] {
        let outcome = read(&after_three(end));
        let offset = after_three("").len() + at;
        assert_eq!((outcome.kind(), outcome.offset()), ("syntax", Some(offset as u64)), "{end:?}");
    }
    for start in ["[,", "[ ,", "[,,"] {
        let body = after_three("]}").replacen('[', start, 1);
        let outcome = read(&body);
        let offset = body.find(',').unwrap();
        assert_eq!((outcome.kind(), outcome.offset()), ("syntax", Some(offset as u64)), "{start:?}");
    }
}

#[test]
fn an_error_names_the_item_that_it_is_in() {
    let item_of = |body: &str| {
        let outcome = read(body);
        assert_ne!(outcome.kind(), "none", "{body}");
        outcome.error.unwrap().3
    };
    assert_eq!(item_of(r#"{"remote_sessions":[{"id":1,"user":x}]}"#), Some(0));
    assert_eq!(item_of(r#"{"remote_sessions":[{"id":1},{"id":1,"user":x}]}"#), Some(1));
    assert_eq!(item_of(&after_three(r#",{"id":1,"user":x}]}"#)), Some(3));
    assert_eq!(item_of(&after_three(r#",{"id":1,"user":"\x"}]}"#)), Some(3));
    assert_eq!(item_of(&after_three(r#",{"id":1,"user":"#)), Some(3));
    // None is under way.
    assert_eq!(item_of(&after_three(",;")), None);
    assert_eq!(item_of(&after_three("]]")), None);
    assert_eq!(item_of(&after_three("")), None);
    assert_eq!(item_of(r#"{"code":x"#), None);
}

/// What had to come, as the text of the error says it.
#[test]
fn hostile_04_a_truncated_text_says_what_had_to_come() {
    for (body, expected) in [
        ("[", "a value or `]`"),
        ("[1 ", "`,` or `]`"),
        ("[1,", "a value"),
        (r#"[{"a":1}"#, "`,` or `]`"),
        ("{", "a member name or `}`"),
        (r#"{"a""#, "`:`"),
        (r#"{"a":"#, "a value"),
        (r#"{"a":1 "#, "`,` or `}`"),
        (r#"{"a":[]"#, "`,` or `}`"),
        (r#"{"a":1,"#, "a member name"),
        (r#"{"a"#, "the rest of a string"),
        ("-", "the rest of a number"),
        ("[12", "the rest of a number"),
        ("tru", "the rest of `true`"),
    ] {
        let outcome = at_every_split(&Builder::new().root_item(), body.as_bytes());
        assert_eq!(outcome.kind(), "truncated", "{body}");
        assert!(outcome.message().contains(&format!("expected {expected}")), "{body}: {}", outcome.message());
    }
}

#[test]
fn hostile_09_what_is_no_number_says_what_it_lacks() {
    for (text, expected) in [
        ("1ex", "a digit or a sign of the exponent"),
        ("1e+x", "a digit"),
        ("1e-,", "a digit"),
        ("1.x", "a digit"),
        ("-x", "a digit"),
    ] {
        let outcome = at_every_split(&Builder::new().root_item(), text.as_bytes());
        assert_eq!(outcome.kind(), "syntax", "{text}");
        assert!(
            outcome.message().contains(&format!("expected {expected},")),
            "{text}: {}",
            outcome.message()
        );
    }
}

/// The first page of several may be unclosed; a list that has more than that page may not.
#[test]
fn hostile_17_only_one_envelope_alone_may_be_unclosed() {
    let page = r#"{"remote_sessions":[{"id":9}]}"#;
    for (before, items, completeness) in [
        ("", 1, Completeness::UnclosedEnvelope),
        (r#"{"id":1},"#, 2, Completeness::Truncated),
        (r#"{"id":1},{"id":2},"#, 3, Completeness::Truncated),
        (r#"{"remote_sessions":[]},"#, 1, Completeness::Truncated),
    ] {
        let body = format!(r#"{{"code":200,"remote_sessions":[{before}{page}"#);
        let outcome = read(&body);
        assert_eq!((outcome.items.len(), outcome.completeness), (items, completeness), "{body}");
    }
    let outcome = read(&format!(r#"{{"code":200,"remote_sessions":[{page},{{"id":1}}"#));
    assert_eq!((outcome.items.len(), outcome.completeness), (2, Completeness::Truncated));
}

/// Depth counts from the root, wherever the list stands.
#[test]
fn hostile_06_the_depth_limit_counts_what_is_around_the_list() {
    for around in 0..4 {
        for inside in 1..6 {
            let nested = "[".repeat(inside - 1) + &"]".repeat(inside - 1);
            let nested = if nested.is_empty() { "1".to_owned() } else { nested };
            let item = format!(r#"{{"id":1,"new":{nested}}}"#);
            let (open, close) = ("[".repeat(around), "]".repeat(around));
            // What is seen first is left to the grammar.
            let body = format!(r#"{open}[{{"id":1}},{{"id":2}},{item},{item},{item}]{close}"#);
            for depth in 1..10 {
                let limits = limits(|limits| limits.depth = depth);
                let settings = Builder::new().items_at([] as [&str; 0]).limits(limits);
                let outcome = at_every_split(&settings, body.as_bytes());
                let expected = if around + 1 + inside > depth { "limit" } else { "none" };
                assert_eq!(outcome.kind(), expected, "{depth}: {body}");
            }
        }
    }
}

/// Items of a layout that is known from further up may not stand deeper than others.
#[test]
fn hostile_06_the_depth_limit_holds_for_a_known_layout_in_a_deeper_list() {
    let item = r#"{"id":1,"user":"a"}"#;
    let known = vec![item; 20].join(",");
    for (inner, deepest) in [(item, 5), (r#"{"id":1,"user":"a","x":[]}"#, 6), (r#"["x"]"#, 5), (r#""x""#, 4)]
    {
        let body =
            format!(r#"{{"remote_sessions":[{known},{{"remote_sessions":[7,{inner},{inner}]}},{item}]}}"#);
        for depth in 3..8 {
            let outcome = agreed(|engine| {
                let engine = engine.limits(limits(|limits| limits.depth = depth));
                let outcome = support::whole(&engine, body.as_bytes());
                for size in [1, 7, 64, 300] {
                    assert_eq!(in_chunks(&engine, body.as_bytes(), &[size]), outcome, "by {size}");
                }
                outcome
            });
            // The number is not a level deeper than its list.
            let expected = match depth {
                3 => ("limit", 20),
                _ if depth < deepest => ("limit", 21),
                _ => ("none", 24),
            };
            assert_eq!((outcome.kind(), outcome.items.len()), expected, "{depth} {inner}");
        }
    }
}

/// With a path there is no leniency: a list is an array, and what leads to it a container.
#[test]
fn hostile_03_what_stands_in_place_of_a_list_is_named() {
    let message = |path: &[&str], body: &str| {
        let settings = Builder::new().items_at(path.iter().copied());
        let outcome = at_every_split(&settings, body.as_bytes());
        assert_eq!((outcome.kind(), outcome.items.len()), ("shape", 0), "{body}");
        outcome.message().to_owned()
    };
    for (found, name) in [
        ("{}", "an object"),
        (r#"{"0":{"id":1}}"#, "an object"),
        (r#""""#, "a string"),
        ("true", "`true`"),
        ("false", "`false`"),
        ("null", "`null`"),
        ("1", "a number"),
        ("-1", "a number"),
    ] {
        let said = message(&["rows"], &format!(r#"{{"rows":{found}}}"#));
        assert!(said.contains(&format!("expected a list of items, found {name} at byte 8")), "{said}");
        if !found.starts_with(['{', 'n']) {
            let said = message(&["a", "rows"], &format!(r#"{{"a":{found}}}"#));
            let expected =
                format!("expected an object or an array on the way to the list, found {name} at byte 5");
            assert!(said.contains(&expected), "{said}");
        }
    }
    assert!(message(&["a", "rows"], r#"{"a":null}"#).contains("a complete response without one"));
}

/// The names of envelopes mean nothing in a list that is found by a path.
#[test]
fn hostile_17_an_item_of_a_path_is_never_an_envelope() {
    let settings = Builder::new().items_at(["rows"]);
    let envelope = r#"{"code":200,"remote_sessions":[{"id":1},{"id":2}]}"#;
    let body = format!(r#"{{"rows":[{envelope},{{"id":3}},{envelope}]}}"#);
    let outcome = at_every_split(&settings, body.as_bytes());
    assert_eq!((outcome.kind(), outcome.raw()), ("none", vec![envelope, r#"{"id":3}"#, envelope]));
}

/// An item with more quotes than are looked up ahead, and with more than are ever held at a time.
#[test]
fn hostile_12_items_of_many_members_come_after_others() {
    let item = |members: usize| {
        let members: Vec<_> = (0..members).map(|number| format!(r#","x{number}":"{number}""#)).collect();
        format!(r#"{{"id":1{},"user":"last"}}"#, members.concat())
    };
    for members in [20, 60, 100, 300, 1000, 2100, 3000] {
        let items = [item(0), item(members), item(members + 1), item(1), item(members)];
        let body = format!(r#"{{"remote_sessions":[{}]}}"#, items.join(","));
        for chunk in [body.len(), 64 * 1024, 5000, 1000] {
            let outcome = agreed(|engine| in_chunks(&engine, body.as_bytes(), &[chunk]));
            assert_eq!((outcome.kind(), outcome.raw()), ("none", items.iter().map(|item| &**item).collect()));
            assert!(outcome.items.iter().all(|(.., session)| session.contains("last")), "{members} {chunk}");
        }
    }
}

/// One member, or one item, with more quotes than are ever held at a time, before others.
#[test]
fn hostile_12_values_of_many_strings_come_after_others() {
    for (strings, string) in
        [(100, r#""""#), (3000, r#""a,]""#), (3200, r#""""#), (5000, r#""a,]""#), (5000, r#""""#)]
    {
        let list = vec![string; strings].join(",");
        let items = [
            r#"{"id":1,"user":"u"}"#.to_owned(),
            format!(r#"{{"id":2,"x":[{list}],"user":"v"}}"#),
            format!("[{list}]"),
            format!(r#"{{"id":3,"user":{{"x":[{list}]}}}}"#),
            r#"{"id":4,"user":"w"}"#.to_owned(),
        ];
        let body = format!(r#"{{"remote_sessions":[{}]}}"#, items.join(",\n"));
        for chunk in [body.len(), 5000, 700] {
            let outcome = agreed(|engine| in_chunks(&engine, body.as_bytes(), &[chunk]));
            let expected: Vec<_> = items.iter().map(|item| &**item).collect();
            assert_eq!((outcome.kind(), outcome.raw()), ("none", expected), "{strings} {chunk}");
        }
        // And a fault behind them all is found where it is.
        let wrong = body.replacen(r#""w""#, "w", 1);
        let outcome = agreed(|engine| in_chunks(&engine, wrong.as_bytes(), &[wrong.len()]));
        let offset = wrong.find("w}").map(|at| at as u64);
        assert_eq!((outcome.kind(), outcome.items.len(), outcome.offset()), ("syntax", 4, offset));
    }
}

/// What begins like an array or a string is never taken for an object, though it ends like one, and
/// though it comes in two pieces.
#[test]
fn hostile_05_what_comes_in_pieces_is_still_of_the_kind_that_it_began_as() {
    for (item, is_right) in [
        (r#""}""#, true),
        (r#""} , {""#, true),
        (r#""":1}""#, false),
        (r#""a":1}"#, false),
        (r#"["a":1}"#, false),
        ("[}", false),
        ("{]", false),
        (r#"{"a","b"]"#, false),
        (r#"[{"a":1},"}"]"#, true),
        (r#"["}","{\"a\":1}"]"#, true),
    ] {
        for before in ["", r#"{"id":1},"#, r#"{"id":1},{"id":2},{"id":3},"#, r#"["a"],"b","#] {
            let outcome = read(&format!(r#"{{"remote_sessions":[{before}{item},{{"id":4}}]}}"#));
            let expected = if is_right { "none" } else { "syntax" };
            assert_eq!(outcome.kind(), expected, "{before}{item}");
            if is_right {
                assert!(outcome.raw().contains(&item), "{before}{item}: {:?}", outcome.raw());
            }
        }
    }
}

/// An item over its limit is refused as soon as that much of it is there, in a window that would hold
/// more of it: nothing else is waited for.
#[test]
fn hostile_07_what_is_over_the_limit_is_refused_before_its_end_comes() {
    let settings = Builder::new().limits(limits(|limits| limits.item = 100));
    for (before, item) in [
        ("", r#"{"id":1,"user":""#),
        (r#"{"id":1,"user":"a"},{"id":1,"user":"b"},"#, r#"{"id":1,"user":""#),
        (r#"{"id":1,"user":"a"},"#, r#"{"id":1,"x":[["#),
        (r#"{"id":1},"#, r#"["#),
        (r#"{"id":1},"#, r#"""#),
    ] {
        let begun = format!(r#"{{"remote_sessions":[{before}{item}"#);
        let start = begun.len() - item.len();
        for more in [100, 101, 150, 1000] {
            let body = format!("{begun}{}", " ".repeat(more - item.len()));
            // All at once, or after a first look at a part of it.
            for (settings, first) in
                support::forced(&settings).iter().flat_map(|path| [(path, 0), (path, 50)])
            {
                let mut parser = settings.build_parser();
                let (first, rest) = body.split_at(start + first);
                let (mut items, mut end) = (0, Ok(Step::NeedInput));
                for part in [first, rest] {
                    assert_eq!(parser.push(part.as_bytes()), part.len());
                    end = loop {
                        match parser.advance() {
                            Ok(Step::Item) => items += 1,
                            other => break other,
                        }
                    };
                }
                assert_eq!(items, before.matches("id").count(), "{settings:?} {body}");
                match end {
                    Ok(step) => assert_eq!((step, more), (Step::NeedInput, 100), "{settings:?} {body}"),
                    Err(error) => {
                        let expected = (ErrorKind::Limit, Some((start + 100) as u64), true);
                        let found = (error.kind(), error.offset(), more > 100);
                        assert_eq!(found, expected, "{settings:?} {body}: {error}");
                    }
                }
            }
        }
    }
}

/// Two lists in one envelope: the items of both, and a note where the second stands.
#[test]
fn hostile_17_a_second_list_is_noted() {
    let body = r#"{"remote_sessions":[{"id":1}],"remote_sessions":[{"id":2}]}"#;
    let outcome = read(body);
    assert_eq!((outcome.kind(), outcome.items.len()), ("none", 2));
    let reader = |body: &str| {
        let mut reader = Builder::new().build(body.as_bytes());
        while reader.next_item().unwrap().is_some() {}
        reader.summary().tolerated().to_vec()
    };
    let noted = reader(body);
    assert_eq!(noted.len(), 1);
    assert_eq!(
        (noted[0].deviation, noted[0].count, noted[0].first_offset),
        (Deviation::DuplicateMember, 1, 30)
    );
    assert!(reader(r#"{"remote_sessions":[{"id":1}]}"#).is_empty());
}
