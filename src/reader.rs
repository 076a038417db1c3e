//! `std::io::Read` in, items out.

use core::iter::FusedIterator;
use core::marker::PhantomData;
use std::io::{ErrorKind as Io, Read};

use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind};
use crate::item::Item;
use crate::pam::RemoteSession;
use crate::parser::{Batch, Builder, Parser, Step, Summary};

/// Reads items from any [`Read`]: a file, a socket, a decoder. It buffers by itself.
///
/// ```
/// use remote_sessions::Reader;
/// let body = br#"{"code":200,"tenant":"Segura","remote_sessions":[{"id":"3","user":"Admin"}]}"#;
/// let mut reader = Reader::new(&body[..]);
/// for session in reader.sessions() {
///     assert_eq!(session?.user().expect("a user"), "Admin");
/// }
/// assert_eq!(reader.summary().envelopes()[0].tenant(), Some("Segura"));
/// # Ok::<(), remote_sessions::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    parser: Parser,
}

impl Builder {
    /// A reader over any [`Read`].
    pub fn build<R: Read>(&self, input: R) -> Reader<R> {
        Reader { input, parser: self.build_parser() }
    }
}

impl Reader<()> {
    /// A builder with default settings.
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl<R: Read> Reader<R> {
    /// A reader of remote sessions with default settings.
    pub fn new(input: R) -> Self {
        Builder::new().build(input)
    }

    /// The next item, borrowed from the reader's window; `None` when the response was complete.
    ///
    /// # Errors
    /// The stream is over: malformed, truncated, over a limit, refused by the server, or a read
    /// failed. All complete items before that were given. A read that says that there would have been more
    /// (a connection that was reset, an input that ended inside of what a decoder unpacks) is
    /// [`ErrorKind::Interrupted`] after the first item, any other [`ErrorKind::Io`]. The error is final, but
    /// for a read that would block ([`Error::is_fatal`] is false): then call again.
    ///
    /// ```
    /// let mut reader = remote_sessions::Reader::new(&br#"{"remote_sessions":[{"id":1},{"id":"x"}]}"#[..]);
    /// let mut bad = 0;
    /// while let Some(item) = reader.next_item()? {
    ///     match item.session() {
    ///         Ok(session) => assert_eq!(session.id(), 1),
    ///         Err(_) => bad += 1,
    ///     }
    /// }
    /// assert_eq!(bad, 1);
    /// # Ok::<(), remote_sessions::Error>(())
    /// ```
    #[inline(always)]
    pub fn next_item(&mut self) -> Result<Option<Item<'_>>, Error> {
        loop {
            match self.parser.advance()? {
                Step::Item => return Ok(Some(self.parser.item())),
                Step::End => return Ok(None),
                Step::NeedInput => self.fill()?,
            }
        }
    }

    /// [`next_item`](Self::next_item) with the tenant of the item: the one that the envelope right
    /// around it has named before its items. `None` if it has not, or will do so after them.
    ///
    /// # Errors
    /// As [`next_item`](Self::next_item).
    ///
    /// ```
    /// let body = br#"{"tenant":"a","remote_sessions":[{"tenant":"b","remote_sessions":[{"id":1}]}]}"#;
    /// let mut reader = remote_sessions::Reader::new(&body[..]);
    /// let (item, tenant) = reader.next_with_tenant()?.expect("one item");
    /// assert_eq!((item.session()?.id(), tenant), (1, Some("b")));
    /// # Ok::<(), remote_sessions::Error>(())
    /// ```
    pub fn next_with_tenant(&mut self) -> Result<Option<(Item<'_>, Option<&str>)>, Error> {
        let found = self.next_item()?.is_some();
        Ok(found.then(|| (self.parser.item(), self.parser.tenant())))
    }

