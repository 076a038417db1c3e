//! What can go wrong on the way, on purpose.

use core::fmt;
use core::str::FromStr;

use crate::response::random::Random;

mod plan;
mod reply;
mod script;

pub use plan::FaultPlan;
pub(crate) use plan::Plans;
pub(crate) use reply::visible;
pub(crate) use script::{End, Framing, Head, Honest, Script};

/// Where a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultTarget {
    /// A connection, before anything is read from it.
    Connection,
    /// A request for a token.
    Token,
    /// A request for the list.
    List,
}

/// Declares the faults once: their documentation is the help, too.
macro_rules! faults {
    ($(
        #[doc = $help:literal]
        $name:literal => $variant:ident $(($field:ident: $kind:ty = $default:expr, $argument:literal))?,
    )*) => {
        /// A way to misbehave that no honest server has. A text names one as `NAME` or `NAME:ARGUMENT`.
        ///
        /// Offsets count bytes of the body as it is sent: compressed if it is compressed, without the framing.
        /// A fault of HTTP/1 framing is a reset of the stream at the same place where HTTP/2 is spoken, and a fault of
        /// HTTP/2 a reset of the connection where HTTP/1 is.
        ///
        /// ```
        /// use mock_pam_core::{Fault, MockPamCore};
        ///
        /// let fault: Fault = "reset-after:20000".parse()?;
        /// assert_eq!(fault, Fault::ResetAfter(20_000));
        /// assert_eq!((fault.name(), fault.to_string()), ("reset-after", "reset-after:20000".to_owned()));
        ///
        /// let server = MockPamCore::builder().fault(Fault::Status(503).times(2)).fault(fault).start_in_thread()?;
        /// assert_eq!(server.log().faults, 0);
        /// # Ok::<(), Box<dyn core::error::Error>>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Fault {
            $( #[doc = $help] $variant $(($kind))?, )*
        }

        impl Fault {
            /// Every fault as it is written, its argument in capitals, with one line about it.
            ///
            /// ```
            /// use mock_pam_core::Fault;
            ///
            /// let (spelling, line) = Fault::HELP[0];
            /// assert_eq!(spelling, "reset-on-connect");
            /// assert!(line.starts_with("Resets"));
            /// ```
            pub const HELP: &'static [(&'static str, &'static str)] = &[
                $( (concat!($name $(, "[:", $argument, "]")?), $help.trim_ascii()), )*
            ];

            /// Every fault, with the argument that it has when none is given.
            #[must_use]
            pub fn all() -> Vec<Self> {
                vec![$( Self::$variant $(({ let $field: $kind = $default; $field }))?, )*]
            }

            /// The lower-case name that [`FromStr`] understands.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $( Self::$variant { .. } => $name, )*
                }
            }

            fn named(name: &str, argument: Option<&str>) -> Result<Self, UnknownFault> {
                match name {
                    $( $name => {
                        let takes: Option<&str> = None $( .or(Some($argument)) )?;
                        if let (None, Some(found)) = (takes, argument) {
                            return Err(UnknownFault::superfluous($name, found));
                        }
                        Ok(Self::$variant $(({
                            let $field: $kind = match argument {
                                Some(text) => text.parse().map_err(|_| UnknownFault::argument($name, $argument, text))?,
                                None => $default,
                            };
                            $field
                        }))?)
                    } )*
                    _ => Err(UnknownFault::name(name)),
                }
            }
        }

        impl fmt::Display for Fault {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = match self {
                    $( Self::$variant $(($field))? => {
                        #[allow(unused_mut, reason = "only some have an argument")]
                        let mut text = $name.to_owned();
                        $( text.push_str(&format!(":{}", $field)); )?
                        text
                    } )*
                };
                f.pad(&text)
            }
        }
    };
}

