//! Where an item may have escapes, and the way from a string as sent to the text that it means.

use alloc::string::String;

use super::escapes::code_unit;
use super::quotes::BLOCK;

/// In which blocks of the window that an item touches a backslash may be: most texts of an item with
/// an escape have none, and are not searched for one.
///
/// One bit a block (of an item that touches more than sixteen, the last stands for all others), and
/// above them where in the first of them the item begins. (One word, written and copied at once.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Escaped(u32);

impl Escaped {
    /// Nowhere.
    pub(crate) const NOWHERE: Self = Self(0);
    /// Anywhere.
    pub(crate) const ANYWHERE: Self = Self(0xffff);
    /// How many bits of [`bits`](Self::bits) may be set.
    pub(crate) const WIDTH: u32 = 22;

    /// Of an item that begins at `from`: one bit for each block from there on, if sixteen suffice.
    #[inline]
    pub(crate) fn new(blocks: Option<u16>, from: usize) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "less than a block")]
        let phase = (from % BLOCK) as u32;
        blocks.map_or(Self::ANYWHERE, |blocks| Self(phase << 16 | u32::from(blocks)))
    }

    /// Whether there may be any between two places of the item.
    #[inline(always)]
    pub(crate) fn may_be_in(self, start: usize, end: usize) -> bool {
        if self.0 & 0xffff == 0 {
            // All texts of most items have this answer: a branch that is foreseen.
            return false;
        }
        let phase = (self.0 >> 16) as usize;
        let block = |at: usize| ((at + phase) / BLOCK).min(15);
        let (first, last) = (block(start), block(end));
        (self.0 & 0xffff) >> first & ((2 << last.saturating_sub(first)) - 1) != 0
    }

    /// All of it in [`WIDTH`](Self::WIDTH) bits.
    #[inline]
    pub(crate) fn bits(self) -> u64 {
        u64::from(self.0)
    }

    /// What [`bits`](Self::bits) gave, whatever is above them.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the lowest ones are wanted")]
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits as u32 & ((1 << Self::WIDTH) - 1))
    }
}

/// Bytes looked at together.
const CHUNK: usize = 16;

/// What a byte after a backslash means; 0 for `u` and for what means nothing.
static SIMPLE: [u8; 256] = {
    let mut simple = [0; 256];
    let pairs = *b"\"\"\\\\//b\x08f\x0cn\nr\rt\t";
    let mut at = 0;
    while at < pairs.len() {
        simple[pairs[at] as usize] = pairs[at + 1];
        at += 2;
    }
    simple
};

/// Replaces a text by what the inside of a JSON string means, of which the first backslash is at
/// `first`. (Of one that the grammar has not passed, U+FFFD stands for a backslash that begins no
/// escape, and for half a pair of surrogates.)
pub(crate) fn unescape(sent: &str, first: usize, text: &mut String) {
    let bytes = sent.as_bytes();
    let mut out = core::mem::take(text).into_bytes();
    out.clear();
    // No escape means more bytes than it has, but for a replacement; and all is written by whole
    // chunks, of which what is too much is taken off again.
    out.reserve(bytes.len() + CHUNK);
    out.extend_from_slice(&bytes[..first]);
    let mut at = first;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'\\' {
            let (character, length) = escape(bytes, at);
            let (utf8, count) = encode(character);
            let end = out.len() + count;
            out.extend_from_slice(&utf8);
            out.truncate(end);
            at += length;
            continue;
        }
        let chunk = chunk_at(bytes, at);
        let plain = before_backslash(chunk).min(bytes.len() - at);
        let end = out.len() + plain;
        out.extend_from_slice(&chunk.to_le_bytes());
        out.truncate(end);
        at += plain;
    }
    // SAFETY: what was appended are whole characters, and pieces of a `str` that begin and end at
    // its ends, next to a backslash, or next to what `escape` took, which is ASCII: so no character
    // is cut. Were there a panic on the way, `text` would be empty.
    *text = unsafe { String::from_utf8_unchecked(out) };
}

