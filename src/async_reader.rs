//! A stream of byte chunks in, items out.

mod feed;
mod streams;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::future::poll_fn;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::Stream;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind};
use crate::item::Item;
use crate::pam::RemoteSession;
use crate::parser::{Batch, Builder, Step, Summary};
use feed::Feed;
pub use streams::{AsyncItems, IntoAsyncItems};
use streams::{decoded, owned};

/// Reads items from a stream of byte chunks, such as the body of an HTTP response.
///
/// The unread rest of a chunk lives in the reader, so a future of it may be dropped at any
/// await: the next call goes on where it stopped. At most one chunk beside the window is held.
///
/// An error of the stream before the first item is a [`Transport`](ErrorKind::Transport) error
/// (or what the stream says, if it gives an [`Error`] of this crate); after it,
/// [`Interrupted`](ErrorKind::Interrupted). An end of the stream counts as a proper end. The stream has to be
/// [`Unpin`]: others go through `Box::pin` or `pin!` first.
///
/// ```
/// # futures_executor::block_on(async {
/// use remote_sessions::{AsyncReader, Error};
/// let chunks = [r#"{"remote_sessions":[{"id":"3","us"#, r#"er":"Admin"}]}"#];
/// let stream = futures_util::stream::iter(chunks.map(Ok::<_, Error>));
/// let mut reader = AsyncReader::new(stream);
/// while let Some(item) = reader.next_item().await? {
///     assert_eq!(item.session()?.user().expect("a user"), "Admin");
/// }
/// assert_eq!(reader.summary().items(), 1);
/// # Ok::<(), Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct AsyncReader<S, B = <S as ChunkStream>::Chunk> {
    input: S,
    feed: Feed<B>,
}

/// Names the chunk type of a stream; every fitting stream has it.
pub trait ChunkStream {
    /// What the stream gives when all is well.
    type Chunk;
}

impl<S, B, E> ChunkStream for S
where
    S: Stream<Item = Result<B, E>>,
{
    type Chunk = B;
}

impl Builder {
    /// A reader over a stream of byte chunks.
    pub fn build_async<S: ChunkStream>(&self, input: S) -> AsyncReader<S> {
        let (driver, window, size) = self.parts();
        AsyncReader { input, feed: Feed::new(driver, window, size) }
    }
}

impl AsyncReader<(), ()> {
    /// A builder with default settings.
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl<S, B, E> AsyncReader<S, B>
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: AsRef<[u8]>,
    E: Into<Box<dyn core::error::Error + Send + Sync>>,
{
    /// A reader of remote sessions with default settings.
    pub fn new(input: S) -> Self {
        Builder::new().build_async(input)
    }

    /// The next item, borrowed from the reader's window; `None` when the response was complete.
    ///
    /// Cancel-safe.
    ///
    /// # Errors
    /// The stream is over: malformed, truncated, over a limit, refused by the server, or the
    /// stream of chunks failed. All complete items before that were given. The error is final.
    pub async fn next_item(&mut self) -> Result<Option<Item<'_>>, Error> {
        let found = poll_fn(|context| self.poll_advance(context)).await?;
        Ok(found.then(|| self.feed.item()))
    }

    /// [`next_item`](Self::next_item) with the tenant of the item: the one that the envelope right
    /// around it has named before its items. `None` if it has not, or will do so after them.
    ///
    /// Cancel-safe.
    ///
    /// # Errors
    /// As [`next_item`](Self::next_item).
    pub async fn next_with_tenant(&mut self) -> Result<Option<(Item<'_>, Option<&str>)>, Error> {
        let found = poll_fn(|context| self.poll_advance(context)).await?;
        Ok(found.then(|| (self.feed.item(), self.feed.tenant())))
    }

