//! Following a learned shape by columns: where the values of some dozen items are is worked out
//! from the quote index alone, and only then are the bytes between them compared, those of one
//! member in all items after each other.
//!
//! An item has a pair of quotes for each name and for each string. Behind a name whose value is a
//! string the next quote is as far away as it was in the item that was learned from; behind any
//! other it is not. So one bit a pair tells which values are strings, and with that which entry of
//! the index belongs to what ([`Columns::names`]), with no look at the text and no branch for each
//! member. That is a guess: [`fn@follow`] holds it against the bytes, all of them.

#[cfg(target_arch = "x86_64")]
mod avx512;
mod follow;
#[cfg(all(test, target_arch = "x86_64", feature = "std"))]
mod tests;

pub(super) use follow::follow;

use super::Classify;
use super::learned::Span;
use super::quotes::Literal;

/// Most members of a shape that is followed by columns: their entries fit two vectors.
const COLUMNS: usize = 16;

/// Most entries of an item: of each member those of its name and those of its value.
const ENTRIES: usize = 4 * COLUMNS;

/// Items of a batch.
pub(crate) const BATCH: usize = 32;

/// Items that are not worth a batch.
const FEW: usize = 8;

/// Batches left alone at most.
const MOST_PAUSED: u32 = 63;

/// Entries made ready at most, about as many as a stripe of the index has.
const READY: usize = 20 * ENTRIES;

/// Entries made ready by one call.
const STEP: usize = 32;

/// Length of `null`.
const NULL: u16 = 4;

/// Of each member of an item where its name's first quote is, and the last byte of a string; of any
/// other value the byte before it.
type Row = [u16; 2 * COLUMNS];

/// What is alike in the members of a shape, where they are alike enough to be followed by columns.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    /// How many members; 0 if they are not.
    members: usize,
    /// From the quote behind a name to the one before its string.
    apart: u32,
    /// From the quote behind a string to the one before the next name.
    next: u16,
    /// Bytes from the quote behind a name to the value.
    tail: u16,
    /// Of each member, from the literal's first byte to the name's first quote.
    before: [u16; COLUMNS],
    /// Members whose value was neither a string nor `null`: one bit for each.
    others: u32,
    /// Entries, four for each member, that must have the next name [`next`](Self::next) behind them
    /// if a string ends there: one bit for each.
    joins: u64,
    /// Those that must have it [`NULL`] farther behind them if none does.
    null_joins: u64,
    /// For each half of a span which entry it comes from, four for each member.
    places: [u16; 2 * COLUMNS],
    /// What is added to it.
    added: [u16; 2 * COLUMNS],
    /// One bit for each half of a span that a member has.
    filled: u32,
}

impl Columns {
    pub(super) const fn none() -> Self {
        Self {
            members: 0,
            apart: 0,
            next: 0,
            tail: 0,
            before: [0; COLUMNS],
            others: 0,
            joins: 0,
            null_joins: 0,
            places: [0; 2 * COLUMNS],
            added: [0; 2 * COLUMNS],
            filled: 0,
        }
    }

    /// Those of a shape, given the first byte of each value; [`Columns::none`] if it has too many
    /// members, containers, or not the same bytes between all names and values.
    pub(super) fn of(members: &[Literal], values: &[u8]) -> Self {
        Self::alike(members, values).unwrap_or(const { Self::none() })
    }

    fn alike(members: &[Literal], values: &[u8]) -> Option<Self> {
        if !(2..=COLUMNS).contains(&members.len()) || members.len() != values.len() {
            return None;
        }
        let mut columns = Self { members: members.len(), ..Self::none() };
        for (number, (literal, value)) in members.iter().zip(values).enumerate() {
            let (name, length) = literal.name();
            let before = u16::try_from(name.checked_sub(1)?).ok()?;
            let tail = u16::try_from(literal.len().checked_sub(name + length + 1)?).ok()?;
            match number {
                0 => columns.tail = tail,
                1 => columns.next = before + 1,
                _ if columns.next != before + 1 => return None,
                _ => {}
            }
            if tail != columns.tail || literal.slot() >= COLUMNS {
                return None;
            }
            columns.before[number] = before;
            let join = if number + 1 < members.len() { 1 << (4 * number + 3) } else { 0 };
            columns.joins |= join;
            match value {
                b'"' | b'n' => columns.null_joins |= join,
                b'{' | b'[' => return None,
                // Where it ends is seen when it is looked at.
                _ => columns.others |= 1 << number,
            }
            let (half, place) = (2 * literal.slot(), u16::try_from(4 * number + 2).ok()?);
            columns.places[half..half + 2].copy_from_slice(&[place, place + 1]);
            columns.added[half] = 1;
            columns.filled |= 0b11 << half;
        }
        for (slot, added) in columns.added.chunks_exact_mut(2).enumerate() {
            if columns.filled >> (2 * slot) & 1 == 0 {
                let Span { start, end } = Span::none_at(1);
                added.copy_from_slice(&[start, end]);
            }
        }
        columns.apart = u32::from(columns.tail) + 1;
        Some(columns)
    }

