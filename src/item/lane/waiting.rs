//! Items that are not all there: when it pays to look at them again.

use super::{Lane, Seen};
use crate::item::stride::Progress;
use crate::window::View;

/// How often some bytes may be gone through again, because more came behind them, before their item is
/// left to the grammar: that keeps the cost linear.
pub(super) const LOOKS: u32 = 8;

/// Bytes of an item that are searched for its end: looking at longer ones pays anyway.
const SHORT: u64 = 1024;

/// Bytes that may be gone through however often.
const WALKED: usize = 256;

/// An item that was not all there, or [`NOTHING`](Self::NOTHING). (No `Option`: of one that is none the fields
/// have no value, and compilers read them none the less before they ask.)
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    offset: u64,
    /// Offset up to which there is no bracket that was not looked at.
    looked: u64,
    /// Offset up to which it was decoded last.
    decoded: u64,
    /// How often it was looked at without another member.
    looks: u32,
    pub(super) progress: Progress,
}

impl Waiting {
    pub(super) const NOTHING: Self =
        Self { offset: u64::MAX, looked: 0, decoded: 0, looks: 0, progress: Progress::none() };
}

impl Lane {
    /// The item that is waited for.
    #[inline]
    pub(super) fn waiting(&self) -> Option<&Waiting> {
        (self.waiting.offset != u64::MAX).then_some(&self.waiting)
    }

    /// Whether an item that may have a shape has not come to its end: then it is looked at when that
    /// may be there, not decoded piece by piece.
    pub(super) fn is_cut(&self, view: View<'_>, offset: u64) -> bool {
        !self.shapes.is_empty()
            && view.end() - offset <= SHORT
            && end_in(b'{', view.slice(offset + 1, view.end())).is_none()
    }

    pub(super) fn wait(&mut self, view: View<'_>, offset: u64, progress: Progress) -> Seen {
        if view.end() - offset > self.limits.item as u64 {
            self.waiting = Waiting::NOTHING;
            return Seen::Unclear;
        }
        let looks = match self.waiting() {
            // A string is as quickly looked at whatever its length.
            Some(waiting) if waiting.progress.at == progress.at => {
                waiting.looks + u32::from(progress.walked > WALKED)
            }
            _ => 1,
        };
        self.waiting = Waiting { offset, looked: view.end(), decoded: view.end(), looks, progress };
        Seen::Unfinished
    }

    /// Whether an item that was not all there should be looked at again. If not, and nothing is
    /// waiting any more, it is left to the grammar.
    pub(super) fn may_go_on(&mut self, view: View<'_>, offset: u64) -> bool {
        let waiting = &mut self.waiting;
        if waiting.offset != offset {
            self.waiting = Waiting::NOTHING;
            return true;
        }
        if view.end() - offset > self.limits.item as u64 || waiting.looks > LOOKS {
            self.waiting = Waiting::NOTHING;
            return false;
        }
        // What has come since may all be one name or number, of which no more is kept than it may have.
        let short = self.limits.key.max(self.limits.number).max(SHORT as usize) as u64;
        if !waiting.progress.is_text && view.end() - waiting.decoded > short {
            return true;
        }
        let new = view.slice(waiting.looked, view.end());
        if end_in(view.byte(offset).unwrap_or_default(), new).is_none() {
            waiting.looked = view.end();
            return false;
        }
        true
    }
}

/// Where the first of some bytes is that may end an item, given its first byte, or begin what is to be
/// given before its end.
fn end_in(first: u8, bytes: &[u8]) -> Option<usize> {
    match first {
        // A closing brace may end the item; an opening bracket may begin the list of an envelope.
        b'{' => memchr::memchr3(b'}', b'[', b'{', bytes),
        b'[' => memchr::memchr(b']', bytes),
        _ => memchr::memchr(b'"', bytes),
    }
}

#[cfg(test)]
mod tests;
