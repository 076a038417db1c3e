//! Everybody who does the work.

pub mod ours;
pub mod rivals;
mod tokens;

use core::fmt;

use crate::{Corpus, Tally};

/// Which lengths a reader adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texts {
    /// Of the texts as they stand in the response, escapes included.
    AsSent,
    /// Of the texts that are meant: every one was unescaped.
    Unescaped,
    /// Only of whole items: less work than the others do.
    Whole,
    /// None: the memory itself, read or copied.
    Nothing,
}

/// Somebody who does the work.
pub struct Reader<'r> {
    name: &'static str,
    texts: Texts,
    run: Box<dyn FnMut(&Corpus) -> Tally + 'r>,
}

impl<'r> Reader<'r> {
    /// A reader under a name; buffers that its documentation says to keep live in the closure.
    pub fn new(name: &'static str, texts: Texts, run: impl FnMut(&Corpus) -> Tally + 'r) -> Self {
        Self { name, texts, run: Box::new(run) }
    }

    /// Crate, and what it yields: `sonic-rs-borrowed`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Which lengths it adds up.
    pub fn texts(&self) -> Texts {
        self.texts
    }

    /// Does the work once.
    pub fn run(&mut self, corpus: &Corpus) -> Tally {
        (self.run)(corpus)
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("name", &self.name).field("texts", &self.texts).finish_non_exhaustive()
    }
}

/// All readers of this package.
pub fn all() -> Vec<Reader<'static>> {
    ours::all().into_iter().chain(rivals::all()).collect()
}

/// Runs every reader once and compares what they came to.
///
/// # Panics
/// If anybody did other work than the generator and the others say: then no figure counts.
pub fn check(readers: &mut [Reader<'_>], corpus: &Corpus) {
    let mut as_sent = None;
    let unescaped = corpus.expected();
    for reader in readers {
        let tally = reader.run(corpus);
        let name = (reader.name(), corpus.name());
        match reader.texts() {
            Texts::AsSent => assert_eq!(*as_sent.get_or_insert(tally), tally, "{name:?} against the first"),
            Texts::Unescaped => assert_eq!(unescaped.unwrap_or(tally), tally, "{name:?}"),
            Texts::Nothing => {}
            Texts::Whole => {
                assert_eq!(unescaped.map_or(tally.items, |all| all.items), tally.items, "{name:?}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mock_pam_core::{Layout, Population};

    #[test]
    fn everybody_does_the_same_work() {
        let mut readers = all();
        for population in Population::ALL {
            for layout in Layout::ALL {
                check(&mut readers, &Corpus::generate(population, layout, 200_000));
            }
        }
    }

    #[test]
    #[should_panic(expected = "against the first")]
    fn other_work_is_found_out() {
        let corpus = Corpus::generate(Population::Varied, Layout::Compact, 10_000);
        let mut readers = ours::all();
        readers.push(Reader::new("idle", Texts::AsSent, |_| Tally::default()));
        check(&mut readers, &corpus);
    }
}
