//! The events, in one place: their names and fields are relied upon (docs/operating.md).
//!
//! No field ever holds a secret: errors come masked, addresses without user names.

use std::time::Duration;

use reqwest::Url;
use tracing::{debug, info, warn};

use super::encoding::Encoding;
use crate::error::Error;

/// Every event of this module has this target.
macro_rules! event {
    ($level:ident, $name:literal, $($rest:tt)*) => {
        $level!(target: "remote_sessions::client", event = $name, $($rest)*)
    };
}

pub(super) fn connecting(url: &Url, proxy: Option<&Url>) {
    let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default());
    let proxy = proxy.map(|proxy| tracing::field::display(proxy.as_str()));
    event!(debug, "connecting", host, port, proxy, "connecting");
}

pub(super) fn token_requested(url: &Url) {
    event!(info, "token.requested", url = url.as_str(), "asking for an access token");
}

pub(super) fn token_received(usable: Duration) {
    event!(info, "token.received", usable_s = usable.as_secs(), "an access token came");
}

pub(super) fn token_renewed() {
    event!(warn, "token.renewed", "the list refused the access token (401): asking for a new one, once");
}

pub(super) fn list_requested(url: &Url) {
    event!(info, "list.requested", url = url.as_str(), "asking for the list");
}

pub(super) fn list_redirected(status: u16, url: &str) {
    event!(info, "list.redirected", status, url, "following a redirect of the same server");
}

pub(super) fn retry(attempt: u32, pause: Duration, error: &Error) {
    let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    event!(warn, "retry", attempt, pause_ms, error = %error, "trying again after a pause");
}

pub(super) fn response_head(status: u16, version: &str, encoding: Option<Encoding>, length: Option<u64>) {
    let encoding = encoding.map(tracing::field::display);
    event!(info, "response.head", status, version, encoding, length, "the head of the response is here");
}

pub(super) fn body_end(wire_bytes: u64, decoded_bytes: u64, elapsed: Duration) {
    let seconds = elapsed.as_secs_f64();
    event!(info, "body.end", wire_bytes, decoded_bytes, seconds, "the body is complete");
}

pub(super) fn body_failed(wire_bytes: u64, decoded_bytes: u64, error: &Error) {
    event!(info, "body.failed", wire_bytes, decoded_bytes, error = %error, "the body broke off");
}

pub(super) fn timeout(name: &str, limit: Duration, doing: &str) {
    event!(info, "timeout", timeout = name, limit_s = limit.as_secs_f64(), doing, "a time-out fired");
}

pub(super) fn check_step(step: &str, error: Option<&Error>) {
    let error = error.map(tracing::field::display);
    event!(info, "check.step", step, error, "a step of the check");
}
