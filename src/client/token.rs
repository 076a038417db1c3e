//! The access token: OAuth 2.0 client credentials (RFC 6749, section 4.4).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time;

use super::Authentication;
use super::failure;
use super::http::Http;
use super::request::ASKING_FOR_A_TOKEN;
use super::retry::Failed;
use super::secrets::Secrets;
use super::trace;
use crate::error::{Error, ErrorKind, excerpt};

/// What the application proves itself with.
pub(super) struct Credentials {
    pub(super) id: String,
    pub(super) secret: SecretString,
    pub(super) style: Authentication,
}

impl Credentials {
    /// Id and secret as a form has them, and as they go into HTTP Basic (RFC 6749, section 2.3.1).
    fn form_encoded(&self) -> (String, String) {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect();
        (encoded(&self.id), encoded(self.secret.expose_secret()))
    }
}

/// An access token, with the number of the request that brought it.
#[derive(Clone)]
pub(super) struct Token {
    secret: SecretString,
    number: u64,
}

impl Token {
    pub(super) fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// What gives an application the right to the list.
pub(super) enum Right {
    /// A token can be asked for.
    Credentials(Credentials),
    /// This token, and no other.
    Token(SecretString),
}

/// The source of tokens: remembers the last one; of many callers at once, one asks the server.
pub(super) struct Tokens {
    http: Arc<Http>,
    url: Url,
    right: Right,
    /// What a server could repeat of the credentials.
    secrets: Vec<SecretString>,
    /// Requests that came to an end. Whoever waited while one failed shares its error: a hundred
    /// callers with a wrong secret must not become a hundred failed logins.
    ended: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<(Token, Instant)>,
    failure: Option<Failed>,
}

impl Tokens {
    pub(super) fn new(http: Arc<Http>, url: Url, right: Right) -> Result<Self, Error> {
        let mut secrets = http.secrets().to_vec();
        match &right {
            Right::Credentials(credentials) => {
                secrets.extend([credentials.secret.clone(), basic_credentials(&http, &url, credentials)]);
            }
            Right::Token(token) if is_token(token) => {}
            Right::Token(_) => {
                let message = "expected an access token of visible ASCII characters, found an empty one or other characters";
                return Err(Error::new(ErrorKind::Authentication, message));
            }
        }
        Ok(Self { http, url, right, secrets, ended: AtomicU64::new(0), state: Mutex::default() })
    }

    /// What a server could repeat of what it was told, with this token.
    pub(super) fn secrets(&self, token: Option<&Token>) -> Secrets {
        Secrets::new(self.secrets.iter().chain(token.map(|token| &token.secret)))
    }

    /// Whether a new token can be asked for.
    pub(super) fn is_renewable(&self) -> bool {
        matches!(self.right, Right::Credentials(_))
    }

    /// A token that is not about to expire: the remembered one, or a new one.
    pub(super) async fn current(&self, total: Option<time::Instant>) -> Result<Token, Failed> {
        let credentials = match &self.right {
            Right::Token(token) => return Ok(Token { secret: token.clone(), number: 0 }),
            Right::Credentials(credentials) => credentials,
        };
        let ended = self.ended.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        if let Some((token, until)) = &state.token
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        if let Some(failure) = &state.failure
            && self.ended.load(Ordering::Acquire) > ended
        {
            return Err(failure.clone());
        }
        // Dropped in here, the lock opens and the next caller asks in our place.
        let answer = self.ask(credentials, total).await;
        let answer = answer.map_err(|failed| failed.hiding(&self.secrets(None).into_mask()));
        let number = self.ended.fetch_add(1, Ordering::AcqRel);
        *state = State::default();
        match answer {
            Ok((secret, lifetime)) => {
                trace::token_received(lifetime);
                let token = Token { secret, number };
                state.token = Some((token.clone(), Instant::now() + lifetime));
                Ok(token)
            }
            Err(failed) => {
                state.failure = Some(failed.clone());
                Err(failed)
            }
        }
    }

    /// Another token than this one, which the server has refused.
    pub(super) async fn after(&self, token: &Token, total: Option<time::Instant>) -> Result<Token, Failed> {
        self.forget(token).await;
        self.current(total).await
    }

    /// Drops this token if it is still the remembered one.
    pub(super) async fn forget(&self, token: &Token) {
        let mut state = self.state.lock().await;
        if state.token.as_ref().is_some_and(|(known, _)| known.number == token.number) {
            state.token = None;
        }
    }

