//! The server: hyper on tokio, one task a connection.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::thread;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

mod body;
mod builder;
mod failure;
mod handler;
mod log;
mod token;

pub use builder::Builder;
pub use failure::{Failure, Reply};
use handler::State;
pub use log::{Log, LoggedRequest};
pub use token::ClientAuthentication;

use crate::Response;

/// A running PAM Core. It ends when it is dropped, open connections included.
///
/// ```
/// use mock_pam_core::{Failure, MockPamCore, Response};
///
/// let server = MockPamCore::builder().start_in_thread()?;
///
/// // Whatever it is to answer can change while it runs.
/// server.set_response(Response::new(5));
/// server.reply_to_next_list(Failure::TimedOut);
/// server.reply_to_lists(None);
/// server.revoke_tokens();
/// assert_eq!(server.log().connections, 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct MockPamCore {
    addr: SocketAddr,
    state: Arc<State>,
    worker: Worker,
}

#[derive(Debug)]
enum Worker {
    Task(JoinHandle<()>),
    Thread { end: Option<oneshot::Sender<()>>, thread: Option<thread::JoinHandle<()>> },
}

impl MockPamCore {
    /// Sets a server up.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base of its addresses, without a final slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// What it was asked and has made so far.
    #[must_use]
    pub fn log(&self) -> Log {
        self.state.log()
    }

    /// Changes the list for requests to come.
    pub fn set_response(&self, response: Response) {
        self.state.plan().response = response;
    }

    /// Answers one more request for a token with this instead; several are given in their order.
    pub fn reply_to_next_token(&self, reply: impl Into<Reply>) {
        self.state.plan().token.next.push_back(reply.into());
    }

    /// Answers every request for a token with this instead, or truly again if none.
    pub fn reply_to_tokens(&self, reply: Option<Reply>) {
        self.state.plan().token.always = reply;
    }

    /// Answers one more request for the list with this instead; several are given in their order.
    pub fn reply_to_next_list(&self, reply: impl Into<Reply>) {
        self.state.plan().list.next.push_back(reply.into());
    }

    /// Answers every request for the list with this instead, or truly again if none.
    pub fn reply_to_lists(&self, reply: Option<Reply>) {
        self.state.plan().list.always = reply;
    }

    /// Makes every token so far a bad one.
    pub fn revoke_tokens(&self) {
        self.state.revoke_tokens();
    }

    /// Ends the server at once, open connections included, and waits until nobody listens any more.
    pub async fn stop(mut self) {
        if let Worker::Task(task) = &mut self.worker {
            task.abort();
            // The only error is that it was aborted.
            let _aborted = task.await;
        }
    }

    async fn start(settings: Builder) -> io::Result<Self> {
        let listener = TcpListener::bind(settings.address).await?;
        let addr = listener.local_addr()?;
        let state = Arc::new(State::new(settings));
        let task = tokio::spawn(accept(listener, Arc::clone(&state)));
        Ok(Self { addr, state, worker: Worker::Task(task) })
    }

    fn start_in_thread(settings: Builder) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(settings.address)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let state = Arc::new(State::new(settings));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let listener = {
            let _context = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (end, ended) = oneshot::channel();
        let serving = accept(listener, Arc::clone(&state));
        let thread = thread::Builder::new().name("mock-pam-core".to_owned()).spawn(move || {
            runtime.block_on(async {
                let _task = tokio::spawn(serving);
                // Ends by a message or by the sender's end; either way the runtime takes all tasks with it.
                let _ended = ended.await;
            });
        })?;
        Ok(Self { addr, state, worker: Worker::Thread { end: Some(end), thread: Some(thread) } })
    }
}

impl Drop for MockPamCore {
    fn drop(&mut self) {
        match &mut self.worker {
            Worker::Task(task) => task.abort(),
            Worker::Thread { end, thread } => {
                drop(end.take());
                if let Some(thread) = thread.take() {
                    // A panic over there has been printed; one more here would hide it.
                    let _panicked = thread.join();
                }
            }
        }
    }
}

/// Takes connections until it is aborted; they end with it.
async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => {
                state.connected();
                connections.spawn(serve(stream, Arc::clone(&state)));
            }
            // Out of file descriptors, as a rule: some are free again soon.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

/// The most that is made ahead of what the client takes, in bytes, beyond the sockets' own buffers.
const AHEAD: usize = 256 * 1024;

async fn serve(stream: TcpStream, state: Arc<State>) {
    // Chunks are large: waiting for more to send along would only delay the last one.
    let _unsupported = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let state = Arc::clone(&state);
        async move { Ok::<_, core::convert::Infallible>(state.answer(request).await) }
    });
    // A client that goes away is its own business; tests see it from the client's side.
    let _gone = http1::Builder::new()
        // A test's clock may jump by hours while a request is on its way.
        .header_read_timeout(None)
        .max_buf_size(AHEAD)
        .writev(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
