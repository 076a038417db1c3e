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
mod tests;
