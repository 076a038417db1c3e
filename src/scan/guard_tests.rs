//! Row 13 of the hostile inputs: memory that ends at a page nobody may touch. One byte read or
//! written too far ends the test binary.

use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};
use std::os::fd::AsRawFd;

use super::{
    BLOCK, Blocks, Carry, Followed, Learned, Literal, MEMBERS, Path, Place, SPECIAL_CONTROL, SPECIAL_ESCAPE,
    Table, checked, escapes_are_valid, follow, index_blocks, scalar_length,
};
use crate::Limits;
use crate::grammar::{Ending, Grammar, Signal};

mod memory;
mod readers;

use memory::{Guarded, guarding};

/// What may lie behind the end: whatever it is, nothing may depend on it.
const BEHIND: [u8; 6] = *b"\0\"\\}u\xff";

fn paths() -> impl Iterator<Item = Path> {
    [Path::Avx512, Path::Avx2, Path::Portable].into_iter().filter(|path| path.is_available())
}

/// Pseudo-random numbers: everything interesting meets everything.
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn bytes(&mut self, length: usize, alphabet: &[u8]) -> Vec<u8> {
        (0..length).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }
}

/// The system refuses to read there: otherwise the tests below would prove nothing.
#[test]
fn hostile_13_the_page_behind_the_end_cannot_be_read() {
    let (_reader, writer) = std::io::pipe().unwrap();
    let guarded = Guarded::new(100);
    let end = guarded.end();
    for (from, written) in [(end.wrapping_sub(1), 1), (end, -1)] {
        // SAFETY: the kernel does the reading: it looks at one byte at `from` if it can, and fails
        // with EFAULT if it cannot.
        assert_eq!(unsafe { libc::write(writer.as_raw_fd(), from.cast(), 1) }, written);
    }
    let kept: Vec<u8> = guarding(|| vec![7; 4096 * 3 + 1]);
    let end = kept.as_ptr_range().end;
    // SAFETY: as above.
    assert_eq!(unsafe { libc::write(writer.as_raw_fd(), end.cast(), 1) }, -1);
}

/// Quotes and block properties by going byte by byte.
fn naive_index(bytes: &[u8]) -> (Vec<u32>, Vec<u8>) {
    let (mut quotes, mut special) = (Vec::new(), vec![0; bytes.len() / BLOCK]);
    let (mut escaped, mut in_string) = (false, false);
    for (at, &byte) in bytes.iter().enumerate() {
        let quote = byte == b'"' && !escaped;
        in_string ^= quote;
        if quote {
            quotes.push(u32::try_from(at).unwrap());
        }
        let control = byte < 0x20 && in_string;
        special[at / BLOCK] |=
            (SPECIAL_ESCAPE * u8::from(byte == b'\\' || escaped)) | (SPECIAL_CONTROL * u8::from(control));
        escaped = byte == b'\\' && !escaped;
    }
    (quotes, special)
}

#[test]
fn hostile_13_the_quote_index_reads_and_writes_no_further_than_its_memory() {
    let (mut bytes, mut positions, mut special) =
        (Guarded::new(1024), Guarded::new(4 * 1024), Guarded::new(64));
    let mut noise = Noise(13);
    for gap in 0..BLOCK {
        for (turn, behind) in BEHIND.into_iter().enumerate() {
            let blocks = 1 + noise.below(6);
            let text = noise.bytes(blocks * BLOCK, [&b"\\\"a"[..], b"\"\x1f \x80\\", b"\""][turn % 3]);
            // Bytes before the first place that counts and after the last one are to be passed over.
            let (first, last) = (noise.below(BLOCK), noise.below(BLOCK));
            let mut counted = text.clone();
            counted[..first].fill(b'x');
            let length = counted.len();
            counted[length - last..].fill(b'x');
            let (quotes, flags) = naive_index(&counted);
            bytes.bytes().fill(behind);
            let bytes = {
                let memory = bytes.bytes();
                let to = memory.len() - gap;
                memory[to - length..to].copy_from_slice(&text);
                &memory[to - length..to]
            };
            for path in paths() {
                // As little room as there may be: an entry a byte.
                let positions = positions.last_words(blocks * BLOCK);
                let special = special.last_bytes(blocks);
                let mut carry = Carry::default();
                let mut work = Blocks {
                    bytes,
                    base: 0,
                    first: u64::MAX << first,
                    last: u64::MAX >> last,
                    carry: &mut carry,
                    positions,
                    count: 0,
                    special,
                };
                index_blocks(path, &mut work);
                let count = work.count;
                assert_eq!(positions[..count], quotes, "{path:?} {gap} {text:?}");
                // (What is in doubt beside these is for the tests of `strings`.)
                for (special, flags) in special.iter().zip(&flags) {
                    assert_eq!(special & SPECIAL_CONTROL, flags & SPECIAL_CONTROL, "{path:?} {text:?}");
                    assert!(special & SPECIAL_ESCAPE >= flags & SPECIAL_ESCAPE, "{path:?} {text:?}");
                }
            }
        }
    }
}

