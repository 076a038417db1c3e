//! Signals that ask for an end, and an end within half a second whatever the run is waiting for.
//!
//! A run that looks after itself ([`check`], [`asked`]) ends as it ends after any failure. One
//! that is stuck in a read or a write cannot, so a thread of its own ends it: it settles the
//! temporary files and says last words from the latest [`account`]. Whichever comes first has
//! the last word; the other one never returns.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use remote_sessions::Summary;
use tokio::sync::Notify;

use crate::exit::Failure;
use crate::messages;
use crate::output;
use crate::summary::{Counts, Report};

pub(crate) use signals::signals;

mod signals;

/// How long a run that was asked to end may take to do so by itself.
const PATIENCE: Duration = Duration::from_millis(300);

/// How long last words may take.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// The exit code that a signal asks for; 0 as long as there was none.
static ASKED: AtomicU8 = AtomicU8::new(0);
static NOTIFY: Notify = Notify::const_new();

/// Whether the run waits for its input and could do so for ever.
static WAITING: AtomicBool = AtomicBool::new(false);

/// Writes begun and writes ended: odd while one is under way.
static WRITES: AtomicU64 = AtomicU64::new(0);

/// Who has the last word.
static LAST_WORD: AtomicU8 = AtomicU8::new(NOBODY);
const NOBODY: u8 = 0;
const THE_RUN: u8 = 1;
const THE_SIGNAL: u8 = 2;

static ACCOUNT: Mutex<Account> = Mutex::new(Account { report: false, skipped: 0, known: 0, response: None });

/// The files that must not stay as they are.
static TEMPORARIES: Mutex<Vec<Temporary>> = Mutex::new(Vec::new());

/// What else is to be done before a signal ends the process.
static AT_END: Mutex<Option<Box<dyn FnOnce() + Send>>> = Mutex::new(None);

/// What is known of the run, for a thread that knows nothing else.
#[derive(Debug)]
pub(crate) struct Account {
    /// Whether a summary is wanted.
    pub(crate) report: bool,
    pub(crate) skipped: u64,
    pub(crate) known: u64,
    pub(crate) response: Option<Summary>,
}

/// A file on its way to another name.
#[derive(Debug)]
pub(crate) struct Temporary {
    pub(crate) path: PathBuf,
    /// Where to put it if the run ends early; none: nowhere, it is removed.
    pub(crate) partial: Option<PathBuf>,
}

/// From here on a signal ends the run properly.
pub(crate) fn watch() {
    static STARTED: Once = Once::new();
    // Unwatched, a signal ends the process all the same: a blemish, no reason to do without it.
    STARTED.call_once(|| drop(signals::on_each(react)));
}

/// Ends the run here if a signal asks for it.
pub(crate) fn check() -> Result<(), Failure> {
    match ASKED.load(Ordering::Acquire) {
        0 => Ok(()),
        code => Err(Failure::Signal(code)),
    }
}

/// Waits for a signal.
pub(crate) async fn asked() -> Failure {
    loop {
        let notified = NOTIFY.notified();
        if let Err(failure) = check() {
            return failure;
        }
        notified.await;
    }
}

/// Does what may take for ever, such as reading from a pipe.
pub(crate) fn waiting<T>(act: impl FnOnce() -> T) -> T {
    WAITING.store(true, Ordering::Release);
    let result = act();
    WAITING.store(false, Ordering::Release);
    result
}

/// Does what may take for ever if nobody reads.
pub(crate) fn writing<T>(act: impl FnOnce() -> T) -> T {
    WRITES.fetch_add(1, Ordering::AcqRel);
    let result = act();
    WRITES.fetch_add(1, Ordering::AcqRel);
    result
}

/// From here on the run may take so long, even if it waits for a file or is stuck in a write: where
/// it does neither, it looks at the clock itself.
pub(crate) fn limit(limit: Duration) {
    let watch = move || {
        thread::sleep(limit);
        loop {
            let before = WRITES.load(Ordering::Acquire);
            thread::sleep(PATIENCE);
            if WAITING.load(Ordering::Acquire) {
                end(Failure::Unopened(limit));
            }
            if before % 2 == 1 && WRITES.load(Ordering::Acquire) == before {
                end(Failure::Unread(limit));
            }
        }
    };
    // Without it the limit holds all the same but for that one case.
    drop(thread::Builder::new().name("limit".to_owned()).spawn(watch));
}

