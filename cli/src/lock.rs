//! One run at a time for each checkpoint.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::exit::Failure;
use crate::interrupt::{self, Temporary};
use crate::messages;
use crate::output::behind_links;
use crate::terminal::escaped;

/// A checkpoint that only this run writes, as long as this lives.
///
/// What is locked is a file beside the checkpoint, for that itself is replaced in the middle of a
/// run. It is there only while a run is, or after one that was killed.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    /// Locked until it is closed.
    _file: File,
}

impl Lock {
    /// Fails at once if another run has it.
    pub(crate) fn take(checkpoint: &Path) -> Result<Self, Failure> {
        /// Runs that end just then, one after the other.
        const MOST: u32 = 100;
        let failed = |error: &io::Error| Failure::local("locking the checkpoint", checkpoint, error);
        let path = behind_links(checkpoint).map_err(|error| failed(&error))?;
        let path = beside(&path).ok_or_else(|| failed(&io::ErrorKind::IsADirectory.into()))?;
        for _ in 0..MOST {
            let file = open(&path).map_err(|error| failed(&error))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(used(checkpoint)),
                // Some file systems have no locks.
                Err(TryLockError::Error(error)) => {
                    messages::warn(&format!("locking {} failed: {error}", shown(checkpoint)));
                }
            }
            // The run that had it may have removed it in between: then it keeps nobody else out.
            if is_at(&file, &path) {
                let temporary = Temporary { path: path.clone(), partial: None };
                return interrupt::register(|| Ok((Self { path, _file: file }, temporary)));
            }
        }
        Err(used(checkpoint))
    }
}

/// Removes the file while it is still locked, so that no other run has it open and locked.
impl Drop for Lock {
    fn drop(&mut self) {
        interrupt::settle(&self.path, || {
            // Elsewhere it could not be told from a new one of the same name.
            if cfg!(unix) {
                let _gone = fs::remove_file(&self.path);
            }
        });
    }
}

fn used(checkpoint: &Path) -> Failure {
    Failure::Local {
        message: format!("writing the checkpoint {} failed: another run does so now", shown(checkpoint)),
        help: Some("wait for its end, or give each run a checkpoint of its own"),
    }
}

/// The file that stands for the checkpoint.
fn beside(checkpoint: &Path) -> Option<PathBuf> {
    let mut name = std::ffi::OsString::from(".remote-sessions-");
    name.push(checkpoint.file_name()?);
    name.push(".lock");
    Some(checkpoint.with_file_name(name))
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Whoever may write to the directory could lead it elsewhere.
        let flags = rustix::fs::OFlags::NOFOLLOW.bits();
        options.mode(0o600).custom_flags(i32::try_from(flags).unwrap_or(0));
    }
    options.open(path)
}

/// Whether the open file is the one that the path leads to.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let identity = |found: fs::Metadata| (found.dev(), found.ino());
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(there)) => identity(open) == identity(there),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

fn shown(path: &Path) -> String {
    escaped(&path.display().to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_exclusive_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let names = || fs::read_dir(folder.path()).unwrap().count();
        let lock = Lock::take(&state).unwrap();
        assert_eq!(names(), 1);
        let refused = Lock::take(&state).unwrap_err();
        assert_eq!(refused.code(), 1);
        assert!(refused.to_string().contains("another run does so now"), "{refused}");
        // Another checkpoint is another matter.
        drop(Lock::take(&folder.path().join("other")).unwrap());
        drop(lock);
        assert_eq!(names(), usize::from(cfg!(windows)) * 2);
        drop(Lock::take(&state).unwrap());
    }

    /// Many at once, each as short as can be: never two of them inside.
    #[cfg(unix)]
    #[test]
    fn no_two_have_it_though_the_file_comes_and_goes() {
        use std::sync::atomic::{AtomicU32, Ordering};
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let (inside, taken) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        let Ok(lock) = Lock::take(&state) else { continue };
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        taken.fetch_add(1, Ordering::SeqCst);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
        assert!(taken.load(Ordering::SeqCst) > 0);
    }

    #[cfg(unix)]
    #[test]
    fn one_checkpoint_has_one_lock_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let (state, link) = (folder.path().join("state"), folder.path().join("link"));
        std::os::unix::fs::symlink(&state, &link).unwrap();
        let _lock = Lock::take(&state).unwrap();
        assert!(Lock::take(&link).is_err());
    }
}