/// An item of a few members, with names of every length that a literal can have, and its shape: often
/// one that can be followed by columns, with an end as long as a literal can be.
fn shaped(noise: &mut Noise) -> (String, Learned) {
    let (mut text, mut shape) = (String::new(), Learned::with_capacity(MEMBERS));
    let mut values = Vec::new();
    for slot in 0..1 + noise.below(6) {
        let name = "n".repeat(noise.below(BLOCK - 4 + 1));
        let literal = format!("{}\"{name}\":", if slot == 0 { '{' } else { ',' });
        shape.push(Literal::new(literal.as_bytes(), slot).unwrap());
        text += &literal;
        let value = match noise.below(5) {
            0 => "null".into(),
            1 => "-12.5e3".into(),
            2 => "true".into(),
            _ => format!("\"{}\"", "v".repeat(noise.below(140))),
        };
        values.push(value.as_bytes()[0]);
        text += &value;
    }
    let close = [" ".repeat(noise.below(4) / 3 * noise.below(BLOCK)), "}".into()].concat();
    shape.close(Literal::new(close.as_bytes(), 0).unwrap(), &values);
    (text + &close, shape)
}

#[test]
fn hostile_13_a_shape_is_followed_no_further_than_its_memory() {
    let (mut bytes, mut entries) = (Guarded::new(4096), Guarded::new(4096));
    let gap = Literal::new(b",", 0).unwrap();
    let mut noise = Noise(14);
    let (mut accepted, mut nearer) = (0, 0);
    // As many bytes behind the item as there are alignments, three times: none to 191.
    for behind in 0..3 * BLOCK {
        for turn in 0..8 {
            let (mut text, shape) = shaped(&mut noise);
            if turn % 2 == 0 {
                text = format!("{text},{text},{text}");
            }
            let mut text = text.into_bytes();
            let length = text.len();
            if turn >= 3 {
                text[noise.below(length)] = b"\"{n0-["[noise.below(6)];
            }
            let from = noise.below(100);
            text.splice(..0, vec![b' '; from]);
            text.resize(from + length + behind, BEHIND[turn % BEHIND.len()]);
            let known = text.len();
            text.resize(known.next_multiple_of(BLOCK), b'x');
            let mut quotes = naive_index(&text).0;
            text.truncate(known);
            if turn == 7 {
                // No index would have these; nor may they lead anywhere.
                quotes.iter_mut().for_each(|quote| {
                    *quote = [*quote, 0, u32::MAX, u32::MAX - 1, *quote + 70][noise.below(5)];
                });
            }
            quotes.resize(quotes.len() + 4 * MEMBERS - noise.below(2), u32::MAX);
            let bytes = bytes.last_bytes(known);
            bytes.copy_from_slice(&text);
            let entries = entries.last_words(quotes.len());
            entries.copy_from_slice(&quotes);
            let (mut expected, lacks) = (None, [0, 3][noise.below(2)]);
            for (path, by_columns) in paths().flat_map(|path| [(path, false), (path, true)]) {
                let (mut out, mut lacking) = (vec![Followed::nothing(); 3], lacks);
                let mut table = Box::new(Table::new());
                if !by_columns {
                    table.leave_alone();
                }
                let place = Place {
                    bytes,
                    from,
                    quotes: entries,
                    gap: &gap,
                    number: 100,
                    lacking: &mut lacking,
                    missed: &mut false,
                };
                // Containers are not for this to judge: the shapes have none.
                let count = follow(path, &shape, place, &mut table, &mut out, &mut |_, _, _| None);
                out.truncate(count);
                let found: Vec<_> = out.iter().map(|item| item.of_shape(&shape)).collect();
                let expected = expected.get_or_insert_with(|| found.clone());
                // By columns it may stop earlier, or come nearer to the end of the memory.
                let both = found.len().min(expected.len());
                assert_eq!(expected[..both], found[..both], "{path:?} {text:?}");
                assert!(by_columns || found.len() == expected.len(), "{path:?} {text:?}");
                if let Some(more) = out.get(expected.len()) {
                    let left = known - (more.from + more.length);
                    assert!(left < 3 * BLOCK, "{left} {path:?} {text:?}");
                    nearer += 1;
                }
                for item in out.iter().filter(|_| turn < 7) {
                    let item = &text[item.from..item.from + item.length];
                    assert!(is_accepted(item), "{path:?} {}", String::from_utf8_lossy(&text));
                    accepted += 1;
                }
            }
        }
    }
    let is_by_columns = nearer > 0 || !Path::Avx512.is_available();
    assert!(accepted > 4 * BLOCK && is_by_columns, "{accepted} accepted, {nearer} by columns alone");
}

