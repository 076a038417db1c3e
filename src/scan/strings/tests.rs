//! What is left in doubt, held against the grammar and `std`.

use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};

use super::is_incomplete;
use crate::Limits;
use crate::grammar::{Ending, Grammar};
use crate::scan::{BLOCK, Blocks, Carry, Path, SPECIAL_HIGH, SPECIAL_UNSURE, index_blocks};

/// Whether the blocks of a string, its quotes included, leave anything in doubt.
fn is_in_doubt(path: Path, string: &[u8], stripe: usize, behind: u8) -> bool {
    let mut padded = string.to_vec();
    padded.resize(string.len().next_multiple_of(BLOCK), behind);
    let (mut positions, mut special) = (vec![0; padded.len() + BLOCK], Vec::new());
    let mut carry = Carry::default();
    for part in padded.chunks(stripe) {
        let mut flags = vec![0; part.len() / BLOCK];
        let end = special.len() * BLOCK + part.len();
        index_blocks(
            path,
            &mut Blocks {
                bytes: part,
                base: 0,
                first: u64::MAX,
                last: if end > string.len() { u64::MAX >> (end - string.len()) } else { u64::MAX },
                carry: &mut carry,
                positions: &mut positions,
                count: 0,
                special: &mut flags,
            },
        );
        special.extend(flags);
    }
    special.iter().any(|flags| flags & (SPECIAL_HIGH | SPECIAL_UNSURE) != 0)
}

fn is_accepted(string: &[u8]) -> bool {
    let mut grammar = Grammar::new(&Limits::default());
    string.iter().all(|byte| grammar.step(*byte).is_ok()) && grammar.end() == Ending::Complete
}

fn each(pieces: &[&[u8]], mut check: impl FnMut(Path, &[u8], bool)) {
    let mut state = 1u64;
    for lead in 0..140 {
        for _ in 0..60 {
            let mut string = vec![b'"'];
            string.resize(1 + lead, b'x');
            let count = 1 + state % 7;
            for _ in 0..count {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                string.extend_from_slice(pieces[usize::try_from(state >> 33).unwrap() % pieces.len()]);
            }
            string.push(b'"');
            let accepted = is_accepted(&string);
            for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
                // Nothing that comes after it takes a doubt away.
                for (stripe, behind) in [(BLOCK, b' '), (4096, 0x80)] {
                    check(path, &string, accepted || is_in_doubt(path, &string, stripe, behind));
                }
                if path != Path::Portable {
                    check(path, &string, !accepted || !is_in_doubt(path, &string, 4096, b' '));
                }
            }
        }
    }
}

#[test]
fn hostile_10_what_is_not_utf8_is_in_doubt_and_nothing_else() {
    let pieces: [&[u8]; 22] = [
        b"a",
        "é".as_bytes(),
        "€".as_bytes(),
        "😀".as_bytes(),
        "\u{7ff}\u{800}".as_bytes(),
        "\u{ffff}\u{10000}\u{10ffff}".as_bytes(),
        "\u{d7ff}\u{e000}".as_bytes(),
        b"\x80",
        b"\xbf",
        b"\xc3",
        b"\xe2\x82",
        b"\xf0\x9f\x98",
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xe0\x9f\xbf",
        b"\xed\xa0\x80",
        b"\xf0\x8f\xbf\xbf",
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        b"\xff",
        b"xyz",
        "ü".as_bytes(),
    ];
    // Mostly right, so that what is wrong stands alone.
    for wrong in 6..pieces.len() {
        let some: Vec<&[u8]> =
            pieces[..7].iter().chain([&pieces[wrong], &pieces[0], &pieces[20]]).copied().collect();
        each(&some, |path, string, holds| assert!(holds, "{path:?} {:?}", String::from_utf8_lossy(string)));
    }
}

