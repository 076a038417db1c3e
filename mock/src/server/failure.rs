//! The documented errors, and answers that are decided in advance.

use core::fmt;
use core::str::FromStr;

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};

use crate::response::json::Json;
use crate::{Exception, Status, UnknownName};

/// Each error that PAM Core or the gateway before it is documented to answer with.
///
/// ```
/// use mock_pam_core::{Failure, Reply};
///
/// let failure: Failure = "resource-not-found".parse()?;
/// let reply = Reply::from(failure);
/// assert_eq!(reply.status(), 404);
/// assert!(reply.body().starts_with(br#"{"code":404,"response":{"status":404"#));
///
/// // PAM Core is known to answer errors with success, too.
/// assert_eq!(reply.with_status(200).status(), 200);
/// # Ok::<(), mock_pam_core::UnknownName>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// `Resource sub not found`, 404, an envelope with `error_code` 4.
    ResourceNotFound,
    /// `Unexpected error.`, 500, an envelope with `exception`.
    Unexpected,
    /// `You are not authorized to access this resource.`, 500 as documented, an envelope.
    NotAuthorized,
    /// `Client authentication failed.`, 401, from the token endpoint.
    ClientAuthenticationFailed,
    /// `Invalid signature`, 401, from the gateway.
    InvalidSignature,
    /// `no Route matched with those values`, 404, from the gateway.
    NoRoute,
    /// `Request timed out`, 504, plain text.
    TimedOut,
}

impl Failure {
    /// Every failure, in the order of their declaration.
    pub const ALL: [Self; 7] = [
        Self::ResourceNotFound,
        Self::Unexpected,
        Self::NotAuthorized,
        Self::ClientAuthenticationFailed,
        Self::InvalidSignature,
        Self::NoRoute,
        Self::TimedOut,
    ];

    /// The lower-case name that [`FromStr`] understands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ResourceNotFound => "resource-not-found",
            Self::Unexpected => "unexpected",
            Self::NotAuthorized => "not-authorized",
            Self::ClientAuthenticationFailed => "client-authentication-failed",
            Self::InvalidSignature => "invalid-signature",
            Self::NoRoute => "no-route",
            Self::TimedOut => "timed-out",
        }
    }

    /// The message as it is sent.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::ResourceNotFound => "Resource sub not found",
            Self::Unexpected => "Unexpected error.",
            Self::NotAuthorized => "You are not authorized to access this resource.",
            Self::ClientAuthenticationFailed => "Client authentication failed.",
            Self::InvalidSignature => "Invalid signature",
            Self::NoRoute => "no Route matched with those values",
            Self::TimedOut => "Request timed out",
        }
    }

    /// What the envelope says, for the failures that PAM Core itself reports in one.
    ///
    /// With [`EnvelopeShape::Late`](crate::EnvelopeShape::Late) it makes an error that comes after the items:
    ///
    /// ```
    /// use mock_pam_core::{EnvelopeShape, Failure, Response};
    ///
    /// let late = Response::new(100)
    ///     .envelope(EnvelopeShape::Late)
    ///     .status(Failure::Unexpected.status().unwrap());
    /// assert!(late.to_vec().ends_with(br#""tenant":"Segura"}"#));
    /// assert!(Failure::NoRoute.status().is_none());
    /// ```
    #[must_use]
    pub fn status(self) -> Option<Status> {
        let message = self.message();
        match self {
            Self::ResourceNotFound => Some(Status::error(404, 4, message)),
            Self::Unexpected => Some(Status::error(500, 1, message).exception(Exception::new(500, message))),
            Self::NotAuthorized => Some(Status::error(500, 0, message)),
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Failure {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|failure| failure.name() == text);
        found.ok_or_else(|| UnknownName::new(Self::ALL.map(Self::name).to_vec(), text))
    }
}

