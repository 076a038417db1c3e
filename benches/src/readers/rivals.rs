//! The rivals, each in the fastest way that its documentation shows for one item at a time.

use std::borrow::Cow;
use std::io::{self, Read};

use bytes::Bytes;
use futures::{StreamExt, stream};
use http_streams_core::format::{DecodeOptions, StreamFormatDecode};
use http_streams_core::{JsonArrayStreamFormat, decode_stream};

pub use super::tokens::{actson_slice, bufjson_reader, bufjson_slice, struson_reader};
use super::{Reader, Texts};
use crate::row::{Counted, Row, count_rows};
use crate::{Corpus, Tally};

/// All of them.
pub fn all() -> Vec<Reader<'static>> {
    fast().into_iter().chain(slow()).collect()
}

/// Those that hold the whole response in memory and read it through serde.
pub fn fast() -> Vec<Reader<'static>> {
    let mut simd_json = SimdJson::default();
    vec![
        Reader::new("sonic-rs-borrowed", Texts::Unescaped, |c| match c.is_dirty() {
            true => sonic_borrowed::<true>(c.bytes()),
            false => sonic_borrowed::<false>(c.bytes()),
        }),
        Reader::new("sonic-rs-owned", Texts::Unescaped, |c| match c.is_dirty() {
            true => sonic_owned::<true>(c.bytes()),
            false => sonic_owned::<false>(c.bytes()),
        }),
        Reader::new("serde_json-slice-borrowed", Texts::Unescaped, |c| match c.is_dirty() {
            true => serde_json_slice::<true>(c.bytes()),
            false => serde_json_slice::<false>(c.bytes()),
        }),
        Reader::new("simd-json-borrowed", Texts::Unescaped, move |c| match c.is_dirty() {
            true => simd_json.read::<true>(c.bytes()),
            false => simd_json.read::<false>(c.bytes()),
        }),
    ]
}

/// Those that stream, or give tokens only.
pub fn slow() -> Vec<Reader<'static>> {
    vec![
        Reader::new("serde_json-reader-owned", Texts::Unescaped, |c| match c.is_dirty() {
            true => serde_json_reader::<true>(c.bytes()),
            false => serde_json_reader::<false>(c.bytes()),
        }),
        Reader::new("http-streams-core-owned", Texts::Unescaped, |c| match c.is_dirty() {
            true => http_streams::<true>(c),
            false => http_streams::<false>(c),
        }),
        Reader::new("struson-reader", Texts::Unescaped, |c| struson_reader(c.bytes())),
        Reader::new("actson-slice", Texts::Unescaped, |c| actson_slice(c.bytes())),
        Reader::new("bufjson-slice", Texts::AsSent, |c| bufjson_slice(c.bytes())),
        Reader::new("bufjson-reader", Texts::AsSent, |c| bufjson_reader(c.bytes())),
    ]
}

/// sonic-rs, borrowed structs through a visitor.
pub fn sonic_borrowed<const ANY: bool>(bytes: &[u8]) -> Tally {
    let mut deserializer = sonic_rs::Deserializer::from_slice(bytes);
    count_rows::<Row<Cow<'_, str>, ANY>, _>(&mut deserializer).expect("a complete response")
}

/// sonic-rs, owned structs through a visitor.
pub fn sonic_owned<const ANY: bool>(bytes: &[u8]) -> Tally {
    let mut deserializer = sonic_rs::Deserializer::from_slice(bytes);
    count_rows::<Row<String, ANY>, _>(&mut deserializer).expect("a complete response")
}

/// serde_json over a slice, borrowed structs through a visitor.
pub fn serde_json_slice<const ANY: bool>(bytes: &[u8]) -> Tally {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let tally = count_rows::<Row<Cow<'_, str>, ANY>, _>(&mut deserializer).expect("a complete response");
    deserializer.end().expect("nothing more");
    tally
}

/// serde_json over a reader, owned structs through a visitor. A file needs a `BufReader`.
pub fn serde_json_reader<const ANY: bool>(input: impl Read) -> Tally {
    let mut deserializer = serde_json::Deserializer::from_reader(input);
    let tally = count_rows::<Row<String, ANY>, _>(&mut deserializer).expect("a complete response");
    deserializer.end().expect("nothing more");
    tally
}

/// simd-json, borrowed structs. It rewrites its input, so that a caller who may not lose it has
/// to copy it; it builds a tape of the whole response first. Buffers are reused.
#[derive(Default)]
pub struct SimdJson {
    copy: Vec<u8>,
    buffers: simd_json::Buffers,
}

impl SimdJson {
    /// Reads one response, copy included.
    pub fn read<const ANY: bool>(&mut self, bytes: &[u8]) -> Tally {
        self.copy.clear();
        self.copy.extend_from_slice(bytes);
        self.read_copy::<ANY>()
    }

    /// Reads one response that needs no copy.
    pub fn read_owned<const ANY: bool>(bytes: Vec<u8>) -> Tally {
        Self { copy: bytes, ..Self::default() }.read_copy::<ANY>()
    }

    fn read_copy<const ANY: bool>(&mut self) -> Tally {
        let mut deserializer =
            simd_json::Deserializer::from_slice_with_buffers(&mut self.copy, &mut self.buffers)
                .expect("a complete response");
        count_rows::<Row<Cow<'_, str>, ANY>, _>(&mut deserializer).expect("a list of sessions")
    }
}

impl core::fmt::Debug for SimdJson {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SimdJson").field("copy", &self.copy.len()).finish_non_exhaustive()
    }
}

/// http-streams-core knows no envelope when it decodes: it gets the bare list, in chunks of 64 KiB.
fn http_streams<const ANY: bool>(corpus: &Corpus) -> Tally {
    let chunks = chunks_of(corpus.list(), 64 * 1024).map(Ok::<_, io::Error>);
    http_streams_chunks::<ANY>(stream::iter(chunks))
}

/// http-streams-core over any stream of chunks of a bare list.
pub fn http_streams_chunks<const ANY: bool>(
    chunks: impl futures::Stream<Item = Result<Bytes, io::Error>> + Send,
) -> Tally {
    let format = JsonArrayStreamFormat::new();
    let options = DecodeOptions::default();
    let framer = StreamFormatDecode::<Row<String, ANY>>::framer(&format, &options);
    let parser = StreamFormatDecode::<Row<String, ANY>>::parser(&format);
    let rows = decode_stream::<_, _, _, _, Row<String, ANY>>(chunks, framer, parser, &options);
    let mut tally = Tally::default();
    futures::executor::block_on(rows.for_each(|row| {
        row.expect("a row").count(&mut tally);
        core::future::ready(())
    }));
    tally
}

/// Cuts bytes into chunks without a copy.
///
/// ```
/// use remote_sessions_benches::readers::rivals::chunks_of;
/// let chunks: Vec<_> = chunks_of(bytes::Bytes::from_static(b"abcde"), 2).collect();
/// assert_eq!(chunks, ["ab", "cd", "e"]);
/// ```
pub fn chunks_of(mut bytes: Bytes, size: usize) -> impl Iterator<Item = Bytes> {
    core::iter::from_fn(move || (!bytes.is_empty()).then(|| bytes.split_to(size.min(bytes.len()))))
}
