//! Settings of a client, and which addresses are allowed.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Url, redirect};
use secrecy::{ExposeSecret, SecretString};

use super::Client;
use super::failure;
use super::request::List;
use super::token::{Credentials, Tokens};
use crate::error::{Error, ErrorKind, excerpt};

const LIST_PATH: &str = "api/pam/session/remotesessions";
const TOKEN_PATH: &str = "iso/oauth2/token";
const USER_AGENT: &str = concat!("remote-sessions/", env!("CARGO_PKG_VERSION"));

/// How long connecting (name, TCP and TLS) may take.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

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
    authentication: Authentication,
    list_path: String,
    token_path: String,
    allow_http: bool,
}

impl ClientBuilder {
    pub(super) fn new(base_url: String) -> Self {
        Self {
            base_url,
            credentials: None,
            authentication: Authentication::default(),
            list_path: LIST_PATH.into(),
            token_path: TOKEN_PATH.into(),
            allow_http: false,
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

    /// The client. No connection is made yet.
    ///
    /// # Errors
    /// - [`Configuration`](ErrorKind::Configuration): the address or a path is not usable.
    /// - [`Transport`](ErrorKind::Transport): TLS could
    ///   not be set up.
    /// - [`Authentication`](ErrorKind::Authentication): there are no credentials.
    pub fn build(self) -> Result<Client, Error> {
        let base = self.base()?;
        let list = under(&base, "list", &self.list_path)?;
        let token = under(&base, "token endpoint", &self.token_path)?;
        let credentials = match self.credentials {
            Some((id, secret)) if !id.is_empty() && !secret.expose_secret().is_empty() => {
                Credentials { id, secret, style: self.authentication }
            }
            _ => {
                let message = "expected a client id and a client secret, found none or an empty one";
                return Err(Error::new(ErrorKind::Authentication, message));
            }
        };
        let http = http(&base)?;
        let tokens = Tokens::new(http.clone(), token, credentials);
        Ok(Client(Arc::new(List::new(http, list, tokens))))
    }

    /// The checked base address. It may hold a password where it should not, so no error shows it.
    fn base(&self) -> Result<Url, Error> {
        let base = Url::parse(self.base_url.trim()).map_err(|error| {
            address("expected an address such as `https://pam.example`, found none that can be read")
                .because(error)
        })?;
        let local = match base.scheme() {
            "https" => true,
            "http" => self.allow_http || is_loopback(&base),
            other => {
                return Err(address(format!("expected an `https` address, found {}", excerpt(other))));
            }
        };
        if !local {
            let remedy = "use https, or allow http if everyone on the way may read the secret and the list";
            return Err(
                address("expected an `https` address, found `http` to another machine").advise(remedy)
            );
        }
        let extra = [
            ("a user name or password", !base.username().is_empty() || base.password().is_some()),
            ("a query", base.query().is_some()),
            ("a fragment", base.fragment().is_some()),
        ];
        match extra.iter().find(|(_, found)| *found) {
            Some((what, _)) => {
                Err(address(format!("expected an address with no more than a path, found {what}")))
            }
            None => Ok(base),
        }
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
            .finish_non_exhaustive()
    }
}

/// Everything that another crate could switch on in the HTTP library by a feature is switched
/// off here, so that this client is the same in every program.
fn http(base: &Url) -> Result<reqwest::Client, Error> {
    let mut client = reqwest::Client::builder();
    if base.scheme() == "http" {
        // No TLS will be spoken, so none is set up: a container without certificates will do.
        client = client.tls_certs_only([]);
    }
    client
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .connect_timeout(CONNECT_TIMEOUT)
        .build()
        .map_err(|error| failure::transport("setting up TLS", error))
}

/// `path` under `base`. Not by joining: an absolute address in place of a path would then win.
fn under(base: &Url, what: &str, path: &str) -> Result<Url, Error> {
    let path = path.trim().trim_start_matches('/');
    if path.is_empty() || path.contains(['?', '#']) || path.contains(char::is_control) {
        let message =
            format!("expected the path of the {what} without query or fragment, found {}", excerpt(path));
        return Err(address(message));
    }
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let number = host.trim_start_matches('[').trim_end_matches(']');
    match number.parse() {
        Ok(IpAddr::V4(v4)) => v4.is_loopback(),
        Ok(IpAddr::V6(v6)) => v6 == Ipv6Addr::LOCALHOST,
        Err(_) => host == "localhost",
    }
}

fn address(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Configuration, message).advise("check the base address and the paths of the client")
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
    fn paths_are_added_to_the_base_and_cannot_leave_it() {
        let url = |base: &str, path: &str| {
            under(&Url::parse(base).unwrap(), "list", path).map(|url| url.to_string())
        };
        assert_eq!(url("https://a", "b/c").unwrap(), "https://a/b/c");
        assert_eq!(url("https://a/", "/b/c").unwrap(), "https://a/b/c");
        assert_eq!(url("https://a/p/q", "b").unwrap(), "https://a/p/q/b");
        assert_eq!(url("https://a/p/q/", "b").unwrap(), "https://a/p/q/b");
        assert_eq!(url("https://a", "https://evil.example/b").unwrap(), "https://a/https://evil.example/b");
        assert_eq!(url("https://a", "//evil.example/b").unwrap(), "https://a/evil.example/b");
        for refused in ["", "/", "b?c=d", "b#c", "b\nc"] {
            assert!(url("https://a", refused).is_err(), "{refused:?}");
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
}