faults! {
    /// Resets each connection as soon as it is there
    "reset-on-connect" => ResetOnConnect,
    /// Reads the request and resets the connection without an answer
    "reset-before-head" => ResetBeforeHead,
    /// Resets the connection in the middle of the answer's head
    "reset-in-head" => ResetInHead,
    /// Resets the connection after that many bytes of the body, its last chunk never sent
    "reset-after" => ResetAfter(bytes: u64 = 4096, "BYTES"),
    /// Closes the connection in good order in the middle of the answer's head
    "close-in-head" => CloseInHead,
    /// Closes the connection in good order after that many bytes of the body, its last chunk never sent
    "close-after" => CloseAfter(bytes: u64 = 4096, "BYTES"),
    /// Says nothing more after that many bytes of the body, and keeps the connection
    "stall-after" => StallAfter(bytes: u64 = 4096, "BYTES"),
    /// Sends the body at that many bytes a second
    "drip" => Drip(rate: u64 = 1, "BYTES_PER_SECOND"),
    /// Reads the request and never answers
    "no-head" => NoHead,
    /// Answers with something that is not HTTP
    "not-http" => NotHttp,
    /// Ends the body after that many bytes, in good order
    "cut-after" => CutAfter(bytes: u64 = 4096, "BYTES"),
    /// Announces that many bytes fewer than it sends
    "short-length" => ShortLength(bytes: u64 = 1, "BYTES"),
    /// Announces that many bytes more than it sends, and closes the connection
    "long-length" => LongLength(bytes: u64 = 1, "BYTES"),
    /// Announces 2^64-1 bytes, sends the body and closes the connection
    "huge-length" => HugeLength,
    /// Announces that text as length, sends the body and closes the connection
    "odd-length" => OddLength(text: String = "18446744073709551616".to_owned(), "TEXT"),
    /// Announces two lengths that differ
    "two-lengths" => TwoLengths,
    /// Sends the whole body but not the last chunk, and closes the connection
    "no-terminator" => NoTerminator,
    /// Sends a chunk size that is no number after that many bytes of the body
    "bad-chunk-size" => BadChunkSize(bytes: u64 = 4096, "BYTES"),
    /// Announces neither length nor chunks and closes the connection after that many bytes, all of them by default
    "until-close" => UntilClose(bytes: u64 = u64::MAX, "BYTES"),
    /// Sends that many headers beside the usual ones
    "many-headers" => ManyHeaders(count: u32 = 100, "COUNT"),
    /// Sends a header with a value of that many bytes
    "giant-header" => GiantHeader(bytes: u64 = 1 << 20, "BYTES"),
    /// Says that the body is compressed, which it is not
    "lying-encoding" => LyingEncoding,
    /// Says that the body has an encoding that nobody knows
    "unknown-encoding" => UnknownEncoding,
    /// Compresses the body, with a wrong checksum behind it
    "bad-checksum" => BadChecksum,
    /// Compresses the body and ends it after that many compressed bytes, in good order
    "cut-encoding" => CutEncoding(bytes: u64 = 100, "BYTES"),
    /// Compresses the body, with that text behind it
    "junk-after-encoding" => JunkAfterEncoding(text: String = "junk".to_owned(), "TEXT"),
    /// Compresses the body in that many parts one behind the other, which is allowed
    "several-members" => SeveralMembers(count: u32 = 3, "COUNT"),
    /// Compresses the body followed by that many spaces
    "bomb" => Bomb(bytes: u64 = 1 << 30, "BYTES"),
    /// Redirects to the same path of another server
    "redirect-origin" => RedirectOrigin,
    /// Redirects to the same address without TLS
    "redirect-http" => RedirectHttp,
    /// Redirects within the same server, that many times until the list comes
    "redirect-within" => RedirectWithin(count: u32 = 1, "COUNT"),
    /// Redirects within the same server, in a circle of that many addresses
    "redirect-loop" => RedirectLoop(count: u32 = 2, "COUNT"),
    /// Redirects the request for a token, method and body to be kept
    "token-redirect" => TokenRedirect,
    /// Gives a token of that many bytes
    "token-huge" => TokenHuge(bytes: u64 = 16 << 20, "BYTES"),
    /// Gives a page of HTML in place of a token
    "token-not-json" => TokenNotJson,
    /// Gives a token with line breaks and a header of its own in it
    "token-line-breaks" => TokenLineBreaks,
    /// Gives a token with that text, as it is, as the value of expires_in
    "token-odd-expiry" => TokenOddExpiry(text: String = "-1".to_owned(), "JSON"),
    /// Refuses the request for a token with that status
    "token-status" => TokenStatus(status: u16 = 503, "CODE"),
    /// Never answers the request for a token
    "token-no-head" => TokenNoHead,
    /// Resets the connection after that many bytes of the token's answer
    "token-reset-after" => TokenResetAfter(bytes: u64 = 10, "BYTES"),
    /// Forgets every token when the list is asked for, so that it is refused with 401
    "token-expires" => TokenExpires,
    /// Answers with 503 and that text as Retry-After: seconds, or a date
    "retry-after" => RetryAfter(text: String = "1".to_owned(), "WHEN"),
    /// Answers with that status and a message
    "status" => Status(status: u16 = 503, "CODE"),
    /// HTTP/2: resets the stream after that many bytes of the body
    "rst-stream" => RstStream(bytes: u64 = 4096, "BYTES"),
    /// HTTP/2: says goodbye with an error that repeats the `Authorization`, after that many bytes of the body
    "goaway" => GoAway(bytes: u64 = 4096, "BYTES"),
}

