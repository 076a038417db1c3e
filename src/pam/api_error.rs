//! The errors that PAM Core, its token endpoint and its gateway report, with the documented
//! cause and remedy of each (vendor's page "GET | List all remote sessions", section Errors).

use alloc::boxed::Box;
#[cfg(feature = "client")]
use alloc::format;
use alloc::string::String;
use core::fmt;

#[cfg(feature = "client")]
use crate::error::Mask;
use crate::error::{Error, ErrorKind, escaped};

/// The documented error messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiErrorKind {
    /// `Resource sub not found`.
    ResourceNotFound,
    /// `Unexpected error.`
    Unexpected,
    /// `You are not authorized to access this resource.`
    NotAuthorized,
    /// `Client authentication failed.`
    ClientAuthenticationFailed,
    /// `Invalid signature`.
    InvalidSignature,
    /// `No route matched with those values.`
    NoRoute,
    /// `Request timed out.`
    RequestTimedOut,
    /// A message that is not documented, or none.
    Other,
}

impl ApiErrorKind {
    /// The kind of a message, compared without regard to case and a final full stop.
    ///
    /// ```
    /// use remote_sessions::ApiErrorKind;
    /// assert_eq!(ApiErrorKind::of("no Route matched with those values"), ApiErrorKind::NoRoute);
    /// ```
    #[must_use]
    pub fn of(message: &str) -> Self {
        const KNOWN: [(&str, ApiErrorKind); 8] = [
            ("resource sub not found", ApiErrorKind::ResourceNotFound),
            ("unexpected error", ApiErrorKind::Unexpected),
            ("you are not authorized to access this resource", ApiErrorKind::NotAuthorized),
            ("client authentication failed", ApiErrorKind::ClientAuthenticationFailed),
            ("invalid_client", ApiErrorKind::ClientAuthenticationFailed),
            ("invalid signature", ApiErrorKind::InvalidSignature),
            ("no route matched with those values", ApiErrorKind::NoRoute),
            ("request timed out", ApiErrorKind::RequestTimedOut),
        ];
        let message = message.trim().trim_end_matches('.');
        let known = KNOWN.iter().find(|(text, _)| message.eq_ignore_ascii_case(text));
        known.map_or(Self::Other, |(_, kind)| *kind)
    }

    /// The documented cause.
    #[must_use]
    pub const fn cause(self) -> Option<&'static str> {
        match self {
            Self::ResourceNotFound => Some("the URL or the requested resource is not right"),
            Self::Unexpected => Some("the error is in the Segura server"),
            Self::NotAuthorized => Some("this application has no authorization to access the resource"),
            Self::ClientAuthenticationFailed => {
                Some("the application could not authenticate with the Segura server")
            }
            Self::InvalidSignature => Some("the URL of the client application was not recognized"),
            Self::NoRoute => Some("the authorization header is missing in the request"),
            Self::RequestTimedOut => Some("the request took longer than the server or a gateway allows"),
            Self::Other => None,
        }
    }

    /// The documented remedy.
    #[must_use]
    pub const fn remedy(self) -> Option<&'static str> {
        match self {
            Self::ResourceNotFound => {
                Some("check the URL, and the path of the list, which differs between versions")
            }
            Self::Unexpected => Some("contact the vendor's support team"),
            Self::NotAuthorized => Some(
                "ask the administrator to check the permission to access Web Proxy Session resources in A2A",
            ),
            Self::ClientAuthenticationFailed => Some(
                "check the access token URL, the client id and the client secret, and request a new token",
            ),
            Self::InvalidSignature => {
                Some("check the URL of the client application and send the request again")
            }
            Self::NoRoute => Some("request a new access token, and check the path"),
            Self::RequestTimedOut => Some("check the connection between this machine and the Segura server"),
            Self::Other => None,
        }
    }
}

/// An error that the server reported, whatever the HTTP status.
///
/// ```
/// use remote_sessions::{ApiErrorKind, ErrorKind, Reader};
/// let body = br#"{"code":404,"response":{"status":404,"message":"Resource sub not found","error":true,"error_code":4}}"#;
/// let error = Reader::new(&body[..]).next_item().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Api);
/// let api = error.api_error().expect("an API error");
/// assert_eq!((api.kind(), api.code(), api.error_code()), (ApiErrorKind::ResourceNotFound, Some(404), Some(4)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    kind: ApiErrorKind,
    message: Box<str>,
    code: Option<i64>,
    error_code: Option<i64>,
    detail: Option<Box<str>>,
    tenant: Option<Box<str>>,
    http_status: Option<u16>,
}

/// Most characters of a server's text that an error repeats.
const REPEATED: usize = 512;

impl ApiError {
    pub(crate) fn new(message: &str) -> Self {
        let kind = ApiErrorKind::of(message);
        Self {
            kind,
            message: bounded(message),
            code: None,
            error_code: None,
            detail: None,
            tenant: None,
            http_status: None,
        }
    }

    pub(crate) fn with_code(self, code: Option<i64>) -> Self {
        Self { code, ..self }
    }

    pub(crate) fn with_error_code(self, error_code: Option<i64>) -> Self {
        Self { error_code, ..self }
    }

