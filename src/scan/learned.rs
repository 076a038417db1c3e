//! What is alike in items of one layout, and what following it tells of an item.

#[cfg(test)]
use alloc::string::String;
use alloc::vec::Vec;

use super::columns::Columns;
use super::escaped::Escaped;
use super::quotes::{BLOCK, Literal};

/// Most members that a learned shape has; the quote index always has four times as many entries
/// in reserve.
pub(crate) const MEMBERS: usize = 32;

/// Most members of a shape that go by a second name.
pub(crate) const ALIASES: usize = 4;

/// A value's place in the text of an item of at most [`FARTHEST`] bytes: of a string what is
/// between its quotes; of `null` nothing, [`Span::none_at`] it; else the whole of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Span {
    pub(crate) start: u16,
    pub(crate) end: u16,
}

impl Span {
    /// The place of a text that is not there: it ends before it starts, so that nothing lies in it.
    pub(crate) const fn none_at(start: u16) -> Self {
        Self { start, end: start.wrapping_sub(1) }
    }
}

/// Length of the longest item of which spans are noted: few are longer, and what is known of the
/// others is half as large and as quickly copied.
pub(crate) const FARTHEST: usize = u16::MAX as usize;

/// What is alike in items of one shape: the bytes between the values.
#[derive(Clone, Debug)]
pub(crate) struct Learned {
    /// Before each value, from the end of the previous one.
    pub(crate) members: Vec<Literal>,
    /// After the last value, up to and with the closing brace.
    pub(crate) close: Literal,
    /// What may stand in place of a member's literal: another name for the same slot.
    aliases: Vec<Literal>,
    /// One bit for each slot of `members`, and of `aliases`.
    pub(crate) slots: u32,
    aliased: u32,
    /// Whether a name has escapes.
    pub(crate) has_escaped_names: bool,
    /// Whether a literal of `members` is longer than half a block.
    pub(super) long: bool,
    /// What they have in common.
    pub(super) columns: Columns,
}

impl Learned {
    /// Room for a shape of so many members.
    pub(crate) fn with_capacity(members: usize) -> Self {
        Self {
            members: Vec::with_capacity(members),
            close: Literal::nothing(),
            aliases: Vec::with_capacity(ALIASES),
            slots: 0,
            aliased: 0,
            has_escaped_names: false,
            long: false,
            columns: Columns::none(),
        }
    }

    /// Forgets what was learned.
    pub(crate) fn clear(&mut self) {
        self.members.clear();
        self.aliases.clear();
        (self.close, self.slots, self.aliased) = (Literal::nothing(), 0, 0);
        (self.has_escaped_names, self.long) = (false, false);
        self.columns = Columns::none();
    }

    /// Adds a member.
    pub(crate) fn push(&mut self, literal: Literal) {
        self.slots |= literal.bit;
        self.long |= literal.len() > BLOCK / 2;
        self.has_escaped_names |= literal.bytes().contains(&b'\\');
        self.members.push(literal);
    }

    /// How many members more may have an alias.
    pub(crate) fn room_for_aliases(&self) -> usize {
        ALIASES - self.aliases.len()
    }

    /// From now on a literal may stand in place of the member of its slot, if there is room for that.
    pub(crate) fn alias(&mut self, literal: Literal) {
        if self.alias_of(&literal).is_none() && self.room_for_aliases() > 0 {
            self.aliased |= literal.bit;
            self.aliases.push(literal);
        }
    }

    /// What may stand in place of a member's literal, and its bit of [`Decoded::aliased`].
    #[inline]
    pub(crate) fn alias_of(&self, literal: &Literal) -> Option<(&Literal, u8)> {
        if self.aliased & literal.bit == 0 {
            return None;
        }
        let number = self.aliases.iter().position(|alias| alias.slot == literal.slot)?;
        Some((&self.aliases[number], 1 << (number % ALIASES)))
    }

    /// Ends it with what comes after the last value, given the first byte of each value.
    pub(crate) fn close(&mut self, close: Literal, values: &[u8]) {
        self.close = close;
        self.columns = Columns::of(&self.members, values);
    }
}

/// What is known of an item's members: one slot for each, one bit for each slot.
#[derive(Clone, Debug)]
pub(crate) struct Decoded {
    /// Values relative to the item's first byte; anything in slots that no mask has, but see
    /// [`empty_others`](Self::empty_others).
    pub(crate) spans: [Span; MEMBERS],
    /// Slots with a string.
    pub(crate) strings: u32,
    /// Slots with `null`.
    pub(crate) nulls: u32,
    /// Slots with any other value.
    pub(crate) others: u32,
    /// Where strings may have escapes.
    pub(crate) escaped: Escaped,
    /// Whether slots stand for the members that a parser was given names for, each for its own;
    /// else for those of the item in the order sent.
    pub(crate) named: bool,
    /// Which [aliases](Learned::alias_of) of the item's shape it has, if it has one.
    pub(crate) aliased: u8,
}

impl Decoded {
    /// Says of those of the first `slots` slots that no mask has that nothing is there.
    #[inline]
    pub(crate) fn empty_others(&mut self, slots: usize) {
        #[expect(clippy::cast_possible_truncation, reason = "at most 32")]
        let all = u32::MAX.checked_shr(32 - slots.min(32) as u32).unwrap_or(0);
        let mut absent = all & !(self.strings | self.nulls | self.others);
        while absent != 0 {
            self.spans[absent.trailing_zeros() as usize % MEMBERS] = Span::none_at(1);
            absent &= absent - 1;
        }
    }
}

