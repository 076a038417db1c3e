//! Compression of what is sent.

use core::fmt;
use core::str::FromStr;
use std::io::Write;

use brotli::CompressorWriter;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::HeaderMap;
use hyper::header::ACCEPT_ENCODING;

use crate::UnknownName;

/// How a list is compressed for clients that accept it.
///
/// ```
/// use mock_pam_core::Encoding;
///
/// assert_eq!("brotli".parse(), Ok(Encoding::Brotli));
/// assert_eq!((Encoding::Brotli.name(), Encoding::Brotli.content_coding()), ("brotli", "br"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
    /// RFC 8878, with a checksum.
    Zstd,
}

impl Encoding {
    /// Every encoding, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Gzip, Self::Brotli, Self::Zstd];

    /// The lower-case name that [`FromStr`] understands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "brotli",
            Self::Zstd => "zstd",
        }
    }

    /// The word of `Content-Encoding`.
    #[must_use]
    pub const fn content_coding(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Whether it is among the accepted encodings and not refused by a weight of zero.
    pub(crate) fn is_accepted(self, headers: &HeaderMap) -> bool {
        let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|encoding| {
            let (name, weight) = encoding.split_once(';').unwrap_or((encoding, "q=1"));
            let weight = weight.trim().trim_start_matches("q=").parse::<f32>();
            name.trim().eq_ignore_ascii_case(self.content_coding()) && weight.is_ok_and(|weight| weight > 0.0)
        })
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Encoding {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|encoding| encoding.name() == text);
        found.ok_or_else(|| UnknownName::new(Self::ALL.map(Self::name).to_vec(), text))
    }
}

/// Compresses into memory that is taken away from time to time.
pub(crate) enum Encoder {
    Gzip(GzEncoder<Vec<u8>>),
    Brotli(Box<CompressorWriter<Vec<u8>>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

const NEVER_FAILS: &str = "a Vec takes everything";

impl Encoder {
    /// As fast as it can be, or as small.
    pub(crate) fn new(encoding: Encoding, small: bool) -> Self {
        match encoding {
            Encoding::Gzip => {
                let level = if small { Compression::best() } else { Compression::fast() };
                Self::Gzip(GzEncoder::new(Vec::new(), level))
            }
            // Quality 1 is the fast one, and small enough; the window (2^22 bytes) is the largest that every decoder has to take.
            Encoding::Brotli => Self::Brotli(Box::new(CompressorWriter::new(Vec::new(), 64 * 1024, 1, 22))),
            Encoding::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).expect("level 1 exists");
                encoder.include_checksum(true).expect("it can be had before the first byte");
                Self::Zstd(encoder)
            }
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        match self {
            Self::Gzip(encoder) => encoder.write_all(bytes),
            Self::Brotli(encoder) => encoder.write_all(bytes),
            Self::Zstd(encoder) => encoder.write_all(bytes),
        }
        .expect(NEVER_FAILS);
    }

    /// Makes whatever can be made of the bytes so far.
    pub(crate) fn flush(&mut self) {
        match self {
            Self::Gzip(encoder) => encoder.flush(),
            Self::Brotli(encoder) => encoder.flush(),
            Self::Zstd(encoder) => encoder.flush(),
        }
        .expect(NEVER_FAILS);
    }

    /// What has been made, if that is at least so many bytes.
    pub(crate) fn take(&mut self, least: usize) -> Option<Bytes> {
        let made = match self {
            Self::Gzip(encoder) => encoder.get_mut(),
            Self::Brotli(encoder) => encoder.get_mut(),
            Self::Zstd(encoder) => encoder.get_mut(),
        };
        (made.len() >= least).then(|| core::mem::take(made).into())
    }

    /// The rest.
    pub(crate) fn finish(self) -> Bytes {
        match self {
            Self::Gzip(encoder) => encoder.finish().expect(NEVER_FAILS),
            Self::Brotli(encoder) => encoder.into_inner(),
            Self::Zstd(encoder) => encoder.finish().expect(NEVER_FAILS),
        }
        .into()
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Gzip(_) => Encoding::Gzip,
            Self::Brotli(_) => Encoding::Brotli,
            Self::Zstd(_) => Encoding::Zstd,
        };
        f.debug_tuple("Encoder").field(&name).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_found_among_others() {
        let accepts = |encoding: Encoding, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, value.parse().unwrap());
            encoding.is_accepted(&headers)
        };
        for value in ["gzip", "br, gzip", "GZIP;q=0.5", "deflate;q=0.1 , gzip ; q=1.0"] {
            assert!(accepts(Encoding::Gzip, value), "{value}");
        }
        for value in ["", "br", "gzip;q=0", "x-gzipped", "gzip;q=0.000", "identity"] {
            assert!(!accepts(Encoding::Gzip, value), "{value}");
        }
        assert!(accepts(Encoding::Brotli, "gzip, br") && !accepts(Encoding::Brotli, "brotli"));
        assert!(accepts(Encoding::Zstd, "zstd") && !accepts(Encoding::Zstd, "gzip, br"));
        assert!(!Encoding::Gzip.is_accepted(&HeaderMap::new()));
    }
}
