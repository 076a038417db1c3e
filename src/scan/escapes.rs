//! Whether escapes are complete and surrogates paired.

use super::Classify;
use super::quotes::BLOCK;

/// What may come after a backslash: 1 for the escapes of one character, 2 for `u`.
static AFTER: [u8; 256] = {
    let mut after = [0; 256];
    let simple = b"\"\\/bfnrt";
    let mut at = 0;
    while at < simple.len() {
        after[simple[at] as usize] = 1;
        at += 1;
    }
    after[b'u' as usize] = 2;
    after
};

/// Values of hex digits; 16 for any other byte.
static HEX: [u8; 256] = {
    let mut hex = [16; 256];
    let mut digit = 0;
    while digit < 10 {
        hex[b'0' as usize + digit] = digit as u8;
        digit += 1;
    }
    while digit < 16 {
        hex[b'a' as usize + digit - 10] = digit as u8;
        hex[b'A' as usize + digit - 10] = digit as u8;
        digit += 1;
    }
    hex
};

/// Whether every backslash in `from..to` begins a complete escape or is escaped, and surrogates
/// are paired, as the grammar has it. The text must have backslashes only inside strings, and
/// `bytes` 128 bytes more than the text.
///
/// # Safety
/// The instructions of `C` must be there.
#[inline(always)]
pub(super) unsafe fn are_valid<C: Classify>(bytes: &[u8], from: usize, to: usize) -> bool {
    let mut block_at = from;
    // Bytes before this belong to an escape that was checked.
    let mut done = from;
    while block_at < to {
        let Some(Ok(block)) = bytes.get(block_at..block_at + BLOCK).map(TryInto::try_into) else {
            return false;
        };
        // SAFETY: the caller vouches for the instructions.
        let mut mask = unsafe { C::masks(block) }.backslash;
        if to - block_at < BLOCK {
            mask &= u64::MAX >> (BLOCK - (to - block_at));
        }
        while mask != 0 {
            let at = block_at + mask.trailing_zeros() as usize;
            mask &= mask - 1;
            if at < done {
                continue;
            }
            let length = match bytes.get(at + 1).map(|&byte| AFTER[usize::from(byte)]) {
                Some(1) => 2,
                Some(2) => match code_unit(bytes, at + 2) {
                    Some(0xd800..=0xdbff) => {
                        let low = bytes.get(at + 6..at + 8) == Some(b"\\u");
                        if !low || !matches!(code_unit(bytes, at + 8), Some(0xdc00..=0xdfff)) {
                            return false;
                        }
                        12
                    }
                    Some(0xdc00..=0xdfff) | None => return false,
                    Some(_) => 6,
                },
                _ => return false,
            };
            done = at + length;
        }
        block_at += BLOCK;
    }
    done <= to
}

/// The four hex digits at a place.
#[inline(always)]
pub(super) fn code_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    let [a, b, c, d] = digits.map(|digit| u16::from(HEX[usize::from(digit)]));
    ((a | b | c | d) < 16).then_some(a << 12 | b << 8 | c << 4 | d)
}

#[cfg(test)]
mod tests {
    use crate::Limits;
    use crate::grammar::{Ending, Grammar};
    use crate::scan::{Path, escapes_are_valid};

    #[test]
    fn hostile_10_escapes_are_valid_where_the_grammar_says_so() {
        for text in [
            "",
            "plain",
            r"\\",
            r"\\\/",
            r"\/\b\f\n\r\t",
            r"\u00e9\ud83d\ude00",
            r"\uD83D\uDE00",
            r"\x",
            r"\u12g4",
            r"\ud800",
            r"\ud800\n",
            r"\ud800x",
            r"\udc00",
            r"\ud800\ud800",
            r"\ud83d\ude0",
            r"\u00",
            r"\ud83d\\ude00",
            r"\\ud800",
            r"\u",
            r"\U0041",
            r"\\\\\\\\u",
        ] {
            for lead in 0..70 {
                let quoted = alloc::format!("\"{}{text}\"", "x".repeat(lead));
                let mut grammar = Grammar::new(&Limits::default());
                let accepted = quoted.bytes().all(|byte| grammar.step(byte).is_ok())
                    && grammar.end() == Ending::Complete;
                let mut padded = quoted.clone().into_bytes();
                padded.extend_from_slice(&[b'\\'; 128]);
                for path in
                    [Path::Avx512, Path::Avx2, Path::Portable].into_iter().filter(|path| path.is_available())
                {
                    assert_eq!(
                        escapes_are_valid(path, &padded, 1, quoted.len() - 1),
                        accepted,
                        "{path:?} {quoted}"
                    );
                }
            }
        }
    }

    #[test]
    fn hostile_10_no_byte_but_a_hex_digit_stands_for_one() {
        for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
            for byte in 0..=0xff_u8 {
                for place in 0..4 {
                    let mut padded = [b' '; 7 + 128];
                    padded[..7].copy_from_slice(br"\u0000x");
                    padded[2 + place] = byte;
                    assert_eq!(
                        escapes_are_valid(path, &padded, 0, 7),
                        byte.is_ascii_hexdigit(),
                        "{path:?} {byte:#x} {place}"
                    );
                }
            }
        }
    }
}
