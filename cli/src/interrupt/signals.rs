//! The signals themselves.

use std::io;
#[cfg(unix)]
use std::task::Poll;
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

/// Starts listening for SIGINT and SIGTERM, or what the platform has in their place; but for those that
/// whoever started the process has told it to ignore, as shells do with SIGINT for what a script runs
/// in the background.
#[cfg(unix)]
pub(crate) fn signals() -> io::Result<Signals> {
    use tokio::signal::unix::{SignalKind, signal};
    let ignored = ignored();
    let listen = |kind: SignalKind| {
        let is_ignored = ignored >> (kind.as_raw_value() - 1) & 1 == 1;
        if is_ignored { Ok(None) } else { signal(kind).map(Some) }
    };
    Ok(Signals { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
}

/// The signals that are ignored so far, the first one's bit lowest; none where the system does not say.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(unix)]
pub(crate) struct Signals {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    /// Waits for one of them; gives the exit code that shells have for it.
    pub(crate) async fn wait(&mut self) -> u8 {
        std::future::poll_fn(|context| {
            let mut has_come = |signal: &mut Option<tokio::signal::unix::Signal>| {
                signal.as_mut().is_some_and(|signal| signal.poll_recv(context).is_ready())
            };
            if has_come(&mut self.interrupt) {
                Poll::Ready(130)
            } else if has_come(&mut self.terminate) {
                Poll::Ready(143)
            } else {
                Poll::Pending
            }
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
