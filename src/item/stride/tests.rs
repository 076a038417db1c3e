//! What is walked over, to the byte and to the quote; what is refused, and what is only not all there.

use super::container::{DEEPEST, leading};
use super::*;
use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};

use crate::item::placed::{place, quotes_of};

static NAMES: [(&str, Field); 3] =
    [("id", Field::Slot(0)), ("user", Field::Slot(2)), ("list", Field::Foreign)];

fn stride_over(object: Object<'_>, limits: &Limits) -> Option<(usize, usize)> {
    Stride::new(object, limits).over()
}

fn stride_member(object: Object<'_>, fields: &Fields, limits: &Limits) -> Option<(usize, usize)> {
    super::stride_member(&mut Stride::new(object, limits), fields)
}

fn containers() -> Vec<String> {
    let mut some: Vec<String> = [
        "{}",
        "[]",
        "{ }",
        "[\n\t]",
        r#"{"a":1}"#,
        "[1,-2.5e3 , true,false,null]",
        r#"["a","]\"}",""]"#,
        r#"{"a":{"b":[{"c":null},[],{}],"d":true},"e":"x]}"}"#,
        r#"[[[]],{"a":[{}]},[{},[]]]"#,
        "[ {\"a\" : [ ] , \"b\" :\t{ } } , [ ] ]",
        r#"[null,{"null":null}]"#,
    ]
    .map(String::from)
    .into();
    for blanks in [0, 1, 7, 8, 9, 24, 31, 32, 33, 63, 64, 70] {
        let line = format!("\n{}", " ".repeat(blanks));
        some.push(format!(
            "{{{line}\"a\": [{line}  1,{line}  {{{line}\"b\": null{line}}}{line}],\r{line}\t\"c\": []{line}}}"
        ));
    }
    // Runs of brackets, and what ends one.
    for (outer, inner) in [(1, 2), (2, 1), (3, 16), (15, 17), (31, 1), (32, 2), (33, 5), (2, 63)] {
        let [open, close] = ["[", "]"].map(|bracket| bracket.repeat(outer));
        let [start, end] = ["[", "]"].map(|bracket| bracket.repeat(inner));
        some.push(format!("{open}1,{start}2{end},{start}{end} {close}"));
        some.push(format!("{open}{{\"a\":{start}{{}}{end}}}{close}"));
        some.push(format!("{open}{start}\"[\"{end},\"]\",[ {start}null,[{{\"b\":[[]]}}]{end}]{close}"));
    }
    some
}

#[test]
fn containers_are_walked_over_to_their_last_byte_and_quote() {
    let limits = Limits::default();
    for text in containers() {
        let expected = (text.len(), quotes_of(&text));
        for behind in ["", ",\"x\":1}", "}", "]", " ", "\""] {
            let placed = place(&text, behind);
            assert_eq!(stride_over(placed.object(100), &limits), Some(expected), "{text} {behind}");
            let Strode::Object(layout) = stride_whole(placed.object(100), &limits, &mut Progress::none())
            else {
                panic!("{text}")
            };
            assert_eq!((layout.length, layout.quotes), expected, "{text}");
        }
        for cut in (1..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            let placed = place(&text[..cut], "");
            assert_eq!(stride_over(placed.object(100), &limits), None, "{text} {cut}");
            assert_eq!(
                stride_whole(placed.object(100), &limits, &mut Progress::none()),
                Strode::Incomplete,
                "{text} {cut}"
            );
        }
    }
}

/// What comes of a text of which first one part is there, and then all of it.
fn in_two_parts(text: &str, cut: usize, depth: usize) -> Strode {
    let (limits, mut progress) = (Limits::default(), Progress::none());
    let placed = place(&text[..cut], "");
    let first = stride_whole(placed.object(depth), &limits, &mut progress);
    if first != Strode::Incomplete {
        return first;
    }
    let used = progress.quotes;
    assert_eq!(used, quotes_of(&text[..progress.at]), "{text} {cut}");
    let placed = place(text, "");
    let rest = Object { quotes: &placed.quotes[used..], ..placed.object(depth) };
    match stride_whole(rest, &limits, &mut progress) {
        Strode::Object(layout) => Strode::Object(Layout { quotes: layout.quotes + used, ..layout }),
        other => other,
    }
}

