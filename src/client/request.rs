//! The request for the list.

use reqwest::header::{ACCEPT, ACCEPT_ENCODING};
use reqwest::{StatusCode, Url};

use super::body::Body;
use super::failure::{self, Secrets};
use super::token::{Token, Tokens};
use crate::error::{Error, ErrorKind};

/// Where the list is, and the right to it.
pub(super) struct List {
    http: reqwest::Client,
    url: Url,
    tokens: Tokens,
}

impl List {
    pub(super) fn new(http: reqwest::Client, url: Url, tokens: Tokens) -> Self {
        Self { http, url, tokens }
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// The body of the list, once its head has come and is a good one.
    pub(super) async fn open(&self) -> Result<Body, Error> {
        let mut token = self.tokens.current().await?;
        let mut response = self.ask(&token).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            // Revoked, or the server's clock is not ours. Once: a second 401 is the answer.
            drop(response);
            self.tokens.forget(&token).await;
            token = self.tokens.current().await?;
            response = self.ask(&token).await?;
        }
        match response.status() {
            StatusCode::PARTIAL_CONTENT => Err(Error::new(
                ErrorKind::Transport,
                "expected the whole list (status 200), found a part of it (status 206)",
            )),
            status if status.is_success() => Body::new(response),
            status => {
                if status == StatusCode::UNAUTHORIZED {
                    self.tokens.forget(&token).await;
                }
                let secrets = Secrets::new([token.secret()].into_iter().chain(self.tokens.secrets()));
                Err(failure::of_response(response, ErrorKind::Api, &secrets).await)
            }
        }
    }

    async fn ask(&self, token: &Token) -> Result<reqwest::Response, Error> {
        self.http
            .get(self.url.clone())
            .header(ACCEPT, "application/json")
            .header(ACCEPT_ENCODING, "gzip")
            .bearer_auth(token.expose())
            .send()
            .await
            .map_err(|error| failure::transport("asking for the list", error))
    }
}
