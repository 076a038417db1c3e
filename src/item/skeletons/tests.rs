//! What is learned of a container is held against the general decode, to the byte and to the quote.

use super::*;

use alloc::string::String;
use alloc::{format, vec};

use crate::grammar::{Ending, Grammar, Signal};
use crate::item::placed::{place, quotes_of};
use crate::item::trial::ENOUGH;
use crate::limits::Limits;

const DEPTH: usize = 100;

/// As it is stepped over with no skeleton.
fn over(text: &str, behind: &str) -> Option<(usize, usize)> {
    let limits = Limits::default();
    Stride::new(place(text, behind).object(DEPTH), &limits).over()
}

fn learned(text: &str) -> Option<Skeleton> {
    let mut skeleton = Skeleton { pieces: Vec::new(), depth: 0, trial: Trial::new() };
    skeleton.learn(text.as_bytes()).map(|()| skeleton)
}

fn follow(skeleton: &Skeleton, text: &str, behind: &str) -> Option<(usize, usize)> {
    skeleton.follow(&place(text, behind).object(DEPTH), 100)
}

/// Containers of some layouts, with room for values.
fn layouts() -> Vec<String> {
    let mut layouts: Vec<String> = [
        "[$]",
        "[$,$]",
        "[ $ , $ ]\t",
        r#"{"a":$}"#,
        r#"{"a":$,"":$,"c":[$,$]}"#,
        r#"{"by":$,"steps":[[[],{}],$,$],"x":{"y":{"z":$}}}"#,
        r#"[{"a":$},{"a":$},[],{},[{}],$]"#,
        r#"{"é":$,"a name that is quite long, longer than half of a block, is it":$}"#,
    ]
    .map(String::from)
    .into();
    for blanks in [1, 12, 16, 20, 31, 40] {
        let line = format!("\n{}", " ".repeat(blanks));
        layouts.push(format!(
            "{{{line}\"a\": [{line} {{{line}  \"b\": $,{line}  \"c\": []{line} }}{line}],{line}\"d\": $ }}"
        ));
    }
    layouts
}

const VALUES: [&str; 12] = [
    r#""""#,
    r#""text""#,
    r#""\"],\\""#,
    r#""a longer text, longer than a block has bytes: it must not matter how long it is""#,
    "null",
    "true",
    "false",
    "0",
    "-17",
    "123456",
    "1234567890123456789",
    "-0.5e+3",
];

fn filled(layout: &str, mut turn: usize) -> String {
    let mut text = String::new();
    for part in layout.trim_end().split_inclusive('$') {
        text.push_str(part.trim_end_matches('$'));
        if part.ends_with('$') {
            text.push_str(VALUES[turn % VALUES.len()]);
            turn += 5;
        }
    }
    text
}

#[test]
fn containers_of_one_layout_have_one_skeleton_whatever_their_values_are() {
    for layout in layouts() {
        for first in 0..VALUES.len() {
            let skeleton = learned(&filled(&layout, first)).expect("a skeleton");
            for other in 0..VALUES.len() {
                let text = filled(&layout, other);
                for behind in ["", ",", "}", " \"", "],\"a\":\"\""] {
                    let found = follow(&skeleton, &text, behind);
                    assert_eq!(found, over(&text, behind), "{text} {behind}");
                    assert!(found.is_some(), "{text} {behind}");
                }
                for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
                    assert_eq!(follow(&skeleton, &text[..cut], ""), None, "{text} {cut}");
                }
            }
        }
    }
}

