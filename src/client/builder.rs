//! Settings of a client.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::Client;
use super::address::{base, under};
use super::http::Http;
use super::proxy::{Proxies, Proxy};
use super::request::List;
use super::settings::{BodyLimits, Retries, Timeouts};
use super::tls;
use super::token::{Credentials, Right, Tokens};
use crate::error::{Error, ErrorKind};

const LIST_PATH: &str = "api/pam/session/remotesessions";
const TOKEN_PATH: &str = "iso/oauth2/token";

/// How the client id and secret are sent to the token endpoint: the documents of different
/// versions disagree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authentication {
    /// As `client_id` and `client_secret` in the form.
    #[default]
    Form,
    /// As HTTP Basic, each percent-encoded (RFC 6749, section 2.3.1).
    Basic,
}

/// Settings of a [`Client`].
///
/// ```
/// use remote_sessions::client::{Authentication, Client};
/// let client = Client::builder("https://pam.example/prefix")
///     .credentials("my-agent", "a secret".into())
///     .authentication(Authentication::Basic)
///     .list_path("iso/session/remotesessions")
///     .build()?;
/// assert!(format!("{client:?}").contains("https://pam.example/prefix/iso/session/remotesessions"));
/// # Ok::<(), remote_sessions::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    base_url: String,
    credentials: Option<(String, SecretString)>,
    token: Option<SecretString>,
    authentication: Authentication,
    list_path: String,
    token_path: String,
    allow_http: bool,
    headers: Vec<(String, SecretString)>,
    authorities: Vec<Vec<u8>>,
    identity: Option<Arc<SecretSlice<u8>>>,
    proxies: Proxies,
    timeouts: Timeouts,
    limits: BodyLimits,
    retries: Retries,
}

impl ClientBuilder {
    pub(super) fn new(base_url: String) -> Self {
        Self {
            base_url,
            credentials: None,
            token: None,
            authentication: Authentication::default(),
            list_path: LIST_PATH.into(),
            token_path: TOKEN_PATH.into(),
            allow_http: false,
            headers: Vec::new(),
            authorities: Vec::new(),
            identity: None,
            proxies: Proxies::default(),
            timeouts: Timeouts::default(),
            limits: BodyLimits::default(),
            retries: Retries::default(),
        }
    }

    /// The client id and secret of the application, from the server's A2A settings.
    pub fn credentials(mut self, id: impl Into<String>, secret: SecretString) -> Self {
        self.credentials = Some((id.into(), secret));
        self
    }

    /// How the credentials are sent; in the form by default.
    pub fn authentication(mut self, style: Authentication) -> Self {
        self.authentication = style;
        self
    }

    /// The path of the list under the base address, which differs between versions; by default
    /// `api/pam/session/remotesessions`.
    pub fn list_path(mut self, path: impl Into<String>) -> Self {
        self.list_path = path.into();
        self
    }

    /// The path of the token endpoint under the base address; by default `iso/oauth2/token`.
    pub fn token_path(mut self, path: impl Into<String>) -> Self {
        self.token_path = path.into();
        self
    }

    /// Allows plain `http://`, with which everyone on the way can read the secret, the token and
    /// the list. For this machine itself it is always allowed.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// An access token that is at hand, in place of credentials: no token is asked for, and a 401
    /// from the list is final.
    ///
    /// ```
    /// let client = remote_sessions::client::Client::builder("https://pam.example")
    ///     .token("an access token".into())
    ///     .build();
    /// assert!(client.is_err(), "a token has no spaces");
    /// ```
    pub fn token(mut self, token: SecretString) -> Self {
        self.token = Some(token);
        self
    }

