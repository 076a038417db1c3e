//! What standard output leads to.

use std::fs::File;
use std::io;

use crate::exit::Failure;

/// Comes back when what was written is safe, if it goes to a file; refuses a pipe that nobody reads.
pub(super) fn sync() -> Result<(), Failure> {
    if has_no_reader(&io::stdout()) {
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
        let flags = rustix::fs::fcntl_getfl(io::stdout()).ok()?;
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
    io::stdout().as_fd().try_clone_to_owned().map(|file| Some(File::from(file)))
}

#[cfg(not(unix))]
fn file() -> io::Result<Option<File>> {
    Ok(None)
}
