//! A file that takes another one's place as a whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use crate::interrupt::{self, Temporary};

/// What the names of temporary files begin and end with, and the random letters between.
const PREFIX: &str = ".remote-sessions-";
const SUFFIX: &str = ".tmp";
const RANDOM: usize = 12;

/// A temporary file that nobody holds and that is older than this is left over.
const STALE: Duration = Duration::from_secs(60);

/// Bytes on their way to `target`, in a file beside it.
#[derive(Debug)]
pub(crate) struct Replacement {
    target: PathBuf,
    partial: Option<PathBuf>,
    /// None once it was put somewhere.
    file: Option<NamedTempFile>,
    /// Bytes in it that were written as a whole.
    length: u64,
}

impl Replacement {
    /// `target` is to be no symbolic link: it would be replaced itself.
    pub(crate) fn new(target: &Path, keep_partial: bool) -> io::Result<Self> {
        let directory = directory(target)?;
        sweep(directory);
        let partial = keep_partial.then(|| partial(target));
        let file = interrupt::register(|| {
            let mut builder = tempfile::Builder::new();
            builder.prefix(PREFIX).suffix(SUFFIX).rand_bytes(RANDOM);
            // Opened here, for its own errors name a path that means nothing.
            let file = builder.make_in(directory, create)?;
            // Says that it is in use. Where there are no locks nothing is swept either.
            let _unlocked = file.as_file().try_lock();
            let temporary = Temporary { path: file.path().to_owned(), partial: partial.clone() };
            io::Result::Ok((file, temporary))
        })?;
        Ok(Self { target: target.to_owned(), partial, file: Some(file), length: 0 })
    }

    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Adds all of the bytes, or none.
    pub(crate) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        // Not through the temporary file itself, whose errors name a path that means nothing.
        match file.as_file_mut().write_all(bytes) {
            Ok(()) => self.length += bytes.len() as u64,
            Err(error) => {
                // The disk may be full: what went in must not stay as half a line.
                let _cut = file.as_file().set_len(self.length);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Puts it in its place, once its bytes are safe on the disk. From then on the run has the
    /// last word: no signal can say any more that nothing came of it.
    pub(crate) fn keep(self) -> io::Result<()> {
        self.put_and(interrupt::last_word)
    }

    /// Puts it in its place in the middle of a run.
    pub(crate) fn put(self) -> io::Result<()> {
        self.put_and(|| ())
    }

    fn put_and(mut self, done: impl FnOnce()) -> io::Result<()> {
        let Some(file) = self.file.take() else { return Ok(()) };
        file.as_file().sync_all()?;
        let temporary = file.path().to_owned();
        interrupt::settle(&temporary, || {
            let put = file.persist(&self.target);
            put.inspect(|_| done()).map(drop).map_err(|error| error.error)
        })?;
        sync_directory(directory(&self.target)?)
    }

    /// Puts what there is where the unfinished goes; gives its path if there is such a place.
    pub(crate) fn keep_partial(mut self) -> io::Result<Option<PathBuf>> {
        let (Some(partial), Some(file)) = (self.partial.take(), self.file.take()) else { return Ok(None) };
        file.as_file().sync_all()?;
        let temporary = file.path().to_owned();
        interrupt::settle(&temporary, || file.persist(&partial).map(drop).map_err(|error| error.error))?;
        sync_directory(directory(&self.target)?)?;
        Ok(Some(partial))
    }
}

/// A new file that only its owner may read.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// What was not put anywhere is removed.
impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            let temporary = file.path().to_owned();
            interrupt::settle(&temporary, || drop(file));
        }
    }
}

/// The file that a path leads to, through symbolic links even if the last one leads nowhere yet.
pub(crate) fn behind_links(path: &Path) -> io::Result<PathBuf> {
    /// As many as the system itself follows.
    const MOST: u32 = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        match fs::read_link(&path) {
            Ok(link) => path = directory(&path)?.join(link),
            // No link, or nothing there.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Whoever made a file read-only wants it to stay, though its directory would let it be replaced.
pub(crate) fn is_writable(target: &Path) -> io::Result<()> {
    match fs::metadata(target) {
        Ok(found) if found.permissions().readonly() => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "expected a file that may be written to, found a read-only one",
        )),
        // Nothing is truncated: this only asks.
        Ok(_) => OpenOptions::new().append(true).open(target).map(drop),
        Err(_) => Ok(()),
    }
}

/// Makes sure that a new name in the directory outlasts a power failure.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    // Elsewhere directories cannot be opened as files.
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(directory).and_then(|directory| directory.sync_all()) {
        // Some file systems know no such thing; some directories may be written but not read.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
            ) =>
        {
            Ok(())
        }
        other => other,
    }
}

/// The directory that holds `file`.
pub(super) fn directory(file: &Path) -> io::Result<&Path> {
    match file.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(parent) => Ok(parent),
        None => Err(io::ErrorKind::IsADirectory.into()),
    }
}

pub(crate) fn partial(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

/// Removes what killed runs left in the directory. Whatever goes wrong here is no reason to stop.
fn sweep(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_str().is_some_and(is_temporary) && is_stale(&entry.path()) {
            let _gone = fs::remove_file(entry.path());
        }
    }
}

/// Whether the name is one that is given here, and not only begins like one.
fn is_temporary(name: &str) -> bool {
    let random = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    random.is_some_and(|random| {
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

fn is_stale(path: &Path) -> bool {
    let is_old = |metadata: fs::Metadata| {
        let age = SystemTime::now().duration_since(metadata.modified().ok()?).ok()?;
        Some(metadata.is_file() && age >= STALE)
    };
    // Looked at first, so that no special file is opened; a link is none of ours.
    fs::symlink_metadata(path).ok().and_then(is_old) == Some(true)
        && File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}