#[test]
fn hostile_10_escapes_that_are_wrong_are_in_doubt_and_no_others() {
    let right: [&[u8]; 8] =
        [b"a", br"\\", br"\/", br#"\""#, br"\b\f\n\r\t", br"\u00e9", br"\uABCD", br"\u0d8F"];
    for wrong in
        [&br"\x"[..], br"\u", br"\u12", br"\u00g0", br"\U0041", br"\'", br"\1", br"\u 041", b"\\\xc3\xa9"]
    {
        let mut some = right.to_vec();
        some.push(wrong);
        each(&some, |path, string, holds| assert!(holds, "{path:?} {:?}", String::from_utf8_lossy(string)));
    }
    let halves = [
        r"\ud800",
        r"\uDFFF",
        r"\udc00",
        r"\udbff\u0020",
        r"\udbffxxxxxx",
        r"\ude00\ud83d",
        r"\ud83d\n",
        r"\ud83d\\ude00",
        r"\ud83d\nudde00",
        r"\ud83dx\ude00",
        r"\ud83d\u",
        r"\ud83d\ud",
        r"\ud83d\ude0",
        r"\ud83d\ue000",
        r"\ud83",
    ];
    for half in halves {
        for lead in 0..140 {
            let string = format!("\"{}{half}\"", "x".repeat(lead)).into_bytes();
            for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
                assert!(is_in_doubt(path, &string, 4096, b' '), "{path:?} {lead} {half}");
            }
        }
    }
}

#[test]
fn hostile_10_a_surrogate_pair_is_never_in_doubt() {
    let pairs = [
        r"\ud83d\ude00",
        r"\uD800\uDC00",
        r"\udBFF\udfff",
        r"\ud912\uDd34\uda56\ude78",
        r"\ud800\udc00\u00e9",
    ];
    for pair in pairs {
        for lead in 0..140 {
            let string = format!("\"{}{pair}\"", "x".repeat(lead)).into_bytes();
            for path in [Path::Avx512, Path::Avx2].into_iter().filter(|path| path.is_available()) {
                for stripe in [BLOCK, 4096] {
                    assert!(!is_in_doubt(path, &string, stripe, b' '), "{path:?} {lead} {pair}");
                }
            }
        }
    }
    // Halves in any order among other things are in doubt or right.
    let pieces = [r"\ud83d", r"\uDE00", r"\udbff", r"\uDC00", "x", r"\n", r"\\", r"\u00e9", r"\u"];
    let mut state = 1u64;
    let mut number = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    for _ in 0..4000 {
        let mut string = format!("\"{}", "x".repeat(number(70)));
        for _ in 0..1 + number(12) {
            string += pieces[number(pieces.len())];
        }
        string += "\"";
        for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
            for stripe in [BLOCK, 4096] {
                let doubt = is_in_doubt(path, string.as_bytes(), stripe, b' ');
                assert!(doubt || is_accepted(string.as_bytes()), "{path:?} {string}");
            }
        }
    }
    // What is changed in one is in doubt or right.
    let pair = br"\ud83d\ude00";
    for (at, lead) in (0..pair.len()).flat_map(|at| [1, 51, 54, 57, 60].map(|lead| (at, lead))) {
        for byte in (0x20..0x7f).filter(|byte| *byte != b'"') {
            let mut string = [&b"\""[..], &[b'x'; 60][..lead], &pair[..], b"y\""].concat();
            string[1 + lead + at] = byte;
            for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
                let doubt = is_in_doubt(path, &string, 4096, b' ');
                assert!(doubt || is_accepted(&string), "{path:?} {}", String::from_utf8_lossy(&string));
            }
        }
    }
}

/// What one block hands to the next counts even where the next has just one byte to look at, or where
/// its bits happen to be those that were handed over.
#[test]
fn hostile_10_what_a_block_begins_wrong_is_in_doubt_whatever_the_next_one_has() {
    let cut: [&[u8]; 6] =
        [br"\u123\nx", b"\\u123\x80x", b"\\\x80x", b"\xc3x", br"\u12\\x", b"\\u12\xc3\xa9x"];
    let mut strings: Vec<_> = (0..140)
        .flat_map(|lead| cut.map(|cut| [b"\"", &vec![b'x'; lead][..], cut, b"\""].concat()))
        .collect();
    // The last four bytes as a number, and a character at each pair of its bits.
    let last = *b"xxx\xc3";
    let mut string = [b"\"", &[b'x'; BLOCK - 5][..], &last].concat();
    let bits = u32::from_le_bytes(last);
    let mut at = 0;
    while at < 32 {
        let pair: &[u8] = if bits >> at & 3 == 3 { "\u{e9}".as_bytes() } else { b"x" };
        string.extend_from_slice(pair);
        at += pair.len();
    }
    string.push(b'"');
    strings.push(string);
    for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
        for string in &strings {
            assert!(!is_accepted(string));
            assert!(is_in_doubt(path, string, 4096, b' '), "{path:?} {}", String::from_utf8_lossy(string));
        }
    }
}