/// Where the first backslash is. (Most texts are a few chunks long.)
#[inline]
pub(crate) fn find_backslash(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    if bytes.len() > 4 * CHUNK {
        return memchr::memchr(b'\\', bytes);
    }
    let mut at = 0;
    while at < bytes.len() {
        let plain = before_backslash(chunk_at(bytes, at));
        at += plain;
        if plain < CHUNK {
            return (at < bytes.len()).then_some(at);
        }
    }
    None
}

/// The bytes from a place on, with zeros behind the last.
#[inline(always)]
fn chunk_at(bytes: &[u8], at: usize) -> u128 {
    let (left, length) = (bytes.len() - at, bytes.len());
    if let Some(chunk) = bytes[at..].first_chunk::<CHUNK>() {
        return u128::from_le_bytes(*chunk);
    }
    if let Some(last) = bytes.last_chunk::<CHUNK>() {
        return u128::from_le_bytes(*last) >> (8 * (CHUNK - left));
    }
    // All there is, from its first bytes and its last ones.
    let all = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            let behind = u128::from(u64::from_le_bytes(*last)) >> (8 * (CHUNK - length));
            u128::from(u64::from_le_bytes(*first)) | behind << 64
        }
        _ => bytes.iter().rev().fold(0, |chunk, byte| chunk << 8 | u128::from(*byte)),
    };
    all >> (8 * at)
}

/// How many bytes come before the first backslash; all of them if there is none.
#[inline(always)]
fn before_backslash(chunk: u128) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let first = |word: u64| {
        let word = word ^ (ONES * 0x5c);
        // The lowest bit is that of the first zero; higher ones may be wrong.
        (word.wrapping_sub(ONES) & !word & (ONES * 0x80)).trailing_zeros() as usize / 8
    };
    #[expect(clippy::cast_possible_truncation, reason = "by halves")]
    let (low, high) = (first(chunk as u64), first((chunk >> 64) as u64));
    if low < 8 { low } else { 8 + high }
}

/// The character that the escape at a backslash stands for, and the bytes that it takes: all ASCII.
#[inline(always)]
fn escape(bytes: &[u8], at: usize) -> (u32, usize) {
    const REPLACEMENT: u32 = char::REPLACEMENT_CHARACTER as u32;
    let Some(&letter) = bytes.get(at + 1) else { return (REPLACEMENT, 1) };
    let simple = SIMPLE[usize::from(letter)];
    if simple != 0 {
        return (u32::from(simple), 2);
    }
    let unit = if letter == b'u' { code_unit(bytes, at + 2) } else { None };
    match unit.map(u32::from) {
        None => (REPLACEMENT, 1),
        Some(high @ 0xd800..=0xdbff) => {
            let follows = bytes.get(at + 6..at + 8) == Some(b"\\u");
            match code_unit(bytes, at + 8).filter(|_| follows).map(u32::from) {
                Some(low @ 0xdc00..=0xdfff) => (0x1_0000 + ((high & 0x3ff) << 10) + (low & 0x3ff), 12),
                _ => (REPLACEMENT, 6),
            }
        }
        Some(0xdc00..=0xdfff) => (REPLACEMENT, 6),
        Some(scalar) => (scalar, 6),
    }
}

