//! Items followed by columns against the same followed one by one.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::{BATCH, COLUMNS, Columns, FEW, MOST_PAUSED, Table};
use crate::scan::{Followed, Learned, Literal, MEMBERS, Path, Place, follow};

/// Numbers below a bound, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn pick<'a, T: ?Sized>(&mut self, some: &[&'a T]) -> &'a T {
        some[self.below(some.len())]
    }
}

/// How items are laid out: before the first name, the others, the values, the closing brace and the
/// next item.
type Layout = [&'static str; 5];

const COMPACT: Layout = ["{", ",", ":", "}", ","];
const SPACED: Layout = ["{ ", ", ", ": ", " }", ",\n"];
const PRETTY: Layout = [
    "{\n            ",
    ",\n            ",
    ": ",
    "\n        }",
    ",\n                                        ",
];
/// As far from a name to its string as from that to the next name, but not by the same bytes.
const EVEN: Layout = ["{", " , ", " : ", "}", ","];

const NAMES: [&str; COLUMNS] =
    ["id", "user", "", "a-name-of-some-length", "x", "y", "z", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

const STRINGS: [&str; 8] = [
    "",
    "a",
    "grace.smith@corp.example",
    r#"\"\\\""#,
    r#",\""#,
    ":",
    "null",
    "192.0.2.17 - a longer text, really",
];
const OTHERS: [&str; 6] =
    ["0", "-17", "12.5e-3", "true", "false", "1234567890123456789012345678901234567890"];

/// What an item is made of, and the shape of all like it.
struct Kind {
    layout: Layout,
    members: usize,
    /// Members that are numbers and the like.
    others: u32,
}

impl Kind {
    fn learned(&self) -> Learned {
        let mut learned = Learned::with_capacity(self.members);
        let [open, comma, colon, close, _] = self.layout;
        let mut values = Vec::new();
        for (number, name) in NAMES.into_iter().enumerate().take(self.members) {
            let before = if number == 0 { open } else { comma };
            let text = [before, "\"", name, "\"", colon].concat();
            // Slots in another order than members.
            let slot = (number + 3) % self.members.max(COLUMNS - 1);
            learned.push(Literal::new(text.as_bytes(), slot).unwrap());
            values.push(if self.others >> number & 1 == 1 { b'1' } else { b'"' });
        }
        learned.close(Literal::new(close.as_bytes(), 0).unwrap(), &values);
        learned
    }

    /// Items one after the other; where each begins.
    fn items(&self, count: usize, nulls: usize, numbers: &mut Numbers) -> (Vec<u8>, Vec<usize>) {
        let [open, comma, colon, close, gap] = self.layout;
        let (mut text, mut starts) = (Vec::new(), Vec::new());
        for item in 0..count {
            if item > 0 {
                text.extend_from_slice(gap.as_bytes());
            }
            starts.push(text.len());
            for (number, name) in NAMES.into_iter().enumerate().take(self.members) {
                for part in [if number == 0 { open } else { comma }, "\"", name, "\"", colon] {
                    text.extend_from_slice(part.as_bytes());
                }
                if numbers.below(10) < nulls {
                    text.extend_from_slice(b"null");
                } else if self.others >> number & 1 == 1 && numbers.below(10) > 0 {
                    text.extend_from_slice(numbers.pick(&OTHERS).as_bytes());
                } else {
                    text.extend_from_slice(
                        [b"\"", numbers.pick(&STRINGS).as_bytes(), b"\""].concat().as_slice(),
                    );
                }
            }
            text.extend_from_slice(close.as_bytes());
        }
        (text, starts)
    }
}

/// Positions of unescaped quotes, and as many beyond everything as the index holds in reserve.
fn quotes(bytes: &[u8], from: usize) -> Vec<u32> {
    let mut escaped = false;
    let mut found = Vec::new();
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        if *byte == b'"' && !escaped {
            found.push(u32::try_from(at).unwrap());
        }
        escaped = *byte == b'\\' && !escaped;
    }
    found.resize(found.len() + 4 * MEMBERS, u32::MAX);
    found
}

/// What is known of each item that was followed.
fn followed(
    path: Path,
    learned: &Learned,
    gap: &str,
    bytes: &[u8],
    from: usize,
    pause: bool,
) -> Vec<Followed> {
    let mut table = Box::new(Table::new());
    if pause {
        table.leave_alone();
    }
    followed_in(&mut table, path, learned, gap, bytes, from)
}

/// The same, worked out in a table of the caller's.
fn followed_in(
    table: &mut Table,
    path: Path,
    learned: &Learned,
    gap: &str,
    bytes: &[u8],
    from: usize,
) -> Vec<Followed> {
    let mut batch: Vec<_> = (0..BATCH).map(|_| Followed::nothing()).collect();
    let end = bytes.len() - 128;
    let place = Place {
        bytes,
        from,
        quotes: &quotes(&bytes[..end], from),
        gap: &Literal::new(gap.as_bytes(), 0).unwrap(),
        number: 30,
        lacking: &mut 0,
        missed: &mut false,
    };
    let count = follow(path, learned, place, table, &mut batch, &mut |_, _, _| None);
    batch.truncate(count);
    batch
}

fn assert_alike(learned: &Learned, found: &[Followed], expected: &[Followed], bytes: &[u8]) {
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.of_shape(learned), expected.of_shape(learned), "{}", String::from_utf8_lossy(bytes));
    }
}