/// What is in doubt in each of many strings of less than a block, each in a block of its own.
fn doubts(path: Path, strings: &[Vec<u8>]) -> Vec<bool> {
    let mut blocks = Vec::new();
    for string in strings {
        blocks.extend_from_slice(string);
        blocks.resize(blocks.len().next_multiple_of(BLOCK), b' ');
    }
    let (mut positions, mut special) = (vec![0; blocks.len() + BLOCK], vec![0; strings.len()]);
    index_blocks(
        path,
        &mut Blocks {
            bytes: &blocks,
            base: 0,
            first: u64::MAX,
            last: u64::MAX,
            carry: &mut Carry::default(),
            positions: &mut positions,
            count: 0,
            special: &mut special,
        },
    );
    special.iter().map(|flags| flags & (SPECIAL_HIGH | SPECIAL_UNSURE) != 0).collect()
}

#[test]
fn hostile_10_of_any_two_bytes_those_that_are_not_utf8_are_in_doubt() {
    let before: [&[u8]; 6] = [b"", b"\xc3", b"\xe1", b"\xf1", b"\xe1\x80", b"\xf1\x80\x80"];
    let plain = |byte: &u8| !matches!(byte, b'"' | b'\\');
    for path in [Path::Avx512, Path::Avx2].into_iter().filter(|path| path.is_available()) {
        for first in (0x20..=0xff).filter(plain) {
            for before in before {
                for after in [&b""[..], b"\x80", b"\x80\x80"] {
                    let strings: Vec<_> = (0x20..=0xff)
                        .filter(plain)
                        .map(|second| [b"\"", before, &[first, second], after, b"\""].concat())
                        .collect();
                    for (string, doubt) in strings.iter().zip(doubts(path, &strings)) {
                        assert_eq!(doubt, core::str::from_utf8(string).is_err(), "{path:?} {string:x?}");
                    }
                }
            }
        }
    }
}

#[test]
fn hostile_10_halves_without_the_other_at_both_ends_of_a_block_are_in_doubt() {
    for bit in 0..6 {
        // The digits that say which half it is are at the same distance from either end.
        let mut string = [b"\"", &vec![b'x'; BLOCK - 4 + bit][..], br"\udc00"].concat();
        string.resize(2 * BLOCK - 9 + bit, b'x');
        string.extend_from_slice(br#"\ud83dxxxxxx""#);
        assert!((string[BLOCK + bit], string[2 * BLOCK - 6 + bit]) == (b'c', b'8'));
        for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
            assert!(is_in_doubt(path, &string, 4096, b' '), "{path:?} {bit}");
        }
    }
}

#[test]
fn a_character_goes_on_behind_a_block_if_it_is_not_all_there() {
    for (text, goes_on) in [
        ("abcd", false),
        ("abc\u{e9}", false),
        ("a\u{20ac}", false),
        ("\u{1f600}", false),
        ("xabcd\u{e9}", true),
        ("xab\u{20ac}", true),
        ("x\u{1f600}", true),
    ] {
        let bytes = text.as_bytes();
        for cut in 4..bytes.len() {
            let last = *bytes[..cut].last_chunk().unwrap();
            assert_eq!(is_incomplete(u32::from_le_bytes(last)), !text.is_char_boundary(cut), "{text} {cut}");
        }
        let last = *bytes[..bytes.len() - usize::from(goes_on)].last_chunk().unwrap();
        assert_eq!(is_incomplete(u32::from_le_bytes(last)), goes_on, "{text}");
    }
}
