//! PAM Core over HTTP: access token, request, gzip, and the errors that the server reports.
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
//!   the list drops the token, and the request is made once more with a new one.
//! - Plain `http://` is refused, but for this machine itself (`127.0.0.0/8`, `::1`, `localhost`)
//!   and where [allowed](ClientBuilder::allow_http).
//! - Redirects are not followed: one could carry the token to another server.
//! - Certificates are checked against those that the operating system trusts.
//! - No proxy is used, whatever the environment variables say.
//! - Connecting may take ten seconds. Nothing else is limited in time: the vendor's own words
//!   are that the answer may take a few minutes.
//! - The server is asked for gzip. A compressed body that is cut or whose checksum is wrong is
//!   an error, never a proper end. What is unpacked is bounded in memory, not in length.
//! - Neither the secret nor the token is ever part of a `Debug` or `Display` text of this module,
//!   not even where an error response repeats them.

mod body;
mod builder;
mod failure;
mod request;
mod token;

use std::fmt;
use std::sync::Arc;

pub use body::Body;
pub use builder::{Authentication, ClientBuilder};
pub use secrecy::SecretString;

use crate::async_reader::AsyncReader;
use crate::error::Error;
use crate::parser::Builder;
use request::List;

/// A PAM Core and the right to ask it. Clones share the connections and the token.
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
        Ok(settings.build_async(body))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("list", &self.0.url().as_str()).finish_non_exhaustive()
    }
}
