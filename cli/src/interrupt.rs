//! Signals that ask for an end, and an end within half a second whatever the run is waiting for.
//!
//! A run that looks after itself ([`check`], [`asked`]) ends as it ends after any failure. One
//! that is stuck in a read or a write cannot, so a thread of its own ends it: it settles the
//! temporary files and says last words from the latest [`account`]. Whichever comes first has
//! the last word; the other one never returns.
//!
//! A run that brings what it has written to the disk ([`ending`]) may take longer: what was
//! delivered and what a checkpoint says of it would not agree otherwise. A second signal waits for
//! nothing.

use std::fs::{self, File};
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

/// How long it may take to bring everything to the disk, once it has begun to.
const SAFETY: Duration = Duration::from_secs(10);

/// How long last words may take.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// The exit code that a signal asks for; 0 as long as there was none.
static ASKED: AtomicU8 = AtomicU8::new(0);
static NOTIFY: Notify = Notify::const_new();

/// Whether the run brings what it has written to its end.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Whether the run waits for its input and could do so for ever.
static WAITING: AtomicBool = AtomicBool::new(false);

/// Writes begun and writes ended: odd while one is under way.
static WRITES: AtomicU64 = AtomicU64::new(0);

/// Who has the last word.
static LAST_WORD: AtomicU8 = AtomicU8::new(NOBODY);
const NOBODY: u8 = 0;
/// It has decided what becomes of its files, and makes that safe.
const THE_RUN: u8 = 1;
const THE_SIGNAL: u8 = 2;
/// The run has nothing left to do but to say how it ended.
const THE_RUN_SPEAKS: u8 = 3;

/// The exit code of a run that has nothing left to do.
static CODE: AtomicU8 = AtomicU8::new(0);

static ACCOUNT: Mutex<Account> = Mutex::new(Account { report: false, skipped: 0, known: 0, response: None });

/// The files that must not stay as they are.
static TEMPORARIES: Mutex<Vec<Temporary>> = Mutex::new(Vec::new());

/// The file that grows, to be synced if the run cannot do so itself.
static APPENDED: Mutex<Option<File>> = Mutex::new(None);

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
                end(Failure::Unopened(limit), LAST_WORDS);
            }
            if before % 2 == 1 && WRITES.load(Ordering::Acquire) == before {
                end(Failure::Unread(limit), LAST_WORDS);
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

/// From here on the run writes to its end, which is waited for.
pub(crate) fn ending() {
    ENDING.store(true, Ordering::Release);
}

/// Has a copy of a file that grows synced, if a signal ends the process in place of the run.
pub(crate) fn appends(file: File) {
    *APPENDED.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
}

/// Gives the run the last word, or does not return: then the process is about to end.
pub(crate) fn last_word() {
    if take_last_word(THE_RUN) == THE_SIGNAL {
        loop {
            thread::park();
        }
    }
}

/// The same for a run that has nothing left to do but to say with which exit code it ended.
pub(crate) fn last_words_with(code: u8) {
    last_word();
    CODE.store(code, Ordering::Release);
    LAST_WORD.store(THE_RUN_SPEAKS, Ordering::Release);
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
fn temporaries_by(deadline: Instant) -> Option<MutexGuard<'static, Vec<Temporary>>> {
    while Instant::now() < deadline {
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
        end(Failure::Signal(ASKED.load(Ordering::Acquire)), LAST_WORDS);
    }
    ASKED.store(code, Ordering::Release);
    NOTIFY.notify_waiters();
    thread::spawn(move || {
        let start = Instant::now();
        let (mut writes, mut since) = (WRITES.load(Ordering::Acquire), start);
        while !WAITING.load(Ordering::Acquire) {
            thread::sleep(Duration::from_millis(15));
            let now = WRITES.load(Ordering::Acquire);
            if now != writes {
                (writes, since) = (now, Instant::now());
            }
            // In a write that nobody reads, not in one that the disk takes its time for.
            let is_stuck = writes % 2 == 1 && since.elapsed() >= PATIENCE;
            let is_safe_soon = ENDING.load(Ordering::Acquire) && !is_stuck && start.elapsed() < SAFETY;
            if start.elapsed() >= PATIENCE && !is_safe_soon {
                break;
            }
        }
        end(Failure::Signal(code), SAFETY.saturating_sub(start.elapsed()).max(LAST_WORDS))
    });
}

/// Ends the process in place of a run that cannot. One that has decided what becomes of its files may take
/// so long to make that safe.
fn end(failure: Failure, patience: Duration) -> ! {
    let code = failure.code();
    let deadline = Instant::now() + patience;
    // Held until the end: nobody can put a file in its place any more. If that was just done,
    // the run had the last word before it let go.
    let Some(temporaries) = temporaries_by(deadline) else { process::exit(code.into()) };
    if take_last_word(THE_SIGNAL) != THE_SIGNAL {
        drop(temporaries);
        while LAST_WORD.load(Ordering::Acquire) != THE_RUN_SPEAKS {
            if Instant::now() >= deadline {
                process::exit(code.into());
            }
            thread::sleep(Duration::from_millis(2));
        }
        // It ends by itself, unless nobody reads what it says.
        thread::sleep(LAST_WORDS);
        process::exit(CODE.load(Ordering::Acquire).into());
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
    let appended = APPENDED.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(file) = appended {
        within(patience, move || drop(file.sync_all()));
    }
    // Standard error may be stuck as well.
    within(LAST_WORDS, move || last_words(&failure));
    process::exit(code.into())
}

/// Does what may take for ever, for so long at most.
fn within(limit: Duration, act: impl FnOnce() + Send + 'static) {
    let acting = thread::spawn(act);
    let start = Instant::now();
    while !acting.is_finished() && start.elapsed() < limit {
        thread::sleep(Duration::from_millis(2));
    }
}

fn last_words(failure: &Failure) {
    messages::clear_the_bar();
    messages::fail(failure);
    let account = ACCOUNT.lock().unwrap_or_else(PoisonError::into_inner);
    if account.report {
        let counts = Counts { sessions: output::delivered(), skipped: account.skipped, known: account.known };
        let report = Report::new(counts, account.response.as_ref(), Some(failure));
        // The exit code says already that it did not end well.
        let _unread = messages::line(&report.to_json());
    }
}