    /// Whether they are alike enough.
    #[cfg(test)]
    pub(super) fn is_alike(&self) -> bool {
        self.members > 0
    }

    /// Which pairs of quotes are those of names, an item's first one lowest; given behind which the
    /// next quote is as far away as a string is from its name.
    #[inline(always)]
    fn names(&self, near: u64) -> u64 {
        const EVEN: u64 = 0x5555_5555_5555_5555;
        if self.apart != u32::from(self.next) {
            return !(near << 1);
        }
        // Behind a string it is as far as well. So names and strings take turns from the start of
        // the item on, and anew behind each pair that is not followed by a quote so soon. (The
        // addition carries through all pairs of such a run, if it begins at an odd place.)
        let starts = !near << 1 | 1;
        let odd = near.wrapping_add(starts & !EVEN) ^ near;
        EVEN ^ odd
    }
}

/// Where a batch is worked out.
#[derive(Debug)]
pub(crate) struct Table {
    /// Entries of the index relative to a block before the first item; farther ones are all
    /// ones.
    near: [u16; READY + ENTRIES],
    /// One bit for each second entry, if the next is [`Columns::apart`] behind it.
    apart: [u16; READY / STEP],
    rows: [Row; BATCH],
    /// Of each item the end of the last value.
    ends: [u16; BATCH],
    /// Of each item which members are strings.
    strings: [u16; BATCH],
    /// Batches to leave alone, and how many that were last time.
    pause: u32,
    paused: u32,
}

impl Table {
    pub(crate) const fn new() -> Self {
        Self {
            near: [0; READY + ENTRIES],
            apart: [0; READY / STEP],
            rows: [[0; 2 * COLUMNS]; BATCH],
            ends: [0; BATCH],
            strings: [0; BATCH],
            pause: 0,
            paused: 0,
        }
    }

    /// Never try.
    #[cfg(test)]
    pub(super) fn leave_alone(&mut self) {
        self.pause = u32::MAX;
    }

    /// Whether it pays to try: where few items have all members and no others, it does not.
    fn may_pay(&mut self) -> bool {
        let may = self.pause == 0;
        self.pause = self.pause.saturating_sub(1);
        may
    }

    /// So many items were followed.
    fn has_paid(&mut self, items: usize) {
        self.paused = if items < FEW { (2 * self.paused + 1).min(MOST_PAUSED) } else { 0 };
        self.pause = self.paused;
    }
}

/// What is guessed of an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guess {
    /// Of four entries for each member those that it has: one bit for each.
    kept: u64,
    /// Those that must have the next name behind them, see [`Columns::joins`].
    joins: u64,
    /// Where it begins, and where its last value ends: all entries lie between them.
    from: u16,
    end: u16,
}

/// What following by columns needs of a CPU beside [`Classify`].
///
/// # Safety
/// As of [`Classify`].
pub(super) unsafe trait Spread: Classify {
    /// How far entries lie behind `base`, at most `u16::MAX`; and one bit for each second of them if
    /// the next one is `apart` behind it.
    unsafe fn near(quotes: &[u32; STEP + 1], base: u32, apart: u32, out: &mut [u16; STEP]) -> u16;

    /// Spreads the entries of an item over its members, fills its row and writes the spans. Gives the
    /// slots that have a string; none if something is not where it must be.
    unsafe fn spread(
        near: &[u16; ENTRIES],
        guess: Guess,
        columns: &Columns,
        row: &mut Row,
        spans: &mut [Span; COLUMNS],
    ) -> Option<u32>;

    /// What differs so far, and between the literal and what is at each of `places` behind `from`.
    ///
    /// # Safety
    /// From each such place a block must be readable.
    unsafe fn differ_at(
        so_far: Self::Difference,
        from: *const u8,
        places: impl ExactSizeIterator<Item = u16>,
        literal: &Literal,
    ) -> Self::Difference;

    /// The bits of `bits` at those of `mask`, moved together.
    unsafe fn extract(bits: u64, mask: u64) -> u64;

    /// The lowest bits of `bits`, moved to those of `mask`.
    unsafe fn deposit(bits: u64, mask: u64) -> u64;
}
