//! The request for the list.

use std::sync::Arc;

use reqwest::header::ACCEPT;
use reqwest::{StatusCode, Url};
use tokio::time::{Instant, timeout_at};

use super::body::Body;
use super::clock::{Timeout, far};
use super::failure;
use super::http::{Answer, Http};
use super::redirects::Trail;
use super::retry::{Failed, persist};
use super::settings::Retries;
use super::token::{Token, Tokens};
use super::trace;
use crate::error::{Error, ErrorKind};

const DOING: &str = "asking for the list";

/// What is being done until a token is here.
pub(super) const ASKING_FOR_A_TOKEN: &str = "asking for an access token";

/// Where the list is, and the right to it.
pub(super) struct List {
    pub(super) http: Arc<Http>,
    pub(super) url: Url,
    pub(super) tokens: Tokens,
    retries: Retries,
}

impl List {
    pub(super) fn new(http: Arc<Http>, url: Url, tokens: Tokens, retries: Retries) -> Self {
        Self { http, url, tokens, retries }
    }

    /// The body of the list, once its head has come and is a good one; after as many tries as
    /// are allowed.
    pub(super) async fn open(&self) -> Result<Body, Error> {
        let total = self.total();
        persist(&self.retries, self.http.timeouts(), total, || self.try_open(total)).await
    }

    /// When everything has to be over.
    pub(super) fn total(&self) -> Option<Instant> {
        self.http.timeouts().total.map(|total| far(Instant::now(), total))
    }

    /// One part of the work by itself, so that a time-out says what took long.
    pub(super) async fn in_time<T, E: From<Error>>(
        &self,
        total: Option<Instant>,
        doing: &str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        match total {
            None => work.await,
            Some(total) => match timeout_at(total, work).await {
                Ok(outcome) => outcome,
                Err(_) => Err(Timeout::Total.fired(doing, self.http.timeouts()).into()),
            },
        }
    }

    async fn try_open(&self, total: Option<Instant>) -> Result<Body, Failed> {
        let token = self.token(total).await?;
        let answer = self.ask(&token, total).await?;
        if answer.response.status() != StatusCode::UNAUTHORIZED || !self.tokens.is_renewable() {
            return self.body(answer, &token, total).await;
        }
        // Revoked, or the server's clock is not ours. Once: a second 401 is the answer.
        drop(answer);
        trace::token_renewed();
        let token = self.in_time(total, ASKING_FOR_A_TOKEN, self.tokens.after(&token, total)).await?;
        let answer = self.ask(&token, total).await?;
        self.body(answer, &token, total).await
    }

    /// A token that is not about to expire.
    pub(super) async fn token(&self, total: Option<Instant>) -> Result<Token, Failed> {
        self.in_time(total, ASKING_FOR_A_TOKEN, self.tokens.current(total)).await
    }

    /// The body of the list, if the answer has it; what the error repeats of the server's words is
    /// masked.
    pub(super) async fn body(
        &self,
        answer: Answer,
        token: &Token,
        total: Option<Instant>,
    ) -> Result<Body, Failed> {
        let body = self.in_time(total, DOING, self.body_of(answer, token)).await;
        body.map_err(|failed| failed.hiding(&self.tokens.secrets(Some(token)).into_mask()))
    }

    async fn body_of(&self, answer: Answer, token: &Token) -> Result<Body, Failed> {
        let secrets = self.tokens.secrets(Some(token));
        match answer.response.status() {
            StatusCode::PARTIAL_CONTENT => {
                let message = "expected the whole list (status 200), found a part of it (status 206)";
                let remedy = "nothing here has asked for a part: look for a gateway or a cache that answers in the server's place";
                Err(Error::new(ErrorKind::Transport, message).advise(remedy).into())
            }
            // Without this, the empty body would be called a list that was cut.
            status @ (StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT) => {
                let status = status.as_u16();
                let message = format!(
                    "expected the list (status 200), found a response without a body (status {status})"
                );
                let remedy = "look at the path of the list, and at what is between here and the server";
                Err(Error::new(ErrorKind::Transport, message).advise(remedy).into())
            }
            status if status.is_success() => Ok(answer.into_body()?.of_list(self.http.limits(), secrets)),
            status => {
                if status == StatusCode::UNAUTHORIZED {
                    self.tokens.forget(token).await;
                }
                Err(failure::of_response(answer, ErrorKind::Api, &secrets).await)
            }
        }
    }

    /// Asks once; redirects of the same server are part of it, and of the time that it may take. What
    /// the error repeats of the server's words is masked.
    pub(super) async fn ask(&self, token: &Token, total: Option<Instant>) -> Result<Answer, Failed> {
        let answer = self.in_time(total, DOING, self.ask_along(token, total)).await;
        answer.map_err(|failed| failed.hiding(&self.tokens.secrets(Some(token)).into_mask()))
    }

    async fn ask_along(&self, token: &Token, total: Option<Instant>) -> Result<Answer, Failed> {
        let deadlines = self.http.deadlines(total);
        let mut trail = Trail::new(&self.url);
        trace::list_requested(&self.url);
        loop {
            let request = self.http.get(trail.end()).header(ACCEPT, "application/json");
            let answer = self.http.send(request.bearer_auth(token.expose()), DOING, deadlines).await?;
            let response = &answer.response;
            if !response.status().is_redirection() {
                return Ok(answer);
            }
            let secrets = self.tokens.secrets(Some(token));
            if !trail.follow(response, &secrets)? {
                return Ok(answer);
            }
            let mut shown = trail.end().clone();
            // It may hold a ticket of the gateway's.
            shown.set_query(None);
            trace::list_redirected(response.status().as_u16(), &secrets.hidden_in(shown.as_str().as_bytes()));
        }
    }
}
