//! From a request to its answer.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, VARY};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request, Response as Answer, StatusCode};

use super::body::{Body, Packing};
use super::builder::Builder;
use super::failure::oauth_error;
use super::fault::{Honest, Plans, Script};
use super::log::{Log, LoggedRequest, Production, authorization};
use super::token::{self, Tokens};
use super::{Failure, Fault, FaultTarget, Reply};
use crate::Response;

/// No honest form is longer, in bytes.
pub(crate) const FORM: usize = 64 * 1024;

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
    pub(crate) faults: Plans,
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
            faults: core::mem::take(&mut settings.faults),
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

    /// Notes a connection; whether it may live.
    pub(crate) fn connected(&self) -> bool {
        lock(&self.log).connections += 1;
        self.fault(FaultTarget::Connection).is_none()
    }

    pub(crate) fn connected_by_http2(&self) {
        lock(&self.log).http2_connections += 1;
    }

    pub(crate) fn revoke_tokens(&self) {
        lock(&self.tokens).revoke();
    }

    /// Answers one request.
    pub(crate) async fn answer<B>(&self, request: Request<B>) -> Deed
    where
        B: http_body::Body,
        B::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        let is_one_of = |paths: &[String]| paths.iter().any(|known| known == path);
        if parts.method == Method::POST && is_one_of(&self.settings.token_paths) {
            // The form is read even where the answer is decided in advance, or the connection could not be kept.
            let form = Limited::new(body, FORM).collect().await;
            self.token(&parts, form.ok().map(|form| form.to_bytes()))
        } else if parts.method == Method::GET && is_one_of(&self.settings.list_paths) {
            self.list(&parts).await
        } else {
            lock(&self.log).other_requests += 1;
            whole(Failure::ResourceNotFound.into())
        }
    }

    /// The form is missing if it is cut or too long.
    fn token(&self, parts: &Parts, form: Option<Bytes>) -> Deed {
        {
            let mut log = lock(&self.log);
            log.token_requests += 1;
            log.last_token_request = Some(LoggedRequest::new(parts));
        }
        if let Some(reply) = self.plan().token.take() {
            return whole(reply);
        }
        let Some(form) = form else {
            return whole(oauth_error(400, "invalid_request", "The body is cut or too long."));
        };
        if let Err(refusal) = self.settings.client.admit(&parts.headers, &form) {
            return whole(refusal);
        }
        let lifetime = self.settings.expires_in;
        let token = lock(&self.tokens).issue(lifetime);
        lock(&self.log).tokens_issued += 1;
        match self.fault(FaultTarget::Token) {
            None => whole(token::issued(&token, lifetime)),
            Some(fault) => match fault.token_reply(&token, &self.other_host(parts)) {
                Some(reply) => whole(reply),
                None => script(Script::token(&fault, token::issued(&token, lifetime).into_body())),
            },
        }
    }

    async fn list(&self, parts: &Parts) -> Deed {
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
        let fault = self.fault(FaultTarget::List);
        if fault == Some(Fault::TokenExpires) {
            self.revoke_tokens();
            return whole(Failure::InvalidSignature.into());
        }
        if let Some(reply) = fault.as_ref().and_then(|fault| fault.list_reply(&self.other_host(parts))) {
            return whole(reply);
        }
        let response = self.plan().response.clone();
        let honest = Honest {
            response: &response,
            encoding: self.settings.encoding,
            accepted: self.settings.encoding.is_some_and(|encoding| encoding.is_accepted(&parts.headers)),
            production: &self.production,
        };
        match fault {
            Some(fault) => script(Script::list(&fault, honest)),
            None => honest_list(honest),
        }
    }

    /// The fault whose turn it is.
    fn fault(&self, target: FaultTarget) -> Option<Fault> {
        let fault = self.plan().faults.take(target);
        lock(&self.log).faults += u64::from(fault.is_some());
        fault
    }

    /// The addresses that a redirect leads to.
    fn other_host(&self, parts: &Parts) -> Elsewhere {
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let authority = host.or_else(|| parts.uri.authority().map(|authority| authority.as_str()));
        let authority = authority.unwrap_or("127.0.0.1").to_owned();
        let port =
            authority.rsplit_once(':').map(|(_, port)| port).filter(|port| port.parse::<u16>().is_ok());
        let scheme = if self.settings.tls.is_some() { "https" } else { "http" };
        let path = parts.uri.path();
        // The same server by another name, so that the log tells whether somebody followed.
        let other = if authority.starts_with("localhost") { "127.0.0.1" } else { "localhost" };
        let other = port.map_or(other.to_owned(), |port| format!("{other}:{port}"));
        Elsewhere {
            other_origin: format!("{scheme}://{other}{path}"),
            without_tls: format!("http://{authority}{path}"),
            path: path.to_owned(),
            step: parts.uri.query().and_then(|query| query.strip_prefix(STEP)?.parse().ok()).unwrap_or(0),
        }
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

/// What is to be done about a request.
#[derive(Debug)]
pub(crate) enum Deed {
    Answer(Answer<Body>),
    Script(Box<Script>),
}

/// Where redirects lead to.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    pub(crate) other_origin: String,
    pub(crate) without_tls: String,
    path: String,
    /// The redirects within this server that came before.
    pub(crate) step: u32,
}

/// In the query of an address that a redirect within the server leads to.
const STEP: &str = "redirect=";

impl Elsewhere {
    /// The address after so many redirects within the server; the first is that of the list.
    pub(crate) fn within(&self, step: u32) -> String {
        match step {
            0 => self.path.clone(),
            step => format!("{}?{STEP}{step}", self.path),
        }
    }
}

fn script(script: Script) -> Deed {
    Deed::Script(Box::new(script))
}

fn honest_list(honest: Honest<'_>) -> Deed {
    let encoding = honest.encoding();
    let mut answer = Answer::new(honest.pieces(Packing::honest(encoding)));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, "application/json; charset=utf-8".parse().expect("a fixed value"));
    if honest.encoding.is_some() {
        headers.insert(VARY, "accept-encoding".parse().expect("a fixed value"));
    }
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, encoding.content_coding().parse().expect("a fixed value"));
    }
    Deed::Answer(answer)
}

fn whole(reply: Reply) -> Deed {
    let (status, headers, body) = reply.into_parts();
    let mut answer = Answer::new(Body::whole(body));
    *answer.status_mut() = StatusCode::from_u16(status).expect("a reply has a status from 200 to 999");
    answer.headers_mut().extend(headers);
    Deed::Answer(answer)
}

/// A test that panics elsewhere must not make the server panic as well: nothing is left half done under a lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
