//! What a block tells of its strings while it is indexed: whether its UTF-8 and its escapes are
//! as they must be. A doubt costs time, no more: then the item's text is looked at by itself.

/// What the bytes of a block may be in an escape: one bit a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Letters {
    /// What may come after a backslash: `"\/bfnrtu`.
    pub(super) after: u64,
    /// `u`.
    pub(super) unicode: u64,
    /// Hex digits.
    pub(super) hex: u64,
    /// `d` and `D`.
    pub(super) d: u64,
    /// All bytes from `8` on: the hex digits among them make a surrogate after a `d`.
    pub(super) from_8: u64,
    /// All bytes from `c` on, and some others that are no hex digits: these digits make the second
    /// half of a pair, the others the first.
    pub(super) from_c: u64,
}

/// What escapes at the end of a block ask of the next. One word: for each block it is asked whether
/// there is anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Late(u64);

impl Late {
    /// `unicode`: which of the last four bytes are the `u` of an escape, one bit for each. `d`: 1 if the
    /// last byte is the first digit of one, and a `d`. `seconds`: which bytes of the next block are to
    /// be the second digit of a pair's second half.
    #[inline(always)]
    fn new(unicode: u64, d: u64, seconds: u64) -> Self {
        Self(unicode | d << 4 | seconds << 5)
    }

    #[inline(always)]
    fn unicode(self) -> u64 {
        self.0 & 0xf
    }

    #[inline(always)]
    fn d(self) -> u64 {
        self.0 >> 4 & 1
    }

    #[inline(always)]
    fn seconds(self) -> u64 {
        self.0 >> 5
    }

    /// Anything at all.
    #[inline(always)]
    pub(super) fn any(self) -> u64 {
        self.0
    }
}

/// Whether the escapes of a block are complete and surrogates paired, as far as is seen in it, given its
/// backslashes and the escaped bytes. What is not seen here is asked of the next block: only where
/// the string must reach into that.
#[inline(always)]
pub(super) fn are_escapes_plain(letters: Letters, backslash: u64, escaped: u64, late: &mut Late) -> bool {
    let unicode = escaped & letters.unicode;
    let mut wrong = escaped & !letters.after;
    if unicode | late.any() != 0 {
        // The bytes at a distance behind each `u`, those of the block before included.
        let behind = |distance: u32| unicode << distance | (late.unicode() << distance) >> 4;
        wrong |= (behind(1) | behind(2) | behind(3) | behind(4)) & !letters.hex;
        let d = behind(1) & letters.d;
        let surrogates = (d << 1 | late.d()) & letters.from_8;
        // From a byte of the first half to the same of the second there are six.
        let (first, second) = (surrogates & !letters.from_c, surrogates & letters.from_c);
        wrong |= (first << 6 | late.seconds()) ^ second;
        // A second half is not to be expected of the next block where the string may end in this one: of
        // what comes between, all that is in this block must be here.
        wrong |= first >> 58 & 0b11 & !(unicode >> 62) | first >> 60 & 1 & !(backslash >> 63);
        *late = Late::new(unicode >> 60, d >> 63, first >> 58);
    }
    wrong == 0
}

/// Kinds of bytes: the bits that the look-ups by a byte's lower and upper half have in common.
pub(super) const AFTER: u8 = all(&[FROM_20, FROM_50, FROM_60, FROM_70, U]);
pub(super) const UNICODE: u8 = U;
pub(super) const HEX: u8 = all(&[DIGIT, LETTER]);
pub(super) const D: u8 = 0x80;

/// What may come after a backslash, by its upper half; `u` alone.
const FROM_20: u8 = 0x01;
const FROM_50: u8 = 0x02;
const FROM_60: u8 = 0x04;
const FROM_70: u8 = 0x08;
const U: u8 = 0x10;
/// Hex digits.
const DIGIT: u8 = 0x20;
const LETTER: u8 = 0x40;

/// Bits together.
const fn all(bits: &[u8]) -> u8 {
    let (mut all, mut at) = (0, 0);
    while at < bits.len() {
        all |= bits[at];
        at += 1;
    }
    all
}

