//! The two tiers of error: [`Error`] ends a stream, [`ItemError`] concerns one item.

mod fault;
mod item;
#[cfg(feature = "client")]
mod mask;

use alloc::borrow::Cow;
use alloc::boxed::Box;
#[cfg(feature = "client")]
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

pub(crate) use fault::{Fault, Found, escaped, excerpt};
pub use item::ItemError;
#[cfg(feature = "client")]
pub(crate) use mask::Mask;

/// The cause that an [`Error`] was made from.
pub(crate) type Cause = Box<dyn core::error::Error + Send + Sync>;

/// What went wrong, in the words that scripts may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not JSON (RFC 8259), or text follows the JSON.
    Syntax,
    /// The JSON is well formed but is not an envelope with a list.
    Shape,
    /// One of [`Limits`](crate::Limits) was reached.
    Limit,
    /// The response ended before it was complete.
    Truncated,
    /// The response ended without its outer brackets, as in the vendor's sample, in strict mode.
    Unclosed,
    /// One item did not fit; the stream goes on.
    Item,
    /// The server answered with an error of its own.
    Api,
    /// No access token could be had.
    Authentication,
    /// The connection could not be made or used, before the first item.
    Transport,
    /// A time-out fired, before the first item.
    Timeout,
    /// The connection broke after the first item.
    Interrupted,
    /// A local read or write failed.
    Io,
    /// What a client was given, such as an address, cannot be used; nothing was sent.
    Configuration,
}

impl ErrorKind {
    /// The stable lower-case name, as in the command's `--summary json`.
    ///
    /// ```
    /// assert_eq!(remote_sessions::ErrorKind::Truncated.as_str(), "truncated");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Shape => "shape",
            Self::Limit => "limit",
            Self::Truncated => "truncated",
            Self::Unclosed => "unclosed",
            Self::Item => "item",
            Self::Api => "api",
            Self::Authentication => "authentication",
            Self::Transport => "transport",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::Io => "io",
            Self::Configuration => "configuration",
        }
    }

    /// What to do about an error of this kind where nothing better is known.
    const fn remedy(self) -> Option<&'static str> {
        match self {
            Self::Syntax => Some(
                "the body is not valid JSON: look at the bytes around this offset; a proxy or a PHP warning may have written into it",
            ),
            Self::Shape => {
                Some("check that the address is the one of the list, and that the body is its response")
            }
            Self::Limit => Some("raise the named limit if the input is trusted"),
            Self::Truncated => Some("the response is incomplete: fetch it again"),
            Self::Unclosed => Some(
                "the documented sample ends like this; without strict mode it is accepted with a warning",
            ),
            Self::Item => Some("skip this item, or report it to the vendor"),
            Self::Interrupted => Some(
                "the connection broke after the first item: what was delivered is a prefix of the list; fetch it again",
            ),
            Self::Transport => Some("check the address, the network and the certificate"),
            Self::Timeout => Some("raise the time-out that fired, or check the server's load"),
            Self::Authentication => Some("check the client id, the client secret and the token path"),
            Self::Api | Self::Io | Self::Configuration => None,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a stream of items is over, or (converted from [`ItemError`]) what is wrong with one item.
///
/// Cheap to clone. A stream's fatal error is final: asking again gives the same error.
///
/// ```
/// use remote_sessions::{ErrorKind, Reader};
/// let mut reader = Reader::new(&br#"{"code":200,"remote_sessions":[{"id":1},{"id":]}"#[..]);
/// assert!(reader.next_item()?.is_some());
/// let error = reader.next_item().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Syntax);
/// assert_eq!(error.to_string(), "expected a value, found `]` at byte 46 (item 1)");
/// # Ok::<(), remote_sessions::Error>(())
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    remedy: Option<Cow<'static, str>>,
    offset: Option<u64>,
    item: Option<u64>,
    fatal: bool,
    cause: Option<Arc<dyn core::error::Error + Send + Sync>>,
}

impl Error {
    /// The kind of error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The byte of the (decoded) response at which the error was found, counted from 0.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// The index, counted from 0, of the item that was being read.
    #[must_use]
    pub fn item(&self) -> Option<u64> {
        self.0.item
    }

