//! Unpacking of gzip, brotli and zstd, chunk by chunk, in bounded memory.

mod format;
#[cfg(test)]
mod tests;

use bytes::{Bytes, BytesMut};

use self::format::{Format, Unsound};
use super::encoding::Encoding;
use crate::error::{Error, ErrorKind};

/// Size of an unpacked chunk, in bytes.
pub(super) const CHUNK: usize = 64 * 1024;

/// Takes packed chunks, gives unpacked ones.
pub(super) struct Unpacker {
    format: Format,
    encoding: Encoding,
    /// Unpacked bytes so far.
    given: u64,
    /// The rest of the packed chunk.
    input: Bytes,
    /// The last chunk that was given out: to be used again if nobody holds it any more.
    chunk: Bytes,
    state: State,
    /// Found after the last chunk that was given out.
    fault: Option<Error>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Before or in the data, or in one member of it.
    Inside,
    /// As before, and the last chunk was filled to the brim: there may be more at hand.
    Brimful,
    /// A member is complete. More may follow.
    Between,
}

impl Unpacker {
    /// `None` for what is not packed.
    pub(super) fn new(encoding: Encoding) -> Option<Self> {
        Some(Self {
            format: Format::new(encoding)?,
            encoding,
            given: 0,
            input: Bytes::new(),
            chunk: Bytes::new(),
            state: State::Inside,
            fault: None,
        })
    }

    /// Takes a packed chunk, once [`next`](Self::next) has given `None`.
    pub(super) fn push(&mut self, input: Bytes) {
        self.input = input;
    }

    /// The next unpacked chunk, never an empty one; `None` when another packed one is needed.
    pub(super) fn next(&mut self) -> Option<Result<Bytes, Error>> {
        if let Some(fault) = self.fault.take() {
            return Some(Err(fault));
        }
        if self.input.is_empty() && self.state != State::Brimful {
            return None;
        }
        let mut chunk = match std::mem::take(&mut self.chunk).try_into_mut() {
            Ok(chunk) if chunk.len() == CHUNK => chunk,
            _ => BytesMut::zeroed(CHUNK),
        };
        let mut filled = 0;
        let failed = loop {
            if self.input.is_empty() && self.state != State::Brimful {
                break None;
            }
            if filled == chunk.len() {
                break None;
            }
            if self.state == State::Between
                && let Err(error) = self.begin_member()
            {
                break Some(error);
            }
            // What is at hand already comes first: a fault in what follows must not take it along.
            let input = if self.state == State::Brimful { &[] } else { &self.input[..] };
            let progress = self.format.step(input, &mut chunk[filled..]);
            let _taken = self.input.split_to(progress.taken);
            filled += progress.given;
            self.given += progress.given as u64;
            if let Some(what) = progress.fault {
                break Some(self.unsound(&what));
            }
            self.state = match progress.is_end {
                true => State::Between,
                false if filled == chunk.len() => State::Brimful,
                false => State::Inside,
            };
        };
        self.chunk = chunk.freeze();
        if filled > 0 {
            self.fault = failed;
            return Some(Ok(self.chunk.slice(..filled)));
        }
        failed.map(Err)
    }

    /// Whether the data may end here, once there is no more of it.
    pub(super) fn finish(&self) -> Result<(), Error> {
        if self.state == State::Between {
            return Ok(());
        }
        let name = self.encoding.name();
        Err(fault(format!("expected the end of the {name} data, found the end of the body")))
    }

    /// Several members are one body (RFC 1952, RFC 8878); brotli knows none.
    fn begin_member(&mut self) -> Result<(), Error> {
        if !self.format.begin_member() {
            return Err(fault("expected the end of the body after the brotli data, found more".into()));
        }
        self.state = State::Inside;
        Ok(())
    }

    fn unsound(&self, what: &Unsound) -> Error {
        let (name, given) = (self.encoding.name(), self.given);
        match what {
            Unsound::Checksum => fault(format!(
                "expected {name} data with the checksum of what they hold, found another checksum after {given} unpacked bytes"
            ))
            .advise(
                "what came is not what was packed: fetch it again; if this lasts, something between here and the server (a proxy, a gateway) changes or repacks the data",
            ),
            Unsound::Other(what) => fault(format!(
                "expected sound {name} data, as `Content-Encoding` says, found: {what}"
            )),
        }
    }
}

fn fault(message: String) -> Error {
    Error::new(ErrorKind::Transport, message)
        .advise("fetch it again; if this lasts, something between here and the server breaks compression")
}