#[test]
fn a_container_that_comes_in_two_parts_is_the_same() {
    for text in containers() {
        let expected = stride_whole(place(&text, "").object(100), &Limits::default(), &mut Progress::none());
        for cut in (1..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            assert_eq!(in_two_parts(&text, cut, 100), expected, "{text} {cut}");
        }
    }
    // What is wrong is wrong behind the cut too, and nothing is deeper than it may be.
    for text in ["[[1],[2}]", r#"{"a":[1,{"b":2]}"#, r#"[{"a":1,"b"}]"#, "[1,[2,]]", "[[[]],{}}"] {
        for cut in 1..text.len() {
            let found = in_two_parts(&format!("{text}  "), cut, 100);
            assert_eq!(found, Strode::Refused, "{text} {cut}");
        }
    }
    for cut in 1..13 {
        assert_eq!(in_two_parts("[[1],[[[2]]]]", cut, 4), Strode::Refused, "{cut}");
        assert!(matches!(in_two_parts("[[1],[[[2]]]]", cut, 5), Strode::Object(_)), "{cut}");
    }
}

#[test]
fn what_is_no_container_is_refused() {
    for text in [
        r#"{"a" 1}"#,
        r#"{"a":}"#,
        "[1 2]",
        r#"{"a":1,}"#,
        "[1,]",
        "[,1]",
        "{1:2}",
        "{,}",
        "[}",
        "{]",
        "[1}",
        r#"{"a":1]"#,
        r#"{"a":nul}"#,
        "[nulL]",
        "[01]",
        r#"{"a"}"#,
        r#"{"a":1 "b":2}"#,
        "[[1}]",
        "[{]}",
        r#"{"a":{]}"#,
        "[\u{1}1]",
        "[--1]",
        r#"["a" "b"]"#,
        r#"{"a":"b" "c"}"#,
        r#"{"a"::1}"#,
        "[1,,2]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[tru]",
        "[x]",
        "[1}]",
        r#"[{"a":[[1]]]}"#,
        r#"{"a":[[1]]]"#,
        r#"[[[{"a":1]]]}"#,
        "[[[[,]]]]",
        "[[[1]]}",
    ] {
        let placed = place(text, "  ");
        assert_eq!(stride_over(placed.object(100), &Limits::default()), None, "{text}");
        assert_eq!(
            stride_whole(placed.object(100), &Limits::default(), &mut Progress::none()),
            Strode::Refused,
            "{text}"
        );
    }
}

#[test]
fn nesting_is_followed_as_deep_as_it_may_be() {
    let limits = Limits::default();
    for open in 1..140 {
        for (left, right) in [("[", "]"), ("{\"a\":[", "]}")] {
            let text = format!("{}{}", left.repeat(open), right.repeat(open));
            let containers = open * left.matches(['[', '{']).count();
            let placed = place(&text, ",");
            for depth in [containers, containers + 1, containers + 2, 200] {
                // The one around it counts too.
                let may = containers < depth.min(DEEPEST);
                let found = stride_over(placed.object(depth), &limits);
                assert_eq!(found.is_some(), may, "{open} {depth} {text}");
            }
        }
    }
}

