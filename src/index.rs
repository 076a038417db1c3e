//! The quote index of the window: where strings begin and end, made a stripe at a time just
//! ahead of the reader, each byte once.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::scan::{BLOCK, Blocks, Carry, Escaped, MEMBERS, Path, SPECIAL_ESCAPE, index_blocks};
use crate::window::View;

/// Bytes indexed ahead at a time: few enough to stay in the nearest cache, as many as a batch or
/// two of items take.
const STRIPE: usize = 6 * 1024;

/// Entries held at most. An item with more quotes than that is left to the grammar.
const ENTRIES: usize = STRIPE + 2 * BLOCK;

/// Entries after the known ones, all beyond the bytes at hand: so a learned shape can be followed
/// without asking how many there are.
const RESERVE: usize = 4 * MEMBERS;

/// Properties of no blocks behind those of all blocks, so that those of an item's are read at once.
const BEHIND: usize = 16;
const _: () = assert!(SPECIAL_ESCAPE == 1);

/// Positions of unescaped quotes, relative to the window's first byte.
#[derive(Debug)]
pub(crate) struct Index {
    path: Path,
    entries: Box<[u32]>,
    /// Entries before `head` are used up; those before `sure` are of whole blocks; those from
    /// there to `end` are of the block that the bytes at hand end in.
    head: usize,
    sure: usize,
    end: usize,
    carry: Carry,
    /// Properties of each block of the window.
    special: Vec<u8>,
    /// Position of the first block not yet indexed as a whole: a multiple of 64.
    next: usize,
    /// Bits of that block that lie after the place where the index began.
    first: u64,
    /// Position up to which entries were used up or dropped: before it some are missing.
    used: usize,
    /// Position up to which quotes are known.
    known: usize,
    /// Position that was sought last: entries before it are used up.
    at: usize,
    /// Offset in the response of the window's first byte, when the index last looked.
    base: u64,
    /// Whether the index stands on anything at all.
    live: bool,
}

impl Index {
    /// # Panics
    /// If the CPU does not have what the path needs: that is what makes [`index_blocks`] safe.
    pub(crate) fn new(path: Path) -> Self {
        assert!(path.is_available(), "this CPU does not have the instructions of {path:?}");
        Self {
            path,
            entries: Box::default(),
            head: 0,
            sure: 0,
            end: 0,
            carry: Carry::default(),
            special: Vec::new(),
            next: 0,
            first: 0,
            used: 0,
            known: 0,
            at: 0,
            base: 0,
            live: false,
        }
    }

    pub(crate) fn path(&self) -> Path {
        self.path
    }

    /// Moves to `offset`, which lies outside of any string, and follows the window's moves. Going back
    /// costs the entries: they are made again.
    pub(crate) fn seek(&mut self, view: View<'_>, offset: u64) {
        let base = view.base;
        if base != self.base {
            self.rebase(base);
        }
        let position = view.index(offset);
        if !self.live || position > self.known || position < self.used {
            // All at once: nothing is allocated from item to item.
            let blocks = view.padded.len() / BLOCK + BEHIND;
            self.special.reserve_exact(blocks.saturating_sub(self.special.len()));
            self.restart(position);
        }
        self.at = position;
        self.drop_used();
    }

    fn drop_used(&mut self) {
        let mut dropped = 0;
        while self.head < self.end && (self.entries[self.head] as usize) < self.at {
            self.head += 1;
            dropped += 1;
        }
        self.note_used(dropped);
    }

    /// Makes sure that quotes are known up to `position` if the bytes are there; false if the
    /// entries do not suffice for that.
    pub(crate) fn reach(&mut self, view: View<'_>, position: usize) -> bool {
        while self.known < position.min(view.filled()) {
            if !self.extend(view) {
                return false;
            }
        }
        true
    }

    /// Makes sure that a learned shape can be followed from the first entry on, or that all bytes
    /// at hand are known.
    pub(crate) fn look_ahead(&mut self, view: View<'_>) {
        while self.sure.saturating_sub(self.head) < RESERVE && self.known < view.filled() && self.extend(view)
        {
        }
    }

    /// The entries not yet used up.
    pub(crate) fn quotes(&self) -> &[u32] {
        &self.entries[self.head..self.end]
    }

    /// The same with [`RESERVE`] entries more, all beyond the bytes at hand.
    pub(crate) fn quotes_and_reserve(&self) -> &[u32] {
        self.entries.get(self.head..self.end + RESERVE).unwrap_or_default()
    }

    /// Uses up entries.
    pub(crate) fn take(&mut self, count: usize) {
        self.head += count;
        self.note_used(count);
    }

    /// After the head has moved on by so many entries.
    #[inline]
    fn note_used(&mut self, count: usize) {
        if count > 0 {
            self.used = self.entries[self.head - 1] as usize + 1;
        }
    }

    /// Position up to which quotes are known.
    pub(crate) fn known(&self) -> usize {
        self.known
    }

    /// Offset in the response of the window's first byte, when the index last looked: positions
    /// count from there.
    #[inline]
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    /// The properties of all blocks that so many bytes from a position on touch, together; and in
    /// which of them there may be escapes.
    #[inline(always)]
    pub(crate) fn special(&self, from: usize, length: usize) -> (u8, Escaped) {
        let (first, last) = (from / BLOCK, (from + length).div_ceil(BLOCK));
        let some = self.special.get(first..first + BEHIND).and_then(|some| some.first_chunk());
        let Some(some) = some.filter(|_: &&[u8; BEHIND]| last - first <= BEHIND) else {
            return self.special_of_many(from, last);
        };
        let [low, high] =
            [0, 8].map(|at| some[at..at + 8].first_chunk().copied().map_or(0, u64::from_le_bytes));
        // Most items touch a few blocks only: all at once.
        let (all, escaped) = if last - first <= 8 {
            of_eight(low, last - first)
        } else {
            let ((all, escaped), (others, farther)) = (of_eight(low, 8), of_eight(high, last - first - 8));
            (all | others, escaped | farther << 8)
        };
        (all, Escaped::new(Some(escaped), from))
    }

