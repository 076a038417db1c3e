//! A file that grows by whole lines.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use remote_sessions::RemoteSession;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::replacement::{behind_links, directory, sync_directory};
use crate::arguments::Format;
use crate::exit::Failure;
use crate::interrupt;
use crate::messages;
use crate::terminal::escaped;

/// No line that this command writes is longer than an item may be.
const MOST: u64 = 2 * 1024 * 1024;

/// A file that is written to at its end, by one run at a time.
#[derive(Debug)]
pub(super) struct Appended {
    path: PathBuf,
    file: File,
    /// Bytes of the whole lines in it.
    length: u64,
}

impl Appended {
    pub(super) fn open(path: &Path, format: Format) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::local("opening", path, &error);
        let is_new = !path.try_exists().map_err(failed)?;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::Local {
                    message: format!("appending to {} failed: another run does so now", shown(path)),
                    help: Some("wait for its end, or give each run a file of its own"),
                });
            }
            // Some file systems have no locks.
            Err(TryLockError::Error(error)) => {
                messages::warn(&format!("locking {} failed: {error}", shown(path)));
            }
        }
        if is_new {
            // Of a link that led nowhere, where the file is.
            let target = behind_links(path).map_err(failed)?;
            directory(&target).and_then(sync_directory).map_err(failed)?;
        }
        let length = file.metadata().map_err(failed)?.len();
        let mut appended = Self { path: path.to_owned(), file, length };
        appended.refuse_others(format)?;
        appended.mend(format).map_err(failed)?;
        // Without it lines may be lost with the machine if a signal ends a run that waits for its input.
        if let Ok(copy) = appended.file.try_clone() {
            interrupt::appends(copy);
        }
        Ok(appended)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Appends whole lines: all of them, or none.
    pub(super) fn write(&mut self, lines: &[u8]) -> Result<(), Failure> {
        match self.file.write_all(lines) {
            Ok(()) => {
                self.length += lines.len() as u64;
                Ok(())
            }
            Err(error) => {
                // The disk may be full: what went in must not stay as half a line.
                let _cut = self.file.set_len(self.length);
                Err(Failure::local("writing", &self.path, &error))
            }
        }
    }

    /// Comes back when everything is safe on the disk.
    pub(super) fn sync(&mut self) -> Result<(), Failure> {
        self.file.sync_all().map_err(|error| Failure::local("syncing", &self.path, &error))
    }

    /// Refuses a file of the other format, or of no format that this command writes: nobody could read it
    /// any more, and the last line of a stranger's file must not be mended.
    fn refuse_others(&mut self, format: Format) -> Result<(), Failure> {
        let (is_fit, expected) = match format {
            Format::Ndjson => (self.begins_with_a_session(), "NDJSON of sessions"),
            Format::Csv => (self.begins_with_columns(), "the columns of CSV"),
            Format::None => return Ok(()),
        };
        match is_fit {
            Ok(true) => Ok(()),
            // What is found is not shown: the name may be that of a secret's file, by mistake.
            Ok(false) => Err(Failure::Local {
                message: format!(
                    "appending to {} failed: expected {expected} in it, found something else at its beginning",
                    shown(&self.path)
                ),
                help: Some("choose the format of the file by --format, or name another file by -o"),
            }),
            Err(error) => Err(Failure::local("opening", &self.path, &error)),
        }
    }

    /// Whether the first line is a session, or what there is of one: a response that somebody saved is an
    /// object as well.
    fn begins_with_a_session(&mut self) -> io::Result<bool> {
        #[derive(Deserialize)]
        struct Session {
            #[serde(rename = "id")]
            _id: IgnoredAny,
        }
        self.file.seek(SeekFrom::Start(0))?;
        let mut line = Vec::new();
        BufReader::new((&self.file).take(MOST)).read_until(b'\n', &mut line)?;
        let line = line.trim_ascii();
        if line.is_empty() || serde_json::from_slice::<Session>(line).is_ok() {
            return Ok(true);
        }
        // The only line, and half a one: by its first name, or by what there is of that.
        let is_cut = line.len() as u64 == self.length;
        let name =
            line.strip_prefix(b"{").filter(|_| is_cut).map(|rest| rest.strip_prefix(b"\"").unwrap_or(rest));
        Ok(name.is_some_and(|rest| {
            let mut names = RemoteSession::NAMES.iter();
            match rest.iter().position(|&byte| byte == b'"') {
                Some(end) => names.any(|name| name.as_bytes() == &rest[..end]),
                None => names.any(|name| name.as_bytes().starts_with(rest)),
            }
        }))
    }

    /// Whether the first column has its name; half of it may be all that a killed run has written.
    fn begins_with_columns(&mut self) -> io::Result<bool> {
        let header = format!("{},", RemoteSession::NAMES[0]);
        let mut start = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        (&self.file).take(header.len() as u64).read_to_end(&mut start)?;
        Ok(header.as_bytes().starts_with(&start))
    }

    /// Makes the last line a whole one, if an earlier run was killed in the middle of it.
    fn mend(&mut self, format: Format) -> io::Result<()> {
        let (end, rest) = match format {
            Format::Ndjson | Format::None => last_line(&mut self.file, self.length)?,
            Format::Csv => last_record(&mut self.file, self.length)?,
        };
        if rest.is_empty() {
            return Ok(());
        }
        if format == Format::Ndjson && serde_json::from_slice::<IgnoredAny>(&rest).is_ok() {
            // Whole but for its end, as editors leave it.
            self.length += 1;
            return self.file.write_all(b"\n");
        }
        if format == Format::None {
            return Ok(());
        }
        messages::warn(&format!(
            "removed the last {} bytes of {}: a line that an earlier run could not finish",
            self.length - end,
            shown(&self.path)
        ));
        self.file.set_len(end)?;
        self.length = end;
        Ok(())
    }
}