#[test]
fn names_and_numbers_are_as_long_as_they_may_be_and_no_longer() {
    let limits = Limits { key: 4, number: 5, ..Limits::default() };
    for (text, is_right) in [
        (r#"{"abcd":1}"#, true),
        (r#"{"abcde":1}"#, false),
        ("[12345]", true),
        ("[123456]", false),
        ("[-1234,true,null]", true),
        ("[-12345]", false),
    ] {
        assert_eq!(stride_over(place(text, "").object(9), &limits).is_some(), is_right, "{text}");
    }
    let fields = Fields::new(&NAMES);
    for (text, is_right) in [(",\"abcd\":12345}", true), (",\"abcde\":1}", false), (",\"a\":123456}", false)]
    {
        assert_eq!(stride_member(place(text, "").object(9), &fields, &limits).is_some(), is_right, "{text}");
    }
}

#[test]
fn a_member_of_no_known_name_is_walked_over_from_its_comma_on() {
    let (fields, limits) = (Fields::new(&NAMES), Limits::default());
    for (text, behind) in [
        (r#","x":1"#, ",\"id\":2}"),
        (r#" , "x" : "y\"" "#, "}"),
        (r#","x":{"id":[1,{"user":null}]}"#, "}"),
        (r#","x":null"#, "}"),
        (r#","":[]"#, ","),
    ] {
        let text_and_more = place(text.trim_end(), behind);
        let expected = Some((text.trim_end().len(), quotes_of(text)));
        assert_eq!(stride_member(text_and_more.object(9), &fields, &limits), expected, "{text}");
    }
    for text in [
        r#","id":1"#,
        r#","list":[]"#,
        r#","\u0069d":1"#,
        "}",
        " }",
        ",}",
        r#""x":1"#,
        r#","x"1"#,
        r#","x":}"#,
        ",",
    ] {
        assert_eq!(stride_member(place(text, "}").object(9), &fields, &limits), None, "{text}");
    }
}

/// What comes of an object, and of its members: the text of each slot that has one.
fn strode(text: &str, end: usize, depth: usize) -> (Strode, Vec<Option<String>>, Progress) {
    let (fields, limits) = (Fields::new(&NAMES), Limits::default());
    let placed = place(&text[..end], "");
    let (mut decoded, mut progress) = (Decoded::nothing(), Progress::none());
    let found = stride(placed.object(depth), &fields, &limits, &mut decoded, &mut progress);
    (found, values(text, &decoded), progress)
}

fn values(text: &str, decoded: &Decoded) -> Vec<Option<String>> {
    let value = |slot: usize| {
        let (bit, Span { start, end }) = (1 << slot, decoded.spans[slot]);
        let kind = match (decoded.strings & bit, decoded.nulls & bit, decoded.others & bit) {
            (0, 0, 0) => return None,
            (_, 0, 0) => "string",
            (0, _, 0) => return Some(format!("null at {start}, {}", end.wrapping_sub(start))),
            (0, 0, _) => "other",
            _ => "more than one",
        };
        Some(format!("{kind} {}", &text[usize::from(start)..usize::from(end)]))
    };
    [0, 2].map(value).into()
}

#[test]
fn the_members_of_an_object_are_noted_by_their_slots() {
    for (text, id, user, plain) in [
        (r#"{"id":1,"user":"a"}"#, Some("other 1"), Some("string a"), true),
        (
            r#"{ "user" : "" , "x":[{"id":2}], "id" : null }"#,
            Some("null at 39, 65535"),
            Some("string "),
            true,
        ),
        (r#"{"user":{"id":[]},"id":"7"}"#, Some("string 7"), Some("other {\"id\":[]}"), true),
        ("{}", None, None, true),
        ("{ }", None, None, true),
        (r#"{"x":1}"#, None, None, true),
        (r#"{"id":1,"id":2}"#, Some("other 2"), None, false),
        (r#"{"user":"a","user":"b"}"#, None, Some("string b"), false),
        (r#"{"\u00e9\u0069d":1,"id":2,"\"":3}"#, Some("other 2"), None, true),
    ] {
        let (found, values, _) = strode(text, text.len(), 9);
        let has_escaped_names = text.contains('\\');
        let layout = Layout { length: text.len(), quotes: quotes_of(text), plain, has_escaped_names };
        assert_eq!(found, Strode::Object(layout), "{text}");
        assert_eq!(values, [id.map(String::from), user.map(String::from)], "{text}");
    }
    for text in [
        r#"{"list":[]}"#,
        r#"{"\u0069d":1}"#,
        r#"{"x":1,"\u006cist":[]}"#,
        r#"{"id" 1}"#,
        r#"{"id":1 "user":2}"#,
        r#"{"id":1,}"#,
        "{1}",
        r#"{"id":1]"#,
        r#"{,"id":1}"#,
        r#"{"id":01}"#,
        r#"{"id"}"#,
    ] {
        let (found, ..) = strode(&format!("{text}  "), text.len() + 2, 9);
        assert_eq!(found, Strode::Refused, "{text}");
    }
    assert_eq!(strode("{}", 2, 0).0, Strode::Refused);
    assert!(matches!(strode("{}", 2, 1).0, Strode::Object(_)));
}

#[test]
fn an_object_that_comes_in_two_parts_is_the_same() {
    two_parts(r#"{ "id" : 17 , "x" : [ 1 , "\"" ] , "user" : "a b" , "y" : null } "#);
    two_parts(r#"{"id":[[1,{"a":"b"}],{}],"\u00e9":{"c":[[]],"d":[]},"user":{"e":{"f":"g"},"h":[2]}}"#);
    two_parts(r#"{"id":1,"id":2,"x":"y","user":"z"}"#);
}

fn two_parts(text: &str) {
    let (whole, expected, _) = strode(text, text.len(), 9);
    let Strode::Object(whole) = whole else { panic!("{whole:?}") };
    let (fields, limits) = (Fields::new(&NAMES), Limits::default());
    for cut in 1..whole.length {
        let placed = place(&text[..cut], "");
        let (mut decoded, mut progress) = (Decoded::nothing(), Progress::none());
        let first = stride(placed.object(9), &fields, &limits, &mut decoded, &mut progress);
        assert_eq!(first, Strode::Incomplete, "{cut}");
        assert!(progress.at <= cut, "{cut}");
        // Behind a member or inside of one, with that many quotes used up to there.
        assert_eq!(progress.quotes, quotes_of(&text[..progress.at]), "{cut}");
        let (used, placed) = (progress.quotes, place(text, ""));
        let rest = Object { quotes: &placed.quotes[used..], ..placed.object(9) };
        let second = stride(rest, &fields, &limits, &mut decoded, &mut progress);
        let layout = Layout { quotes: whole.quotes - used, ..whole };
        assert_eq!(second, Strode::Object(layout), "{cut}");
        assert_eq!(values(text, &decoded), expected, "{cut}");
    }
}

#[test]
fn what_may_still_become_a_scalar_is_waited_for() {
    for (text, expected) in [
        ("[tru", Strode::Incomplete),
        ("[nul", Strode::Incomplete),
        ("[-", Strode::Incomplete),
        ("[1.", Strode::Incomplete),
        ("[12", Strode::Incomplete),
        ("[tru]", Strode::Refused),
        ("[- ", Strode::Refused),
        ("[1.,", Strode::Refused),
    ] {
        assert_eq!(
            stride_whole(place(text, "").object(9), &Limits::default(), &mut Progress::none()),
            expected,
            "{text}"
        );
    }
    let long = format!("[{}", "x".repeat(2000));
    assert_eq!(
        stride_whole(place(&long, "").object(9), &Limits::default(), &mut Progress::none()),
        Strode::Refused
    );
    assert_eq!(vec![leading(&[b' '; 32], b' '), leading(&[b'x'; 32], b' ')], [32, 0]);
}

#[test]
fn runs_of_a_bracket_are_counted_up_to_32_and_not_beyond_the_bytes_at_hand() {
    let limits = Limits::default();
    for count in 1..70 {
        for (behind, missing) in [("", 0), ("]", 0), ("1", 0), (" [", 0), ("1", 2), ("1", 20)] {
            let placed = place(&format!("{:9}{}", "", "[".repeat(count)), behind);
            let mut object = placed.object(100);
            object.end = object.end.saturating_sub(missing).max(10);
            let at_hand = object.end - 9;
            let mut stride = Stride::new(object, &limits);
            stride.at = 9;
            assert_eq!(stride.repeated(b'['), count.min(32).min(at_hand), "{count} {behind} {at_hand}");
        }
    }
}

#[test]
fn hostile_07_null_is_no_number_that_may_be_too_long() {
    let limits = Limits { number: 1, ..Limits::default() };
    for text in ["[null]", "[1,2,3,4,5,6,7,null,8]", r#"{"a":[1,2,3,{"b":null}],"c":null}"#] {
        let placed = place(text, ",");
        assert_eq!(stride_over(placed.object(100), &limits), Some((text.len(), quotes_of(text))), "{text}");
    }
    for text in ["[12]", "[true]"] {
        assert_eq!(stride_over(place(text, ",").object(100), &limits), None, "{text}");
    }
}
