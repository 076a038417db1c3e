//! What containers in items of one layout have in common: the bytes between their strings and
//! numbers. Where those are as they were, a container is stepped over by a few comparisons.

use alloc::vec::Vec;

use super::members::{is_space, string_end, value_end};
use super::stride::{Object, Stride};
use super::trial::Trial;
use crate::scan::{MEMBERS, scalar_length};

/// Members whose containers are remembered.
const SKELETONS: usize = 4;

/// No skeleton's number.
const NONE: u8 = u8::MAX;

/// Most pieces of a container.
const PIECES: usize = 16;

/// Most bytes of a piece.
const LENGTH: usize = 32;

/// Bytes between two values of a container, or some of them.
#[derive(Clone, Debug)]
struct Piece {
    /// Zeros behind them.
    bytes: [u8; LENGTH],
    /// All ones where bytes count.
    cover: [u8; LENGTH],
    length: u8,
    /// Quotes in it, and in those before it since the last value.
    quotes: u16,
    /// Whether a value comes after it; else the next piece, or the end.
    value: bool,
}

impl Piece {
    fn new(text: &[u8], quotes: u16, value: bool) -> Self {
        let (mut bytes, mut cover) = ([0; LENGTH], [0; LENGTH]);
        bytes[..text.len()].copy_from_slice(text);
        cover[..text.len()].fill(0xff);
        #[expect(clippy::cast_possible_truncation, reason = "not much")]
        Self { bytes, cover, length: text.len() as u8, quotes, value }
    }

    #[inline(always)]
    fn length(&self) -> usize {
        usize::from(self.length)
    }

    #[inline(always)]
    fn is_at(&self, bytes: &[u8; LENGTH]) -> bool {
        let differences = (0..LENGTH).map(|at| (bytes[at] ^ self.bytes[at]) & self.cover[at]);
        differences.fold(0, |all, difference| all | difference) == 0
    }
}

/// What is alike in some containers.
#[derive(Debug)]
struct Skeleton {
    pieces: Vec<Piece>,
    /// How many containers are open where it is deepest.
    depth: usize,
    trial: Trial,
}

impl Skeleton {
    /// None if there are too many pieces, or escapes in a name. The text must have passed the
    /// grammar.
    fn learn(&mut self, container: &[u8]) -> Option<()> {
        self.pieces.clear();
        self.depth = 0;
        // One bit for each open container, the innermost lowest.
        let (mut objects, mut depth) = (0u128, 0);
        let (mut at, mut from, mut quotes, mut is_name) = (0, 0, 0, false);
        loop {
            let byte = *container.get(at)?;
            match byte {
                b'{' | b'[' => {
                    is_name = byte == b'{';
                    objects = objects << 1 | u128::from(is_name);
                    depth += 1;
                    self.depth = self.depth.max(depth);
                    at += 1;
                }
                b'}' | b']' => {
                    (objects, depth, is_name) = (objects >> 1, depth - 1, false);
                    at += 1;
                    if depth == 0 {
                        return self.push(&container[from..at], quotes, false);
                    }
                }
                b',' => {
                    is_name = objects & 1 == 1;
                    at += 1;
                }
                b'"' if is_name => {
                    let end = string_end(container, at + 1);
                    // Quotes in it would not be in the index.
                    if container[at..end].contains(&b'\\') {
                        return None;
                    }
                    (at, is_name) = (end + 1, false);
                    quotes += 2;
                }
                _ if byte == b':' || is_space(byte) => at += 1,
                _ => {
                    self.push(&container[from..at], quotes, true)?;
                    at = value_end(container, at);
                    (from, quotes) = (at, 0);
                }
            }
        }
    }

    fn push(&mut self, text: &[u8], quotes: u16, value: bool) -> Option<()> {
        let count = text.len().div_ceil(LENGTH);
        for (number, part) in text.chunks(LENGTH).enumerate() {
            let is_last = number + 1 == count;
            if self.pieces.len() == PIECES {
                return None;
            }
            self.pieces.push(Piece::new(part, if is_last { quotes } else { 0 }, value && is_last));
        }
        Some(())
    }

