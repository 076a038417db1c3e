//! Where the walk stands: the containers that may hold items, and what a value is for.

use super::profile::Names;
use crate::escape::means;
use crate::tolerated::Deviation;

/// A container that may hold items.
#[derive(Clone, Debug)]
pub(super) enum Frame {
    Envelope {
        lists: u64,
        announced: bool,
        next: Role,
        list_place: Option<u64>,
    },
    List {
        keyed: bool,
        elements: u64,
        envelope_last: bool,
    },
    /// An object in place of a list, before its first member name.
    ListObject,
    /// An object on a path: members are compared with the name at `level`.
    Way {
        level: usize,
        next: Role,
    },
    /// An array that nobody asks for, or an object: what is in it is passed over, one value after the
    /// other. One frame for so many of them, each inside of the one before.
    Passed {
        depth: usize,
    },
    /// An array on a path: its elements are taken like the array itself.
    WayArray {
        level: usize,
    },
}

/// What the value to come is, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Root,
    List,
    Element,
    Way(usize),
    Captured(usize),
    Skipped,
}

/// Why a value is walked over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watch {
    Skip,
    Item,
    Capture(usize),
    /// In place of a list; only this deviation is tolerated.
    Empty(Deviation),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Prologue,
    Between,
    Name { start: u64 },
    Inside { watch: Watch, start: u64, depth: usize },
    Candidate,
}

impl Names {
    pub(super) fn role(&self, name: &str) -> Role {
        if self.lists.iter().any(|list| means(name, list)) {
            return Role::List;
        }
        match self.members.iter().position(|member| means(name, member)) {
            Some(member) => Role::Captured(member),
            None => Role::Skipped,
        }
    }
}
