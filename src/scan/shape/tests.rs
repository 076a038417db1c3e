//! Items followed by their shape, and what stands where their values do.

use super::*;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use alloc::{format, vec};

use crate::scan::Literal;
use crate::scan::portable::{Words, follow_some as some};

#[test]
fn hostile_09_scalars_as_the_grammar_has_them() {
    for (text, length) in [
        ("0", 1),
        ("-0,", 2),
        ("01", 1),
        ("12.5e+3]", 7),
        ("1E9 ", 3),
        ("true", 4),
        ("falsey", 5),
        ("null", 4),
        ("9}", 1),
        ("-10", 3),
        ("-0.0e-0]", 7),
        ("0e1", 3),
        ("null", 4),
    ] {
        assert_eq!(scalar_length(text.as_bytes()), Some(length), "{text}");
    }
    for text in [
        "", "-", "+1", ".5", "1.", "1.e3", "1e", "1e+", "NaN", "tru", "nul", "-x", "-true", "1e-", "0.e1",
        "{", "\"",
    ] {
        assert_eq!(scalar_length(text.as_bytes()), None, "{text}");
    }
    assert_eq!(scalar_length(&[b'1'; 1000]), Some(1000));
    // For the grammar to judge.
    assert_eq!(scalar_length(&[b'1'; 1001]), None);
}

/// Up to seven bytes are looked at one by one, eight and more at once.
#[test]
fn hostile_09_short_scalars_are_the_same_looked_at_together() {
    const TOKENS: [&[u8]; 12] =
        [b"0", b"1", b"9", b"-", b".", b"e", b"E", b"+", b"true", b"false", b"null", b"\xff"];
    let mut found = 0;
    for number in 0..TOKENS.len().pow(5) {
        let mut text = [b','; 16];
        let (mut length, mut rest) = (0, number);
        while rest > 0 {
            let token = TOKENS[rest % TOKENS.len()];
            if length + token.len() > 6 {
                break;
            }
            text[length..length + token.len()].copy_from_slice(token);
            (length, rest) = (length + token.len(), rest / TOKENS.len());
        }
        for behind in [b',', b'}', b' ', b'/', b':', b';', 0x00, 0x2f, 0x3a, 0xf0, 0xfa] {
            text[length] = behind;
            let slow = scalar_length(&text[..=length]);
            assert_eq!(scalar_length(&text), slow, "{:?}", text.escape_ascii().to_string());
            found += usize::from(slow.is_some());
        }
    }
    assert!(found > 10_000);
    assert_eq!(scalar_length(b"1234567,"), Some(7));
    assert_eq!(scalar_length(b"12345678901,"), Some(11));
    assert_eq!(scalar_length(b"-1234567,"), Some(8));
}

/// Nothing else could tell whether it ever does: what it does not say is found byte by byte.
#[test]
fn literals_and_whole_numbers_of_up_to_six_digits_are_told_by_one_word() {
    let word = |text: &str, behind: u8| {
        let mut word = [behind; 8];
        word[..text.len()].copy_from_slice(text.as_bytes());
        short_scalar(u64::from_le_bytes(word))
    };
    for behind in [b',', b'}', b']', b' ', b'\n', b'\r', b'\t', b'/', b':', 0x00, 0xff] {
        for text in [
            "0", "-0", "7", "-7", "10", "19", "-20", "902", "-111", "9999", "-1000", "12345", "-98765",
            "100000", "-999999", "true", "false", "null",
        ] {
            assert_eq!(word(text, behind), Some(text.len()), "{text} {behind:#x}");
        }
        for text in
            ["", "-", "00", "01", "-012", "1234567", "-1234567", "12345678", "1.", "-1.5", "2e", "3E9"]
        {
            assert_eq!(word(text, behind), None, "{text} {behind:#x}");
        }
        for text in ["tru", "frue", "falle", "nul", "nulk", "Null", "-true", "x"] {
            assert_eq!(word(text, behind), None, "{text} {behind:#x}");
        }
    }
}

#[test]
fn hostile_07_a_number_is_as_long_as_the_limit_and_no_longer() {
    assert_eq!(scalar(b"123,", 4), Some((3, 0)));
    assert_eq!(scalar(b"1234,", 4), Some((4, 0)));
    assert_eq!(scalar(b"12345,", 4), None);
    assert_eq!(scalar(b"", 4), None);
}

/// What follows no item that is not quite of the shape: so it is seen which are, for the others are followed
/// all the same, only later.
fn none(
    _: &Learned,
    _: &[u8],
    _: usize,
    _: &[u32; 4 * MEMBERS],
    _: &mut Followed,
    _: usize,
    _: &mut Other<'_>,
) -> Option<usize> {
    None
}