    /// The length and quotes of the container that begins here, if it has this skeleton.
    ///
    /// Why it is one then: its pieces equal, byte by byte, those of a container that was accepted, each
    /// where that had it: outside of strings. So their quotes are the next entries of the index; a value that begins
    /// with a quote ends at the entry after it, others are parsed, and the next piece begins right after.
    #[inline(never)] // It would share registers with all around it.
    fn follow(&self, object: &Object<'_>, number: usize) -> Option<(usize, usize)> {
        // The one around it counts too.
        if self.pieces.is_empty() || self.depth >= object.depth {
            return None;
        }
        let (mut at, mut quote) = (0usize, 0usize);
        for piece in &self.pieces {
            let rest = object.bytes.get(at..)?;
            if !piece.is_at(rest.first_chunk()?) {
                return None;
            }
            quote += usize::from(piece.quotes);
            at += piece.length();
            if !piece.value {
                continue;
            }
            let value = rest.get(piece.length()..)?;
            match value.first()? {
                b'"' => {
                    let close = object.quotes.get(quote + 1)?;
                    at = close.wrapping_sub(object.origin) as usize + 1;
                    quote += 2;
                }
                b'n' if value.starts_with(b"null") => at += 4,
                _ => {
                    let length = scalar_length(value).filter(|length| *length <= number)?;
                    at += length;
                }
            }
        }
        (at <= object.end).then_some((at, quote))
    }
}

/// The skeletons of containers, one for each of the first slots that had some.
#[derive(Debug)]
pub(super) struct Skeletons {
    /// Which one is whose; [`NONE`] has none.
    numbers: [u8; MEMBERS],
    learned: Vec<Skeleton>,
    /// How many of them are a member's.
    taken: u8,
}

impl Skeletons {
    pub(super) const fn new() -> Self {
        Self { numbers: [NONE; MEMBERS], learned: Vec::new(), taken: 0 }
    }

    /// Steps over the container that is the value of a member: as [`Stride::over`].
    #[inline]
    pub(super) fn step_over(&mut self, slot: usize, container: &mut Stride<'_>) -> Option<(usize, usize)> {
        let number = self.numbers[slot % MEMBERS];
        if let Some(Skeleton { trial, .. }) = self.learned.get_mut(usize::from(number))
            && trial.may_pay()
        {
            let skeleton = &mut self.learned[usize::from(number)];
            let found = skeleton.follow(&container.object, container.limits.number);
            if found.is_some() {
                skeleton.trial.has_paid(1);
                return found;
            }
            skeleton.trial.has_failed();
        }
        self.step_further(slot % MEMBERS, container)
    }

    #[inline(never)]
    fn step_further(&mut self, slot: usize, container: &mut Stride<'_>) -> Option<(usize, usize)> {
        let (length, quotes) = container.over()?;
        if let Some(skeleton) = self.of(slot)
            && skeleton.trial.may_learn()
            && skeleton.learn(&container.object.bytes[..length]).is_none()
        {
            skeleton.pieces.clear();
            skeleton.trial.has_learned_nothing();
        }
        Some((length, quotes))
    }

    /// That of a slot, a new one perhaps; none if there are no more.
    fn of(&mut self, slot: usize) -> Option<&mut Skeleton> {
        if self.learned.is_empty() {
            // All at once: nothing is allocated later, however late another member holds a container.
            let nothing = || Skeleton { pieces: Vec::with_capacity(PIECES), depth: 0, trial: Trial::new() };
            self.learned = (0..SKELETONS).map(|_| nothing()).collect();
        }
        if self.numbers[slot] == NONE && usize::from(self.taken) < SKELETONS {
            self.numbers[slot] = self.taken;
            self.taken += 1;
        }
        self.learned.get_mut(usize::from(self.numbers[slot]))
    }
}

#[cfg(test)]
mod tests;
