//! PAM Core over HTTP: access token, request, retries, unpacking, and the errors that the server
//! reports.
//!
//! ```
//! use remote_sessions::client::{Client, SecretString};
//!
//! # let server = mock_pam_core::MockPamCore::builder().gzip(true).start_in_thread()?;
//! # let address = server.url(); // such as https://pam.example
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let secret = SecretString::from("mock-secret"); // better: from the environment or a file
//! let client = Client::builder(address).credentials("mock-client", secret).build()?;
//! let mut reader = client.remote_sessions().await?;
//! let mut active = 0;
//! while let Some(item) = reader.next_item().await? {
//!     if item.session()?.is_active() {
//!         active += 1;
//!     }
//! }
//! assert_eq!(reader.summary().items(), 1000);
//! assert!(active > 0 && reader.get_ref().wire_bytes() < reader.summary().bytes());
//! # Ok::<(), remote_sessions::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it does and does not
//! - Needs a tokio runtime with I/O and time.
//! - The token is asked for by OAuth 2.0 client credentials, kept until shortly before it
//!   expires and shared by all clones of a client; of many callers at once, one asks. A 401 from
//!   the list drops the token, and the request is made once more with a new one. A token that is
//!   at hand can be [used instead](ClientBuilder::token).
//! - Plain `http://` is refused, but for this machine itself (`127.0.0.0/8`, `::1`, `localhost`)
//!   and where [allowed](ClientBuilder::allow_http).
//! - Redirects of the request for the list are followed within its origin (scheme, host, port), five
//!   at most and in the time of that one request; all others are refused, for one could carry the
//!   token to another server. Those of the request for the token are refused, wherever they lead.
//! - Certificates are checked against those that the operating system trusts, and
//!   [your own authority's](ClientBuilder::ca_certificates). Nothing turns that off.
//! - [Proxies](ClientBuilder::proxies) are those of the environment variables, unless set; none
//!   for this machine itself.
//! - Each part of a request has a [time-out of its own](Timeouts); the whole has none by default,
//!   for the vendor's own words are that the answer may take a few minutes.
//! - Each request has a connection of its own, over HTTP/2 if the server speaks it.
//! - A request that found no connection, or status 429, 502, 503 or 504, is
//!   [made again](Retries). Once the body has begun, nothing is: what was delivered can be kept
//!   in a `Checkpoint` (feature `checkpoint`), and a new run can leave it out.
//! - The server is asked for zstd, gzip or brotli. A packed body that is cut or whose checksum is
//!   wrong is an error, never a proper end. What it may become is [limited](BodyLimits).
//! - Nothing is fetched that nobody asks for, and a future of a reader may be dropped at any
//!   await. See [`Body`] for what is held in memory.
//! - Neither secret nor token is ever part of a `Debug` or `Display` text of this module, of an
//!   error or of an event, not even where the server repeats it, in whole or in part (eight
//!   bytes in a row; of a secret of four to seven, all of it; one that is shorter is not looked
//!   for). What the items themselves hold is passed on as it is. What other crates log is theirs:
//!   that of HTTP/2 logs each frame that comes (targets `h2::codec::framed_read` and `h2::proto`),
//!   so that a server that repeats a token in one has it in the log of whoever listens to them.
//!
//! # Events
//! Of the crate `tracing`, target `remote_sessions::client`, told apart by their field `event`:
//!
//! | `event` | level | other fields |
//! |---|---|---|
//! | `connecting` | debug | `host`, `port`, `proxy` |
//! | `token.requested` | info | `url` |
//! | `token.received` | info | `usable_s` |
//! | `token.renewed` | warn | |
//! | `list.requested` | info | `url` |
//! | `list.redirected` | info | `status`, `url` (without its query) |
//! | `response.head` | info | `status`, `version`, `encoding`, `length` |
//! | `retry` | warn | `attempt`, `pause_ms`, `error` |
//! | `timeout` | info | `timeout` (`connect`, `first-byte`, `idle`, `total`, `minimum-rate`), `limit_s`, `doing` |
//! | `body.end` | info | `wire_bytes`, `decoded_bytes`, `seconds` |
//! | `body.failed` | info | `wire_bytes`, `decoded_bytes`, `error` |
//! | `check.step` | info | `step`, `error` |

