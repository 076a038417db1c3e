//! Where sessions go, and in which form.

mod csv;
mod destination;
mod ndjson;

use std::io::{IsTerminal as _, stdout};

use remote_sessions::{Item, RemoteSession};

use crate::arguments::{Format, OutputArguments};
use crate::exit::Failure;
use csv::Csv;
use destination::Destination;

/// Bytes that are gathered before they are written.
const FULL: usize = 64 * 1024;

/// Sessions in the wanted form on the way to their destination.
#[derive(Debug)]
pub(crate) struct Output {
    encoder: Encoder,
    destination: Destination,
    buffer: Vec<u8>,
    /// Sessions whose bytes have left the buffer, and those whose bytes are still in it.
    written: u64,
    pending: u64,
}

#[derive(Debug)]
enum Encoder {
    Ndjson { on_terminal: bool },
    Csv(Box<Csv>),
    None,
}

impl Output {
    pub(crate) fn new(arguments: &OutputArguments) -> Result<Self, Failure> {
        let destination = Destination::new(arguments.output.as_deref())?;
        let on_terminal = destination.is_standard_output() && stdout().is_terminal();
        let encoder = match arguments.format {
            Format::Ndjson => Encoder::Ndjson { on_terminal },
            Format::Csv => Encoder::Csv(Box::new(Csv::new(arguments.raw_csv, on_terminal))),
            Format::None => Encoder::None,
        };
        let buffer = Vec::with_capacity(FULL + 4 * 1024);
        Ok(Self { encoder, destination, buffer, written: 0, pending: 0 })
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

    /// Sessions taken so far.
    pub(crate) fn accepted(&self) -> u64 {
        self.written + self.pending
    }

    pub(crate) fn session(&mut self, item: Item<'_>, session: &RemoteSession<'_>) -> Result<(), Failure> {
        match &mut self.encoder {
            Encoder::Ndjson { on_terminal } => ndjson::write(item.raw(), *on_terminal, &mut self.buffer),
            Encoder::Csv(csv) => csv.write(session, &mut self.buffer),
            Encoder::None => {}
        }
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
            result?;
        }
        self.written += pending;
        Ok(())
    }

    /// The last flush of a run that went well; a file takes its place.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        if let Encoder::Csv(csv) = &mut self.encoder {
            csv.header(&mut self.buffer);
        }
        self.flush()?;
        self.destination.keep().inspect_err(|_| self.written = 0)
    }

    /// The last flush of a run that failed. A file that is not to be replaced is dropped, and
    /// with it what was written to it.
    pub(crate) fn abandon(&mut self) -> Result<(), Failure> {
        if self.destination.discard() {
            (self.written, self.pending) = (0, 0);
            self.buffer.clear();
            return Ok(());
        }
        self.flush()
    }
}