#[test]
fn of_another_layout_only_those_that_come_to_the_same_are_taken() {
    let layouts = layouts();
    for layout in &layouts {
        let skeleton = learned(&filled(layout, 1)).unwrap();
        for (other, turn) in layouts.iter().zip(3..).filter(|(other, _)| *other != layout) {
            let text = filled(other, turn);
            let found = follow(&skeleton, &text, ",");
            assert!(found.is_none() || found == over(&text, ","), "{layout} {text}");
        }
    }
    let skeleton = learned(r#"{"a":1}"#).unwrap();
    for text in
        [r#"{"b":1}"#, r#"{"a":[]}"#, r#"{"a":{}}"#, r#"{"a" :1}"#, r#"{"a":1 }"#, r#"{"a":1,"b":2}"#, "[1]"]
    {
        assert_eq!(follow(&skeleton, text, ""), None, "{text}");
    }
}

/// Whether the grammar takes a text for one value.
fn is_accepted(text: &[u8]) -> bool {
    let mut grammar = Grammar::new(&Limits::default());
    text.iter().all(|&byte| match grammar.step(byte) {
        Ok(Signal::NumberEnd) => grammar.step(byte).is_ok(),
        other => other.is_ok(),
    }) && !matches!(grammar.end(), Ending::Incomplete(_))
}

#[test]
fn hostile_09_what_is_taken_is_what_the_grammar_takes_wherever_a_byte_is_another() {
    let (mut taken, mut refused) = (0, 0);
    for layout in layouts() {
        let skeleton = learned(&filled(&layout, 2)).unwrap();
        for turn in 0..VALUES.len() {
            let text = filled(&layout, turn);
            for at in 0..text.len() {
                for byte in *b"\"\\{}[],: 0-.eE1xn\n" {
                    let mut other = text.clone().into_bytes();
                    other[at] = byte;
                    let Ok(other) = String::from_utf8(other) else { continue };
                    match follow(&skeleton, &other, ",\"a\":\"b\"}") {
                        None => refused += 1,
                        Some((length, quotes)) => {
                            taken += 1;
                            let all = format!("{other},\"a\":\"b\"}}");
                            let item = &all[..length];
                            let is_right = is_accepted(item.as_bytes()) || item.contains(['\\', '\n']);
                            assert!(is_right, "{text} {other}");
                            assert_eq!(quotes, quotes_of(item), "{other}");
                        }
                    }
                }
            }
        }
    }
    assert!(taken > 1000 && refused > 1000, "{taken} {refused}");
}

#[test]
fn names_with_escapes_and_more_pieces_than_there_is_room_for_have_no_skeleton() {
    assert!(learned(r#"{"a\"b":1}"#).is_none() && learned(r#"{"a":{"\u0061":1}}"#).is_none());
    assert!(learned(r#"{"a":"\u0061"}"#).is_some(), "a value may have them");
    let array = |count: usize| format!("[{}]", vec!["1"; count].join(","));
    assert!(learned(&array(PIECES - 1)).is_some() && learned(&array(PIECES)).is_none());
    let blanks = |count: usize| format!("[{}1]", " ".repeat(count));
    let most = LENGTH * (PIECES - 1) - 1;
    assert!(learned(&blanks(most)).is_some() && learned(&blanks(most + 1)).is_none());
}

#[test]
fn hostile_09_a_name_stays_as_it_was_behind_a_value_and_behind_a_container() {
    for (text, alike, others) in [
        (r#"{"a":1,"b":2}"#, r#"{"a":"c","b":3}"#, [r#"{"a":1,"c":2}"#, r#"{"a":1,3:2}"#]),
        (
            r#"{"a":{"b":1},"c":2}"#,
            r#"{"a":{"b":"d"},"c":3}"#,
            [r#"{"a":{"b":1},"d":2}"#, r#"{"a":{"b":1},3:2}"#],
        ),
        (r#"{"a":[1],"b":2}"#, r#"{"a":["c"],"b":3}"#, [r#"{"a":[1],"c":2}"#, r#"{"a":[1],3:2}"#]),
        (r#"[{"a":1},"b"]"#, r#"[{"a":2},"c"]"#, [r#"[{"b":1},"b"]"#, r#"[{3:1},"b"]"#]),
    ] {
        let skeleton = learned(text).unwrap();
        assert_eq!(follow(&skeleton, alike, ""), over(alike, ""), "{text} {alike}");
        for other in others {
            assert_eq!(follow(&skeleton, other, ""), None, "{text} {other}");
        }
    }
}

#[test]
fn hostile_07_no_deeper_and_no_longer_than_it_may_be() {
    let text = r#"{"a":[[1234]],"b":{}}"#;
    let (skeleton, placed) = (learned(text).unwrap(), place(text, ""));
    let mut taken = 0;
    for depth in 0..10 {
        for number in 1..10 {
            let limits = Limits { number, ..Limits::default() };
            let found = skeleton.follow(&placed.object(depth), number);
            assert_eq!(found, Stride::new(placed.object(depth), &limits).over(), "{depth} {number}");
            taken += usize::from(found.is_some());
        }
    }
    assert_eq!(taken, 6 * 6, "from four containers and four digits on");
    let null = place(r#"{"a":[[null]],"b":{}}"#, "");
    assert!(skeleton.follow(&null.object(DEPTH), 1).is_some(), "what is no number is as long as it is");
}

#[test]
fn a_quote_that_is_not_known_yet_ends_no_string() {
    let skeleton = learned(r#"["a"]"#).unwrap();
    let placed = place(r#"["b"]"#, "");
    let mut object = placed.object(DEPTH);
    assert_eq!(skeleton.follow(&object, 9), Some((5, 2)));
    object.quotes = &object.quotes[..1];
    assert_eq!(skeleton.follow(&object, 9), None);
}

/// Steps over a container as the value of a member.
fn step(skeletons: &mut Skeletons, slot: usize, text: &str) -> Option<(usize, usize)> {
    let limits = Limits::default();
    skeletons.step_over(slot, &mut Stride::new(place(text, ",").object(DEPTH), &limits))
}

#[test]
fn each_member_has_its_own_up_to_as_many_as_are_kept() {
    let mut skeletons = Skeletons::new();
    let text = |slot: usize, value: usize| format!("{{\"n{slot}\":{value}}}");
    for value in 0..3 {
        for slot in 0..MEMBERS {
            let text = text(slot, value);
            assert_eq!(step(&mut skeletons, slot, &text), over(&text, ","));
        }
    }
    assert_eq!(usize::from(skeletons.taken), SKELETONS);
    let followed = |slot: usize| {
        let skeleton = skeletons.learned.get(usize::from(skeletons.numbers[slot]))?;
        follow(skeleton, &text(slot, 77), "")
    };
    assert!((0..SKELETONS).all(|slot| followed(slot).is_some()));
    assert!((SKELETONS..MEMBERS).all(|slot| followed(slot).is_none()));
}

#[test]
fn all_of_the_memory_is_taken_with_the_first() {
    let mut skeletons = Skeletons::new();
    step(&mut skeletons, 7, "[1]");
    let room = |skeleton: &Skeleton| skeleton.pieces.capacity();
    assert_eq!(skeletons.learned.iter().map(room).collect::<Vec<_>>(), [PIECES; SKELETONS]);
}

#[test]
fn one_that_changes_is_learned_anew_and_one_that_keeps_changing_is_left_alone() {
    let mut skeletons = Skeletons::new();
    let fits = |skeletons: &Skeletons, text: &str| {
        skeletons.learned.first().is_some_and(|skeleton| follow(skeleton, text, "").is_some())
    };
    for text in ["[1]", "[]", "[]"] {
        step(&mut skeletons, 5, text);
    }
    assert!(fits(&skeletons, "[]"), "after one that it did not fit, learned from the next");
    // What fits many does away with the waiting.
    for text in ["[ ]", "[ [] ]"] {
        while !fits(&skeletons, text) {
            step(&mut skeletons, 5, text);
        }
        for _ in 0..ENOUGH {
            step(&mut skeletons, 5, text);
        }
    }
    step(&mut skeletons, 5, "[[]]");
    assert!(fits(&skeletons, "[[]]"), "at once");
    // Now never the same twice.
    let mut changes = 0;
    for number in 0..4000 {
        let before = skeletons.learned[0].pieces[0].length;
        let text = format!("[{}]", " ".repeat(number % 50));
        assert_eq!(step(&mut skeletons, 5, &text), over(&text, ","));
        changes += usize::from(skeletons.learned[0].pieces[0].length != before);
    }
    assert!(changes < 20, "learned anew {changes} times");
    // What has none is forgotten.
    for _ in 0..5000 {
        step(&mut skeletons, 5, r#"{"\n":1}"#);
    }
    assert!(skeletons.learned[0].pieces.is_empty() && !fits(&skeletons, "[]") && !fits(&skeletons, ""));
}
