//! How far a run has come: the one line on standard error that moves.

use std::cell::Cell;
use std::io::{IsTerminal as _, stderr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::messages;

/// A progress bar if standard error is a terminal and nobody wants it quiet.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    measure: Measure,
    shown: Cell<bool>,
    counts: Arc<Counts>,
}

/// When the bar appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    AtOnce,
    /// After [`PATIENCE`] with data: what `| head` and `| jq` print on the same terminal in a
    /// short run is not torn by a bar that nobody needs.
    Late,
}

/// How long a run may last before it shows how far it is.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the length of the bar stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Measure {
    /// Bytes, of that many if it is known.
    Bytes(Option<u64>),
    /// Sessions, of that many.
    Sessions(u64),
}

#[derive(Debug, Default)]
struct Counts {
    bytes: AtomicU64,
    sessions: AtomicU64,
    /// When the first bytes came: a server may let one wait for minutes.
    began: OnceLock<Instant>,
}

impl Progress {
    /// No bar.
    pub(crate) fn hidden() -> Self {
        let measure = Measure::Bytes(None);
        Self { bar: None, measure, shown: Cell::new(false), counts: Arc::default() }
    }

    /// A bar if standard error is a terminal.
    pub(crate) fn new(measure: Measure, start: Start) -> Self {
        let mut progress = Self { measure, ..Self::hidden() };
        if stderr().is_terminal() && messages::may_decorate() {
            let length = match measure {
                Measure::Bytes(length) => length,
                Measure::Sessions(length) => Some(length),
            };
            let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
            progress.bar = Some(bar.with_style(style(measure, &progress.counts)));
            if start == Start::AtOnce {
                progress.show();
            }
        }
        progress
    }

    /// Tells how far the run has come. `bytes` are those on the wire.
    pub(crate) fn update(&self, bytes: u64, sessions: u64) {
        let Some(bar) = &self.bar else { return };
        self.counts.bytes.store(bytes, Ordering::Relaxed);
        self.counts.sessions.store(sessions, Ordering::Relaxed);
        let began = self.counts.began.get_or_init(Instant::now);
        if !self.shown.get() && began.elapsed() >= PATIENCE {
            self.show();
        }
        bar.set_position(match self.measure {
            Measure::Bytes(_) => bytes,
            Measure::Sessions(_) => sessions,
        });
    }

    /// Removes the bar.
    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            messages::keep_clear_of(None);
            bar.finish_and_clear();
        }
    }

    fn show(&self) {
        if let Some(bar) = &self.bar {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            bar.enable_steady_tick(Duration::from_millis(120));
            messages::keep_clear_of(Some(bar.clone()));
            self.shown.set(true);
        }
    }
}

impl Counts {
    fn megabytes(&self) -> f64 {
        as_megabytes(self.bytes.load(Ordering::Relaxed))
    }

    /// MB a second since the first bytes came.
    fn rate(&self) -> f64 {
        match self.began.get().map(Instant::elapsed) {
            Some(elapsed) if !elapsed.is_zero() => self.megabytes() / elapsed.as_secs_f64(),
            _ => 0.0,
        }
    }
}

/// Bytes in MB (10^6 bytes).
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub(crate) fn as_megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// A line of at most 80 columns, whatever the counts.
fn style(measure: Measure, counts: &Arc<Counts>) -> ProgressStyle {
    let template = match measure {
        Measure::Bytes(None) => "{spinner} {elapsed}  {sessions} sessions  {megabytes} MB  {rate} MB/s",
        _ => "[{bar:20}] {percent:>3}%  {sessions} sessions  {megabytes} MB  {rate} MB/s",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
    let sessions = Arc::clone(counts);
    let megabytes = Arc::clone(counts);
    let rate = Arc::clone(counts);
    style
        .progress_chars("=> ")
        .with_key("sessions", move |_: &ProgressState, text: &mut dyn std::fmt::Write| {
            let _ = write!(text, "{}", sessions.sessions.load(Ordering::Relaxed));
        })
        .with_key("megabytes", move |_: &ProgressState, text: &mut dyn std::fmt::Write| {
            let _ = write!(text, "{:.1}", megabytes.megabytes());
        })
        .with_key("rate", move |_: &ProgressState, text: &mut dyn std::fmt::Write| {
            let _ = write!(text, "{:.1}", rate.rate());
        })
}