/// An answer that is decided in advance.
///
/// ```
/// use mock_pam_core::Reply;
///
/// let busy = Reply::message(429, "slow down").with_header("retry-after", "1");
/// assert_eq!(busy.status(), 429);
/// assert_eq!(busy.body(), br#"{"message":"slow down"}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    status: u16,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Reply {
    /// Any status with any body, announced as JSON until [`with_header`](Self::with_header) says otherwise.
    ///
    /// # Panics
    ///
    /// If the status is not from 200 to 999.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        let reply = Self { status, headers: Vec::new(), body: body.into() };
        reply.with_status(status).with_header("content-type", "application/json")
    }

    /// `{"message":"…"}`, as the gateway answers.
    ///
    /// # Panics
    ///
    /// If the status is not from 200 to 999.
    #[must_use]
    pub fn message(status: u16, message: &str) -> Self {
        Self::object(status, vec![("message", Json::text(message))])
    }

    /// An envelope without a list, as PAM Core answers; the HTTP status is the envelope's `code`, or 200 if that is
    /// no HTTP status.
    #[must_use]
    pub fn envelope(status: &Status) -> Self {
        let http = u16::try_from(status.code).ok().filter(|code| (200..=999).contains(code));
        Self::object(http.unwrap_or(200), status.members())
    }

    pub(crate) fn object(status: u16, members: Vec<(&'static str, Json)>) -> Self {
        Self::new(status, Json::Object(members).to_compact())
    }

    /// The same answer with another HTTP status.
    ///
    /// # Panics
    ///
    /// If the status is not from 200 to 999.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        assert!((200..=999).contains(&status), "expected a status from 200 to 999, found {status}");
        self.status = status;
        self
    }

    /// The same answer with a header set.
    ///
    /// # Panics
    ///
    /// If name or value are none that HTTP allows.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).expect("expected a header's name");
        let value = HeaderValue::try_from(value).expect("expected a header's value");
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value));
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn into_body(self) -> Bytes {
        self.body
    }

    pub(crate) fn into_parts(self) -> (u16, Vec<(HeaderName, HeaderValue)>, Bytes) {
        (self.status, self.headers, self.body)
    }
}

impl From<Failure> for Reply {
    fn from(failure: Failure) -> Self {
        let message = failure.message();
        match (failure, failure.status()) {
            (_, Some(status)) => Self::envelope(&status),
            (Failure::ClientAuthenticationFailed, _) => oauth_error(401, "invalid_client", message),
            (Failure::InvalidSignature, _) => Self::message(401, message),
            (Failure::TimedOut, _) => Self::new(504, message).with_header("content-type", "text/plain"),
            _ => Self::message(404, message),
        }
    }
}

/// An error of the token endpoint.
pub(crate) fn oauth_error(status: u16, error: &str, message: &str) -> Reply {
    Reply::object(status, vec![("error", Json::text(error)), ("message", Json::text(message))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_the_documented_answer() {
        let seen = Failure::ALL.map(|failure| {
            let reply = Reply::from(failure);
            let body = String::from_utf8(reply.body().to_vec()).unwrap();
            assert!(body.contains(failure.message()), "{body}");
            assert_eq!(failure.to_string().parse(), Ok(failure));
            (reply.status(), body.starts_with("{\"code\":"))
        });
        let expected =
            [(404, true), (500, true), (500, true), (401, false), (401, false), (404, false), (504, false)];
        assert_eq!(seen, expected);
    }

    #[test]
    fn bodies_are_as_documented() {
        let body = |failure| String::from_utf8(Reply::from(failure).body().to_vec()).unwrap();
        assert_eq!(
            body(Failure::ClientAuthenticationFailed),
            r#"{"error":"invalid_client","message":"Client authentication failed."}"#
        );
        assert_eq!(body(Failure::NoRoute), r#"{"message":"no Route matched with those values"}"#);
        assert_eq!(body(Failure::TimedOut), "Request timed out");
        assert!(
            body(Failure::Unexpected).contains(r#""exception":{"code":500,"message":"Unexpected error."#)
        );
        assert!(body(Failure::ResourceNotFound).contains(r#""error_code":4,"#));
    }
}