/// Has `act` done if a signal ends the process while the result lives.
#[must_use]
pub(crate) fn at_end(act: impl FnOnce() + Send + 'static) -> AtEnd {
    *AT_END.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(act));
    AtEnd
}

/// See [`at_end`].
#[derive(Debug)]
pub(crate) struct AtEnd;

impl Drop for AtEnd {
    fn drop(&mut self) {
        *AT_END.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Keeps what the last words would need.
pub(crate) fn account(change: impl FnOnce(&mut Account)) {
    change(&mut ACCOUNT.lock().unwrap_or_else(PoisonError::into_inner));
}

/// Gives the run the last word, or does not return: then the process is about to end.
pub(crate) fn last_word() {
    if take_last_word(THE_RUN) == THE_SIGNAL {
        loop {
            thread::park();
        }
    }
}

/// Takes it if nobody has it, and says who has it then.
fn take_last_word(who: u8) -> u8 {
    match LAST_WORD.compare_exchange(NOBODY, who, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => who,
        Err(other) => other,
    }
}

/// Makes a temporary file known, so that no signal leaves it behind.
pub(crate) fn register<T, E>(make: impl FnOnce() -> Result<(T, Temporary), E>) -> Result<T, E> {
    let mut temporaries = temporaries();
    let (made, temporary) = make()?;
    temporaries.push(temporary);
    Ok(made)
}

/// Does what decides over a temporary file, undisturbed by a signal; after it there is none.
pub(crate) fn settle<T>(path: &Path, act: impl FnOnce() -> T) -> T {
    let mut temporaries = temporaries();
    let result = act();
    temporaries.retain(|temporary| temporary.path != path);
    result
}

fn temporaries() -> MutexGuard<'static, Vec<Temporary>> {
    TEMPORARIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same, unless the disk does not answer.
fn temporaries_soon() -> Option<MutexGuard<'static, Vec<Temporary>>> {
    let start = Instant::now();
    while start.elapsed() < LAST_WORDS {
        match TEMPORARIES.try_lock() {
            Ok(temporaries) => return Some(temporaries),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(2)),
        }
    }
    None
}

/// On a thread of its own, for the `count`th signal.
fn react(code: u8, count: u32) {
    if count > 1 {
        // Somebody is impatient.
        end(Failure::Signal(ASKED.load(Ordering::Acquire)));
    }
    ASKED.store(code, Ordering::Release);
    NOTIFY.notify_waiters();
    thread::spawn(move || {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(15));
            if WAITING.load(Ordering::Acquire) {
                break;
            }
        }
        end(Failure::Signal(code))
    });
}

/// Ends the process in place of a run that cannot.
fn end(failure: Failure) -> ! {
    let code = failure.code();
    // Held until the end: nobody can put a file in its place any more. If that was just done,
    // the run had the last word before it let go.
    let Some(temporaries) = temporaries_soon() else { process::exit(code.into()) };
    if take_last_word(THE_SIGNAL) == THE_RUN {
        thread::sleep(LAST_WORDS);
        process::exit(code.into());
    }
    for temporary in &*temporaries {
        let _settled = match &temporary.partial {
            Some(partial) => fs::rename(&temporary.path, partial),
            None => fs::remove_file(&temporary.path),
        };
    }
    let act = AT_END.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(act) = act {
        act();
    }
    // Standard error may be stuck as well.
    let speaker = thread::spawn(move || last_words(&failure));
    let start = Instant::now();
    while !speaker.is_finished() && start.elapsed() < LAST_WORDS {
        thread::sleep(Duration::from_millis(2));
    }
    process::exit(code.into())
}

fn last_words(failure: &Failure) {
    messages::clear_the_bar();
    messages::fail(failure);
    let account = ACCOUNT.lock().unwrap_or_else(PoisonError::into_inner);
    if account.report {
        let counts = Counts { sessions: output::delivered(), skipped: account.skipped, known: account.known };
        let report = Report::new(counts, account.response.as_ref(), Some(failure));
        messages::line(&report.to_json());
    }
}