pub(super) const LETTERS_BY_LOW: [u8; 16] = [
    DIGIT,                                            // 0
    all(&[DIGIT, LETTER]),                            // 1 a
    all(&[DIGIT, LETTER, FROM_20, FROM_60, FROM_70]), // 2 b, `"`, r
    all(&[DIGIT, LETTER]),                            // 3 c
    all(&[DIGIT, LETTER, D, FROM_70]),                // 4 d, t
    all(&[DIGIT, LETTER, U]),                         // 5 e, u
    all(&[DIGIT, LETTER, FROM_60]),                   // 6 f
    DIGIT,                                            // 7
    DIGIT,                                            // 8
    DIGIT,                                            // 9
    0,
    0,
    FROM_50, // `\`
    0,
    FROM_60, // n
    FROM_20, // `/`
];
pub(super) const LETTERS_BY_HIGH: [u8; 16] = [
    0,
    0,
    FROM_20,
    DIGIT,
    all(&[LETTER, D]),
    FROM_50,
    all(&[FROM_60, LETTER, D]),
    all(&[FROM_70, U]),
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
];

/// UTF-8 by three look-ups: what is wrong with two bytes after each other, by the halves of the
/// first and the upper half of the second. (Keiser and Lemire, "Validating UTF-8 in less than one
/// instruction per byte", 2021.)
const TOO_SHORT: u8 = 0x01;
const TOO_LONG: u8 = 0x02;
const OVERLONG_3: u8 = 0x04;
const TOO_LARGE: u8 = 0x08;
const SURROGATE: u8 = 0x10;
const OVERLONG_2: u8 = 0x20;
const OVERLONG_4: u8 = 0x40;
const TWO_CONTINUATIONS: u8 = 0x80;
/// Whatever the first byte's lower half is.
const ANY: u8 = all(&[TOO_SHORT, TOO_LONG, TWO_CONTINUATIONS]);

pub(super) const FIRST_BY_HIGH: [u8; 16] = [
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TWO_CONTINUATIONS,
    TWO_CONTINUATIONS,
    TWO_CONTINUATIONS,
    TWO_CONTINUATIONS,
    all(&[TOO_SHORT, OVERLONG_2]),
    TOO_SHORT,
    all(&[TOO_SHORT, OVERLONG_3, SURROGATE]),
    all(&[TOO_SHORT, TOO_LARGE, OVERLONG_4]),
];
/// (Above the largest code point and overlong share a bit: the second byte tells them apart.)
pub(super) const FIRST_BY_LOW: [u8; 16] = {
    const FROM_5: u8 = all(&[ANY, TOO_LARGE, OVERLONG_4]);
    [
        all(&[ANY, OVERLONG_2, OVERLONG_3, OVERLONG_4]),
        all(&[ANY, OVERLONG_2]),
        ANY,
        ANY,
        all(&[ANY, TOO_LARGE]),
        FROM_5,
        FROM_5,
        FROM_5,
        FROM_5,
        FROM_5,
        FROM_5,
        FROM_5,
        FROM_5,
        all(&[FROM_5, SURROGATE]),
        FROM_5,
        FROM_5,
    ]
};
pub(super) const SECOND_BY_HIGH: [u8; 16] = {
    const CONTINUATION: u8 = all(&[TOO_LONG, TWO_CONTINUATIONS, OVERLONG_2]);
    [
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
        all(&[CONTINUATION, OVERLONG_3, OVERLONG_4]),
        all(&[CONTINUATION, OVERLONG_3, TOO_LARGE]),
        all(&[CONTINUATION, SURROGATE, TOO_LARGE]),
        all(&[CONTINUATION, SURROGATE, TOO_LARGE]),
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
        TOO_SHORT,
    ]
};

/// Whether the last character of a block goes on in the next, given the block's last four bytes.
#[inline(always)]
pub(super) fn is_incomplete(last: u32) -> bool {
    let [_, third, second, first] = last.to_le_bytes();
    third >= 0xf0 || second >= 0xe0 || first >= 0xc0
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;
    use alloc::{format, vec};

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
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    string.extend_from_slice(pieces[usize::try_from(state >> 33).unwrap() % pieces.len()]);
                }
                string.push(b'"');
                let accepted = is_accepted(&string);
                for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar)
                {
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
            each(&some, |path, string, holds| {
                assert!(holds, "{path:?} {:?}", String::from_utf8_lossy(string))
            });
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
            each(&some, |path, string, holds| {
                assert!(holds, "{path:?} {:?}", String::from_utf8_lossy(string))
            });
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
                for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar)
                {
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
                for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar)
                {
                    let doubt = is_in_doubt(path, &string, 4096, b' ');
                    assert!(doubt || is_accepted(&string), "{path:?} {}", String::from_utf8_lossy(&string));
                }
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
}