    /// A header to send with every request, the one for the token included; where the
    /// administrator restricts the application by referrer, for one. Its value is never shown.
    ///
    /// Refused when building: `Authorization`, `Host`, `Content-Length`, `Content-Type`,
    /// `Transfer-Encoding`, `Accept-Encoding`, and others that the client itself has to set.
    ///
    /// ```
    /// use remote_sessions::client::Client;
    /// let builder = Client::builder("https://pam.example").credentials("id", "secret".into());
    /// assert!(builder.clone().header("Referer", "https://app.example/").build().is_ok());
    /// assert!(builder.header("Authorization", "Bearer x").build().is_err());
    /// ```
    pub fn header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Certificates of authorities, in PEM form, that are believed beside those of the operating
    /// system: for a server whose certificate is your own authority's. May be called again for more.
    ///
    /// ```
    /// use remote_sessions::client::Client;
    /// let builder = Client::builder("https://pam.example").credentials("id", "secret".into());
    /// let error = builder.ca_certificates(b"no certificate").build().unwrap_err();
    /// assert_eq!(error.kind(), remote_sessions::ErrorKind::Configuration);
    /// ```
    pub fn ca_certificates(mut self, pem: &[u8]) -> Self {
        self.authorities.push(pem.into());
        self
    }

    /// The certificate that this client shows to the server, what it was issued by, and its
    /// private key, one after the other in PEM form.
    ///
    /// ```
    /// use remote_sessions::client::Client;
    /// let builder = Client::builder("https://pam.example").credentials("id", "secret".into());
    /// let error = builder.client_certificate(b"no key").build().unwrap_err();
    /// assert!(error.to_string().contains("private key"), "{error}");
    /// ```
    pub fn client_certificate(mut self, pem_of_chain_and_key: &[u8]) -> Self {
        self.identity = Some(Arc::new(pem_of_chain_and_key.to_vec().into()));
        self
    }

    /// The proxy to use; by default what the environment variables say.
    ///
    /// ```
    /// use remote_sessions::client::{Client, Proxies};
    /// let proxies = Proxies::Url { url: "http://proxy.example:3128".into(), no_proxy: None };
    /// let client = Client::builder("https://pam.example")
    ///     .credentials("id", "secret".into())
    ///     .proxies(proxies)
    ///     .build()?;
    /// assert!(format!("{client:?}").contains("proxy.example:3128"));
    /// # Ok::<(), remote_sessions::Error>(())
    /// ```
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// How long each part of a request may take.
    ///
    /// ```
    /// use remote_sessions::client::{Client, Timeouts};
    /// let mut timeouts = Timeouts::default();
    /// timeouts.idle = std::time::Duration::from_secs(5);
    /// let builder = Client::builder("https://pam.example").timeouts(timeouts);
    /// assert!(format!("{builder:?}").contains("idle: 5s"));
    /// ```
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// How much a body may become when it is unpacked.
    ///
    /// ```
    /// use remote_sessions::client::{BodyLimits, Client};
    /// let mut limits = BodyLimits::default();
    /// limits.decoded_bytes = Some(1 << 30);
    /// let builder = Client::builder("https://pam.example").body_limits(limits);
    /// assert!(format!("{builder:?}").contains("1073741824"));
    /// ```
    pub fn body_limits(mut self, limits: BodyLimits) -> Self {
        self.limits = limits;
        self
    }

    /// How often a request is made again that failed before the body began.
    ///
    /// ```
    /// use remote_sessions::client::{Client, Retries};
    /// let mut retries = Retries::default();
    /// retries.tries = 5;
    /// let builder = Client::builder("https://pam.example").retries(retries);
    /// assert!(format!("{builder:?}").contains("tries: 5"));
    /// ```
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// The client. No connection is made yet.
    ///
    /// # Errors
    /// - [`Configuration`](ErrorKind::Configuration): an address, a path, a header, a certificate
    ///   or the proxy is not usable.
    /// - [`Transport`](ErrorKind::Transport): TLS could not be set up.
    /// - [`Authentication`](ErrorKind::Authentication): there are neither credentials nor a token,
    ///   or both.
    pub fn build(self) -> Result<Client, Error> {
        let base = base(&self.base_url, self.allow_http)?;
        let list = under(&base, "list", &self.list_path)?;
        let token = under(&base, "token endpoint", &self.token_path)?;
        let right = match (self.credentials, self.token) {
            (Some((id, secret)), None) if !id.is_empty() && !secret.expose_secret().is_empty() => {
                Right::Credentials(Credentials { id, secret, style: self.authentication })
            }
            (None, Some(token)) => Right::Token(token),
            (Some(_), Some(_)) => {
                let message = "expected credentials or an access token, found both";
                return Err(Error::new(ErrorKind::Authentication, message));
            }
            _ => {
                let message = "expected a client id and a client secret, or an access token, found none or an empty one";
                return Err(Error::new(ErrorKind::Authentication, message));
            }
        };
        let mut authorities = Vec::new();
        for pem in &self.authorities {
            authorities.extend(tls::certificates(pem)?);
        }
        let identity = self.identity.map(|pem| tls::identity(&pem)).transpose()?;
        let proxy = Proxy::of(&self.proxies, &base)?;
        let http = Http::new(&base, &self.headers, authorities, identity, proxy, self.timeouts, self.limits)?;
        let http = Arc::new(http);
        let tokens = Tokens::new(Arc::clone(&http), token, right)?;
        Ok(Client(Arc::new(List::new(http, list, tokens, self.retries))))
    }
}

