//! The signals themselves.

use std::io;
use std::thread;

use tokio::runtime;

/// Calls `react` with the exit code that each signal asks for and its number, on a thread.
pub(super) fn on_each(react: impl Fn(u8, u32) + Send + 'static) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let mut signals = {
        let _context = runtime.enter();
        ignore_file_size_limit()?;
        signals()?
    };
    let wait = move || {
        for count in 1.. {
            react(runtime.block_on(signals.wait()), count);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(wait).map(drop)
}

/// A write over the limit of the file size shall fail like any other, not kill the process.
#[cfg(unix)]
fn ignore_file_size_limit() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    // To be caught is enough, and lasts as long as the process.
    signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())).map(drop)
}

#[cfg(not(unix))]
fn ignore_file_size_limit() -> io::Result<()> {
    Ok(())
}

/// Starts listening for SIGINT and SIGTERM, or what the platform has in their place.
#[cfg(unix)]
pub(crate) fn signals() -> io::Result<Signals> {
    use tokio::signal::unix::{SignalKind, signal};
    Ok(Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
}

#[cfg(unix)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Waits for one of them; gives the exit code that shells have for it.
    pub(crate) async fn wait(&mut self) -> u8 {
        std::future::poll_fn(|context| {
            if self.interrupt.poll_recv(context).is_ready() {
                return std::task::Poll::Ready(130);
            }
            self.terminate.poll_recv(context).map(|_| 143)
        })
        .await
    }
}

#[cfg(not(unix))]
pub(crate) fn signals() -> io::Result<Signals> {
    Ok(Signals)
}

#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Waits for Ctrl-C.
    pub(crate) async fn wait(&mut self) -> u8 {
        let _unavailable = tokio::signal::ctrl_c().await;
        130
    }
}
