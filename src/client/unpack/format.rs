//! The decoders, each with the same step: what was unpacked before a fault comes before the fault.

use brotli_decompressor::{
    BrotliDecoderErrorCode, BrotliDecoderTakeOutput, BrotliDecompressStream, BrotliResult, BrotliState,
    StandardAlloc,
};
use flate2::{Decompress, FlushDecompress, Status};
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, ResetDirective};

use crate::client::encoding::Encoding;

/// The largest window of zstd, as a power of two: 8 MiB, all that may be used over HTTP (RFC 9659).
pub(super) const ZSTD_WINDOW: u32 = 23;

/// What is said where a library says nothing, or not the same for every chunking.
const A_FAULT: &str = "a fault in it";

pub(super) enum Format {
    Gzip(Decompress),
    Brotli(Box<Brotli>),
    Zstd(Zstd),
}

/// What one step came to.
pub(super) struct Progress {
    pub(super) taken: usize,
    pub(super) given: usize,
    pub(super) is_end: bool,
    /// Found behind what was given.
    pub(super) fault: Option<Unsound>,
}

/// Why packed data cannot be unpacked any further.
pub(super) enum Unsound {
    /// All of them were, and their checksum is another one.
    Checksum,
    Other(&'static str),
}

impl Format {
    /// `None` for what is not packed.
    pub(super) fn new(encoding: Encoding) -> Option<Self> {
        match encoding {
            Encoding::Identity => None,
            Encoding::Gzip => Some(Self::Gzip(Decompress::new_gzip(15))),
            Encoding::Brotli => Some(Self::Brotli(Box::new(Brotli::new()))),
            Encoding::Zstd => Some(Self::Zstd(Zstd::new())),
        }
    }

    /// Several members are one body (RFC 1952, RFC 8878); false for brotli, which knows none.
    pub(super) fn begin_member(&mut self) -> bool {
        match self {
            Self::Gzip(gzip) => gzip.reset(true),
            Self::Zstd(zstd) => zstd.reset(),
            Self::Brotli(_) => return false,
        }
        true
    }

    /// Unpacks some of the input. With none, what is at hand already.
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Progress {
        match self {
            Self::Gzip(gzip) => inflate(gzip, input, output),
            Self::Brotli(brotli) => brotli.step(input, output),
            Self::Zstd(zstd) => zstd.step(input, output),
        }
    }
}

fn inflate(gzip: &mut Decompress, input: &[u8], output: &mut [u8]) -> Progress {
    let (read, written) = (gzip.total_in(), gzip.total_out());
    let status = gzip.decompress(input, output, FlushDecompress::None);
    let fault = match &status {
        Ok(Status::Ok | Status::StreamEnd) => None,
        // Nothing was at hand.
        Ok(Status::BufError) if input.is_empty() => None,
        Ok(Status::BufError) => Some(Unsound::Other(A_FAULT)),
        // Said once only: a further call has another error.
        Err(error) => Some(match error.message() {
            Some("incorrect data check") => Unsound::Checksum,
            Some("incorrect header check") => Unsound::Other("no header of such data"),
            Some("incorrect length check") => Unsound::Other("another length at their end"),
            _ => Unsound::Other(A_FAULT),
        }),
    };
    Progress {
        taken: (gzip.total_in() - read) as usize,
        given: (gzip.total_out() - written) as usize,
        is_end: matches!(status, Ok(Status::StreamEnd)),
        fault,
    }
}

pub(super) struct Brotli(BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>);

impl Brotli {
    fn new() -> Self {
        let allocator = StandardAlloc::default;
        Self(BrotliState::new(allocator(), allocator(), allocator()))
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Progress {
        let (mut taken, mut given, mut total) = (0, 0, 0);
        let (mut left, mut room) = (input.len(), output.len());
        let result = BrotliDecompressStream(
            &mut left,
            &mut taken,
            input,
            &mut room,
            &mut given,
            output,
            &mut total,
            &mut self.0,
        );
        let is_end = matches!(result, BrotliResult::ResultSuccess);
        let mut fault = None;
        if matches!(result, BrotliResult::ResultFailure) {
            given += self.rescue(&mut output[given..]);
            // Where there is no more room the next call finds the fault again.
            fault = (given < output.len()).then_some(Unsound::Other(A_FAULT));
        }
        Progress { taken, given, is_end, fault }
    }

    /// What was unpacked before a fault and is still in the window. The decoder gives it to nobody
    /// who has seen the fault, so it is made to forget that for a moment.
    fn rescue(&mut self, output: &mut [u8]) -> usize {
        let state = &mut self.0;
        let fault = std::mem::replace(&mut state.error_code, BrotliDecoderErrorCode::BROTLI_DECODER_SUCCESS);
        // What goes over the length that the part was said to have is the fault itself.
        let remaining = std::mem::replace(&mut state.meta_block_remaining_len, 0);
        let excess = u64::from(remaining.min(0).unsigned_abs());
        let [size, position] =
            [state.ringbuffer_size, state.pos].map(|length| u64::from(length.unsigned_abs()));
        let held = (state.rb_roundtrips * size + position).saturating_sub(state.partial_pos_out + excess);
        let mut size = usize::try_from(held).map_or(output.len(), |held| held.min(output.len()));
        let mut rescued = 0;
        // None would mean all.
        if size > 0 {
            let bytes = BrotliDecoderTakeOutput(state, &mut size);
            rescued = bytes.len();
            output[..rescued].copy_from_slice(bytes);
        }
        state.error_code = fault;
        state.meta_block_remaining_len = remaining;
        rescued
    }
}

pub(super) struct Zstd {
    context: DCtx<'static>,
    /// How much the decoder wants to see next.
    wanted: usize,
}

/// Of a frame's first bytes, enough to know how many more to ask for.
const ZSTD_START: usize = 5;

/// Of the header of a block.
const ZSTD_BLOCK_HEADER: usize = 3;

impl Zstd {
    fn new() -> Self {
        let mut context = DCtx::create();
        // It only fails for a parameter that does not exist.
        let _set = context.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW));
        Self { context, wanted: ZSTD_START }
    }

    fn reset(&mut self) {
        // A session can always be reset.
        let _reset = self.context.reset(ResetDirective::SessionOnly);
        self.wanted = ZSTD_START;
    }

    /// One part of a frame in a step: the library keeps what it has unpacked in the same step in
    /// which it finds a fault. The bytes that it wants are a part and the header of the next block.
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Progress {
        let part = match self.wanted {
            most if most > ZSTD_BLOCK_HEADER => most - ZSTD_BLOCK_HEADER,
            few => few.max(1),
        };
        let mut from = InBuffer::around(&input[..input.len().min(part)]);
        let mut to = OutBuffer::around(output);
        let left = self.context.decompress_stream(&mut to, &mut from);
        let (taken, given) = (from.pos(), to.pos());
        match left {
            Ok(left) => {
                self.wanted = left;
                Progress { taken, given, is_end: left == 0, fault: None }
            }
            Err(code) => Progress { taken, given, is_end: false, fault: Some(unsound(code)) },
        }
    }
}

fn unsound(code: zstd_safe::ErrorCode) -> Unsound {
    const CHECKSUM: &str = "Restored data doesn't match checksum";
    match zstd_safe::get_error_name(code) {
        CHECKSUM => Unsound::Checksum,
        other => Unsound::Other(other),
    }
}