/// A scalar value as UTF-8, with anything behind it, and how many bytes it has (RFC 3629, section 3).
#[inline(always)]
fn encode(scalar: u32) -> ([u8; 4], usize) {
    let tail = |shift: u32| (scalar >> shift & 0x3f | 0x80) as u8;
    match scalar {
        0..=0x7f => ([scalar as u8, 0, 0, 0], 1),
        0x80..=0x7ff => ([(scalar >> 6) as u8 | 0xc0, tail(0), 0, 0], 2),
        0x800..=0xffff => ([(scalar >> 12) as u8 | 0xe0, tail(6), tail(0), 0], 3),
        _ => ([(scalar >> 18) as u8 | 0xf0, tail(12), tail(6), tail(0)], 4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;

    fn meant(sent: &str) -> String {
        let mut text = String::from("before");
        unescape(sent, sent.find('\\').unwrap_or(sent.len()), &mut text);
        text
    }

    #[test]
    fn every_escape_at_every_place_of_a_chunk_means_what_serde_json_says() {
        let escapes =
            [r#"\""#, r"\\", r"\/", r"\b", r"\f", r"\n", r"\r", r"\t", r"\u0000", r"\u00e9", r"\u4E2d"];
        for escape in escapes.into_iter().chain([r"\ud83d\uDE00", r"\u007f", r"\u0080", r"\u07ff", r"\uffff"])
        {
            for (before, behind) in (0..40).flat_map(|before| [(before, 0), (before, 1), (before, 23)]) {
                let filling = |count| "xé\u{4e2d}z😀".chars().cycle().take(count).collect::<String>();
                let sent = format!("{}{escape}{}{escape}{escape}", filling(before), filling(behind));
                let expected: String = serde_json::from_str(&format!("\"{sent}\"")).unwrap();
                assert_eq!(meant(&sent), expected, "{sent}");
            }
        }
    }

    #[test]
    fn no_more_memory_is_taken_than_for_the_text_as_sent_and_a_chunk() {
        let (sent, mut text) = (format!("\\n{}", "x".repeat(1000)), String::new());
        unescape(&sent, 0, &mut text);
        assert!(text.len() == 1001 && text.capacity() <= sent.len() + CHUNK, "{}", text.capacity());
    }

    #[test]
    fn the_first_backslash_is_found_wherever_it_is() {
        for length in 0..150 {
            let mut text = "é\u{5b}\u{5d}\u{dc}".repeat(length / 7) + &"x".repeat(length % 7);
            assert_eq!(find_backslash(&text), None, "{text}");
            let backslash = text.len();
            text.push_str("\\\\");
            for _ in 0..40 {
                assert_eq!(find_backslash(&text), Some(backslash), "{text}");
                text.push('y');
            }
        }
    }

    #[test]
    fn every_scalar_value_is_written_as_std_writes_it() {
        for character in (0..=0x10_ffff).filter_map(char::from_u32) {
            let (utf8, count) = encode(character.into());
            assert_eq!(
                core::str::from_utf8(&utf8[..count]).unwrap().chars().collect::<Vec<_>>(),
                [character]
            );
        }
    }

    /// Nothing of the kind is ever given: but a `str` must be one whatever is.
    #[test]
    fn what_is_no_escape_leaves_a_valid_text() {
        for (sent, expected) in [
            (r"\", "\u{fffd}"),
            (r"a\é", "a\u{fffd}é"),
            (r"\x", "\u{fffd}x"),
            (r"\u12", "\u{fffd}u12"),
            (r"\u12g4", "\u{fffd}u12g4"),
            (r"\u00é0", "\u{fffd}u00é0"),
            (r"\ud800", "\u{fffd}"),
            (r"\ud800\n", "\u{fffd}\n"),
            (r"\ud800\u0041", "\u{fffd}A"),
            (r"\udc00z", "\u{fffd}z"),
        ] {
            let text = meant(sent);
            assert!(core::str::from_utf8(text.as_bytes()).is_ok(), "{sent}");
            assert_eq!(text, expected, "{sent}");
        }
    }

    #[test]
    fn a_place_may_have_an_escape_if_one_of_its_blocks_does() {
        for from in [0, 1, 63, 64, 100] {
            let escaped = Escaped::new(Some(0b10_0100), from);
            for start in 0..400 {
                for end in [start, start + 1, start + 63, start + 64, start + 200] {
                    let blocks = (from % BLOCK + start) / BLOCK..=(from % BLOCK + end) / BLOCK;
                    let expected = blocks.contains(&2) || blocks.contains(&5);
                    assert_eq!(escaped.may_be_in(start, end), expected, "{from} {start} {end}");
                    assert_eq!(Escaped::from_bits(escaped.bits()), escaped);
                }
            }
        }
        let last = Escaped::new(Some(1 << 15), 7);
        assert!(last.may_be_in(16 * BLOCK, 99 * BLOCK) && !last.may_be_in(0, 14 * BLOCK));
        let anywhere = [Escaped::new(None, 7), Escaped::ANYWHERE];
        assert!(anywhere.iter().all(|some| some.may_be_in(3, 3) && some.may_be_in(60_000, 60_001)));
        assert!(!Escaped::NOWHERE.may_be_in(0, 60_000) && anywhere[0].bits() >> Escaped::WIDTH == 0);
    }
}