impl Fault {
    /// Where it strikes.
    ///
    /// ```
    /// use mock_pam_core::{Fault, FaultTarget};
    ///
    /// assert_eq!(Fault::TokenNotJson.target(), FaultTarget::Token);
    /// assert_eq!(Fault::TokenExpires.target(), FaultTarget::List);
    /// ```
    #[must_use]
    pub fn target(&self) -> FaultTarget {
        match self {
            Self::ResetOnConnect => FaultTarget::Connection,
            Self::TokenRedirect
            | Self::TokenHuge(_)
            | Self::TokenNotJson
            | Self::TokenLineBreaks
            | Self::TokenOddExpiry(_)
            | Self::TokenStatus(_)
            | Self::TokenNoHead
            | Self::TokenResetAfter(_) => FaultTarget::Token,
            _ => FaultTarget::List,
        }
    }

    /// The fault, only the first so many times that it can strike.
    ///
    /// ```
    /// use mock_pam_core::{Fault, FaultPlan};
    ///
    /// assert_eq!("status:502+times:2".parse(), Ok(Fault::Status(502).times(2)));
    /// assert_eq!("status:502".parse(), Ok(FaultPlan::from(Fault::Status(502))));
    /// ```
    #[must_use]
    pub fn times(self, times: u32) -> FaultPlan {
        FaultPlan::new(self, Some(times))
    }