    async fn ask(
        &self,
        credentials: &Credentials,
        total: Option<time::Instant>,
    ) -> Result<(SecretString, Duration), Failed> {
        let (id, secret) = credentials.form_encoded();
        let mut form = String::from("grant_type=client_credentials");
        let request = self
            .http
            .post(&self.url)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = match credentials.style {
            Authentication::Basic => request.basic_auth(id, Some(secret)),
            Authentication::Form => {
                form.push_str(&format!("&client_id={id}&client_secret={secret}"));
                request
            }
        };
        trace::token_requested(&self.url);
        let deadlines = self.http.deadlines(total);
        let answer = self.http.send(request.body(form), ASKING_FOR_A_TOKEN, deadlines).await?;
        let secrets = self.secrets(None);
        if !answer.response.status().is_success() {
            return Err(failure::of_response(answer, ErrorKind::Authentication, &secrets).await);
        }
        let (mut text, whole) = failure::read(answer.into_body()?).await?;
        let reply = if whole { reply(&text) } else { Err(too_long()) };
        let answer = match reply {
            Err(odd) => Err(failure::reported(&text, ErrorKind::Authentication, &secrets).unwrap_or(odd)),
            good => good,
        };
        text.zeroize();
        Ok(answer?)
    }
}

/// The token and how long it may be used, from a reply with a good status. No error repeats any
/// of the reply but the name of a known type: it may hold a token where none is looked for.
fn reply(text: &[u8]) -> Result<(SecretString, Duration), Error> {
    // Not straight into a map: the error would quote a string that stands in its place.
    let mut members = match serde_json::from_slice(text) {
        Ok(Value::Object(members)) => members,
        Ok(other) => return Err(odd("a JSON object with an access token", type_of(&other))),
        Err(error) => return Err(odd("a JSON object with an access token", "no JSON").because(error)),
    };
    let token = match members.remove("access_token") {
        Some(Value::String(token)) => SecretString::from(token),
        Some(other) => return Err(odd("a string in `access_token`", type_of(&other))),
        None => return Err(odd("a member `access_token`", "none")),
    };
    if !is_token(&token) {
        return Err(odd("an access token of visible ASCII characters", "an empty one or other characters"));
    }
    match members.get("token_type") {
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(Value::String(kind)) => return Err(odd("the token type `Bearer`", &known_type(kind))),
        Some(other) => return Err(odd("a string in `token_type`", type_of(other))),
        None => return Err(odd("a member `token_type`", "none")),
    }
    let seconds = match members.get("expires_in") {
        // Not promised to last: good for this one request.
        None | Some(Value::Null) => Some(0.0),
        Some(Value::String(digits)) => digits.trim().parse::<u32>().ok().map(f64::from),
        Some(number) => number.as_f64(),
    };
    match seconds {
        Some(seconds) if seconds.is_finite() && seconds >= 0.0 => Ok((token, usable_for(seconds))),
        _ => Err(odd("a number of seconds in `expires_in`", "something else")),
    }
}

/// A type of tokens as it may be shown: only if it is known as one, for where the members are mixed up
/// it is the token.
fn known_type(kind: &str) -> String {
    const KNOWN: [&str; 6] = ["mac", "dpop", "pop", "n_a", "basic", "jwt"];
    match KNOWN.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        true => excerpt(kind),
        false => "one that is not known".into(),
    }
}

/// Whether a header can carry it without a break or a guess.
fn is_token(token: &SecretString) -> bool {
    let token = token.expose_secret();
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// How long a token that lives this many seconds is used: a tenth of its life, at most a minute,
/// is left for the way and for clocks that disagree.
fn usable_for(seconds: f64) -> Duration {
    const MOST: f64 = 366.0 * 86_400.0;
    let seconds = seconds.min(MOST);
    Duration::from_secs_f64(seconds - (seconds / 10.0).min(60.0))
}

/// Id and secret as HTTP Basic has them, by the only maker of that header: the HTTP library.
fn basic_credentials(http: &Http, url: &Url, credentials: &Credentials) -> SecretString {
    let (id, secret) = credentials.form_encoded();
    let request = http.get(url).basic_auth(id, Some(secret)).build();
    let value = request.as_ref().ok().and_then(|request| request.headers().get(AUTHORIZATION)?.to_str().ok());
    value.and_then(|value| value.strip_prefix("Basic ")).unwrap_or_default().into()
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn odd(expected: &str, found: &str) -> Error {
    let message = format!("expected {expected} in the reply of the token endpoint, found {found}");
    Error::new(ErrorKind::Authentication, message).advise("check the base address and the token path")
}

fn too_long() -> Error {
    odd(&format!("at most {} bytes", failure::MOST_READ), "more")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_reply_gives_a_token_and_its_life() {
        let good = [
            (r#"{"token_type":"Bearer","expires_in":3600,"access_token":"t0k.en"}"#, 3540),
            (r#"{"access_token":"t0k.en","token_type":"bEARER","expires_in":"100","x":[1]}"#, 90),
            (r#"{"access_token":"t0k.en","token_type":"bearer"}"#, 0),
            (r#"{"access_token":"t0k.en","token_type":"bearer","expires_in":0}"#, 0),
            (r#"{"access_token":"t0k.en","token_type":"bearer","expires_in":1e300}"#, 366 * 86_400 - 60),
        ];
        for (text, seconds) in good {
            let (token, lifetime) = reply(text.as_bytes()).unwrap();
            assert_eq!((token.expose_secret(), lifetime), ("t0k.en", Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn row_23_an_odd_reply_is_an_authentication_error_that_shows_no_token() {
        for odd in [
            "",
            "t0ken-canary",
            "\"t0ken-canary\"",
            "access_token=t0ken-canary&token_type=bearer",
            "[]",
            "{}",
            r#"{"access_token":"t0ken-canary"}"#,
            r#"{"access_token":"t0ken-canary","token_type":"mac"}"#,
            r#"{"access_token":"t0ken-canary","token_type":7}"#,
            r#"{"access_token":"Bearer","token_type":"t0ken-canary"}"#,
            r#"{"access_token":"","token_type":"bearer"}"#,
            r#"{"access_token":["t0ken-canary"],"token_type":"bearer"}"#,
            r#"{"access_token":"t0ken-canary\r\nX-Evil: 1","token_type":"bearer"}"#,
            r#"{"access_token":"t0ken-canary\u00e9","token_type":"bearer"}"#,
            r#"{"access_token":"t0ken-canary","token_type":"bearer","expires_in":-1}"#,
            r#"{"access_token":"t0ken-canary","token_type":"bearer","expires_in":"soon"}"#,
            r#"{"access_token":"t0ken-canary","token_type":"bearer","expires_in":true}"#,
            r#"{"access_token":"t0ken-canary","token_type":"bearer","expires_in":1e999}"#,
            r#"{"access_token":"t0ken-canary","token_type":"bearer"} and more"#,
        ] {
            let error = reply(odd.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Authentication, "{odd}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        }
    }
}
