//! From a request to its answer.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request, Response as Answer, StatusCode};

use super::body::Body;
use super::builder::Builder;
use super::failure::oauth_error;
use super::log::{Log, LoggedRequest, Production, authorization};
use super::token::{self, Tokens};
use super::{Failure, Reply};
use crate::Response;

/// No honest form is longer, in bytes.
const FORM: usize = 64 * 1024;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct State {
    settings: Builder,
    plan: Mutex<Plan>,
    tokens: Mutex<Tokens>,
    log: Mutex<Log>,
    production: Arc<Production>,
}

/// What a test can change while the server runs.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) response: Response,
    pub(crate) token: Replies,
    pub(crate) list: Replies,
}

/// Answers that are given in place of the true one: first each of `next` once, then `always`.
#[derive(Debug, Default)]
pub(crate) struct Replies {
    pub(crate) next: VecDeque<Reply>,
    pub(crate) always: Option<Reply>,
}

impl Replies {
    fn take(&mut self) -> Option<Reply> {
        self.next.pop_front().or_else(|| self.always.clone())
    }
}

impl State {
    pub(crate) fn new(mut settings: Builder) -> Self {
        let plan = Plan {
            response: settings.response.clone(),
            token: Replies { always: settings.token_reply.take(), ..Replies::default() },
            list: Replies { always: settings.list_reply.take(), ..Replies::default() },
        };
        Self {
            settings,
            plan: Mutex::new(plan),
            tokens: Mutex::default(),
            log: Mutex::default(),
            production: Arc::default(),
        }
    }

    pub(crate) fn plan(&self) -> MutexGuard<'_, Plan> {
        lock(&self.plan)
    }

    pub(crate) fn log(&self) -> Log {
        let log = lock(&self.log).clone();
        self.production.add_to(log)
    }

    pub(crate) fn connected(&self) {
        lock(&self.log).connections += 1;
    }

    pub(crate) fn revoke_tokens(&self) {
        lock(&self.tokens).revoke();
    }

    /// Answers one request.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Answer<Body> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        let is_one_of = |paths: &[String]| paths.iter().any(|known| known == path);
        if parts.method == Method::POST && is_one_of(&self.settings.token_paths) {
            self.token(&parts, body).await
        } else if parts.method == Method::GET && is_one_of(&self.settings.list_paths) {
            self.list(&parts).await
        } else {
            lock(&self.log).other_requests += 1;
            whole(Failure::ResourceNotFound.into())
        }
    }

    async fn token(&self, parts: &Parts, body: Incoming) -> Answer<Body> {
        {
            let mut log = lock(&self.log);
            log.token_requests += 1;
            log.last_token_request = Some(LoggedRequest::new(parts));
        }
        // The form is read even where the answer is decided in advance, or the connection could not be kept.
        let form = Limited::new(body, FORM).collect().await;
        if let Some(reply) = self.plan().token.take() {
            return whole(reply);
        }
        let Ok(form) = form else {
            return whole(oauth_error(400, "invalid_request", "The body is cut or too long."));
        };
        if let Err(refusal) = self.settings.client.admit(&parts.headers, &form.to_bytes()) {
            return whole(refusal);
        }
        let lifetime = self.settings.expires_in;
        let token = lock(&self.tokens).issue(lifetime);
        lock(&self.log).tokens_issued += 1;
        whole(token::issued(&token, lifetime))
    }

    async fn list(&self, parts: &Parts) -> Answer<Body> {
        {
            let mut log = lock(&self.log);
            log.list_requests += 1;
            log.last_list_request = Some(LoggedRequest::new(parts));
        }
        let reply = self.plan().list.take();
        if !self.settings.latency.is_zero() {
            tokio::time::sleep(self.settings.latency).await;
        }
        if let Some(reply) = reply.or_else(|| self.refusal(&parts.headers)) {
            return whole(reply);
        }
        let gzip = self.settings.gzip && accepts_gzip(&parts.headers);
        let response = self.plan().response.clone();
        let mut answer = Answer::new(Body::generated(&response, gzip, Arc::clone(&self.production)));
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, "application/json; charset=utf-8".parse().expect("a fixed value"));
        if self.settings.gzip {
            headers.insert(VARY, "accept-encoding".parse().expect("a fixed value"));
        }
        if gzip {
            headers.insert(CONTENT_ENCODING, "gzip".parse().expect("a fixed value"));
        }
        answer
    }

    /// Why the request may not see the list, if it may not.
    fn refusal(&self, headers: &HeaderMap) -> Option<Reply> {
        match authorization(headers) {
            None => Some(Failure::NoRoute.into()),
            Some((scheme, token)) => {
                let good = scheme.eq_ignore_ascii_case("bearer") && lock(&self.tokens).is_good(&token);
                (!good).then(|| Failure::InvalidSignature.into())
            }
        }
    }
}

fn whole(reply: Reply) -> Answer<Body> {
    let (status, headers, body) = reply.into_parts();
    let mut answer = Answer::new(Body::whole(body));
    *answer.status_mut() = StatusCode::from_u16(status).expect("a reply has a status from 200 to 999");
    answer.headers_mut().extend(headers);
    answer
}

/// Whether gzip is among the accepted encodings and not refused by a weight of zero.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|encoding| {
        let (name, weight) = encoding.split_once(';').unwrap_or((encoding, "q=1"));
        let weight = weight.trim().trim_start_matches("q=").parse::<f32>();
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_ok_and(|weight| weight > 0.0)
    })
}

/// A test that panics elsewhere must not make the server panic as well: nothing is left half done under a lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_found_among_other_encodings() {
        let accepts = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, value.parse().unwrap());
            accepts_gzip(&headers)
        };
        for value in ["gzip", "br, gzip", "GZIP;q=0.5", "deflate;q=0.1 , gzip ; q=1.0"] {
            assert!(accepts(value), "{value}");
        }
        for value in ["", "br", "gzip;q=0", "x-gzipped", "gzip;q=0.000", "identity"] {
            assert!(!accepts(value), "{value}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
