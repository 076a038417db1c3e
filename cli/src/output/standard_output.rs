//! Standard output, and what it leads to.

use std::fs::File;
use std::io::{self, Write as _, stdout};

use crate::exit::Failure;
use crate::messages;

/// Standard output; if it leads to a file, all lines in that are whole.
#[derive(Debug)]
pub(super) struct StandardOutput {
    /// Of a file: where the next line begins.
    next: Option<u64>,
    /// Whether an earlier run was killed in the middle of a line.
    is_cut: bool,
}

impl StandardOutput {
    pub(super) fn new() -> Self {
        let next = place();
        Self { next, is_cut: next.is_some() && ends_within_a_line().unwrap_or(false) }
    }

    /// Writes whole lines: to a file all of them or none.
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if std::mem::take(&mut self.is_cut) {
            messages::warn("ended the last line of standard output, which an earlier run could not finish");
            self.add(b"\n")?;
        }
        self.add(lines)
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut output = stdout().lock();
        match output.write_all(bytes).and_then(|()| output.flush()) {
            Ok(()) => self.next = self.next.map(|next| next + bytes.len() as u64),
            Err(error) => {
                // The disk may be full: what went in must not stay as half a line.
                if let Some(next) = self.next {
                    cut(next);
                }
                return Err(error);
            }
        }
        Ok(())
    }
}

/// Where the next byte goes; none if not to a file.
#[cfg(unix)]
fn place() -> Option<u64> {
    let found = file().ok().flatten()?.metadata().ok().filter(std::fs::Metadata::is_file)?;
    if is_appended()? { Some(found.len()) } else { rustix::fs::tell(stdout()).ok() }
}

#[cfg(not(unix))]
fn place() -> Option<u64> {
    None
}

#[cfg(unix)]
fn is_appended() -> Option<bool> {
    rustix::fs::fcntl_getfl(stdout()).ok().map(|flags| flags.contains(rustix::fs::OFlags::APPEND))
}

/// Whether lines are added (by `>>`) to a file whose last one has no end.
#[cfg(unix)]
fn ends_within_a_line() -> io::Result<bool> {
    use std::os::unix::fs::FileExt as _;
    if is_appended() != Some(true) {
        return Ok(false);
    }
    // Standard output itself cannot be read.
    let file = File::open("/dev/stdout")?;
    let found = file.metadata()?;
    let mut last = [b'\n'];
    if found.is_file() && found.len() > 0 {
        file.read_exact_at(&mut last, found.len() - 1)?;
    }
    Ok(last != [b'\n'])
}

#[cfg(not(unix))]
fn ends_within_a_line() -> io::Result<bool> {
    Ok(false)
}

/// Takes back what was written from there on, unless somebody else has written behind it.
#[cfg(unix)]
fn cut(next: u64) {
    let is_last = || {
        Some(
            rustix::fs::fstat(stdout()).ok()?.st_size
                == i64::try_from(rustix::fs::tell(stdout()).ok()?).ok()?,
        )
    };
    if is_last() == Some(true) && rustix::fs::ftruncate(stdout(), next).is_ok() {
        // Whoever writes there next, if it is not to the end anyway.
        let _there = rustix::fs::seek(stdout(), rustix::fs::SeekFrom::Start(next));
    }
}

#[cfg(not(unix))]
fn cut(_next: u64) {}

/// Comes back when what was written is safe, if it goes to a file; refuses a pipe that nobody reads.
pub(super) fn sync() -> Result<(), Failure> {
    if has_no_reader(&stdout()) {
        return Err(Failure::OutputClosed);
    }
    let synced = match file() {
        Ok(Some(file)) => match file.metadata() {
            Ok(found) if found.is_file() => file.sync_all(),
            found => found.map(drop),
        },
        other => other.map(drop),
    };
    synced.map_err(|error| Failure::system("syncing the output", &error))
}

/// Whether it is a pipe whose reader went away, perhaps after the last write and before it read.
#[cfg(unix)]
pub(super) fn has_no_reader(output: &impl std::os::fd::AsFd) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut polled = [PollFd::new(output, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut polled, Some(&at_once)).is_ok() && polled[0].revents().contains(PollFlags::ERR)
}

#[cfg(not(unix))]
pub(super) fn has_no_reader<T>(_output: &T) -> bool {
    false
}

/// Whether it goes to a file, not to a pipe or a device.
pub(super) fn is_regular() -> bool {
    file().ok().flatten().and_then(|file| file.metadata().ok()).is_some_and(|found| found.is_file())
}

/// Whether it was closed before the run began. The standard library has opened the null device in
/// its place by now, for reading and writing: shells open it for writing only.
#[cfg(unix)]
pub(super) fn is_closed() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let null = std::fs::metadata("/dev/null").map(|found| found.rdev());
    let is_null = || {
        let found = file()?.map(|file| file.metadata()).transpose()?;
        io::Result::Ok(found.map(|found| found.rdev()) == Some(null?))
    };
    let is_readable = || {
        let flags = rustix::fs::fcntl_getfl(stdout()).ok()?;
        Some(flags.contains(rustix::fs::OFlags::RDWR))
    };
    is_null().unwrap_or(true) && is_readable().unwrap_or(true)
}

#[cfg(not(unix))]
pub(super) fn is_closed() -> bool {
    false
}

#[cfg(unix)]
fn file() -> io::Result<Option<File>> {
    use std::os::fd::AsFd as _;
    stdout().as_fd().try_clone_to_owned().map(|file| Some(File::from(file)))
}

#[cfg(not(unix))]
fn file() -> io::Result<Option<File>> {
    Ok(None)
}