    /// A fault by chance, the same for the same seed: of any kind, its offset anywhere in the first 64 KiB (small ones
    /// are as likely as large ones), its other sizes small enough for thousands of runs.
    ///
    /// ```
    /// use mock_pam_core::Fault;
    ///
    /// assert_eq!(Fault::seeded(7), Fault::seeded(7));
    /// let kinds: std::collections::BTreeSet<_> = (0..1000).map(|seed| Fault::seeded(seed).name()).collect();
    /// assert_eq!(kinds.len(), Fault::HELP.len());
    /// ```
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let mut random = Random::new(seed, 0);
        let mut all = Self::all();
        let kind = random.below(u32::try_from(all.len()).expect("some dozens"));
        let mut fault = all.swap_remove(kind as usize);
        // An even choice of magnitude, then one within it.
        let bits = random.below(17);
        let offset = random.bits() & ((1 << bits) - 1);
        let few = 1 + random.below(5);
        match &mut fault {
            Self::ResetAfter(bytes)
            | Self::CloseAfter(bytes)
            | Self::StallAfter(bytes)
            | Self::CutAfter(bytes)
            | Self::BadChunkSize(bytes)
            | Self::CutEncoding(bytes)
            | Self::RstStream(bytes)
            | Self::GoAway(bytes)
            | Self::TokenResetAfter(bytes)
            | Self::UntilClose(bytes) => *bytes = offset,
            Self::ShortLength(bytes) | Self::LongLength(bytes) => *bytes = offset.max(1),
            Self::Drip(rate) => *rate = 1 + offset,
            Self::ManyHeaders(count) => *count = 100 * few,
            Self::SeveralMembers(count) | Self::RedirectWithin(count) | Self::RedirectLoop(count) => {
                *count = few
            }
            Self::Bomb(bytes) => *bytes = u64::from(few) << 23,
            Self::TokenHuge(bytes) => *bytes = u64::from(few) << 18,
            Self::Status(status) | Self::TokenStatus(status) => {
                *status = [400, 403, 404, 429, 500, 502, 503, 504][(offset % 8) as usize];
            }
            _ => {}
        }
        fault
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let (name, argument) = match text.split_once(':') {
            Some((name, argument)) => (name, Some(argument)),
            None => (text, None),
        };
        let fault = Self::named(name, argument)?;
        let sent = match &fault {
            Self::Status(status) | Self::TokenStatus(status) => (200..=599).contains(status),
            Self::Drip(rate) => *rate > 0,
            Self::SeveralMembers(count) | Self::RedirectLoop(count) => *count > 0,
            Self::OddLength(text)
            | Self::RetryAfter(text)
            | Self::TokenOddExpiry(text)
            | Self::JunkAfterEncoding(text) => text.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
            _ => true,
        };
        if sent { Ok(fault) } else { Err(UnknownFault::unusable(name, argument.unwrap_or_default())) }
    }
}

/// A text that names no fault.
///
/// ```
/// use mock_pam_core::Fault;
///
/// let error = |text: &str| text.parse::<Fault>().unwrap_err().to_string();
/// assert_eq!(error("reset-after:x"), r#"expected reset-after:BYTES, found "x" as BYTES"#);
/// assert_eq!(error("no-head:1"), r#"expected no argument for no-head, found "1""#);
/// assert!(error("melt").starts_with("expected one of reset-on-connect, "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFault {
    message: String,
}

impl UnknownFault {
    fn name(found: &str) -> Self {
        let names: Vec<_> = Fault::all().iter().map(Fault::name).collect();
        Self { message: format!("expected one of {}, found {:?}", names.join(", "), short(found)) }
    }

    fn argument(name: &str, argument: &str, found: &str) -> Self {
        Self { message: format!("expected {name}:{argument}, found {:?} as {argument}", short(found)) }
    }

    fn superfluous(name: &str, found: &str) -> Self {
        Self { message: format!("expected no argument for {name}, found {:?}", short(found)) }
    }

    fn unusable(name: &str, found: &str) -> Self {
        Self { message: format!("expected an argument that {name} can use, found {:?}", short(found)) }
    }

    fn times(found: &str) -> Self {
        Self { message: format!("expected +times:COUNT, found {:?}", short(found)) }
    }
}

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for UnknownFault {}

fn short(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_read_back() {
        for (fault, (spelling, line)) in Fault::all().into_iter().zip(Fault::HELP) {
            assert_eq!(fault.to_string().parse(), Ok(fault.clone()));
            assert_eq!(fault.name().parse(), Ok(fault.clone()), "the default stands for a missing argument");
            assert!(spelling.starts_with(fault.name()) && !line.is_empty() && line.len() < 110, "{line}");
        }
        for seed in 0..1000 {
            let fault = Fault::seeded(seed);
            assert_eq!(fault.to_string().parse(), Ok(fault));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "Reset-After", "reset-after:", "reset-after:-1", "status:99", "status:600", "drip:0"]
        {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
        assert!("retry-after:1\r\nx: y".parse::<Fault>().is_err());
    }
}
