//! Signals that ask for an end.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use tempfile::NamedTempFile;
use tokio::runtime;

/// The file that an end by a signal must not leave behind.
static TEMPORARY: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Makes a temporary file that is removed if a signal ends the process. To be called once.
pub(crate) fn temporary_file(make: impl FnOnce() -> io::Result<NamedTempFile>) -> io::Result<NamedTempFile> {
    // Unwatched, a signal would leave the file: a blemish, no reason to do without it.
    let _unwatched = watch();
    let mut temporary = temporary();
    let file = make()?;
    *temporary = Some(file.path().to_owned());
    Ok(file)
}

/// From here on a signal is waited for on a thread of its own.
fn watch() -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let signals = {
        let _context = runtime.enter();
        signals()?
    };
    let wait = move || {
        let code = runtime.block_on(signals.wait());
        // Held until the end: nobody can put the file in its place any more.
        let temporary = temporary();
        if let Some(path) = &*temporary {
            let _gone = fs::remove_file(path);
        }
        process::exit(code)
    };
    thread::Builder::new().name("signals".to_owned()).spawn(wait).map(drop)
}

/// Does what decides over the temporary file, undisturbed by a signal; after it there is none.
pub(crate) fn settle<T>(act: impl FnOnce() -> T) -> T {
    let mut temporary = temporary();
    let result = act();
    *temporary = None;
    result
}

fn temporary() -> MutexGuard<'static, Option<PathBuf>> {
    TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner)
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
    pub(crate) async fn wait(mut self) -> i32 {
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
    pub(crate) async fn wait(self) -> i32 {
        let _unavailable = tokio::signal::ctrl_c().await;
        130
    }
}
