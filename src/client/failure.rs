//! From what the server or the connection did wrong to an [`Error`] that says so.

use std::error::Error as _;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream;
use reqwest::header::LOCATION;
use reqwest::{StatusCode, Url};
use tokio::time::{Instant, timeout_at};

use super::body::Body;
use super::clock::{Timeout, far};
use super::http::Answer;
use super::proxy_fault::ProxyFault;
use super::retry::{Failed, is_busy};
use super::secrets::Secrets;
use super::settings::Timeouts;
use super::tls::{Refusal, causes};
use crate::error::{Error, ErrorKind, escaped, excerpt};
use crate::pam::{ApiError, ApiErrorKind};
use crate::parser::{Builder, Step};

/// How much of an error response or of a token reply is read, in bytes.
pub(super) const MOST_READ: usize = 64 * 1024;

/// Most characters that an error of the connection may have.
const MOST_SAID: usize = 400;

/// The error that a response amounts to whose status is not a good one, whatever its body says.
pub(super) async fn of_response(answer: Answer, kind: ErrorKind, secrets: &Secrets) -> Failed {
    let response = &answer.response;
    let (status, headers) = (response.status(), response.headers().clone());
    if super::redirects::is_redirect(status) || status.is_redirection() && headers.contains_key(LOCATION) {
        return redirect(response, kind, secrets, "a redirect can carry secrets to another server").into();
    }
    if status.is_redirection() {
        return unasked(status, kind).into();
    }
    // What could be read of the body is enough, however it ended.
    let body = match answer.into_body() {
        Ok(body) => read_some(body).await.0,
        Err(_) => Vec::new(),
    };
    Failed::of_response(of_body(status, &body, kind, secrets), status, &headers)
}

/// The error that a body reports by itself, whatever its status was.
pub(super) fn reported(body: &[u8], kind: ErrorKind, secrets: &Secrets) -> Option<Error> {
    match heard(&secrets.hidden_in(body)) {
        Heard::Error(error) => Some(error.into_error(kind)),
        Heard::Message(_) | Heard::Nothing => None,
    }
}

/// The error of a request that got no response.
pub(super) fn unanswered(
    doing: &str,
    error: reqwest::Error,
    timeouts: &Timeouts,
    proxy: Option<&Url>,
    tunnels: bool,
) -> Failed {
    let error = match proxy {
        Some(proxy) => match ProxyFault::of(doing, error, proxy, tunnels) {
            Ok(failed) => return failed,
            Err(error) => error,
        },
        None => error,
    };
    // No other attempt changes what a certificate is.
    let again = error.is_connect() && Refusal::of(&error).is_none();
    let mut error = transport(doing, error, timeouts);
    if let Some(proxy) = proxy
        && again
        && error.kind() == ErrorKind::Transport
    {
        error = error.advise(format!(
            "check the address, the network and the proxy {proxy}: its user name and password, and whether it lets this address through"
        ));
    }
    Failed { error, again: again.then_some(Duration::ZERO) }
}

