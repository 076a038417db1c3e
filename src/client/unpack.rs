//! Unpacking of gzip, brotli and zstd, chunk by chunk, in bounded memory.

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use bytes::{Bytes, BytesMut};
use flate2::{Decompress, FlushDecompress, Status};
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, ResetDirective};

use super::encoding::Encoding;
use crate::error::{Error, ErrorKind};

/// Size of an unpacked chunk, in bytes.
pub(super) const CHUNK: usize = 64 * 1024;

/// The largest window of zstd, as a power of two: 8 MiB, all that may be used over HTTP (RFC 9659).
const ZSTD_WINDOW: u32 = 23;

/// Takes packed chunks, gives unpacked ones.
pub(super) struct Unpacker {
    format: Format,
    encoding: Encoding,
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

enum Format {
    Gzip(Decompress),
    Brotli(Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>),
    Zstd(DCtx<'static>),
}

/// What one step came to.
struct Progress {
    taken: usize,
    given: usize,
    is_end: bool,
}

impl Unpacker {
    /// `None` for what is not packed.
    pub(super) fn new(encoding: Encoding) -> Option<Self> {
        let format = match encoding {
            Encoding::Identity => return None,
            Encoding::Gzip => Format::Gzip(Decompress::new_gzip(15)),
            Encoding::Brotli => Format::Brotli(Box::new(brotli())),
            Encoding::Zstd => {
                let mut context = DCtx::create();
                // It only fails for a parameter that does not exist.
                let _set = context.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW));
                Format::Zstd(context)
            }
        };
        Some(Self {
            format,
            encoding,
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
            match self.format.step(&self.input, &mut chunk[filled..]) {
                Ok(progress) => {
                    let _taken = self.input.split_to(progress.taken);
                    filled += progress.given;
                    self.state = match progress.is_end {
                        true => State::Between,
                        false if filled == chunk.len() => State::Brimful,
                        false => State::Inside,
                    };
                }
                // Nothing was at hand after all; it would have to be said again if it were more.
                Err(_) if self.input.is_empty() => self.state = State::Inside,
                Err(what) => break Some(self.unsound(&what)),
            }
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
        match &mut self.format {
            Format::Gzip(gzip) => gzip.reset(true),
            Format::Zstd(context) => {
                // A session can always be reset.
                let _reset = context.reset(ResetDirective::SessionOnly);
            }
            Format::Brotli(_) => {
                return Err(fault("expected the end of the body after the brotli data, found more".into()));
            }
        }
        self.state = State::Inside;
        Ok(())
    }

    fn unsound(&self, what: &str) -> Error {
        let name = self.encoding.name();
        fault(format!("expected sound {name} data, as `Content-Encoding` says, found: {what}"))
    }
}

impl Format {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Progress, String> {
        match self {
            Self::Gzip(gzip) => {
                let (read, written) = (gzip.total_in(), gzip.total_out());
                let status = gzip.decompress(input, output, FlushDecompress::None);
                let progress = Progress {
                    taken: (gzip.total_in() - read) as usize,
                    given: (gzip.total_out() - written) as usize,
                    is_end: matches!(status, Ok(Status::StreamEnd)),
                };
                match status {
                    Ok(Status::Ok | Status::StreamEnd) => Ok(progress),
                    Ok(Status::BufError) => Err("no more data".into()),
                    // The way to what was unpacked before the fault.
                    Err(_) if progress.given > 0 => Ok(progress),
                    Err(error) => Err(error.to_string()),
                }
            }
            Self::Brotli(state) => {
                let (mut taken, mut given, mut total) = (0, 0, 0);
                let (mut left, mut room) = (input.len(), output.len());
                let result = BrotliDecompressStream(
                    &mut left, &mut taken, input, &mut room, &mut given, output, &mut total, state,
                );
                match result {
                    BrotliResult::ResultFailure if given == 0 => Err("a fault in it".into()),
                    result => {
                        Ok(Progress { taken, given, is_end: matches!(result, BrotliResult::ResultSuccess) })
                    }
                }
            }
            Self::Zstd(context) => {
                let mut from = InBuffer::around(input);
                let mut to = OutBuffer::around(output);
                let left = context
                    .decompress_stream(&mut to, &mut from)
                    .map_err(|code| zstd_safe::get_error_name(code).to_owned())?;
                Ok(Progress { taken: from.pos(), given: to.pos(), is_end: left == 0 })
            }
        }
    }
}

fn brotli() -> BrotliState<StandardAlloc, StandardAlloc, StandardAlloc> {
    BrotliState::new(StandardAlloc::default(), StandardAlloc::default(), StandardAlloc::default())
}

fn fault(message: String) -> Error {
    Error::new(ErrorKind::Transport, message)
        .advise("fetch it again; if this lasts, something between here and the server breaks compression")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const PACKED: [Encoding; 3] = [Encoding::Gzip, Encoding::Brotli, Encoding::Zstd];

    fn pack(encoding: Encoding, bytes: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        match encoding {
            Encoding::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(packed, flate2::Compression::default());
                encoder.write_all(bytes).unwrap();
                return encoder.finish().unwrap();
            }
            Encoding::Brotli => {
                let mut encoder = brotli::CompressorWriter::new(&mut packed, 4096, 5, 22);
                encoder.write_all(bytes).unwrap();
            }
            _ => {
                packed = vec![0; zstd_safe::compress_bound(bytes.len())];
                let mut context = zstd_safe::CCtx::create();
                context.set_parameter(zstd_safe::CParameter::ChecksumFlag(true)).unwrap();
                let size = context.compress2(&mut packed[..], bytes).unwrap();
                packed.truncate(size);
            }
        }
        packed
    }