    #[cold]
    #[inline(never)]
    fn special_of_many(&self, from: usize, last: usize) -> (u8, Escaped) {
        let special = &self.special[from / BLOCK..last];
        if special.len() > BEHIND {
            let (eights, rest) = special.as_chunks();
            let eights = eights.iter().fold(0, |all, eight| all | u64::from_le_bytes(*eight));
            let all = rest.iter().fold(of_eight(eights, 8).0, |all, block| all | block);
            return (all, Escaped::new(None, from));
        }
        let of_block = |block: &u8| u16::from(block & SPECIAL_ESCAPE);
        let escaped = special.iter().rev().fold(0, |all, block| all << 1 | of_block(block));
        let escaped = Escaped::new(Some(escaped), from);
        (special.iter().fold(0, |all, block| all | block), escaped)
    }

    fn restart(&mut self, position: usize) {
        if self.entries.is_empty() {
            self.entries = vec![0; ENTRIES + RESERVE].into();
        }
        (self.head, self.sure, self.end, self.used) = (0, 0, 0, 0);
        self.carry = Carry::default();
        self.next = position / BLOCK * BLOCK;
        self.first = u64::MAX << (position % BLOCK);
        self.known = position;
        self.live = true;
        self.entries[..RESERVE].fill(u32::MAX);
    }

    /// The window dropped bytes from its start: a multiple of 64 of them.
    fn rebase(&mut self, base: u64) {
        let moved = usize::try_from(base - self.base).unwrap_or(usize::MAX);
        self.base = base;
        if !self.live || moved > self.next {
            self.live = false;
            return;
        }
        // Entries of bytes that were dropped are used up.
        self.at = moved;
        self.drop_used();
        self.at = 0;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "less than the window, which is smaller than 4 GiB"
        )]
        let shift = moved as u32;
        // Those of the last, incomplete block are made again when there is more of it.
        for entry in &mut self.entries[self.head..self.end] {
            *entry -= shift;
        }
        self.special.drain(..(moved / BLOCK).min(self.special.len()));
        self.next -= moved;
        self.known -= moved;
        self.used = self.used.saturating_sub(moved);
    }

    /// Indexes up to one stripe more; false if there is no room for its entries.
    fn extend(&mut self, view: View<'_>) -> bool {
        // What was taken from the incomplete block is dropped again below.
        self.head = self.head.min(self.sure);
        let filled = view.filled();
        let whole = (filled - self.next) / BLOCK * BLOCK;
        let mut room = ENTRIES - self.sure;
        // Few are left in most cases: moved each time, they stay in the nearest cache.
        if self.head > 0 && (self.sure - self.head < 2 * RESERVE || room < whole.min(STRIPE) + BLOCK) {
            self.entries.copy_within(self.head..self.sure, 0);
            self.sure -= self.head;
            self.head = 0;
            room = ENTRIES - self.sure;
        }
        // Room for an entry for each byte, and for a block written in whole.
        let length = whole.min(STRIPE).min(room.saturating_sub(2 * BLOCK) / BLOCK * BLOCK);
        if length == 0 && whole > 0 {
            self.end = self.sure;
            self.reserve();
            return false;
        }
        if length > 0 {
            let mut carry = self.carry;
            let count = self.index(view, length, u64::MAX, &mut carry);
            self.carry = carry;
            self.sure += count;
            self.next += length;
            self.first = u64::MAX;
            self.known = self.next;
        }
        self.end = self.sure;
        let rest = filled - self.next;
        if rest > 0 && rest < BLOCK {
            // Done again once the block is whole.
            let mut carry = self.carry;
            self.end += self.index(view, BLOCK, u64::MAX >> (BLOCK - rest), &mut carry);
            self.known = filled;
        }
        self.reserve();
        true
    }

    fn index(&mut self, view: View<'_>, length: usize, last: u64, carry: &mut Carry) -> usize {
        let from = self.next / BLOCK;
        if self.special.len() < from + length / BLOCK + BEHIND {
            self.special.resize(from + length / BLOCK + BEHIND, 0);
        }
        #[expect(clippy::cast_possible_truncation, reason = "the window is smaller than 4 GiB")]
        let mut blocks = Blocks {
            bytes: &view.padded[self.next..self.next + length],
            base: self.next as u32,
            first: self.first,
            last,
            carry,
            positions: &mut self.entries[self.sure..],
            count: 0,
            special: &mut self.special[from..],
        };
        index_blocks(self.path, &mut blocks);
        blocks.count
    }

    fn reserve(&mut self) {
        self.drop_used();
        self.entries[self.end..self.end + RESERVE].fill(u32::MAX);
    }
}

/// The properties of the first blocks (1 to 8) of eight, together; and one bit for each that may have
/// escapes.
#[inline(always)]
fn of_eight(blocks: u64, count: usize) -> (u8, u16) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let word = blocks & (u64::MAX >> (64 - 8 * count));
    // The product moves the lowest bit of each byte into the highest byte.
    let escaped = (word & ONES).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    let word = word | word >> 32;
    let word = word | word >> 16;
    ((word | word >> 8) as u8, escaped as u16)
}

#[cfg(test)]
mod tests;