fn kinds() -> impl Iterator<Item = Kind> {
    [COMPACT, SPACED, PRETTY, EVEN].into_iter().flat_map(|layout| {
        [2, 3, 7, 8, 9, 14, 15, 16].into_iter().flat_map(move |members| {
            [0, 1, 0b1010_0110, 1 << (members - 1)].map(|others| Kind { layout, members, others })
        })
    })
}

#[test]
fn items_are_the_same_as_one_by_one_and_all_of_them() {
    if !Path::Avx512.is_available() {
        return;
    }
    let (mut numbers, mut all) = (Numbers(1), 0);
    for kind in kinds() {
        let learned = kind.learned();
        for round in 0..12 {
            let nulls = [0, 1, 5, 10][round % 4];
            let (text, starts) = kind.items(1 + numbers.below(40), nulls, &mut numbers);
            let lead = 64 + numbers.below(64);
            let mut bytes = vec![b' '; lead];
            bytes.extend_from_slice(&text);
            bytes.resize(bytes.len() + 256, b'"');
            let gap = kind.layout[4];
            let expected = followed(Path::Portable, &learned, gap, &bytes, lead, true);
            let found = followed(Path::Avx512, &learned, gap, &bytes, lead, false);
            assert_alike(&learned, &found, &expected, &bytes);
            // There is room for so many of the longest. A number in the last place ends where the next
            // item tells; those too long are refused.
            let last_is_other = kind.others >> (kind.members - 1) & 1 == 1;
            let least = starts.len().min(18) - usize::from(last_is_other);
            assert!(found.len() >= least || kind.others > 0, "{} of {}", found.len(), starts.len());
            all += found.len();
        }
    }
    assert!(all > 10_000, "{all} items in all, some with numbers");
}

