//! An element of a list that may turn out to be an envelope: what must be remembered of it until
//! its kind is known.

use super::profile::MEMBERS;

/// Where the values of one envelope member stand, first and last, and how often it occurred.
#[derive(Clone, Copy, Debug)]
pub(super) struct Note {
    pub(super) first: (u64, u64),
    pub(super) last: (u64, u64),
    pub(super) times: u64,
}

/// An object in a list before it is known whether it is an item or an envelope.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidate {
    /// Offset of its opening brace.
    pub(super) start: u64,
    /// Depth of its own members.
    pub(super) depth: usize,
    key: u64,
    member: Option<usize>,
    value: u64,
    notes: [Option<Note>; MEMBERS],
}

impl Candidate {
    pub(super) fn new(start: u64, depth: usize) -> Self {
        Self { start, depth, ..Self::default() }
    }

    pub(super) fn key_starts(&mut self, at: u64) {
        self.key = at;
    }

    /// Offset of the opening quote of the last member name.
    pub(super) fn key(&self) -> u64 {
        self.key
    }

    /// The value to come belongs to this envelope member, or to none.
    pub(super) fn expect(&mut self, member: Option<usize>) {
        self.member = member;
    }

    pub(super) fn value_starts(&mut self, at: u64) {
        self.value = at;
    }

    /// The value under way ended just before `end`.
    pub(super) fn value_ends(&mut self, end: u64) {
        let Some(member) = self.member.take() else { return };
        let span = (self.value, end);
        let note = self.notes[member].get_or_insert(Note { first: span, last: span, times: 0 });
        note.last = span;
        note.times += 1;
    }

    pub(super) fn notes(&self) -> impl Iterator<Item = (usize, Note)> + use<> {
        self.notes.into_iter().enumerate().filter_map(|(member, note)| note.map(|note| (member, note)))
    }
}