    /// Whether the stream is over. An error of one item, and a read that would block, are not fatal.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.0.fatal
    }

    /// The message without place and cause.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it, where something is known.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.0.remedy.as_deref().or_else(|| self.0.kind.remedy())
    }

    /// The innermost cause, by type.
    pub(crate) fn cause<T: core::error::Error + 'static>(&self) -> Option<&T> {
        self.0
            .cause
            .as_deref()
            .and_then(|cause| (cause as &(dyn core::error::Error + 'static)).downcast_ref())
    }

    /// There would have been more items behind those that came.
    #[cfg(any(feature = "std", feature = "async"))]
    pub(crate) fn broken_off(items: u64, bytes: u64, last_id: Option<u64>, cause: &str) -> Self {
        let last =
            last_id.map_or(Cow::Borrowed(""), |id| alloc::format!(" (the last has the id {id})").into());
        let message =
            alloc::format!("the response broke off after {items} items{last} and {bytes} bytes: {cause}");
        Self::new(ErrorKind::Interrupted, message)
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Arc::new(Inner {
            kind,
            message: message.into(),
            remedy: None,
            offset: None,
            item: None,
            fatal: kind != ErrorKind::Item,
            cause: None,
        }))
    }

    /// The same error with some parts set; to be used before the error is shared.
    fn with(mut self, set: impl FnOnce(&mut Inner)) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            set(inner);
        }
        self
    }

    pub(crate) fn at(self, offset: u64) -> Self {
        self.with(|inner| inner.offset = Some(offset))
    }

    pub(crate) fn in_item(self, item: Option<u64>) -> Self {
        self.with(|inner| inner.item = item)
    }

    pub(crate) fn because(self, cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        self.with(|inner| inner.cause = Some(cause.into()))
    }

    /// The same error in other words.
    #[cfg(feature = "client")]
    pub(crate) fn reworded(&self, message: String) -> Self {
        let Inner { kind, remedy, offset, item, fatal, cause, .. } = &*self.0;
        Self(Arc::new(Inner {
            kind: *kind,
            message: message.into(),
            remedy: remedy.clone(),
            offset: *offset,
            item: *item,
            fatal: *fatal,
            cause: cause.clone(),
        }))
    }

    /// The same error as the end of a stream: whatever it was where it came from.
    pub(crate) fn last(self) -> Self {
        if self.0.fatal {
            return self;
        }
        let Inner { kind, message, remedy, offset, item, cause, .. } = &*self.0;
        Self(Arc::new(Inner {
            kind: *kind,
            message: message.clone(),
            remedy: remedy.clone(),
            offset: *offset,
            item: *item,
            fatal: true,
            cause: cause.clone(),
        }))
    }

    /// The same error without what it was made from.
    #[cfg(feature = "client")]
    pub(crate) fn without_cause(self) -> Self {
        self.with(|inner| inner.cause = None)
    }

    /// Sets the remedy; only callers with more knowledge than the kind need it.
    pub(crate) fn advise(self, remedy: impl Into<Cow<'static, str>>) -> Self {
        let remedy = remedy.into();
        self.with(|inner| inner.remedy = Some(remedy))
    }

    /// Marks an error after which the same call may be made again.
    #[cfg(any(feature = "std", test))]
    pub(crate) fn passing(self) -> Self {
        self.with(|inner| inner.fatal = false)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(offset) = self.0.offset {
            write!(f, " at byte {offset}")?;
        }
        if let Some(item) = self.0.item {
            write!(f, " (item {item})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("offset", &self.0.offset)
            .field("item", &self.0.item)
            .field("fatal", &self.0.fatal)
            .field("cause", &self.0.cause)
            .finish()
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as _)
    }
}

#[cfg(feature = "std")]
impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        use std::io::ErrorKind as Io;
        let kind = match error.kind() {
            ErrorKind::Truncated | ErrorKind::Unclosed => Io::UnexpectedEof,
            ErrorKind::Interrupted => error.cause::<Self>().map_or(Io::UnexpectedEof, Self::kind),
            ErrorKind::Timeout => Io::TimedOut,
            ErrorKind::Authentication => Io::PermissionDenied,
            ErrorKind::Io => error.cause::<Self>().map_or(Io::Other, Self::kind),
            ErrorKind::Transport | ErrorKind::Api => Io::Other,
            ErrorKind::Configuration => Io::InvalidInput,
            ErrorKind::Syntax | ErrorKind::Shape | ErrorKind::Limit | ErrorKind::Item => Io::InvalidData,
        };
        Self::new(kind, error)
    }
}

impl From<ItemError> for Error {
    fn from(error: ItemError) -> Self {
        Self::new(ErrorKind::Item, error.describe())
            .at(error.offset())
            .in_item(Some(error.index()))
            .because(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_what_was_expected_what_was_found_and_where() {
        let error = Fault::syntax("`:`", b'}').at(7, Some(2));
        assert_eq!(alloc::format!("{error}"), "expected `:`, found `}` at byte 7 (item 2)");
        let error = Fault::syntax("a value", 0xff).at(0, None);
        assert_eq!(alloc::format!("{error}"), "expected a value, found byte 0xFF at byte 0");
        assert!(error.is_fatal() && error.remedy().is_some());
    }

    #[test]
    fn an_excerpt_is_bounded_and_harmless() {
        assert_eq!(excerpt("a\u{1b}[31mé\u{202e}"), "`a\\u{1b}[31mé\\u{202e}`");
        assert_eq!(excerpt(&"x".repeat(49)), alloc::format!("`{}`…", "x".repeat(48)));
    }

    #[cfg(feature = "std")]
    #[test]
    fn the_way_into_an_io_error_keeps_the_kind_and_the_error() {
        let error = Error::new(ErrorKind::Truncated, "cut").at(3);
        let io = std::io::Error::from(error);
        assert_eq!(io.kind(), std::io::ErrorKind::UnexpectedEof);
        let inner = io.get_ref().unwrap().downcast_ref::<Error>().unwrap();
        assert_eq!(inner.kind(), ErrorKind::Truncated);
        let inner = Error::new(ErrorKind::Io, "read failed")
            .because(std::io::Error::from(std::io::ErrorKind::NotFound));
        assert_eq!(std::io::Error::from(inner).kind(), std::io::ErrorKind::NotFound);
    }
}
