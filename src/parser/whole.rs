//! One session from one text.

use super::{Builder, Step};
use crate::error::Error;
use crate::item::{DuplicatePolicy, Item};
use crate::limits::Limits;
use crate::pam::RemoteSession;

impl<'a> RemoteSession<'a> {
    /// Decodes one session from its JSON text.
    ///
    /// # Errors
    /// The stream errors of invalid JSON, and those of [`Item::session`].
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let limits = Limits { window: text.len().min(Limits::default().window), ..Limits::default() };
        let mut parser = Builder::new().root_item().limits(limits).build_parser();
        let mut rest = text.as_bytes();
        let mut item = (0, 0);
        loop {
            match parser.advance()? {
                Step::Item => {
                    let whole = parser.item();
                    item = (usize::try_from(whole.offset()).unwrap_or(usize::MAX), whole.raw().len());
                }
                Step::NeedInput if rest.is_empty() => parser.end_of_input(),
                Step::NeedInput => rest = &rest[parser.push(rest)..],
                Step::End => break,
            }
        }
        let (start, length) = item;
        let item = Item::new(&text[start..start + length], 0, start as u64, DuplicatePolicy::Error);
        Ok(item.session()?)
    }
}
