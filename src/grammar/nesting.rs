//! Which containers are open.

use alloc::vec::Vec;

use crate::error::Fault;

/// Which kinds of container are open: one bit each, set for an object.
#[derive(Clone, Debug)]
pub(super) struct Nesting {
    bits: Vec<u64>,
    pub(super) depth: usize,
    pub(super) limit: usize,
}

impl Nesting {
    pub(super) fn new(limit: usize) -> Self {
        Self { bits: Vec::new(), depth: 0, limit }
    }

    pub(super) fn push(&mut self, object: bool) -> Result<(), Fault> {
        if self.depth >= self.limit {
            return Err(Fault::limit("a nesting depth within the limit", self.limit));
        }
        let (word, bit) = (self.depth / 64, self.depth % 64);
        if word == self.bits.len() {
            self.bits.push(0);
        }
        self.bits[word] = self.bits[word] & !(1 << bit) | u64::from(object) << bit;
        self.depth += 1;
        Ok(())
    }

    pub(super) fn pop(&mut self) {
        debug_assert!(self.depth > 0, "only an open container is closed");
        self.depth -= 1;
    }

    pub(super) fn is_object(&self) -> bool {
        let top = self.depth - 1;
        self.bits[top / 64] >> (top % 64) & 1 == 1
    }
}
