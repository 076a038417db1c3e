//! From what the server or the connection did wrong to an [`Error`] that says so.

use std::error::Error as _;
use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;
use reqwest::StatusCode;
use reqwest::header::LOCATION;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::body::Body;
use super::builder::CONNECT_TIMEOUT;
use crate::error::{Error, ErrorKind, escaped, excerpt};
use crate::pam::{ApiError, ApiErrorKind};
use crate::parser::{Builder, Step};

/// How much of an error response or of a token reply is read, in bytes.
pub(super) const MOST_READ: usize = 64 * 1024;

/// Most characters that an error of the connection may have.
const MOST_SAID: usize = 400;

/// The error that a response amounts to whose status is not a good one, whatever its body says.
pub(super) async fn of_response(response: reqwest::Response, kind: ErrorKind, secrets: &Secrets) -> Error {
    let status = response.status();
    if status.is_redirection() {
        return redirect(&response, kind, secrets);
    }
    // What could be read of the body is enough, however it ended.
    let body = match Body::new(response) {
        Ok(body) => read_some(body).await.0,
        Err(_) => Vec::new(),
    };
    of_body(status, &body, kind, secrets)
}

/// The error that a body reports by itself, whatever its status was.
pub(super) fn reported(body: &[u8], kind: ErrorKind, secrets: &Secrets) -> Option<Error> {
    match heard(&secrets.hidden_in(body)) {
        Heard::Error(error) => Some(error.into_error(kind)),
        Heard::Message(_) | Heard::Nothing => None,
    }
}

/// The error of a request that got no response, or of a body that broke off.
pub(super) fn transport(doing: &str, error: reqwest::Error) -> Error {
    // The address is known to the caller, and in a text of two lines it hides the cause.
    let error = error.without_url();
    if error.is_timeout() {
        let message = match error.is_connect() {
            true => format!("time-out while {doing}: no connection within {} s", CONNECT_TIMEOUT.as_secs()),
            false => format!("time-out while {doing}"),
        };
        return Error::new(ErrorKind::Timeout, message).because(error);
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

/// The body up to [`MOST_READ`] bytes, and whether that was all of it.
pub(super) async fn read(body: Body) -> Result<(Vec<u8>, bool), Error> {
    match read_some(body).await {
        (text, Ok(whole)) => Ok((text, whole)),
        (_, Err(error)) => Err(error),
    }
}

async fn read_some(mut body: Body) -> (Vec<u8>, Result<bool, Error>) {
    let mut text = Vec::new();
    loop {
        match poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {
            None => return (text, Ok(true)),
            Some(Err(error)) => return (text, Err(error)),
            Some(Ok(chunk)) => {
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
    error.into_error(kind)
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

fn redirect(response: &reqwest::Response, kind: ErrorKind, secrets: &Secrets) -> Error {
    let status = response.status().as_u16();
    let target = match response.headers().get(LOCATION) {
        Some(target) => format!("to {}", excerpt(&secrets.hidden_in(target.as_bytes()))),
        None => "to nowhere".into(),
    };
    let message = format!(
        "expected an answer, found a redirect (status {status}) {target}: refused, for a redirect can carry secrets to another server"
    );
    Error::new(kind, message)
        .advise("if that is where the server now is, use its address as base address")
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

/// Texts that no error may repeat, even if the server does.
pub(super) struct Secrets(Vec<SecretString>);

impl Secrets {
    /// Each in the ways in which a body can spell it.
    pub(super) fn new<'s>(secrets: impl IntoIterator<Item = &'s SecretString>) -> Self {
        let spellings = secrets.into_iter().flat_map(|secret| {
            let secret = secret.expose_secret();
            let json = Value::from(secret).to_string();
            let json = &json[1..json.len() - 1];
            let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            [secret.into(), json.into(), json.replace('/', "\\/").into(), form.into()]
        });
        Self(spellings.collect())
    }

    /// The text with every secret in it masked; bytes that are no UTF-8 become U+FFFD.
    fn hidden_in(&self, text: &[u8]) -> String {
        // Below this length a "secret" may be any word of the message.
        const SHORTEST: usize = 4;
        let mut text = String::from_utf8_lossy(text).into_owned();
        for secret in self.0.iter().map(ExposeSecret::expose_secret) {
            if secret.len() >= SHORTEST && text.contains(secret) {
                text = text.replace(secret, "[hidden]");
            }
        }
        text
    }
}
