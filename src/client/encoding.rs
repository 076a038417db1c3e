//! How a body is packed.

use std::fmt;

use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use crate::error::{Error, ErrorKind, excerpt};

/// What the server is asked for, the one that costs least to unpack first.
pub(super) const ACCEPTED: &str = "zstd, gzip, br";

/// How a body is packed.
///
/// ```
/// use remote_sessions::client::Encoding;
/// assert_eq!(Encoding::Brotli.to_string(), "br");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
    /// Brotli (RFC 7932).
    Brotli,
    /// Zstandard (RFC 8878), with a window of 8 MiB at most, as RFC 9659 has it.
    Zstd,
}

impl Encoding {
    /// As it is called in prose.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Identity => "unpacked",
            Self::Gzip => "gzip",
            Self::Brotli => "brotli",
            Self::Zstd => "zstd",
        }
    }

    /// What the head of a response says about its body.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Error> {
        let lines = headers.get_all(CONTENT_ENCODING).iter();
        let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
        let sent = lines.join(", ");
        match sent.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "br" => Ok(Self::Brotli),
            "zstd" => Ok(Self::Zstd),
            _ => {
                // As it was sent: in other letters, nobody would know a secret in it.
                let message = format!(
                    "expected a body that is not packed, or by gzip, brotli or zstd, found the content encoding {}",
                    excerpt(sent.trim())
                );
                let remedy = format!(
                    "only {ACCEPTED} was asked for: look at the settings of the server or the gateway"
                );
                Err(Error::new(ErrorKind::Transport, message).advise(remedy))
            }
        }
    }
}

/// As in the header `Content-Encoding`.
impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        })
    }
}
