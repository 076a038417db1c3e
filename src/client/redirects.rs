//! Redirects of the request for the list: which are followed, and how far.

use std::str;

use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode, Url};

use super::failure;
use super::secrets::Secrets;
use crate::error::{Error, ErrorKind};

/// So many redirects are followed for one list.
const MOST: usize = 5;

/// The addresses that one request for the list has led to.
///
/// Only within one origin (scheme, host and port): token and headers go along, and must not reach
/// anybody who was not given them.
pub(super) struct Trail(Vec<Url>);

impl Trail {
    pub(super) fn new(start: &Url) -> Self {
        Self(vec![start.clone()])
    }

    /// Where to ask now.
    pub(super) fn end(&self) -> &Url {
        self.0.last().expect("a trail has a start")
    }

    /// Follows a response, if it is a redirect that may be followed; false if it is none.
    ///
    /// # Errors
    /// If it would be the sixth, or leads back to where the trail has been.
    pub(super) fn follow(&mut self, response: &Response, secrets: &Secrets) -> Result<bool, Error> {
        let Some(target) = target(response, self.end()) else { return Ok(false) };
        let refused = |why: &str| {
            Err(failure::redirect(response, ErrorKind::Api, secrets, why).advise(
                "look at the rules of the gateway for this path, or give the list's own address as base address and path (in the command `--url` and `--path`)",
            ))
        };
        if self.0.contains(&target) {
            return refused("it leads back to where this request has been");
        }
        // The start is no redirect.
        if self.0.len() > MOST {
            return refused(&format!("{MOST} of the same server have been followed for this request"));
        }
        self.0.push(target);
        Ok(true)
    }
}

/// Whether a status sends the client elsewhere. Not every status from 300 on does: 304 is one of caches.
pub(super) fn is_redirect(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    )
}

/// Where a redirect leads to that stays in the origin of `from` and asks for a request like this one.
fn target(response: &Response, from: &Url) -> Option<Url> {
    let location = response.headers().get(LOCATION).filter(|_| is_redirect(response.status()))?;
    within(from, str::from_utf8(location.as_bytes()).ok()?)
}

/// The address that `location` means, if it is of the same origin. One with a user name or
/// password is not: these would be sent in place of the token.
fn within(from: &Url, location: &str) -> Option<Url> {
    let mut target = from.join(location).ok()?;
    target.set_fragment(None);
    let is_bare = target.username().is_empty() && target.password().is_none();
    (is_bare && target.origin() == from.origin()).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_25_only_the_same_scheme_host_and_port_are_within() {
        let from = Url::parse("https://pam.example/api/list").unwrap();
        let target = |location: &str| within(&from, location).map(|url| url.to_string());
        for (location, expected) in [
            ("/v2/list", "https://pam.example/v2/list"),
            ("list2?page=all", "https://pam.example/api/list2?page=all"),
            ("?a=b", "https://pam.example/api/list?a=b"),
            ("https://pam.example:443/x#part", "https://pam.example/x"),
            ("HTTPS://PAM.EXAMPLE/x", "https://pam.example/x"),
            ("//pam.example/x", "https://pam.example/x"),
        ] {
            assert_eq!(target(location).as_deref(), Some(expected), "{location}");
        }
        for location in [
            "http://pam.example/api/list",
            "http://pam.example:443/api/list",
            "https://pam.example:8443/api/list",
            "https://pam.example.evil.example/",
            "https://pam.example@evil.example/",
            "https://user:password@pam.example/",
            "https://user@pam.example/",
            "//evil.example/api/list",
            "\\\\evil.example/api/list",
            "https://www.pam.example/",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "data:,x",
            "https://",
            "https://pam.example:99999/",
        ] {
            assert_eq!(target(location), None, "{location}");
        }
    }
}