/// The error of a connection that could not be made or used.
pub(super) fn transport(doing: &str, error: reqwest::Error, timeouts: &Timeouts) -> Error {
    // The address is known to the caller, and in a text of two lines it hides the cause.
    let error = error.without_url();
    // No other time-out of the library is set.
    if error.is_timeout() {
        return Timeout::Connect.fired(doing, timeouts).because(error);
    }
    if let Some(Refusal { message, remedy }) = Refusal::of(&error) {
        let message = format!("failed while {doing}: {message}");
        return Error::new(ErrorKind::Transport, message).advise(remedy).because(error);
    }
    if let Some(reason) = reason_to_go_away(&error) {
        // No cause: with the reason the other side sends a text of its own, which would be shown by it.
        let message = format!("failed while {doing}: {error}: the connection was ended (HTTP/2): {reason}");
        return Error::new(ErrorKind::Transport, message);
    }
    let mut message = format!("failed while {doing}: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        message.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    let message: String = escaped(&message).chars().take(MOST_SAID).collect();
    Error::new(ErrorKind::Transport, message).because(error)
}

/// Why a connection of HTTP/2 was ended as a whole, in the words of the standard.
fn reason_to_go_away(error: &reqwest::Error) -> Option<h2::Reason> {
    causes(error).find_map(|cause| {
        let error = cause.downcast_ref::<h2::Error>()?;
        error.reason().filter(|_| error.is_go_away())
    })
}

/// The body up to [`MOST_READ`] bytes, and whether that was all of it.
pub(super) async fn read(body: Body) -> Result<(Vec<u8>, bool), Error> {
    match read_some(body).await {
        (text, Ok(whole)) => Ok((text, whole)),
        (_, Err(error)) => Err(error),
    }
}

/// In no more time than a byte may take: so little comes in one go.
async fn read_some(mut body: Body) -> (Vec<u8>, Result<bool, Error>) {
    let timeouts = *body.timeouts();
    let due = far(Instant::now(), timeouts.idle);
    let mut text = Vec::new();
    loop {
        let next = poll_fn(|context| Pin::new(&mut body).poll_next(context));
        match timeout_at(due, next).await {
            Err(_) => return (text, Err(Timeout::Idle.fired("reading a short response", &timeouts))),
            Ok(None) => return (text, Ok(true)),
            Ok(Some(Err(error))) => return (text, Err(error)),
            Ok(Some(Ok(chunk))) => {
                let room = MOST_READ - text.len();
                text.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room {
                    return (text, Ok(false));
                }
            }
        }
    }
}

fn of_body(status: StatusCode, body: &[u8], kind: ErrorKind, secrets: &Secrets) -> Error {
    let code = Some(i64::from(status.as_u16()));
    let body = secrets.hidden_in(body);
    let error = match heard(&body) {
        Heard::Error(error) if error.code().is_none() => error.with_code(code),
        Heard::Error(error) => error,
        Heard::Message(message) => ApiError::new(&message).with_code(code),
        Heard::Nothing => wordless(status, body.trim()).with_code(code),
    };
    let is_documented = error.kind() != ApiErrorKind::Other;
    let error = error.with_http_status(status.as_u16()).into_error(kind);
    // No address and no secret is wrong then.
    match is_busy(status.as_u16().into()) && !is_documented {
        true => error.advise(
            "the server, or a gateway before it, is busy or down: try again later; if that lasts, ask whoever runs it",
        ),
        false => error,
    }
}

/// The error of a response that is no JSON object with a message.
fn wordless(status: StatusCode, body: &str) -> ApiError {
    if ApiErrorKind::of(body) != ApiErrorKind::Other {
        return ApiError::new(body);
    }
    // The only documented error that may come with nothing but its status.
    let message = if status == StatusCode::GATEWAY_TIMEOUT { "Request timed out" } else { "" };
    let detail = match body {
        "" => None,
        body => Some(format!("no message of the server's own in a body that begins with {}", excerpt(body))),
    };
    ApiError::new(message).with_detail(detail.as_deref())
}

/// The error of a status that answers a question which no request of this client asks.
fn unasked(status: StatusCode, kind: ErrorKind) -> Error {
    let status = status.as_u16();
    let message = format!(
        "expected an answer, found the status {status} without one, for which nothing here has asked"
    );
    Error::new(kind, message)
        .advise("look at what is between here and the server: a cache or a gateway answers in its place")
        .because(ApiError::new("no answer").with_code(Some(i64::from(status))))
}

/// The error of a redirect that is not followed.
pub(super) fn redirect(response: &reqwest::Response, kind: ErrorKind, secrets: &Secrets, why: &str) -> Error {
    let status = response.status().as_u16();
    let target = match response.headers().get(LOCATION) {
        Some(target) => format!("to {}", excerpt(&secrets.hidden_in(target.as_bytes()))),
        None => "to nowhere".into(),
    };
    let message =
        format!("expected an answer, found a redirect (status {status}) {target}: refused, for {why}");
    Error::new(kind, message)
        .advise(
            "if that is where the server now is, use its address as base address (in the command `--url`)",
        )
        .because(ApiError::new("redirected").with_code(Some(i64::from(status))))
}

enum Heard {
    /// The body is an error by the rules of the parser.
    Error(ApiError),
    /// The body is not, but has a message.
    Message(String),
    Nothing,
}

/// Reads a body as the parser reads a saved response.
fn heard(body: &str) -> Heard {
    let mut parser = Builder::new().build_parser();
    let mut rest = body.as_bytes();
    let outcome = loop {
        match parser.advance() {
            Ok(Step::Item) => {}
            Ok(Step::NeedInput) if rest.is_empty() => parser.end_of_input(),
            Ok(Step::NeedInput) => rest = &rest[parser.push(rest)..],
            Ok(Step::End) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    if let Err(error) = outcome
        && let Some(error) = error.api_error()
    {
        return Heard::Error(error.clone());
    }
    let summary = parser.summary();
    let message = summary.envelopes().iter().find_map(|envelope| envelope.message());
    message.map_or(Heard::Nothing, |message| Heard::Message(message.into()))
}
