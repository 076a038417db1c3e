//! How a server is set up.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;

use super::fault::Plans;
use super::token::{Client, ClientAuthentication};
use super::{Encoding, FaultPlan, MockPamCore, Reply, Tls};
use crate::Response;

/// Sets a server up. Unless told otherwise it listens on a free port of the loopback address, knows the client
/// `mock-client` with the secret `mock-secret`, and lists 1000 sessions.
///
/// ```
/// use std::time::Duration;
/// use mock_pam_core::{ClientAuthentication, Failure, MockPamCore, Reply, Response};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// let server = MockPamCore::builder()
///     .credentials("agent", "a secret")
///     .client_authentication(ClientAuthentication::Basic)
///     .expires_in(Duration::from_secs(60))
///     .response(Response::new(10_000_000))
///     .gzip(true)
///     .latency(Duration::from_millis(5))
///     .list_reply(Reply::from(Failure::Unexpected).with_status(200))
///     .start()
///     .await?;
/// assert_eq!(server.url(), format!("http://{}", server.addr()));
/// server.stop().await;
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct Builder {
    pub(crate) address: SocketAddr,
    pub(crate) client: Client,
    pub(crate) expires_in: Duration,
    pub(crate) token_paths: Vec<String>,
    pub(crate) list_paths: Vec<String>,
    pub(crate) encoding: Option<Encoding>,
    pub(crate) latency: Duration,
    pub(crate) response: Response,
    pub(crate) token_reply: Option<Reply>,
    pub(crate) list_reply: Option<Reply>,
    pub(crate) faults: Plans,
    pub(crate) tls: Option<Tls>,
    pub(crate) http2: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            client: Client {
                id: "mock-client".to_owned(),
                secret: "mock-secret".to_owned(),
                authentication: ClientAuthentication::Any,
            },
            expires_in: Duration::from_secs(3600),
            token_paths: vec!["/iso/oauth2/token".to_owned()],
            list_paths: ["/api/pam", "/api", "/iso"]
                .map(|base| format!("{base}/session/remotesessions"))
                .to_vec(),
            encoding: None,
            latency: Duration::ZERO,
            response: Response::new(1000),
            token_reply: None,
            list_reply: None,
            faults: Plans::default(),
            tls: None,
            http2: false,
        }
    }
}

impl Builder {
    /// Where to listen; port 0 is a free one.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Who may have a token.
    pub fn credentials(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        (self.client.id, self.client.secret) = (id.into(), secret.into());
        self
    }

    /// How they have to prove it; either way unless told otherwise.
    pub fn client_authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.client.authentication = authentication;
        self
    }

    /// How long a token is good, and said to be, in whole seconds; an hour unless told otherwise.
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.expires_in = lifetime;
        self
    }

    /// The only paths of the token endpoint, each with its leading slash; `/iso/oauth2/token` unless told otherwise.
    pub fn token_paths<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.token_paths = paths.into_iter().map(Into::into).collect();
        self
    }

    /// The only paths of the list, each with its leading slash; `session/remotesessions` below `/api/pam`, `/api` and
    /// `/iso` unless told otherwise.
    pub fn list_paths<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.list_paths = paths.into_iter().map(Into::into).collect();
        self
    }

    /// Whether lists are compressed by gzip for clients that accept it; not unless told so.
    pub fn gzip(mut self, on: bool) -> Self {
        self.encoding = on.then_some(Encoding::Gzip);
        self
    }

    /// Compresses lists for clients that accept it.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = Some(encoding);
        self
    }

    /// Makes something go wrong, always or a few times. May be called again: of those with the same
    /// [target](crate::Fault::target), the first that is not used up strikes. A fault of the list strikes none but
    /// requests that are allowed to see it.
    ///
    /// ```
    /// use mock_pam_core::{Fault, MockPamCore};
    ///
    /// // Two requests are put off, the third breaks off, all others are answered well.
    /// let builder = MockPamCore::builder()
    ///     .fault(Fault::RetryAfter("1".to_owned()).times(2))
    ///     .fault(Fault::ResetAfter(1 << 20).times(1));
    /// # drop(builder);
    /// ```
    pub fn fault(mut self, fault: impl Into<FaultPlan>) -> Self {
        self.faults.push(fault.into());
        self
    }

    /// Speaks TLS, with such a certificate.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Speaks HTTP/2 with clients that do: with TLS by agreement, without it if a connection begins with its preface.
    /// HTTP/1 is spoken with the others.
    pub fn http2(mut self) -> Self {
        self.http2 = true;
        self
    }

    /// How long an answer to a request for the list, good or bad, is held back before its first byte.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// The list.
    pub fn response(mut self, response: Response) -> Self {
        self.response = response;
        self
    }

    /// Answers every request for a token with this instead.
    pub fn token_reply(mut self, reply: impl Into<Reply>) -> Self {
        self.token_reply = Some(reply.into());
        self
    }

    /// Answers every request for the list with this instead, whoever asks.
    pub fn list_reply(mut self, reply: impl Into<Reply>) -> Self {
        self.list_reply = Some(reply.into());
        self
    }

    /// Starts the server on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on, or certificates cannot be made.
    pub async fn start(self) -> std::io::Result<MockPamCore> {
        MockPamCore::start(self).await
    }

    /// Starts the server on a thread of its own, for tests that are not asynchronous or that must not share their
    /// runtime with it.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on, certificates cannot be made, or the thread cannot be started.
    pub fn start_in_thread(self) -> std::io::Result<MockPamCore> {
        MockPamCore::start_in_thread(self)
    }
}