/// Whether the grammar accepts a text as a whole.
fn is_accepted(text: &[u8]) -> bool {
    let mut grammar = Grammar::new(&Limits::default());
    let mut step = |byte| match grammar.step(byte) {
        // The byte after a number is still to come.
        Ok(Signal::NumberEnd) => grammar.step(byte).is_ok(),
        other => other.is_ok(),
    };
    text.iter().all(|&byte| step(byte)) && !matches!(grammar.end(), Ending::Incomplete(_))
}

/// Whether escapes are complete and surrogates paired, one character after the other, by a text
/// that has nothing behind it.
fn naive_escapes(mut text: &[u8]) -> bool {
    let unit = |digits: &[u8]| {
        let digits = core::str::from_utf8(digits).ok()?;
        let all = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        all.then(|| u16::from_str_radix(digits, 16).ok())?
    };
    loop {
        text = match text {
            [] => return true,
            [b'\\', b'u', a, b, c, d, rest @ ..] => match (unit(&[*a, *b, *c, *d]), rest) {
                (Some(0xd800..=0xdbff), [b'\\', b'u', a, b, c, d, rest @ ..])
                    if matches!(unit(&[*a, *b, *c, *d]), Some(0xdc00..=0xdfff)) =>
                {
                    rest
                }
                (None | Some(0xd800..=0xdfff), _) => return false,
                (Some(_), rest) => rest,
            },
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', rest @ ..] => rest,
            [b'\\', ..] => return false,
            [_, rest @ ..] => rest,
        };
    }
}

#[test]
fn hostile_13_escapes_are_checked_no_further_than_their_memory() {
    const PIECES: [&str; 10] =
        ["x", "plain text", r"\\", r"\n", r"\u00e9", r"\ud83d\ude00", r"\\\\\\", r"\/", "é", r"\uD83D"];
    const WRONG: [&str; 6] = [r"\ud83d", r"\udc00", r"\x", r"\u12g4", r"\ud83d\n", "\\"];
    let mut memory = Guarded::new(4096);
    let mut noise = Noise(15);
    let mut verdicts = [0; 2];
    for room in 0..3 * BLOCK {
        for behind in BEHIND {
            let mut text = String::new();
            for _ in 0..1 + noise.below(40) {
                text += PIECES[noise.below(PIECES.len() - 1)];
            }
            if noise.below(2) == 0 {
                let at = noise.below(text.len());
                let at = (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap();
                text.insert_str(at, WRONG[noise.below(WRONG.len())]);
            }
            let text = &text.as_bytes()[..text.len() - noise.below(2).min(text.len() - 1)];
            let lead = noise.below(BLOCK);
            let memory = memory.last_bytes(lead + text.len() + room);
            memory.fill(behind);
            memory[lead..lead + text.len()].copy_from_slice(text);
            let expected = naive_escapes(text);
            verdicts[usize::from(expected)] += 1;
            for path in paths() {
                let found = escapes_are_valid(path, memory, lead, lead + text.len());
                // With less room behind the text than was agreed it may only refuse.
                assert!(
                    found == expected || (!found && room < 2 * BLOCK),
                    "{path:?} {room} {}",
                    String::from_utf8_lossy(text)
                );
            }
        }
    }
    assert!(verdicts.iter().all(|&count| count > 200), "{verdicts:?}");
}

#[test]
fn hostile_13_scalars_and_texts_end_where_their_memory_ends() {
    let mut memory = Guarded::new(4096);
    let long = "9".repeat(1000);
    for text in ["0", "-1", "12.5", "1e9", "1E+09", "true", "false", "null", &long] {
        for length in 0..=text.len() {
            let cut = &text.as_bytes()[..length];
            let bytes = memory.last_bytes(length);
            bytes.copy_from_slice(cut);
            assert_eq!(scalar_length(bytes), is_accepted(cut).then_some(length), "{cut:?}");
            assert_eq!(checked(bytes).as_bytes(), cut);
        }
    }
}
