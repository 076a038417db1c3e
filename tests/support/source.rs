//! A `Read` that does what it is told.

use std::collections::VecDeque;
use std::io::{self, ErrorKind as Io, Read};

/// What the source does when asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    Give(usize),
    Fail(Io),
    Claim(usize),
}

/// Acts in turn, over and over, on a body.
pub(crate) struct Source<'b> {
    body: &'b [u8],
    acts: VecDeque<Act>,
    /// Reads after the one that said "end" or failed for good.
    over: bool,
}

impl<'b> Source<'b> {
    pub(crate) fn new(body: &'b [u8], acts: impl IntoIterator<Item = Act>) -> Self {
        Self { body, acts: acts.into_iter().collect(), over: false }
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(!self.over, "nothing is read after the end or a failure");
        assert!(!buffer.is_empty(), "an empty buffer cannot be told from the end");
        self.acts.rotate_left(1);
        match self.acts.back().copied().unwrap_or(Act::Give(usize::MAX)) {
            Act::Give(most) => {
                let count = self.body.len().min(most).min(buffer.len());
                buffer[..count].copy_from_slice(&self.body[..count]);
                self.body = &self.body[count..];
                self.over = count == 0;
                Ok(count)
            }
            Act::Fail(kind) => {
                self.over = !matches!(kind, Io::Interrupted | Io::WouldBlock);
                Err(io::Error::new(kind, "as told"))
            }
            Act::Claim(more) => {
                self.over = true;
                buffer.fill(b' ');
                Ok(buffer.len().saturating_add(more))
            }
        }
    }
}