#[test]
fn what_is_changed_is_not_taken_for_what_it_was() {
    if !Path::Avx512.is_available() {
        return;
    }
    let mut numbers = Numbers(2);
    for kind in kinds() {
        let learned = kind.learned();
        for _ in 0..60 {
            let (mut text, _) = kind.items(6, 3, &mut numbers);
            for _ in 0..1 + numbers.below(2) {
                let at = numbers.below(text.len());
                let new =
                    numbers.pick(&[&b"\""[..], b"", b",", b" ", b"}", b"{\"", b"null", b"x", b"\"\"", b"1"]);
                text.splice(at..at + numbers.below(2), new.iter().copied());
            }
            let mut bytes = vec![b' '; 64];
            bytes.extend_from_slice(&text);
            bytes.resize(bytes.len() + 256, b'"');
            let gap = kind.layout[4];
            let expected = followed(Path::Portable, &learned, gap, &bytes, 64, true);
            let found = followed(Path::Avx512, &learned, gap, &bytes, 64, false);
            assert_alike(&learned, &found, &expected, &bytes);
            assert!(found.len() <= expected.len(), "{}", String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn columns_are_those_of_shapes_with_the_same_bytes_between_all_members() {
    let of = |texts: &[&str], values: &[u8]| {
        let members: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(slot, text)| Literal::new(text.as_bytes(), slot).unwrap())
            .collect();
        Columns::of(&members, values).is_alike()
    };
    assert!(of(&["{\"a\":", ",\"b\":"], b"\"n"));
    assert!(of(&["{\n\"a\":", ",\"b\":", ",\"c\":"], b"\"1t"));
    for (texts, values) in [
        (&["{\"a\":"][..], &b"\""[..]),
        (&["{\"a\":", ",\"b\": "], b"\"\""),
        (&["{\"a\":", ", \"b\":", ",\"c\":"], b"\"\"\""),
        (&["{\"a\":", ",\"b\":"], b"\"{"),
        (&["{\"a\":", ",\"b\":"], b"[\""),
        (&["{\"a\":", ",\"b\":"], b"\""),
        (&[",\"a\":"; 17], &[b'"'; 17]),
    ] {
        assert!(!of(texts, values), "{texts:?}");
    }
}

/// What is not followed by columns is followed one by one, so nothing else would show it.
#[test]
fn items_alike_are_followed_by_columns() {
    if !Path::Avx512.is_available() {
        return;
    }
    let (mut numbers, mut tried) = (Numbers(3), 0);
    for kind in kinds() {
        let learned = kind.learned();
        for nulls in [0, 2, 10, 0] {
            let (text, _) = kind.items(FEW + 2, nulls, &mut numbers);
            let mut bytes = vec![b' '; 64];
            bytes.extend_from_slice(&text);
            bytes.resize(bytes.len() + 256, b'"');
            // A number that is too long ends them early.
            if String::from_utf8_lossy(&text).contains(OTHERS[5]) {
                continue;
            }
            let mut table = Box::new(Table::new());
            table.paused = 3;
            let gap = kind.layout[4];
            assert!(followed_in(&mut table, Path::Avx512, &learned, gap, &bytes, 64).len() > FEW);
            assert_eq!((table.paused, table.pause), (0, 0), "{}", String::from_utf8_lossy(&text));
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
}

/// Neither that bytes run out nor that the first item is too near to the start of the buffer says
/// anything of the items to come.
#[test]
fn few_items_at_hand_are_no_reason_to_leave_columns_alone() {
    if !Path::Avx512.is_available() {
        return;
    }
    let (mut numbers, mut tried) = (Numbers(5), 0);
    for kind in kinds().filter(|kind| kind.others == 0) {
        let (learned, gap) = (kind.learned(), kind.layout[4]);
        let (text, _) = kind.items(FEW - 3, 0, &mut numbers);
        for from in [10, 64] {
            let mut bytes = vec![b' '; from];
            bytes.extend_from_slice(&text);
            bytes.resize(bytes.len() + 256, b' ');
            let mut table = Box::new(Table::new());
            let items = followed_in(&mut table, Path::Avx512, &learned, gap, &bytes, from).len();
            assert!(if from < 64 { items == 1 } else { items > 1 }, "{items}");
            assert_eq!((table.paused, table.pause), (0, 0), "{}", String::from_utf8_lossy(&text));
            table.leave_alone();
            let items = followed_in(&mut table, Path::Avx512, &learned, gap, &bytes, from).len();
            assert!(items > 1, "one by one");
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}

#[test]
fn batches_that_did_not_pay_are_left_alone_for_longer_and_longer() {
    let mut table = Box::new(Table::new());
    for pause in [1, 3, 7, 15, 31, MOST_PAUSED, MOST_PAUSED] {
        assert!(table.may_pay());
        table.has_paid(FEW - 1);
        for _ in 0..pause {
            assert!(!table.may_pay());
        }
    }
    assert!(table.may_pay());
    table.has_paid(FEW);
    assert!(table.may_pay() && table.may_pay());
    table.has_paid(0);
    assert!(!table.may_pay() && table.may_pay());
}

/// Behind two values of one item at a time, so that no fault hides another's.
#[test]
fn what_stands_between_two_members_is_never_passed_over() {
    if !Path::Avx512.is_available() {
        return;
    }
    for members in [9, 14, 16] {
        let kind = Kind { layout: COMPACT, members, others: 0 };
        let learned = kind.learned();
        for first in 0..members {
            for second in first..members {
                for stray in [" ", "x", "\t,"] {
                    let item = |is_bad: bool| {
                        let member = |number: usize| {
                            let is_bad = is_bad && (number == first || number == second);
                            let value = if number.is_multiple_of(3) { "null" } else { "\"text\"" };
                            format!("\"{}\":{value}{}", NAMES[number], if is_bad { stray } else { "" })
                        };
                        format!("{{{}}}", (0..members).map(member).collect::<Vec<_>>().join(","))
                    };
                    let items: Vec<_> = (0..12).map(|number| item(number == 9)).collect();
                    let mut bytes = vec![b' '; 64];
                    bytes.extend_from_slice(items.join(",").as_bytes());
                    bytes.resize(bytes.len() + 256, b'"');
                    let found = followed(Path::Avx512, &learned, ",", &bytes, 64, false);
                    assert_eq!(found.len(), 9, "{} {stray:?}", items[9]);
                }
            }
        }
    }
}