fn shape(names: &[&str]) -> Learned {
    let mut shape = Learned::with_capacity(names.len());
    for (slot, name) in names.iter().enumerate() {
        let before = if slot == 0 { '{' } else { ',' };
        shape.push(Literal::new(format!("{before}\"{name}\":").as_bytes(), slot % MEMBERS).unwrap());
    }
    shape.close(Literal::new(b"}", 0).unwrap(), &vec![b'"'; names.len()]);
    shape
}

/// What is found of the items of a text that begin at `from`, with so many bytes behind the text; and what is
/// noted for the next.
fn run(
    shape: &Learned,
    (text, from, behind): (&str, usize, usize),
    mut lacking: u8,
    follow_some: FollowSome,
) -> (Vec<String>, u8, bool) {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(text.len() + behind, b'x');
    let mut quotes: Vec<u32> =
        (0..).zip(text.bytes()).filter(|(_, byte)| *byte == b'"').map(|(at, _)| at).collect();
    quotes.resize(quotes.len() + 4 * MEMBERS, u32::MAX);
    // Lists of strings, and members of no known name that are scalars.
    let mut nested = |_: Option<usize>, at: usize, quote: usize| {
        assert_eq!(Some(quote), quotes.iter().position(|quote| *quote as usize >= at), "entries before {at}");
        let (first, rest) = bytes[at..].split_first()?;
        if *first == b',' && !rest.starts_with(b"\"z\"") {
            return None;
        }
        let end = rest.iter().position(|byte| match first {
            b'[' => *byte == b']',
            _ => matches!(byte, b',' | b'}'),
        })?;
        let length = 1 + end + usize::from(*first == b'[');
        Some((length, bytes[at..at + length].iter().filter(|byte| **byte == b'"').count()))
    };
    let (mut out, mut missed) = (vec![Followed::nothing(); 32], false);
    let place = Place {
        bytes: &bytes,
        from,
        quotes: &quotes,
        gap: &Literal::new(b",", 0).unwrap(),
        number: 9,
        missed: &mut missed,
        lacking: &mut lacking,
    };
    // SAFETY: `Words` needs no special instructions.
    let count = unsafe { follow::<Words>(shape, place, &mut out, &mut nested, follow_some) };
    (out[..count].iter().map(|item| item.of_shape(shape)).collect(), lacking, missed)
}