    /// The next items that are all at hand, one at least; `None` when the response was complete. See
    /// [`Batch`].
    ///
    /// # Errors
    /// As [`next_item`](Self::next_item).
    #[inline]
    pub fn next_batch(&mut self) -> Result<Option<Batch<'_>>, Error> {
        let found = self.next_item()?.is_some();
        Ok(found.then(|| self.parser.batch()))
    }

    /// Owned sessions, one at a time. An item's own error is given and the iterator goes on; a
    /// fatal error is given once.
    pub fn sessions(&mut self) -> Sessions<'_, R> {
        Sessions { reader: self, over: false }
    }

    /// Items as any type that owns its data; errors as in [`sessions`](Self::sessions).
    pub fn deserialize<T: DeserializeOwned>(&mut self) -> Items<'_, R, T> {
        Items { reader: self, over: false, item: PhantomData }
    }

    /// [`sessions`](Self::sessions), keeping the reader inside.
    pub fn into_sessions(self) -> IntoSessions<R> {
        IntoSessions { reader: self, over: false }
    }

    /// [`deserialize`](Self::deserialize), keeping the reader inside.
    ///
    /// ```
    /// use remote_sessions::{Builder, Error};
    ///
    /// /// An iterator that a function can give away.
    /// fn numbers(body: &[u8]) -> impl Iterator<Item = Result<u8, Error>> {
    ///     Builder::new().items_at(["rows"]).build(body).into_deserialize()
    /// }
    /// assert_eq!(numbers(b"{\"rows\":[1,2]}").collect::<Result<Vec<_>, _>>()?, [1, 2]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn into_deserialize<T: DeserializeOwned>(self) -> IntoItems<R, T> {
        IntoItems { reader: self, over: false, item: PhantomData }
    }

    /// What is known of the response so far; at the end, of all of it.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.parser.summary()
    }

    /// The input. What the window holds is not in it any more.
    pub fn get_ref(&self) -> &R {
        &self.input
    }

    /// The input. What the window holds is not in it any more.
    pub fn into_inner(self) -> R {
        self.input
    }

    #[inline(never)]
    fn fill(&mut self) -> Result<(), Error> {
        let space = self.parser.space();
        let room = space.len();
        match self.input.read(space) {
            Ok(0) => self.parser.end_of_input(),
            Ok(count) if count <= room => self.parser.filled(count),
            Ok(count) => {
                let message = format!("expected at most {room} bytes from a read, found a claim of {count}");
                return Err(self.parser.break_off(Error::new(ErrorKind::Io, message)));
            }
            Err(error) if error.kind() == Io::Interrupted => {}
            Err(error) if error.kind() == Io::WouldBlock => {
                return Err(read_failed(error).passing());
            }
            Err(error) => {
                let error = match error.downcast::<Error>() {
                    Ok(own) => own,
                    Err(error) if is_cut(error.kind()) => self.interrupted(error),
                    Err(error) => read_failed(error),
                };
                return Err(self.parser.break_off(error));
            }
        }
        Ok(())
    }

    /// Where the connection went away, or a decoder's input ended: as an [`AsyncReader`](crate::AsyncReader)
    /// would say it.
    #[cold]
    fn interrupted(&self, error: std::io::Error) -> Error {
        let summary = self.parser.summary();
        match summary.items() {
            0 => read_failed(error),
            items => Error::broken_off(items, summary.bytes(), None, &error.to_string()).because(error),
        }
    }

    /// The next item through `decode`, as the iterators give it.
    fn next_with<T>(
        &mut self,
        over: &mut bool,
        decode: impl FnOnce(Item<'_>) -> Result<T, Error>,
    ) -> Option<Result<T, Error>> {
        if *over {
            return None;
        }
        match self.next_item() {
            Ok(Some(item)) => Some(decode(item)),
            Ok(None) => {
                *over = true;
                None
            }
            Err(error) => {
                *over = error.is_fatal();
                Some(Err(error))
            }
        }
    }
}

/// Whether it says that there would have been more.
fn is_cut(kind: Io) -> bool {
    matches!(kind, Io::UnexpectedEof | Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe)
}

fn read_failed(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("reading the response failed: {error}")).because(error)
}

fn owned(item: Item<'_>) -> Result<RemoteSession<'static>, Error> {
    Ok(item.session()?.into_owned())
}

/// Iterator over owned sessions; see [`Reader::sessions`].
#[derive(Debug)]
pub struct Sessions<'r, R> {
    reader: &'r mut Reader<R>,
    over: bool,
}

impl<R: Read> Iterator for Sessions<'_, R> {
    type Item = Result<RemoteSession<'static>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.next_with(&mut self.over, owned)
    }
}

impl<R: Read> FusedIterator for Sessions<'_, R> {}

/// Iterator over owned sessions that owns its reader; see [`Reader::into_sessions`].
#[derive(Debug)]
pub struct IntoSessions<R> {
    reader: Reader<R>,
    over: bool,
}

impl<R> IntoSessions<R> {
    /// The reader, for its summary.
    pub fn reader(&self) -> &Reader<R> {
        &self.reader
    }

    /// The reader, for what is left.
    pub fn into_reader(self) -> Reader<R> {
        self.reader
    }
}

impl<R: Read> Iterator for IntoSessions<R> {
    type Item = Result<RemoteSession<'static>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.next_with(&mut self.over, owned)
    }
}

impl<R: Read> FusedIterator for IntoSessions<R> {}

/// Iterator over decoded items; see [`Reader::deserialize`].
#[derive(Debug)]
pub struct Items<'r, R, T> {
    reader: &'r mut Reader<R>,
    over: bool,
    item: PhantomData<fn() -> T>,
}

impl<R: Read, T: DeserializeOwned> Iterator for Items<'_, R, T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.next_with(&mut self.over, |item| Ok(item.deserialize()?))
    }
}

impl<R: Read, T: DeserializeOwned> FusedIterator for Items<'_, R, T> {}

/// Iterator over decoded items that owns its reader; see [`Reader::into_deserialize`].
#[derive(Debug)]
pub struct IntoItems<R, T> {
    reader: Reader<R>,
    over: bool,
    item: PhantomData<fn() -> T>,
}

impl<R, T> IntoItems<R, T> {
    /// The reader, for its summary.
    pub fn reader(&self) -> &Reader<R> {
        &self.reader
    }

    /// The reader, for what is left.
    pub fn into_reader(self) -> Reader<R> {
        self.reader
    }
}

impl<R: Read, T: DeserializeOwned> Iterator for IntoItems<R, T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.next_with(&mut self.over, |item| Ok(item.deserialize()?))
    }
}

impl<R: Read, T: DeserializeOwned> FusedIterator for IntoItems<R, T> {}
