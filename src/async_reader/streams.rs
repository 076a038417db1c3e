//! An [`AsyncReader`] as a stream of decoded items.

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use serde::de::DeserializeOwned;

use super::AsyncReader;
use crate::error::Error;
use crate::item::Item;
use crate::pam::RemoteSession;

pub(super) fn owned(item: Item<'_>) -> Result<RemoteSession<'static>, Error> {
    Ok(item.session()?.into_owned())
}

pub(super) fn decoded<T: DeserializeOwned>(item: Item<'_>) -> Result<T, Error> {
    Ok(item.deserialize()?)
}

/// Stream of decoded items; see [`AsyncReader::sessions`] and [`AsyncReader::deserialize`].
#[derive(Debug)]
pub struct AsyncItems<'r, S, B, T> {
    pub(super) reader: &'r mut AsyncReader<S, B>,
    pub(super) over: bool,
    pub(super) decode: fn(Item<'_>) -> Result<T, Error>,
}

impl<S, B, E, T> Stream for AsyncItems<'_, S, B, T>
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: AsRef<[u8]>,
    E: Into<Box<dyn core::error::Error + Send + Sync>>,
{
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        this.reader.poll_decoded(&mut this.over, this.decode, context)
    }
}

impl<S, B, E, T> FusedStream for AsyncItems<'_, S, B, T>
where
    Self: Stream,
    S: Stream<Item = Result<B, E>> + Unpin,
{
    fn is_terminated(&self) -> bool {
        self.over
    }
}

/// Stream of decoded items that owns its reader; see [`AsyncReader::into_sessions`] and
/// [`AsyncReader::into_deserialize`].
#[derive(Debug)]
pub struct IntoAsyncItems<S, B, T> {
    pub(super) reader: AsyncReader<S, B>,
    pub(super) over: bool,
    pub(super) decode: fn(Item<'_>) -> Result<T, Error>,
    pub(super) chunk: PhantomData<fn() -> B>,
}

impl<S, B, T> IntoAsyncItems<S, B, T> {
    /// The reader, for its summary.
    pub fn reader(&self) -> &AsyncReader<S, B> {
        &self.reader
    }

    /// The reader, for what is left.
    pub fn into_reader(self) -> AsyncReader<S, B> {
        self.reader
    }
}

impl<S, B, E, T> Stream for IntoAsyncItems<S, B, T>
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: AsRef<[u8]> + Unpin,
    E: Into<Box<dyn core::error::Error + Send + Sync>>,
{
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        this.reader.poll_decoded(&mut this.over, this.decode, context)
    }
}

impl<S, B, E, T> FusedStream for IntoAsyncItems<S, B, T>
where
    Self: Stream,
    S: Stream<Item = Result<B, E>> + Unpin,
{
    fn is_terminated(&self) -> bool {
        self.over
    }
}