    /// The next items that are all at hand, one at least; `None` when the response was complete. See
    /// [`Batch`].
    ///
    /// Cancel-safe.
    ///
    /// # Errors
    /// As [`next_item`](Self::next_item).
    pub async fn next_batch(&mut self) -> Result<Option<Batch<'_>>, Error> {
        let found = poll_fn(|context| self.poll_advance(context)).await?;
        Ok(found.then(|| self.feed.batch()))
    }

    /// [`next_item`](Self::next_item) for whoever polls: true for an item, which
    /// [`item`](Self::item) then gives; false when the response was complete.
    ///
    /// For the last nanoseconds: one future can go over all items that are at hand.
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// use remote_sessions::{AsyncReader, Error};
    /// use std::{future::poll_fn, task::{Poll, ready}};
    /// let chunks = [r#"{"remote_sessions":[{"id":3},{"#, r#""id":6}]}"#];
    /// let mut reader = AsyncReader::new(futures_util::stream::iter(chunks.map(Ok::<_, Error>)));
    /// let mut sum = 0;
    /// poll_fn(|context| {
    ///     while ready!(reader.poll_item(context))? {
    ///         sum += reader.item().session()?.id();
    ///     }
    ///     Poll::Ready(Ok::<(), Error>(()))
    /// })
    /// .await?;
    /// assert_eq!(sum, 9);
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As [`next_item`](Self::next_item).
    #[inline]
    pub fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Result<bool, Error>> {
        self.poll_advance(context)
    }

    /// The item that [`poll_item`](Self::poll_item) has found.
    ///
    /// # Panics
    /// If the last call did not find one.
    #[must_use]
    #[inline]
    pub fn item(&self) -> Item<'_> {
        self.feed.item()
    }

    /// The same item and those that are known to follow it.
    ///
    /// # Panics
    /// If the last call did not find one.
    #[must_use]
    #[inline]
    pub fn batch(&mut self) -> Batch<'_> {
        self.feed.batch()
    }

    /// The tenant of that item, as in [`next_with_tenant`](Self::next_with_tenant).
    #[must_use]
    #[inline]
    pub fn tenant(&self) -> Option<&str> {
        self.feed.tenant()
    }

    /// Owned sessions as a stream. An item's own error is given and the stream goes on; a fatal
    /// error is given once.
    pub fn sessions(&mut self) -> AsyncItems<'_, S, B, RemoteSession<'static>> {
        AsyncItems { reader: self, over: false, decode: owned }
    }

    /// Items as a stream of any type that owns its data; errors as in [`sessions`](Self::sessions).
    pub fn deserialize<T: DeserializeOwned>(&mut self) -> AsyncItems<'_, S, B, T> {
        AsyncItems { reader: self, over: false, decode: decoded }
    }

    /// [`sessions`](Self::sessions), keeping the reader inside.
    pub fn into_sessions(self) -> IntoAsyncItems<S, B, RemoteSession<'static>> {
        IntoAsyncItems { reader: self, over: false, decode: owned, chunk: PhantomData }
    }

    /// [`deserialize`](Self::deserialize), keeping the reader inside.
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// use futures_util::{Stream, TryStreamExt};
    /// use remote_sessions::{AsyncReader, Builder, Error};
    ///
    /// /// A stream that a function can give away.
    /// fn numbers(body: &'static [u8]) -> impl Stream<Item = Result<u8, Error>> {
    ///     let chunks = futures_util::stream::iter([Ok::<_, Error>(body)]);
    ///     Builder::new().items_at(["rows"]).build_async(chunks).into_deserialize()
    /// }
    /// assert_eq!(numbers(b"{\"rows\":[1,2]}").try_collect::<Vec<_>>().await?, [1, 2]);
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    pub fn into_deserialize<T: DeserializeOwned>(self) -> IntoAsyncItems<S, B, T> {
        IntoAsyncItems { reader: self, over: false, decode: decoded, chunk: PhantomData }
    }

    /// True for an item, false for the end.
    #[inline]
    fn poll_advance(&mut self, context: &mut Context<'_>) -> Poll<Result<bool, Error>> {
        match self.feed.advance()? {
            Step::Item => Poll::Ready(Ok(true)),
            Step::End => Poll::Ready(Ok(false)),
            Step::NeedInput => self.poll_further(context),
        }
    }

    /// The same where all bytes at hand are used up.
    #[inline(never)]
    fn poll_further(&mut self, context: &mut Context<'_>) -> Poll<Result<bool, Error>> {
        loop {
            if !self.feed.more() {
                match ready!(Pin::new(&mut self.input).poll_next(context)) {
                    Some(Ok(chunk)) => {
                        self.feed.give(chunk);
                        continue;
                    }
                    Some(Err(error)) => {
                        let error = self.transport_error(error.into());
                        return Poll::Ready(Err(self.feed.break_off(error)));
                    }
                    None => self.feed.driver().end_of_input(),
                }
            }
            match self.feed.advance()? {
                Step::Item => return Poll::Ready(Ok(true)),
                Step::End => return Poll::Ready(Ok(false)),
                Step::NeedInput => {}
            }
        }
    }

    /// From now on, neither an error nor the summary repeats what this masks.
    #[cfg(feature = "client")]
    pub(crate) fn hide(&mut self, mask: crate::error::Mask) {
        self.feed.driver().hide(mask);
    }

    fn transport_error(&self, error: Box<dyn core::error::Error + Send + Sync>) -> Error {
        let own = error.downcast::<Error>();
        let kind = own.as_ref().map_or(ErrorKind::Transport, |own| own.kind());
        let transport = matches!(kind, ErrorKind::Transport | ErrorKind::Timeout);
        match own {
            Ok(own) if !(transport && self.feed.items() > 0) => *own,
            Ok(own) => {
                let error = self.interrupted(&format!("{own}"));
                match (own.kind(), own.remedy()) {
                    // Which time-out it was, and how to raise it.
                    (ErrorKind::Timeout, Some(remedy)) => error.advise(String::from(remedy)),
                    _ => error,
                }
                .because(*own)
            }
            Err(error) if self.feed.items() > 0 => self.interrupted(&format!("{error}")).because(error),
            Err(error) => Error::new(ErrorKind::Transport, format!("the stream of chunks failed: {error}"))
                .because(error),
        }
    }

    fn interrupted(&self, cause: &str) -> Error {
        Error::broken_off(self.feed.items(), self.feed.summary().bytes(), self.feed.last_id(), cause)
    }

    fn poll_decoded<T>(
        &mut self,
        over: &mut bool,
        decode: impl FnOnce(Item<'_>) -> Result<T, Error>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, Error>>> {
        if *over {
            return Poll::Ready(None);
        }
        let found = ready!(self.poll_advance(context));
        *over = !matches!(found, Ok(true));
        Poll::Ready(match found {
            Ok(true) => Some(decode(self.feed.item())),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        })
    }
}

impl<S, B> AsyncReader<S, B> {
    /// What is known of the response so far; at the end, of all of it.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.feed.summary()
    }

    /// The stream of chunks.
    pub fn get_ref(&self) -> &S {
        &self.input
    }

    /// The stream of chunks, to set something about it.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.input
    }
}

#[cfg(feature = "bytes")]
impl<S> AsyncReader<S, bytes::Bytes> {
    /// The same reader, but items of large chunks are read where they are, not copied first: worth it
    /// for chunks of several windows. The client does that.
    ///
    /// Only for [`Bytes`](bytes::Bytes), which stay as they are: text is checked once, and the type of
    /// another chunk could give other bytes whenever it is asked.
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// use remote_sessions::{AsyncReader, Error};
    /// let body = bytes::Bytes::from_static(br#"{"remote_sessions":[{"id":3}]}"#);
    /// let mut reader = AsyncReader::new(futures_util::stream::iter([Ok::<_, Error>(body)])).in_place();
    /// assert_eq!(reader.next_item().await?.expect("an item").session()?.id(), 3);
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn in_place(mut self) -> Self {
        self.feed.read_in_place();
        self
    }
}
