//! What a fault amounts to: an answer in parts, and how it ends.

use std::sync::Arc;

use bytes::Bytes;

use super::Fault;
use crate::Response;
use crate::server::body::{Body, Generated, Packing};
use crate::server::encoding::Encoding;
use crate::server::log::Production;

/// An answer that is sent without regard to what HTTP asks for.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) head: Head,
    pub(crate) pieces: Body,
    /// So many bytes of the pieces are sent at most.
    pub(crate) limit: u64,
    /// Bytes a second, if not as fast as they are taken.
    pub(crate) rate: Option<u64>,
    pub(crate) end: End,
}

/// How an answer begins.
#[derive(Debug)]
pub(crate) enum Head {
    /// Not at all.
    Missing,
    /// With half of a head, and nothing comes after it.
    Half,
    /// With bytes of another protocol.
    Foreign,
    Whole {
        headers: Vec<(String, String)>,
        framing: Framing,
    },
}

/// How a client learns where the body ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Chunks,
    /// Each a `Content-Length`.
    Lengths(Vec<String>),
    Close,
}

/// How an answer ends once its bytes are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// As its framing says.
    Proper,
    /// The connection is closed in good order, the last chunk not sent.
    Close,
    Reset,
    /// Nothing more comes.
    Stall,
    /// By a chunk size that is none.
    BadChunk,
    /// HTTP/2: RST_STREAM.
    StreamReset,
    /// HTTP/2: GOAWAY with an error.
    GoAway,
}

/// What a list looks like when nothing goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Honest<'a> {
    pub(crate) response: &'a Response,
    /// The server's encoding.
    pub(crate) encoding: Option<Encoding>,
    /// Whether the client takes it.
    pub(crate) accepted: bool,
    pub(crate) production: &'a Arc<Production>,
}

impl Honest<'_> {
    pub(crate) fn encoding(self) -> Option<Encoding> {
        self.encoding.filter(|_| self.accepted)
    }

    pub(crate) fn pieces(self, packing: Packing) -> Body {
        Body::generated(self.response, packing, Arc::clone(self.production))
    }

    /// The length of a body as it is sent, found by making it all and keeping none.
    fn length(self, packing: Packing) -> u64 {
        Generated::new(self.response, packing, Arc::default()).map(|piece| piece.len() as u64).sum()
    }
}

impl Script {
    /// The misbehaving answer to a request for the list.
    pub(crate) fn list(fault: &Fault, honest: Honest<'_>) -> Self {
        let packing = packing(fault, honest);
        let announced = match fault {
            Fault::LyingEncoding => Some("gzip"),
            Fault::UnknownEncoding => Some("x-mock-unknown"),
            _ => packing.encoding.map(Encoding::content_coding),
        };
        let mut headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
        headers.extend(announced.map(|coding| ("content-encoding".to_owned(), coding.to_owned())));
        match fault {
            Fault::ManyHeaders(count) => {
                headers.extend((0..*count).map(|number| (format!("x-mock-{number}"), "1".to_owned())));
            }
            Fault::GiantHeader(bytes) => {
                let value = "x".repeat(usize::try_from(*bytes).unwrap_or(usize::MAX).min(1 << 30));
                headers.push(("x-mock".to_owned(), value));
            }
            _ => {}
        }
        let lengths = |lengths: &[&dyn ToString]| {
            Framing::Lengths(lengths.iter().map(|length| length.to_string()).collect())
        };
        let framing = match fault {
            Fault::ShortLength(bytes) => lengths(&[&honest.length(packing.clone()).saturating_sub(*bytes)]),
            Fault::LongLength(bytes) => lengths(&[&honest.length(packing.clone()).saturating_add(*bytes)]),
            Fault::HugeLength => lengths(&[&u64::MAX]),
            Fault::OddLength(text) => lengths(&[text]),
            Fault::TwoLengths => {
                let length = honest.length(packing.clone());
                lengths(&[&length, &(length + 1)])
            }
            Fault::UntilClose(_) => Framing::Close,
            _ => Framing::Chunks,
        };
        let (limit, end) = course(fault);
        let head = match fault {
            Fault::NoHead | Fault::ResetBeforeHead => Head::Missing,
            Fault::ResetInHead | Fault::CloseInHead => Head::Half,
            Fault::NotHttp => Head::Foreign,
            _ => Head::Whole { headers, framing },
        };
        let rate = match fault {
            Fault::Drip(rate) => Some((*rate).max(1)),
            _ => None,
        };
        Self { head, pieces: honest.pieces(packing), limit, rate, end }
    }

    /// The misbehaving answer to a request for a token, whose good answer is `body`.
    pub(crate) fn token(fault: &Fault, body: Bytes) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let (head, limit, end) = match fault {
            Fault::TokenResetAfter(bytes) => {
                let framing = Framing::Lengths(vec![body.len().to_string()]);
                (Head::Whole { headers, framing }, *bytes, End::Reset)
            }
            _ => (Head::Missing, 0, End::Stall),
        };
        Self { head, pieces: Body::whole(body), limit, rate: None, end }
    }
}

/// How much of the body is sent, and what happens then.
fn course(fault: &Fault) -> (u64, End) {
    match fault {
        Fault::ResetBeforeHead | Fault::ResetInHead => (0, End::Reset),
        Fault::CloseInHead | Fault::NotHttp => (0, End::Close),
        Fault::NoHead => (0, End::Stall),
        Fault::ResetAfter(bytes) => (*bytes, End::Reset),
        Fault::CloseAfter(bytes) | Fault::UntilClose(bytes) => (*bytes, End::Close),
        Fault::StallAfter(bytes) => (*bytes, End::Stall),
        Fault::CutAfter(bytes) | Fault::CutEncoding(bytes) => (*bytes, End::Proper),
        Fault::BadChunkSize(bytes) => (*bytes, End::BadChunk),
        Fault::RstStream(bytes) => (*bytes, End::StreamReset),
        Fault::GoAway(bytes) => (*bytes, End::GoAway),
        Fault::LongLength(_) | Fault::HugeLength | Fault::NoTerminator => (u64::MAX, End::Close),
        _ => (u64::MAX, End::Proper),
    }
}

/// How the body is compressed, and what is wrong with it.
fn packing(fault: &Fault, honest: Honest<'_>) -> Packing {
    // Brotli has neither a checksum nor members.
    let with_frames =
        honest.encoding.filter(|encoding| *encoding != Encoding::Brotli).unwrap_or(Encoding::Gzip);
    let any = honest.encoding.unwrap_or(Encoding::Gzip);
    match fault {
        Fault::LyingEncoding | Fault::UnknownEncoding => Packing::default(),
        Fault::BadChecksum => Packing { encoding: Some(with_frames), spoilt: true, ..Packing::default() },
        Fault::SeveralMembers(count) => {
            Packing { encoding: Some(with_frames), members: (*count).max(1), ..Packing::default() }
        }
        Fault::CutEncoding(_) => Packing::honest(Some(any)),
        Fault::JunkAfterEncoding(text) => {
            Packing { encoding: Some(any), junk: Bytes::from(text.clone()), ..Packing::default() }
        }
        Fault::Bomb(bytes) => Packing { encoding: Some(any), spaces: *bytes, ..Packing::default() },
        _ => Packing::honest(honest.encoding()),
    }
}