    pub(crate) fn with_detail(self, detail: Option<&str>) -> Self {
        Self { detail: detail.map(bounded), ..self }
    }

    #[cfg(feature = "client")]
    pub(crate) fn with_http_status(self, http_status: u16) -> Self {
        Self { http_status: Some(http_status), ..self }
    }

    pub(crate) fn with_tenant(self, tenant: Option<&str>) -> Self {
        Self { tenant: tenant.map(bounded), ..self }
    }

    /// Which documented error it is.
    #[must_use]
    pub fn kind(&self) -> ApiErrorKind {
        self.kind
    }

    /// The server's message, at most 512 characters of it; empty if there was none.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The status of 400 or more, from the envelope or from HTTP.
    #[must_use]
    pub fn code(&self) -> Option<i64> {
        self.code
    }

    /// The HTTP status of the response that it came with, if that was not a good one. Its body
    /// may have named another [`code`](Self::code).
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.http_status
    }

    /// The server's `error_code`.
    #[must_use]
    pub fn error_code(&self) -> Option<i64> {
        self.error_code
    }

    /// The server's `detail`, at most 512 characters of it.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The tenant whose envelope reported the error.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// The same with everything masked that it repeats of the server's words; `None` if there is nothing
    /// to mask.
    #[cfg(feature = "client")]
    fn masked(&self, mask: &Mask) -> Option<Self> {
        let masked = |text: &str| mask.masked(text).map(String::into_boxed_str);
        let message = masked(&self.message);
        let detail = self.detail.as_deref().and_then(masked);
        let tenant = self.tenant.as_deref().and_then(masked);
        (message.is_some() || detail.is_some() || tenant.is_some()).then(|| Self {
            message: message.unwrap_or_else(|| self.message.clone()),
            detail: detail.or_else(|| self.detail.clone()),
            tenant: tenant.or_else(|| self.tenant.clone()),
            ..self.clone()
        })
    }

    /// As the error that ends a stream.
    pub(crate) fn into_error(self, kind: ErrorKind) -> Error {
        let mut message = String::from("the server reported an error: ");
        fmt::Write::write_fmt(&mut message, format_args!("{self}")).unwrap_or_default();
        let error = Error::new(kind, message);
        let error = match self.kind.remedy().or_else(|| self.general_remedy(kind)) {
            Some(remedy) => error.advise(remedy),
            None => error,
        };
        error.because(self)
    }

    /// What to do about an error that is not documented, by its status; nothing where the kind of the
    /// error as a whole has something to say.
    fn general_remedy(&self, kind: ErrorKind) -> Option<&'static str> {
        let status = self.http_status.map(i64::from).or(self.code);
        match (kind, status) {
            (ErrorKind::Api, Some(401 | 403)) => Some(
                "this error is not documented: ask the administrator to check the permission to access Web Proxy Session resources in A2A, and whoever runs a gateway before the server",
            ),
            (ErrorKind::Api, _) => Some(
                "this error is not documented: keep the response, with its time, for the vendor's support",
            ),
            _ => None,
        }
    }
}

impl Error {
    /// The server's own error, if that is what this is.
    #[must_use]
    pub fn api_error(&self) -> Option<&ApiError> {
        self.cause()
    }

    /// The same error with everything masked that it repeats of the input. A cause that repeats it too
    /// is left out, but for the server's own error, which is masked.
    #[cfg(feature = "client")]
    pub(crate) fn masked(&self, mask: &Mask) -> Self {
        let message = mask.masked(self.message());
        let api_error = self.api_error().and_then(|error| error.masked(mask));
        let is_shown_by_cause = self.api_error().is_none() && {
            let causes = core::iter::successors(core::error::Error::source(self), |cause| cause.source());
            causes.into_iter().any(|cause| mask.masked(&format!("{cause} {cause:?}")).is_some())
        };
        if message.is_none() && api_error.is_none() && !is_shown_by_cause {
            return self.clone();
        }
        let error = self.reworded(message.unwrap_or_else(|| self.message().into()));
        match api_error {
            Some(api_error) => error.because(api_error),
            None if is_shown_by_cause => error.without_cause(),
            None => error,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.message {
            "" => f.write_str("no message")?,
            // A full stop of the server's own would stand before the rest.
            message => f.write_str(&escaped(message.trim_end_matches('.')))?,
        }
        if let Some(detail) = &self.detail {
            write!(f, " ({})", escaped(detail))?;
        }
        if let Some(code) = self.code {
            write!(f, ", status {code}")?;
        }
        // By this one it was judged whether to try again.
        if let Some(status) = self.http_status
            && self.code != Some(status.into())
        {
            write!(f, ", HTTP status {status}")?;
        }
        if let Some(tenant) = &self.tenant {
            write!(f, ", tenant {}", escaped(tenant))?;
        }
        match self.kind.cause() {
            Some(cause) => write!(f, " [cause: {cause}]"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for ApiError {}

fn bounded(text: &str) -> Box<str> {
    text.char_indices().nth(REPEATED).map_or(text, |(cut, _)| &text[..cut]).into()
}
