//! The server: hyper on tokio, one task a connection.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::thread;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

mod body;
mod builder;
mod encoding;
mod failure;
mod fault;
mod handler;
mod http1;
mod http2;
mod link;
mod log;
mod tls;
mod token;

pub use builder::Builder;
pub use encoding::Encoding;
pub use failure::{Failure, Reply};
pub use fault::{Fault, FaultPlan, FaultTarget, UnknownFault};
use handler::State;
use link::Link;
pub use log::{Log, LoggedRequest};
use tls::Certificates;
pub use tls::Tls;
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
    service: Arc<Service>,
    worker: Worker,
}

/// How connections are served.
#[derive(Debug)]
struct Service {
    certificates: Option<Certificates>,
    http2: bool,
}

impl Service {
    fn new(settings: &Builder, addr: SocketAddr) -> io::Result<Arc<Self>> {
        let http2 = settings.http2;
        let certificates = settings.tls.map(|tls| Certificates::new(tls, addr, http2)).transpose()?;
        Ok(Arc::new(Self { certificates, http2 }))
    }
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
        let scheme = if self.service.certificates.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.addr)
    }

    /// The certificate of the authority that signed the server's, as PEM, if TLS is spoken.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.service.certificates.as_ref().map(|certificates| certificates.ca_pem.as_str())
    }

    /// A certificate for a client, with its key behind it, as PEM, if TLS is spoken.
    #[must_use]
    pub fn client_pem(&self) -> Option<&str> {
        self.service.certificates.as_ref().map(|certificates| certificates.client_pem.as_str())
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

    /// Makes something go wrong from now on, after what has been set already.
    pub fn add_fault(&self, fault: impl Into<FaultPlan>) {
        self.state.plan().faults.push(fault.into());
    }

    /// Makes nothing go wrong any more.
    pub fn clear_faults(&self) {
        self.state.plan().faults.clear();
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
        let service = Service::new(&settings, addr)?;
        let state = Arc::new(State::new(settings));
        let task = tokio::spawn(accept(listener, Arc::clone(&service), Arc::clone(&state)));
        Ok(Self { addr, state, service, worker: Worker::Task(task) })
    }

    fn start_in_thread(settings: Builder) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(settings.address)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let service = Service::new(&settings, addr)?;
        let state = Arc::new(State::new(settings));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let listener = {
            let _context = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (end, ended) = oneshot::channel();
        let serving = accept(listener, Arc::clone(&service), Arc::clone(&state));
        let thread = thread::Builder::new().name("mock-pam-core".to_owned()).spawn(move || {
            runtime.block_on(async {
                let _task = tokio::spawn(serving);
                // Ends by a message or by the sender's end; either way the runtime takes all tasks with it.
                let _ended = ended.await;
            });
        })?;
        Ok(Self { addr, state, service, worker: Worker::Thread { end: Some(end), thread: Some(thread) } })
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
async fn accept(listener: TcpListener, service: Arc<Service>, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => {
                if state.connected() {
                    connections.spawn(serve(stream, Arc::clone(&service), Arc::clone(&state)));
                } else {
                    Link::plain(stream).abort().set();
                }
            }
            // Out of file descriptors, as a rule: some are free again soon.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

/// The start of what HTTP/2 begins with, and HTTP/1 never does. Less than this does not come alone.
const PREFACE: [u8; 3] = *b"PRI";

async fn serve(stream: TcpStream, service: Arc<Service>, state: Arc<State>) {
    // Chunks are large: waiting for more to send along would only delay the last one.
    let _unsupported = stream.set_nodelay(true);
    let link = match &service.certificates {
        Some(certificates) => match certificates.acceptor.accept(stream).await {
            Ok(stream) => Link::tls(stream),
            // The client has been told, and tests see it from there.
            Err(_) => return,
        },
        None if service.http2 && begins_http2(&stream).await => {
            return http2::serve(Link::plain(stream), state).await;
        }
        None => Link::plain(stream),
    };
    if link.is_http2() { http2::serve(link, state).await } else { http1::serve(link, state).await }
}

/// Whether a connection begins as HTTP/2 does, which is left to be read.
async fn begins_http2(stream: &TcpStream) -> bool {
    let mut start = [0; PREFACE.len()];
    matches!(stream.peek(&mut start).await, Ok(count) if count == PREFACE.len() && start == PREFACE)
}
