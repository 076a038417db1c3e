//! The token endpoint: OAuth 2.0 client credentials.

use core::time::Duration;
use std::collections::BTreeMap;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::HeaderMap;
use hyper::header::CONTENT_TYPE;

use super::failure::oauth_error;
use super::log::authorization;
use super::{Failure, Reply};
use crate::response::json::Json;

/// How a client may prove who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// Either way, as long as it is one of them.
    #[default]
    Any,
    /// `client_id` and `client_secret` in the form.
    Form,
    /// HTTP Basic, both parts percent-encoded first (RFC 6749, section 2.3.1).
    Basic,
}

/// Tokens that are handed out and still good.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    issued: u64,
    expiries: BTreeMap<String, Option<Instant>>,
}

/// So many tokens are remembered; the oldest is forgotten first.
const TOKENS: usize = 4096;

impl Tokens {
    pub(crate) fn issue(&mut self, lifetime: Duration) -> String {
        self.issued += 1;
        // Zero-padded, so that the first one in the map is the oldest.
        let token = format!("mock-token-{:020}", self.issued);
        // No instant means that the token outlives the clock.
        self.expiries.insert(token.clone(), Instant::now().checked_add(lifetime));
        if self.expiries.len() > TOKENS {
            self.expiries.pop_first();
        }
        token
    }

    pub(crate) fn is_good(&self, token: &str) -> bool {
        self.expiries.get(token).is_some_and(|expiry| expiry.is_none_or(|expiry| Instant::now() < expiry))
    }

    pub(crate) fn revoke(&mut self) {
        self.expiries.clear();
    }
}

/// Who may have a token, and how they prove it.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) authentication: ClientAuthentication,
}

impl Client {
    /// Whether the request may have a token; the refusal if not.
    pub(crate) fn admit(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Reply> {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(oauth_error(400, "invalid_request", "The body is expected to be a form."));
        }
        let form: BTreeMap<_, _> = form_urlencoded::parse(body).into_owned().collect();
        let field = |name: &str| form.get(name).map(String::as_str);
        match field("grant_type") {
            Some("client_credentials") => (),
            Some(_) => {
                return Err(oauth_error(
                    400,
                    "unsupported_grant_type",
                    "The grant type is expected to be client_credentials.",
                ));
            }
            None => return Err(oauth_error(400, "invalid_request", "The grant type is missing.")),
        }
        let in_form = field("client_secret").map(|secret| (field("client_id").unwrap_or_default(), secret));
        let basic = authorization(headers).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
        let good = match (in_form, basic) {
            (Some(_), Some(_)) => {
                return Err(oauth_error(
                    400,
                    "invalid_request",
                    "The client is expected to authenticate once.",
                ));
            }
            (Some((id, secret)), None) => {
                self.authentication != ClientAuthentication::Basic && self.is(id, secret)
            }
            (None, Some((_, credentials))) => {
                self.authentication != ClientAuthentication::Form
                    && decode_basic(&credentials).is_some_and(|(id, secret)| self.is(&id, &secret))
            }
            (None, None) => false,
        };
        if good { Ok(()) } else { Err(Failure::ClientAuthenticationFailed.into()) }
    }

    fn is(&self, id: &str, secret: &str) -> bool {
        self.id == id && self.secret == secret
    }
}

/// The secret stays out of logs, even of a mock.
impl core::fmt::Debug for Client {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { id, secret: _, authentication } = self;
        f.debug_struct("Client")
            .field("id", id)
            .field("authentication", authentication)
            .finish_non_exhaustive()
    }
}

/// The answer that carries a token.
pub(crate) fn issued(token: &str, lifetime: Duration) -> Reply {
    let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    let members = vec![
        ("token_type", Json::text("Bearer")),
        ("expires_in", Json::Number(seconds)),
        ("access_token", Json::text(token)),
    ];
    Reply::object(200, members).with_header("cache-control", "no-store")
}

/// Id and secret, each percent-decoded after the two were told apart.
fn decode_basic(credentials: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decode_component(id)?, decode_component(secret)?))
}

/// One value as a form has it. An `&` does not belong in it; taken for a separator it would cut the value short.
fn decode_component(text: &str) -> Option<String> {
    let text = text.replace('&', "%26");
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    let (name, value) = pairs.next().unwrap_or_default();
    // A value with a raw `=` reads as a pair.
    let raw = if text.contains('=') { format!("{name}={value}") } else { name.into_owned() };
    pairs.next().is_none().then_some(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_decoded_after_the_split() {
        let credentials = STANDARD.encode("my%3Aid:p%26%25+w%C3%A9%2B%3D");
        assert_eq!(decode_basic(&credentials), Some(("my:id".to_owned(), "p&% wé+=".to_owned())));
        assert_eq!(decode_basic(&STANDARD.encode("a:b=c&d")), Some(("a".to_owned(), "b=c&d".to_owned())));
        assert_eq!(decode_basic(&STANDARD.encode("a:")), Some(("a".to_owned(), String::new())));
        assert_eq!(decode_basic("???"), None);
        assert_eq!(decode_basic(&STANDARD.encode("no colon")), None);
    }

    #[test]
    fn tokens_end_by_time_and_by_revocation() {
        let mut tokens = Tokens::default();
        let lasting = tokens.issue(Duration::from_secs(3600));
        let expired = tokens.issue(Duration::ZERO);
        let endless = tokens.issue(Duration::MAX);
        assert!(tokens.is_good(&lasting) && tokens.is_good(&endless));
        assert!(!tokens.is_good(&expired) && !tokens.is_good("") && !tokens.is_good("mock-token-9"));
        tokens.revoke();
        assert!(!tokens.is_good(&lasting));
    }

    #[test]
    fn only_so_many_tokens_are_remembered() {
        let mut tokens = Tokens::default();
        let first = tokens.issue(Duration::MAX);
        for _ in 0..TOKENS {
            tokens.issue(Duration::MAX);
        }
        assert!(!tokens.is_good(&first));
        assert_eq!(tokens.expiries.len(), TOKENS);
    }

    #[test]
    fn debug_does_not_show_the_secret() {
        let client = Client {
            id: "agent".to_owned(),
            secret: "canary".to_owned(),
            authentication: ClientAuthentication::Any,
        };
        assert!(!format!("{client:?}").contains("canary"));
    }
}
