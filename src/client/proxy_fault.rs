//! What a proxy did, told apart from what the server did.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use reqwest::Url;

use super::retry::Failed;
use super::tls::{Refusal, causes};
use crate::error::{Error, ErrorKind, escaped};

/// The cause of an error that lies with the proxy: by this it is known whom to ask.
#[derive(Debug)]
pub(super) struct ProxyFault {
    what: What,
    cause: Option<reqwest::Error>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// It asks for a user name and password, or for others.
    Credentials,
    /// It shows a certificate that is not believed, or speaks no TLS.
    Tls,
    /// It does not open a way to the server.
    Way,
}

impl ProxyFault {
    /// Whom to ask.
    pub(super) const fn whom_to_ask(&self) -> &'static str {
        match self.what {
            What::Credentials => "whoever runs the proxy: the user name and password that it asks for",
            What::Tls => {
                "whoever runs the proxy (its certificate), or this machine (its clock, the CA file, the address of the proxy)"
            }
            What::Way => "whoever runs the proxy: whether it lets this address through, and reaches it",
        }
    }

    /// What a request came to that got no response, if the proxy is to blame; else the error itself.
    ///
    /// `tunnels`: whether the proxy is asked for a way to the server; otherwise for the response.
    pub(super) fn of(
        doing: &str,
        error: reqwest::Error,
        proxy: &Url,
        tunnels: bool,
    ) -> Result<Failed, reqwest::Error> {
        /// The library below has no name for it outside of itself, but says this first.
        const OF_TUNNEL: &str = "tunnel error: ";
        let text = causes(&error).find_map(|cause| {
            let text = cause.to_string();
            text.strip_prefix(OF_TUNNEL).map(escaped)
        });
        let shown = proxy.as_str().trim_end_matches('/');
        match text.as_deref() {
            _ if error.is_timeout() => Err(error),
            Some("proxy authorization required") => Ok(unauthorized(doing, proxy, Some(error.without_url()))),
            None if tunnels => Err(error),
            // The connection to the proxy itself.
            None | Some("failed to create underlying connection") => {
                let Some(Refusal { message, remedy }) = Refusal::of(&error).map(Refusal::of_proxy) else {
                    return Err(error);
                };
                let message = format!("failed while {doing}: {message} (the proxy {shown})");
                let cause = Self { what: What::Tls, cause: Some(error.without_url()) };
                Ok(Error::new(ErrorKind::Transport, message).advise(remedy).because(cause).into())
            }
            Some(text) => {
                let message =
                    format!("failed while {doing}: the proxy {shown} opened no way to the server: {text}");
                let remedy = format!(
                    "check the address, the network and the proxy {shown}: whether it lets this address through"
                );
                let cause = Self { what: What::Way, cause: Some(error.without_url()) };
                let error = Error::new(ErrorKind::Transport, message).advise(remedy).because(cause);
                // The server behind it may be there in a while.
                Ok(Failed { error, again: Some(Duration::ZERO) })
            }
        }
    }
}

/// The proxy answered with status 407. Not asked again: no other attempt changes a password, and many
/// lock an account.
pub(super) fn unauthorized(doing: &str, proxy: &Url, cause: Option<reqwest::Error>) -> Failed {
    let shown = proxy.as_str().trim_end_matches('/');
    let message = format!(
        "failed while {doing}: the proxy {shown} refused the request (status 407): it asks for a user name and password, or for others"
    );
    let remedy = format!(
        "check the user name and password in the address of the proxy {shown} (what is special in them percent-encoded), or ask whoever runs it"
    );
    let cause = ProxyFault { what: What::Credentials, cause };
    Error::new(ErrorKind::Transport, message).advise(remedy).because(cause).into()
}

impl fmt::Display for ProxyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.what {
            What::Credentials => "the proxy refused user name and password",
            What::Tls => "no TLS with the proxy",
            What::Way => "the proxy opened no way",
        })
    }
}

impl StdError for ProxyFault {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}
