//! The HTTP library, set up so that this client is the same in every program.

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Identity, RequestBuilder, Response, StatusCode, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};

use super::body::{Body, Terms};
use super::clock::{Deadlines, Timeout, far};
use super::encoding::{ACCEPTED, Encoding};
use super::failure;
use super::proxy::Proxy;
use super::proxy_fault;
use super::retry::Failed;
use super::settings::{BodyLimits, Timeouts};
use super::tls;
use super::trace;
use crate::error::{Error, ErrorKind, excerpt};

const USER_AGENT: &str = concat!("remote-sessions/", env!("CARGO_PKG_VERSION"));

/// The windows of HTTP/2: what a server may send that nobody has asked for yet.
const WINDOW: u32 = 1024 * 1024;

/// Headers that are this client's own business.
const OWN_HEADERS: [HeaderName; 12] = [
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::HOST,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::TRANSFER_ENCODING,
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::RANGE,
    header::TE,
    header::EXPECT,
];

/// The way to one server.
pub(super) struct Http {
    client: reqwest::Client,
    base: Url,
    headers: HeaderMap,
    /// The values of the headers and the proxy's user name and password, which no error may repeat.
    secrets: Vec<SecretString>,
    proxy: Option<Proxy>,
    timeouts: Timeouts,
    limits: BodyLimits,
}

/// A response whose head is here, and when its body is due.
pub(super) struct Answer {
    pub(super) response: Response,
    terms: Terms,
}

impl Answer {
    pub(super) fn into_body(self) -> Result<Body, Error> {
        Body::new(self.response, self.terms)
    }
}

impl Http {
    pub(super) fn new(
        base: &Url,
        headers: &[(String, SecretString)],
        authorities: Vec<Certificate>,
        identity: Option<Identity>,
        proxy: Option<Proxy>,
        timeouts: Timeouts,
        limits: BodyLimits,
    ) -> Result<Self, Error> {
        let mut client = reqwest::Client::builder();
        let speaks_tls =
            base.scheme() == "https" || proxy.as_ref().is_some_and(|proxy| proxy.url().scheme() == "https");
        client = match speaks_tls {
            true => client.tls_certs_merge(authorities),
            // No TLS will be spoken, so none is set up: a container without certificates will do.
            false => client.tls_certs_only([]),
        };
        if let Some(identity) = identity {
            client = client.identity(identity);
        }
        client = match &proxy {
            Some(proxy) => client.proxy(proxy.to_reqwest()?),
            None => client.no_proxy(),
        };
        // Everything that another crate could switch on by a feature is switched off here.
        let client = client
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .http2_initial_stream_window_size(WINDOW)
            .http2_initial_connection_window_size(WINDOW)
            // A connection that waits for its next request may be closed by a gateway, or broken by
            // what went wrong with the one before, just when it is used again.
            .pool_max_idle_per_host(0)
            .connect_timeout(timeouts.connect)
            .build()
            .map_err(|error| match tls::unfit_identity(&error) {
                Some(unfit) => unfit,
                None => failure::transport("setting up TLS", error, &timeouts),
            })?;
        let of_headers = headers.iter().map(|(_, value)| value.clone());
        let secrets = of_headers.chain(proxy.iter().flat_map(Proxy::secrets)).collect();
        Ok(Self { client, base: base.clone(), headers: extra(headers)?, secrets, proxy, timeouts, limits })
    }

    pub(super) fn get(&self, url: &Url) -> RequestBuilder {
        self.client.get(url.clone())
    }

    pub(super) fn post(&self, url: &Url) -> RequestBuilder {
        self.client.post(url.clone())
    }

    pub(super) fn head(&self, url: &Url) -> RequestBuilder {
        self.client.head(url.clone())
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    pub(super) fn secrets(&self) -> &[SecretString] {
        &self.secrets
    }

    pub(super) fn proxy(&self) -> Option<&Url> {
        self.proxy.as_ref().map(Proxy::url)
    }

    /// Whether a proxy is asked for no more than a way to the server.
    fn tunnels(&self) -> bool {
        self.base.scheme() == "https"
    }

    pub(super) fn limits(&self) -> BodyLimits {
        self.limits
    }

    pub(super) fn timeouts(&self) -> &Timeouts {
        &self.timeouts
    }

    /// When the response to a request is due that is made now.
    pub(super) fn deadlines(&self, total: Option<Instant>) -> Deadlines {
        Deadlines { first_byte: far(Instant::now(), self.timeouts.first_byte), total }
    }

    /// Sends a request and waits for the head of its response, whatever it says.
    pub(super) async fn send(
        &self,
        request: RequestBuilder,
        doing: &str,
        deadlines: Deadlines,
    ) -> Result<Answer, Failed> {
        let request = request.headers(self.headers.clone()).header(header::ACCEPT_ENCODING, ACCEPTED);
        let request = request.build().map_err(|error| failure::transport(doing, error, &self.timeouts))?;
        trace::connecting(request.url(), self.proxy());
        let response = match timeout_at(deadlines.first_byte, self.client.execute(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let (timeouts, proxy) = (&self.timeouts, self.proxy());
                return Err(failure::unanswered(doing, error, timeouts, proxy, self.tunnels()));
            }
            Err(_) => return Err(Timeout::FirstByte.fired(doing, &self.timeouts).into()),
        };
        trace::response_head(
            response.status().as_u16(),
            &format!("{:?}", response.version()),
            Encoding::of(response.headers()).ok(),
            response.content_length(),
        );
        // Through a tunnel only the server answers, and no server says this of itself.
        if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED
            && !self.tunnels()
            && let Some(proxy) = self.proxy()
        {
            return Err(proxy_fault::unauthorized(doing, proxy, None));
        }
        Ok(Answer { response, terms: Terms { timeouts: self.timeouts, deadlines } })
    }
}

/// The extra headers, their values marked as not to be shown.
fn extra(headers: &[(String, SecretString)]) -> Result<HeaderMap, Error> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let refused = |what: &str| {
            let message = format!("expected a header that may be added, found {} {what}", excerpt(name));
            Error::new(ErrorKind::Configuration, message)
        };
        let known = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| refused("as a name"))?;
        if OWN_HEADERS.contains(&known) {
            return Err(refused("which the client sets itself")
                .advise("use the credentials, the token or the address for what this header says"));
        }
        let mut value = HeaderValue::from_str(value.expose_secret().trim())
            .map_err(|_| refused("with a line break or control character in its value"))?;
        value.set_sensitive(true);
        map.append(known, value);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_headers_and_strange_ones_are_refused() {
        let refused = |name: &str, value: &str| {
            let error = extra(&[(name.to_owned(), value.into())]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            error.to_string()
        };
        for name in ["authorization", "HOST", "Content-Length", "accept-encoding", "Transfer-Encoding"] {
            assert!(refused(name, "x").contains("sets itself"), "{name}");
        }
        for name in ["", "a b", "a\r\nb", "é"] {
            assert!(refused(name, "x").contains("as a name"), "{name}");
        }
        let error = refused("X-Key", "canary\r\nX-Evil: 1");
        assert!(error.contains("line break") && !error.contains("canary"), "{error}");
        let all = extra(&[("X-Key".into(), " a ".into()), ("x-key".into(), "b".into())]).unwrap();
        let values: Vec<_> = all.get_all("x-key").iter().collect();
        assert!(values == ["a", "b"] && values.iter().all(|value| value.is_sensitive()));
        assert!(!format!("{all:?}").contains("\"a\""));
    }
}
