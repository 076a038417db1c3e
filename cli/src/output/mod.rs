//! Where sessions go, and in which form.

mod append;
mod csv;
mod destination;
mod ndjson;
mod replacement;
mod standard_output;

use std::io::{IsTerminal as _, stdout};
use std::sync::atomic::{AtomicU64, Ordering};

use remote_sessions::{Item, RemoteSession};

use crate::arguments::{Format, OutputArguments};
use crate::exit::Failure;
use csv::Csv;
use destination::{Destination, Left};
pub(crate) use replacement::{Replacement, behind_links, is_writable, partial};

/// Bytes that are gathered before they are written.
const FULL: usize = 64 * 1024;

/// What has reached its destination, for whoever cannot ask the output itself.
static DELIVERED: AtomicU64 = AtomicU64::new(0);

/// Sessions that have reached their destination by now. A replacement has not, before the end.
pub(crate) fn delivered() -> u64 {
    DELIVERED.load(Ordering::Relaxed)
}

/// Sessions in the wanted form on the way to their destination.
#[derive(Debug)]
pub(crate) struct Output {
    encoder: Encoder,
    destination: Destination,
    buffer: Vec<u8>,
    /// Sessions whose bytes have left the buffer, and those whose bytes are still in it.
    written: u64,
    pending: u64,
    kept: bool,
    /// Whether a write failed: what it was about did not arrive.
    lost: bool,
}

#[derive(Debug)]
enum Encoder {
    Ndjson { on_terminal: bool },
    Csv(Box<Csv>),
    None,
}

impl Output {
    pub(crate) fn new(arguments: &OutputArguments) -> Result<Self, Failure> {
        let destination = Destination::new(arguments)?;
        let on_terminal = destination.is_standard_output() && stdout().is_terminal();
        let encoder = match arguments.format {
            Format::Ndjson => Encoder::Ndjson { on_terminal },
            Format::Csv => {
                let csv = Csv::new(arguments.raw_csv, on_terminal);
                Encoder::Csv(Box::new(if destination.is_empty() { csv } else { csv.without_header() }))
            }
            Format::None => Encoder::None,
        };
        let buffer = Vec::with_capacity(FULL + 4 * 1024);
        Ok(Self { encoder, destination, buffer, written: 0, pending: 0, kept: false, lost: false })
    }

    /// Whether sessions appear on the terminal, where a progress bar would be in their way.
    pub(crate) fn is_on_terminal(&self) -> bool {
        self.destination.is_standard_output()
            && stdout().is_terminal()
            && !matches!(self.encoder, Encoder::None)
    }

    /// Sessions that have reached their destination.
    pub(crate) fn delivered(&self) -> u64 {
        self.written
    }

    /// Whether nothing waits for being written.
    pub(crate) fn is_flushed(&self) -> bool {
        self.pending == 0
    }

    /// Whether what was written stays, at the end of the run.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept
    }

    /// Whether some sessions did not arrive that were taken.
    pub(crate) fn has_lost(&self) -> bool {
        self.lost
    }

    /// Whether what was written stays, however the run will end.
    pub(crate) fn is_final(&self) -> bool {
        self.destination.is_final()
    }

    /// Whether what was written is still there when everything else is gone: in a file, not in a pipe.
    pub(crate) fn is_durable(&self) -> bool {
        self.destination.is_durable()
    }

    /// Sessions taken so far.
    pub(crate) fn accepted(&self) -> u64 {
        self.written + self.pending
    }

    /// Whether the wanted form is made of a session's members, not of its text.
    #[inline]
    pub(crate) fn reads_sessions(&self) -> bool {
        matches!(self.encoder, Encoder::Csv(_))
    }

    pub(crate) fn session(&mut self, item: &Item<'_>, session: &RemoteSession<'_>) -> Result<(), Failure> {
        match &mut self.encoder {
            Encoder::Csv(csv) => csv.write(session, &mut self.buffer),
            _ => return self.item(item),
        }
        self.taken()
    }

    /// The same where the form [is made of the text](Self::reads_sessions).
    #[inline]
    pub(crate) fn item(&mut self, item: &Item<'_>) -> Result<(), Failure> {
        if let Encoder::Ndjson { on_terminal } = &self.encoder {
            ndjson::write(item, *on_terminal, &mut self.buffer);
        }
        self.taken()
    }

    #[inline]
    fn taken(&mut self) -> Result<(), Failure> {
        self.pending += 1;
        if self.buffer.len() >= FULL { self.flush() } else { Ok(()) }
    }

    /// Hands over everything that is pending.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        let pending = std::mem::take(&mut self.pending);
        if !self.buffer.is_empty() {
            let result = self.destination.write(&self.buffer);
            // What could not be written now is not tried again: some of it may be out.
            self.buffer.clear();
            self.lost |= result.is_err();
            result?;
        }
        self.written += pending;
        if self.destination.is_final() {
            DELIVERED.store(self.written, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The last flush of a run that went well; a file takes its place.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        if let Encoder::Csv(csv) = &mut self.encoder {
            csv.header(&mut self.buffer);
        }
        self.flush()?;
        let was_final = self.destination.is_final();
        let kept = self.destination.keep();
        self.kept = kept.is_ok();
        if !self.kept && !was_final {
            self.written = 0;
        }
        kept
    }

    /// Comes back when what was written is as safe as it can be made; before that is relied upon.
    pub(crate) fn make_safe(&mut self) -> Result<(), Failure> {
        self.destination.make_safe()
    }

    /// The last flush of a run that failed. A file that is not to be replaced is dropped, and
    /// with it what was written to it.
    pub(crate) fn abandon(&mut self) -> Result<(), Failure> {
        let flushed = self.flush();
        let left = self.destination.give_up();
        self.kept = matches!(left, Ok(Left::Everything));
        if !self.kept {
            self.written = 0;
        }
        flushed.and(left.map(drop))
    }
}