/// Where the last whole line ends, and what comes after it.
fn last_line(file: &mut File, length: u64) -> io::Result<(u64, Vec<u8>)> {
    let start = length.saturating_sub(MOST);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.take(MOST).read_to_end(&mut tail)?;
    match tail.iter().rposition(|&byte| byte == b'\n') {
        Some(at) => Ok((start + at as u64 + 1, tail.split_off(at + 1))),
        None if start == 0 => Ok((0, tail)),
        None => Err(io::Error::other("expected lines in it, found none in its last 2 MiB")),
    }
}

/// Where the last whole record ends, and what comes after it. A line end inside a quoted cell is
/// none, so all of the file decides.
fn last_record(file: &mut File, length: u64) -> io::Result<(u64, Vec<u8>)> {
    file.seek(SeekFrom::Start(0))?;
    let mut chunk = vec![0; 64 * 1024];
    let (mut at, mut end, mut place) = (0, 0, Place::Start);
    loop {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        for &byte in &chunk[..count] {
            at += 1;
            place = place.after(byte);
            if byte == b'\n' && place == Place::Start {
                end = at;
            }
        }
    }
    match length.saturating_sub(end) {
        0 => Ok((end, Vec::new())),
        // What is left is no whole record, whatever is in it.
        1..=MOST => Ok((end, vec![0])),
        _ => Err(io::Error::other(format!("expected CSV records in it, found none after byte {end}"))),
    }
}

/// Where in a CSV file one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the first byte of a cell.
    Start,
    Plain,
    Quoted,
    /// After a quote in a quoted cell: its end, or the first of two.
    Quote,
}

impl Place {
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Start | Self::Quote, b'"') | (Self::Quoted, b'\0'..=b'!' | b'#'..) => Self::Quoted,
            (Self::Quoted, b'"') => Self::Quote,
            (_, b',' | b'\n') => Self::Start,
            // A quote in the middle of a cell is a quote.
            _ => Self::Plain,
        }
    }
}

fn shown(path: &Path) -> String {
    escaped(&path.display().to_string()).into_owned()
}
