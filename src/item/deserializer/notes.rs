//! What happened while a type was read, for whatever may come out in another way is for serde_json.

use core::cell::Cell;
use core::fmt;

use serde::de;

/// What happened on the way to a value. Where a type does what serde_json might answer in another way,
/// it is asked instead.
#[derive(Default)]
pub(super) struct Notes {
    /// An error was given, which a type may pass over, and take something else instead.
    refused: Cell<bool>,
    /// The deserializer given last was asked for something. (To serde_json it is an error if it was
    /// not, for then nothing was read.)
    asked: Cell<bool>,
}

impl Notes {
    pub(super) fn are_clean(&self) -> bool {
        self.asked.get() && !self.refused.get()
    }

    /// What the seed of a name or value makes of it.
    #[inline(always)]
    pub(super) fn of_seed<T>(&self, seed: impl FnOnce() -> Result<T, Unfit>) -> Result<T, Unfit> {
        self.asked.set(false);
        let value = seed();
        if value.is_err() || !self.asked.get() {
            self.refuse();
        }
        value
    }

    #[cold]
    fn refuse(&self) {
        self.refused.set(true);
    }
}

/// Takes note of what a deserializer answers.
#[inline(always)]
pub(super) fn noted<T>(notes: &Notes, result: Result<T, Unfit>) -> Result<T, Unfit> {
    notes.asked.set(true);
    if result.is_err() {
        notes.refuse();
    }
    result
}

/// Not what this deserializer can give: serde_json knows better.
#[derive(Debug)]
pub(super) struct Unfit;

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item that does not fit the type")
    }
}

impl core::error::Error for Unfit {}

impl de::Error for Unfit {
    #[cold]
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl From<serde_json::Error> for Unfit {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}
