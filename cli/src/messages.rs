//! Standard error: whole lines, in one of two forms, that tear no progress bar and no terminal.
//!
//! What the command has to say goes through `tracing`, like what the library says, so that one
//! switch decides how much is said and in which form.

use std::io::{self, Write as _, stderr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::ProgressBar;
use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::arguments::{LogFormat, MessageArguments};
use crate::exit::Failure;
use crate::terminal::{escaped, json_escaped};
use text::Text;

mod text;

/// What the command itself says, as opposed to the library below it.
const COMMAND: &str = "remote_sessions::command";

/// All that is ever logged: other crates could log what only this one knows to be secret.
const OURS: &str = "remote_sessions";

/// The bar that lines must not tear.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// From here on messages come out. To be called once.
pub(crate) fn start(arguments: &MessageArguments) {
    let level = match (arguments.quiet, arguments.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, _) => LevelFilter::TRACE,
    };
    let registry = tracing_subscriber::registry().with(Targets::new().with_target(OURS, level));
    let form = arguments.log_format;
    let layer = fmt::layer().with_ansi(false).with_writer(Lines(form));
    // It fails only the second time.
    let _set = match form {
        LogFormat::Text => {
            tracing::subscriber::set_global_default(registry.with(layer.event_format(Text::new())))
        }
        LogFormat::Json => tracing::subscriber::set_global_default(
            registry.with(layer.json().flatten_event(true).with_current_span(false).with_span_list(false)),
        ),
    };
}

/// Whether there is room for what is nice to see and nothing more.
pub(crate) fn may_decorate() -> bool {
    tracing::enabled!(target: COMMAND, Level::WARN)
}

pub(crate) fn warn(text: &str) {
    tracing::warn!(target: COMMAND, "{text}");
}

pub(crate) fn inform(text: &str) {
    tracing::info!(target: COMMAND, "{text}");
}

/// Says what went wrong, and what to do about it.
pub(crate) fn fail(failure: &Failure) {
    match failure.help() {
        Some(help) => tracing::error!(target: COMMAND, help, "{failure}"),
        None => tracing::error!(target: COMMAND, "{failure}"),
    }
}

/// Writes one line as it is, above the bar if there is one. That nobody reads it is no failure.
pub(crate) fn line(text: &str) -> io::Result<()> {
    let write = || stderr().lock().write_all(format!("{text}\n").as_bytes());
    let written = match &*bar() {
        Some(bar) => bar.suspend(write),
        None => write(),
    };
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// From here on lines go above this bar, or above none.
pub(crate) fn keep_clear_of(new: Option<ProgressBar>) {
    *bar() = new;
}

/// Removes the bar from the terminal, before the process ends without its owner.
pub(crate) fn clear_the_bar() {
    if let Some(bar) = bar().take() {
        bar.finish_and_clear();
    }
}

fn bar() -> MutexGuard<'static, Option<ProgressBar>> {
    BAR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes one event at a time.
struct Lines(LogFormat);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self(self.0)
    }
}

impl io::Write for Lines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let text = text.trim_end_matches('\n');
        // Nobody can be told if that fails.
        let _unsaid = match self.0 {
            // It may be two lines, and is escaped piece by piece.
            LogFormat::Text => line(text),
            LogFormat::Json => line(&json_escaped(text)),
        };
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