/// Shows neither the secret nor the address, which is unchecked and may hold a password.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("client_id", &self.credentials.as_ref().map(|(id, _)| id))
            .field("authentication", &self.authentication)
            .field("list_path", &self.list_path)
            .field("token_path", &self.token_path)
            .field("allow_http", &self.allow_http)
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("proxies", &self.proxies)
            .field("timeouts", &self.timeouts)
            .field("body_limits", &self.limits)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(base: &str) -> Result<Client, Error> {
        Client::builder(base).credentials("id", "hunter2-canary".into()).build()
    }

    #[test]
    fn http_is_for_this_machine_only() {
        for allowed in [
            "https://pam.example",
            "http://localhost:1",
            "http://127.9.8.7",
            "http://[::1]:80/x",
            "HTTP://LOCALHOST",
        ] {
            assert!(client(allowed).is_ok(), "{allowed}");
        }
        for refused in [
            "http://pam.example",
            "http://10.0.0.1",
            "http://128.0.0.1",
            "http://localhost.evil.example",
            "http://[::2]",
        ] {
            let error = client(refused).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{refused}");
            assert!(error.remedy().is_some_and(|remedy| remedy.contains("https")));
            let allowed = Client::builder(refused).allow_http(true).credentials("id", "s".into()).build();
            assert!(allowed.is_ok(), "{refused}");
        }
    }

    #[test]
    fn a_strange_address_is_refused_and_not_shown() {
        for refused in [
            "",
            "pam.example",
            "ftp://pam.example",
            "file:///etc/passwd",
            "https://",
            "https://user@pam.example",
            "https://user:hunter2-canary@pam.example",
            "https://user:hunter2-canary@pam example",
            "https://pam.example/?key=hunter2-canary",
            "https://pam.example/#hunter2-canary",
        ] {
            let error = client(refused).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{refused}");
            assert!(!format!("{error} {error:?} {:?}", error.remedy()).contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn credentials_are_needed() {
        let none = Client::builder("https://a").build();
        let empty = Client::builder("https://a").credentials("id", "".into()).build();
        let nobody = Client::builder("https://a").credentials("", "secret".into()).build();
        for refused in [none, empty, nobody] {
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::Authentication);
        }
    }

    #[test]
    fn the_secret_is_not_shown() {
        let builder =
            Client::builder("https://u:hunter2-canary@a").credentials("id", "hunter2-canary".into());
        assert!(!format!("{builder:?}").contains("canary"));
        assert!(!format!("{:?}", client("https://a").unwrap()).contains("canary"));
    }

    #[test]
    fn a_client_goes_anywhere() {
        fn shared<T: Clone + Send + Sync + 'static>() {}
        shared::<Client>();
        shared::<ClientBuilder>();
    }

    /// Into a task of its own as well.
    #[test]
    fn its_futures_go_anywhere() {
        fn spawned<T: Send + 'static>(_: T) {}
        let (client, settings) = (client("https://a").unwrap(), crate::Builder::new());
        spawned(async move {
            let mut reader = client.remote_sessions_with(&settings).await?;
            while reader.next_item().await?.is_some() {}
            while reader.next_batch().await?.is_some() {}
            client.check(|_| ()).await
        });
    }
}