mod address;
mod body;
mod builder;
mod check;
mod clock;
mod encoding;
mod failure;
mod http;
mod proxy;
mod proxy_fault;
mod redirects;
mod request;
mod retry;
mod secrets;
mod settings;
mod tls;
mod token;
mod trace;
mod unpack;

use std::fmt;
use std::sync::Arc;

pub use body::Body;
pub use builder::{Authentication, ClientBuilder};
pub use check::{CheckOutcome, CheckStep, Checked};
pub use encoding::Encoding;
pub use proxy::Proxies;
pub use secrecy::SecretString;
pub use settings::{BodyLimits, Retries, Timeouts};

use crate::async_reader::AsyncReader;
use crate::error::Error;
use crate::parser::Builder;
use request::List;

/// A PAM Core and the right to ask it. Clones share the token.
#[derive(Clone)]
pub struct Client(Arc<List>);

impl Client {
    /// A client of the server at this address, such as `https://pam.example`.
    ///
    /// The address may have a path, to which the paths of the list and of the token are added,
    /// but no user name, query or fragment.
    ///
    /// ```
    /// use remote_sessions::client::Client;
    /// let error = Client::builder("http://pam.example").credentials("id", "secret".into()).build().unwrap_err();
    /// assert!(error.to_string().contains("https"), "{error}");
    /// ```
    pub fn builder(base_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(base_url.into())
    }

    /// Asks for the list of remote sessions, with default settings of the parser.
    ///
    /// Comes back when the head of the response is here; the items then come as they are read.
    ///
    /// # Errors
    /// - [`Authentication`](crate::ErrorKind::Authentication): the token endpoint gave no token.
    /// - [`Api`](crate::ErrorKind::Api): the list was refused, with the server's own words in
    ///   [`Error::api_error`].
    /// - [`Transport`](crate::ErrorKind::Transport), [`Timeout`](crate::ErrorKind::Timeout): the
    ///   server was not reached, or does not speak HTTP as it should.
    pub async fn remote_sessions(&self) -> Result<AsyncReader<Body>, Error> {
        self.remote_sessions_with(&Builder::new()).await
    }

    /// [`remote_sessions`](Self::remote_sessions) with other settings of the parser.
    ///
    /// ```no_run
    /// # async fn run(client: remote_sessions::client::Client) -> Result<(), remote_sessions::Error> {
    /// let strict = remote_sessions::Builder::new().strict(true);
    /// let reader = client.remote_sessions_with(&strict).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`remote_sessions`](Self::remote_sessions).
    pub async fn remote_sessions_with(&self, settings: &Builder) -> Result<AsyncReader<Body>, Error> {
        let body = self.0.open().await?;
        Ok(body.read_by(settings))
    }

    /// Goes step by step to the first item, each step once, and tells of each when it is done;
    /// ends after the first that fails, with its error.
    ///
    /// The server begins to make the whole list for this: no more is read of it than the first
    /// item, but that may take its minutes.
    ///
    /// # Errors
    /// That of the step that failed.
    ///
    /// ```
    /// use remote_sessions::client::{CheckOutcome, CheckStep, Client};
    /// # let server = mock_pam_core::MockPamCore::builder().start_in_thread()?;
    /// # let address = server.url();
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let client = Client::builder(address).credentials("mock-client", "wrong".into()).build()?;
    /// let mut steps = Vec::new();
    /// let error = client.check(|checked| steps.push(checked.clone())).await.unwrap_err();
    /// assert_eq!(error.kind(), remote_sessions::ErrorKind::Authentication);
    /// let last = steps.last().expect("the step that failed");
    /// assert!(last.step == CheckStep::Token && matches!(last.outcome, CheckOutcome::Failed(_)));
    /// assert!(last.step.whom_to_ask().contains("administrator"));
    /// # Ok::<(), remote_sessions::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn check(&self, report: impl FnMut(&Checked)) -> Result<(), Error> {
        check::check(&self.0, report).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("list", &self.0.url.as_str())
            .field("proxy", &self.0.http.proxy().map(reqwest::Url::as_str))
            .finish_non_exhaustive()
    }
}
