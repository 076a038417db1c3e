//! Whether it pays to try what was learned, and to learn anew.

/// Uses that make learning worth its while: it costs as much as some ten of what it saves.
pub(super) const ENOUGH: u32 = 16;

/// Most that is left alone before the next learning.
const LONGEST_WAIT: u32 = 1 << 12;

/// Most that is left alone before the next try.
const LONGEST_SKIP: u32 = 255;

/// The record of something learned.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    /// What it did not fit, since it was learned.
    missed: u32,
    /// How many of those it takes to learn anew, and how many it took the last time.
    wait: u32,
    before: u32,
    /// What it has fit since it was learned.
    fits: u32,
    /// How many to leave alone, and how many that were last time.
    skip: u32,
    skipped: u32,
}

impl Trial {
    pub(super) const fn new() -> Self {
        Self { missed: 0, wait: 0, before: 0, fits: 0, skip: 0, skipped: 0 }
    }

    /// Whether it pays to try at the next.
    #[inline]
    pub(super) fn may_pay(&mut self) -> bool {
        let may = self.skip == 0;
        self.skip = self.skip.saturating_sub(1);
        may
    }

    /// So many had what was learned.
    #[inline]
    pub(super) fn has_paid(&mut self, count: usize) {
        self.fits = self.fits.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        self.skipped = 0;
    }

    /// Where it fails time after time, trying is a waste.
    #[inline]
    pub(super) fn has_failed(&mut self) {
        self.skipped = (self.skipped * 2 + 1).min(LONGEST_SKIP);
        self.skip = self.skipped;
    }

    /// Another that it did not fit: whether it is time to learn from that.
    pub(super) fn may_learn(&mut self) -> bool {
        self.missed += 1;
        if self.missed <= self.wait {
            return false;
        }
        self.missed = 0;
        self.before = self.wait;
        // What fit few was not worth it: the next must wait longer.
        self.wait = if self.fits < ENOUGH { longer(self.wait) } else { 0 };
        self.fits = 0;
        // What is new is tried at once.
        self.skip = 0;
        true
    }

    /// Nor was this: there may be nothing to be learned.
    pub(super) fn has_learned_nothing(&mut self) {
        self.wait = longer(self.before);
    }

    #[cfg(test)]
    pub(super) fn wait(&self) -> u32 {
        self.wait
    }
}

fn longer(wait: u32) -> u32 {
    (wait * 2 + 1).min(LONGEST_WAIT)
}