    /// What comes out of these chunks, and how it ends.
    fn unpack<'c>(
        encoding: Encoding,
        chunks: impl IntoIterator<Item = &'c [u8]>,
    ) -> (Vec<u8>, Result<(), String>) {
        let mut unpacker = Unpacker::new(encoding).unwrap();
        let mut all = Vec::new();
        for chunk in chunks {
            unpacker.push(Bytes::copy_from_slice(chunk));
            while let Some(unpacked) = unpacker.next() {
                match unpacked {
                    Ok(unpacked) => {
                        assert!((1..=CHUNK).contains(&unpacked.len()));
                        all.extend_from_slice(&unpacked);
                    }
                    Err(error) => return (all, Err(error.to_string())),
                }
            }
        }
        (all, unpacker.finish().map_err(|error| error.to_string()))
    }

    /// Some chunks' worth, of which a part packs well.
    fn sample() -> Vec<u8> {
        let mut state = 7u32;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        noise.take(100_000).chain(std::iter::repeat_n(b' ', 3 * CHUNK)).collect()
    }

    #[test]
    fn row_20_any_chunks_give_the_same_bytes() {
        let sample = sample();
        for encoding in PACKED {
            let packed = pack(encoding, &sample);
            for size in [1, 7, 1000, 65_536, packed.len()] {
                let (bytes, end) = unpack(encoding, packed.chunks(size));
                assert!(bytes == sample && end.is_ok(), "{encoding}, chunks of {size}: {end:?}");
            }
            let empty = pack(encoding, b"");
            assert_eq!(unpack(encoding, empty.chunks(1)), (vec![], Ok(())), "{encoding}");
        }
    }

    #[test]
    fn row_20_a_cut_at_any_byte_gives_what_was_before_and_an_error() {
        let text = b"some text, some text, and some more of the same text";
        for encoding in PACKED {
            let packed = pack(encoding, text);
            for cut in 0..packed.len() {
                let (bytes, end) = unpack(encoding, [&packed[..cut]]);
                assert!(text.starts_with(&bytes) && end.is_err(), "{encoding}, cut at {cut}");
            }
        }
    }

    #[test]
    fn row_20_a_fault_comes_after_what_was_before_it() {
        let sample = sample();
        for encoding in PACKED {
            let mut packed = pack(encoding, &sample);
            let end = packed.len();
            packed.extend_from_slice(b"junk that follows");
            for size in [1, 1000, packed.len()] {
                let (bytes, outcome) = unpack(encoding, packed.chunks(size));
                assert!(bytes == sample && outcome.is_err(), "{encoding}, chunks of {size}: {outcome:?}");
            }
            // Something in the middle.
            packed.truncate(end);
            for byte in &mut packed[end / 2..end / 2 + 40] {
                *byte ^= 0x55;
            }
            let (bytes, outcome) = unpack(encoding, packed.chunks(1000));
            // Brotli has no checksum: what is well formed passes.
            let is_noticed = outcome.is_err() || encoding == Encoding::Brotli;
            assert!(is_noticed && bytes[..10_000] == sample[..10_000], "{encoding}: {outcome:?}");
        }
    }

    #[test]
    fn row_20_several_members_are_one_body_but_for_brotli() {
        for encoding in PACKED {
            let packed = [pack(encoding, b"one"), pack(encoding, b""), pack(encoding, b"two")].concat();
            for size in [1, packed.len()] {
                let (bytes, end) = unpack(encoding, packed.chunks(size));
                match encoding {
                    Encoding::Brotli => assert!(bytes == b"one" && end.is_err()),
                    _ => assert_eq!((&bytes[..], end), (&b"onetwo"[..], Ok(())), "{encoding}"),
                }
            }
        }
    }

    #[test]
    fn a_chunk_that_nobody_holds_is_used_again() {
        let packed = pack(Encoding::Gzip, &vec![b' '; 64 * CHUNK]);
        let mut unpacker = Unpacker::new(Encoding::Gzip).unwrap();
        unpacker.push(packed.into());
        let first = unpacker.next().unwrap().unwrap().as_ptr();
        assert!((0..10).all(|_| unpacker.next().unwrap().unwrap().as_ptr() == first));
        // One that is held is left alone.
        let held = unpacker.next().unwrap().unwrap();
        assert!(unpacker.next().unwrap().unwrap().as_ptr() != first && held.iter().all(|byte| *byte == b' '));
    }

    #[test]
    fn a_window_of_zstd_that_is_too_large_is_refused() {
        let mut context = zstd_safe::CCtx::create();
        context.set_parameter(zstd_safe::CParameter::WindowLog(ZSTD_WINDOW + 1)).unwrap();
        context.set_parameter(zstd_safe::CParameter::ContentSizeFlag(false)).unwrap();
        let mut packed = vec![0; 1000];
        let mut to = OutBuffer::around(&mut packed[..]);
        context
            .compress_stream2(
                &mut to,
                &mut InBuffer::around(b"text"),
                zstd_safe::zstd_sys::ZSTD_EndDirective::ZSTD_e_continue,
            )
            .unwrap();
        context
            .compress_stream2(
                &mut to,
                &mut InBuffer::around(b""),
                zstd_safe::zstd_sys::ZSTD_EndDirective::ZSTD_e_end,
            )
            .unwrap();
        let size = to.pos();
        let (bytes, end) = unpack(Encoding::Zstd, [&packed[..size]]);
        assert!(bytes.is_empty() && end.is_err(), "{end:?}");
    }
}