#[test]
fn items_with_all_members_are_followed_at_once_as_they_are_one_by_one() {
    let shape = shape(&["a", "b", "c"]);
    const VALUES: [&str; 8] =
        [r#""text""#, r#""""#, "null", "17", "-0.5", "true", r#"["p","q"]"#, r#""longer than any literal""#];
    for first in 0..VALUES.len() {
        for second in 0..VALUES.len() {
            let item = |n: usize| {
                let value = |turn: usize| VALUES[(first + n * turn + second * (turn / 2)) % VALUES.len()];
                format!("{{\"a\":{},\"b\":{},\"c\":{}}}", value(1), value(2), value(3))
            };
            let items: Vec<_> = (0..5).map(item).collect();
            let text = format!("{:first$}[{}]{:200}", "", items.join(","), "\"".repeat(40));
            let (found, lacking, missed) = run(&shape, (&text, first + 1, 200), 0, none);
            assert_eq!((found.len(), lacking, missed), (5, 0, false), "{text}");
            assert_eq!(found, run(&shape, (&text, first + 1, 200), 200, some).0, "{text}");
        }
    }
}

#[test]
fn hostile_13_an_item_that_ends_in_the_last_two_blocks_of_the_buffer_is_left_to_others() {
    let shape = shape(&["a", "b"]);
    let text = r#"[{"a":"1","b":"2"}"#;
    for behind in 0..200 {
        let found = run(&shape, (text, 1, behind), 0, none).0;
        assert_eq!(found.len(), usize::from(behind + 1 >= 2 * BLOCK), "{behind}");
    }
}

#[test]
fn a_shape_has_up_to_32_members_and_an_item_up_to_four_entries_for_each_of_them() {
    for (count, others) in [(1, 4 * 31), (2, 4 * 30), (31, 4), (32, 0)] {
        let names: Vec<_> = (0..count).map(|number| format!("n{number}")).collect();
        let shape = shape(&names.iter().map(String::as_str).collect::<Vec<_>>());
        for (inside, is_followed) in [(0, true), (others, true), (others + 2, false)] {
            let list = vec!["\"\""; inside / 2].join(",");
            let members: Vec<_> = (0..count)
                .map(|number| match number {
                    0 => format!("\"n0\":[{list}]"),
                    _ => format!("\"n{number}\":\"x\""),
                })
                .collect();
            let text = format!("{{{}}}", members.join(","));
            let found = run(&shape, (&text, 0, 300), 0, none).0;
            assert_eq!(found.len(), usize::from(is_followed), "{count} {inside}");
        }
    }
    assert!(run(&Learned::with_capacity(0), ("{}", 0, 300), 0, some).0.is_empty());
    let many = shape(&["n"; MEMBERS + 1]);
    assert!(
        run(&many, (&format!("{{{}}}", ["\"n\":1"; MEMBERS + 1].join(",")), 0, 300), 0, none).0.is_empty()
    );
}

#[test]
fn after_an_item_that_is_not_quite_of_the_shape_the_next_eight_are_taken_for_such() {
    let shape = shape(&["a", "b"]);
    let full = [r#"{"a":"1","b":"2"}"#, r#"{"a":null,"b":"2"}"#, r#"{"a":3,"b":null}"#];
    for other in [r#"{"a":"1"}"#, r#"{"a":"1","z":7,"b":"2"}"#] {
        for behind in 0..12 {
            let mut items = vec![full[0], other];
            items.extend((0..behind).map(|number| full[number % 3]));
            let text = format!("{},{:20}", items.join(","), "\"".repeat(9));
            let (found, lacking, _) = run(&shape, (&text, 0, 300), 0, some);
            assert_eq!(found.len(), items.len(), "{text}");
            assert_eq!(usize::from(lacking), 8usize.saturating_sub(behind), "{text}");
        }
    }
    // What has not the shape is remembered, if there is anything before it.
    let foreign = format!("{{\"else\":1}},{:20}", "\"".repeat(9));
    assert!(!run(&shape, (&foreign, 0, 300), 0, some).2);
    assert!(run(&shape, (&format!("{},{foreign}", full[0]), 0, 300), 0, some).2);
}

#[test]
fn an_item_may_lack_four_members_in_a_row_and_have_four_others() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let shape = shape(&names);
    let member = |name: &str| format!("\"{name}\":1");
    for first in 1..8 {
        for lacking in 0..8 - first {
            let there = names[..first].iter().chain(&names[first + lacking..]);
            let text = format!("{{{}}}", there.map(|name| member(name)).collect::<Vec<_>>().join(","));
            let found = run(&shape, (&text, 0, 300), 0, some).0;
            assert_eq!(found.len(), usize::from(lacking <= ABSENT), "{text}");
        }
    }
    for more in 0..8 {
        for at in 1..=8 {
            let (before, behind) = names.split_at(at);
            let all =
                before.iter().copied().chain(core::iter::repeat_n("z", more)).chain(behind.iter().copied());
            let text = format!("{{{}}}", all.map(member).collect::<Vec<_>>().join(","));
            let found = run(&shape, (&text, 0, 300), 0, some).0;
            assert_eq!(found.len(), usize::from(more <= MORE), "{text}");
        }
    }
}

#[test]
fn hostile_09_what_begins_with_no_brace_is_no_item_though_one_may_come_behind_it() {
    let (shape, full) = (shape(&["a", "b"]), r#"{"a":"1","b":"2"}"#);
    for wrong in ["}", ",\"z\":7{\"a\":\"1\",\"b\":\"2\"}", "\"b\":\"2\"}", ",\"b\":\"2\"}"] {
        let text = format!("{full},{wrong},{full},{full},{full}");
        for lacking in [0, 200] {
            assert_eq!(run(&shape, (&text, 0, 300), lacking, some).0.len(), 1, "{text}");
        }
    }
}

#[test]
fn an_item_longer_than_its_spans_can_say_is_left_to_others() {
    let shape = shape(&["a", "b"]);
    for (length, is_followed) in [(FARTHEST - 1, true), (FARTHEST, true), (FARTHEST + 1, false)] {
        let text = format!("{{\"a\":\"{}\",\"b\":7}}", "x".repeat(length - 14));
        assert_eq!(text.len(), length);
        let found = run(&shape, (&text, 0, 300), 200, some).0;
        assert_eq!(found.len(), usize::from(is_followed), "{length}");
    }
}

/// A vector of half a block is enough for a literal of just that.
#[test]
fn a_literal_is_long_if_it_is_longer_than_half_a_block() {
    for (length, is_long) in [(9, false), (BLOCK / 2, false), (BLOCK / 2 + 1, true), (BLOCK, true)] {
        assert_eq!(shape(&["a", &"n".repeat(length - 4)]).long, is_long, "{length}");
    }
}