impl Decoded {
    /// No member is known.
    pub(crate) const fn nothing() -> Self {
        Self {
            spans: [Span { start: 0, end: 0 }; MEMBERS],
            strings: 0,
            nulls: 0,
            others: 0,
            escaped: Escaped::ANYWHERE,
            named: false,
            aliased: 0,
        }
    }
}

/// Where items may stand, one after the other.
pub(crate) struct Place<'a> {
    /// The padded buffer.
    pub(crate) bytes: &'a [u8],
    /// Where in it the first item begins.
    pub(crate) from: usize,
    /// The quote index from that item's first quote on; the last four times [`MEMBERS`] entries
    /// lie beyond the bytes at hand.
    pub(crate) quotes: &'a [u32],
    /// What stands between two items: one comma, and white space perhaps.
    pub(crate) gap: &'a Literal,
    /// Longest number, in bytes.
    pub(crate) number: usize,
    /// Whether the item after those that were followed is there and has not the shape.
    pub(crate) missed: &'a mut bool,
    /// Items that are first looked at as if they were not quite like that: where some were, more
    /// will be.
    pub(crate) lacking: &'a mut u8,
}

/// An item that has the shape.
#[derive(Clone, Debug)]
pub(crate) struct Followed {
    pub(crate) decoded: Decoded,
    /// Where it begins in the buffer.
    pub(crate) from: usize,
    /// Length of the item in bytes; it may still end beyond the bytes at hand.
    pub(crate) length: usize,
    /// Entries of the quote index inside the item and those followed together with it before it.
    pub(crate) quotes: usize,
    pub(crate) told: Told,
}

/// How much of an item is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// All members are those of its shape.
    Shape,
    /// It has other members too.
    More,
    /// Where values are; names have escapes, and what those mean is not known.
    Spans,
    /// It is no object.
    Nothing,
}

impl Followed {
    /// Room for an item.
    pub(crate) const fn nothing() -> Self {
        Self { decoded: Decoded::nothing(), from: 0, length: 0, quotes: 0, told: Told::Nothing }
    }

    /// All that is said of an item with a shape: its place, and the kinds and spans of its values.
    #[cfg(test)]
    pub(super) fn of_shape(&self, shape: &Learned) -> String {
        let Decoded { spans, strings, nulls, others, .. } = &self.decoded;
        let is_there = |member: &&Literal| (strings | nulls | others) & member.bit != 0;
        let spans: Vec<_> =
            shape.members.iter().filter(is_there).map(|member| (member.slot, spans[member.slot])).collect();
        let Self { from, length, quotes, told, .. } = self;
        alloc::format!("{from} {length} {quotes} {told:?} {strings:b} {nulls:b} {others:b} {spans:?}")
    }
}

/// Steps over what no shape says, at a place of the buffer and an entry of [`Place::quotes`]: a
/// container that is the value of a slot's member, or, without a slot, a member of no known name from
/// the comma before it on. Its length in bytes, and its entries.
pub(crate) type Nested<'a> = dyn FnMut(Option<usize>, usize, usize) -> Option<(usize, usize)> + 'a;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_is_forgotten_and_what_comes_next_is_learned_afresh() {
        let member = |text: &[u8], slot| Literal::new(text, slot).unwrap();
        let mut learned = Learned::with_capacity(2);
        learned.push(member(&[b' '; BLOCK], 3));
        learned.alias(member(b" ", 3));
        learned.alias(member(b",", 3));
        learned.close = member(b"}", 0);
        assert_eq!((learned.members.len(), learned.slots, learned.long), (1, 1 << 3, true));
        let alias = learned.alias_of(&learned.members[0]).map(|(alias, bit)| (alias.bytes().to_vec(), bit));
        assert_eq!((alias, learned.room_for_aliases()), (Some((b" ".to_vec(), 1)), ALIASES - 1));
        learned.clear();
        assert!(learned.members.is_empty() && learned.close.bytes().is_empty());
        assert_eq!((learned.slots, learned.long), (0, false));
        assert!(learned.alias_of(&member(b" ", 3)).is_none() && learned.room_for_aliases() == ALIASES);
        learned.alias(member(b"other", 3));
        assert_eq!(learned.alias_of(&member(b" ", 3)).unwrap().0.bytes(), b"other");
        learned.push(member(b"{\"a\":", 1));
        assert_eq!((learned.members.len(), learned.slots, learned.long), (1, 1 << 1, false));
    }

    #[test]
    fn no_more_members_have_an_alias_than_there_is_room_for() {
        let mut learned = Learned::with_capacity(8);
        for slot in 0..8 {
            learned.alias(Literal::new(b"a", slot).unwrap());
        }
        let has_alias = |slot| learned.alias_of(&Literal::new(b"b", slot).unwrap()).map(|(_, bit)| bit);
        let bits: Vec<_> = (0..8).map(has_alias).collect();
        assert_eq!(bits, [Some(1), Some(2), Some(4), Some(8), None, None, None, None]);
    }
}
