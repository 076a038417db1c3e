//! Faults that are answers like others, sent as HTTP asks for.

use super::Fault;
use crate::response::json::Json;
use crate::server::Reply;
use crate::server::handler::Elsewhere;

impl Fault {
    /// The answer to a request for the list, if the fault is no more than that.
    pub(crate) fn list_reply(&self, elsewhere: &Elsewhere) -> Option<Reply> {
        match self {
            Self::RedirectOrigin => Some(redirect(302, &elsewhere.other_origin)),
            Self::RedirectHttp => Some(redirect(302, &elsewhere.without_tls)),
            Self::RedirectWithin(count) if elsewhere.step >= *count => None,
            Self::RedirectWithin(_) => Some(redirect(307, &elsewhere.within(elsewhere.step + 1))),
            Self::RedirectLoop(count) => {
                Some(redirect(302, &elsewhere.within((elsewhere.step + 1) % (*count).max(1))))
            }
            Self::RetryAfter(when) => Some(status(503).with_header("retry-after", &visible(when))),
            Self::Status(code) => Some(status(*code)),
            _ => None,
        }
    }

    /// The answer to a request for a token, if the fault is no more than that.
    pub(crate) fn token_reply(&self, token: &str, elsewhere: &Elsewhere) -> Option<Reply> {
        match self {
            Self::TokenRedirect => Some(redirect(307, &elsewhere.other_origin)),
            Self::TokenHuge(bytes) => {
                Some(bearer(&"x".repeat(usize::try_from(*bytes).unwrap_or(usize::MAX).min(1 << 30)), "3600"))
            }
            Self::TokenNotJson => {
                let page = "<!doctype html><title>Sign in</title><p>Please sign in.</p>";
                Some(Reply::new(200, page).with_header("content-type", "text/html"))
            }
            Self::TokenLineBreaks => Some(bearer(&format!("{token}\r\nx-mock-injected: 1"), "3600")),
            Self::TokenOddExpiry(text) => Some(bearer(token, text)),
            Self::TokenStatus(code) => Some(status(*code)),
            _ => None,
        }
    }
}

fn redirect(status: u16, target: &str) -> Reply {
    Reply::message(status, "moved").with_header("location", &visible(target))
}

fn status(code: u16) -> Reply {
    Reply::message(code.clamp(200, 999), "a fault of the mock server")
}

/// A token with any text as its lifetime.
fn bearer(token: &str, expires_in: &str) -> Reply {
    let token = Json::text(token).to_compact();
    let body = format!(r#"{{"token_type":"Bearer","expires_in":{expires_in},"access_token":{token}}}"#);
    Reply::new(200, body).with_header("cache-control", "no-store")
}

/// What a header can carry.
pub(crate) fn visible(text: &str) -> String {
    text.chars().filter(|char| matches!(char, ' '..='~')).collect()
}
