//! Standard output, or a file that is replaced as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _, stdout};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::exit::Failure;
use crate::interrupt;

#[derive(Debug)]
pub(super) enum Destination {
    StandardOutput,
    /// A regular file: written beside its place, put there at the end.
    Replacement {
        path: PathBuf,
        file: NamedTempFile,
    },
    /// A device or a pipe, which cannot be replaced.
    Special {
        path: PathBuf,
        file: File,
    },
    /// A replacement that was put in its place or dropped.
    Closed,
}

impl Destination {
    pub(super) fn new(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            return Ok(Self::StandardOutput);
        };
        Self::file(path).map_err(|error| Failure::local("creating", path, &error))
    }

    fn file(path: &Path) -> io::Result<Self> {
        let path = match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => {
                return Ok(Self::Special {
                    path: path.to_owned(),
                    file: OpenOptions::new().write(true).open(path)?,
                });
            }
            // Of a symbolic link the target is replaced, not the link.
            Ok(_) => fs::canonicalize(path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(error),
        };
        let directory = match path.parent() {
            Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
            Some(parent) => parent,
            None => return Err(io::ErrorKind::IsADirectory.into()),
        };
        let mut temporary = tempfile::Builder::new();
        temporary.prefix(".remote-sessions-");
        let file = interrupt::temporary_file(|| temporary.tempfile_in(directory))?;
        Ok(Self::Replacement { path, file })
    }

    pub(super) fn is_standard_output(&self) -> bool {
        matches!(self, Self::StandardOutput)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let result = match self {
            Self::StandardOutput => {
                let mut output = stdout().lock();
                return output
                    .write_all(bytes)
                    .and_then(|()| output.flush())
                    .map_err(|error| Failure::write(&error));
            }
            Self::Replacement { path, file } => file.write_all(bytes).map_err(|error| (path, error)),
            Self::Special { path, file } => file.write_all(bytes).map_err(|error| (path, error)),
            Self::Closed => Ok(()),
        };
        result.map_err(|(path, error)| Failure::local("writing", path, &error))
    }

    /// Puts a replacement in its place, once its bytes are safe on the disk.
    pub(super) fn keep(&mut self) -> Result<(), Failure> {
        let Self::Replacement { path, file } = std::mem::replace(self, Self::Closed) else { return Ok(()) };
        let result = file
            .as_file()
            .sync_all()
            .and_then(|()| interrupt::settle(|| file.persist(&path)).map(drop).map_err(|error| error.error));
        result.map_err(|error| Failure::local("writing", &path, &error))
    }

    /// Removes a replacement; false if this is none and what was written stands.
    pub(super) fn discard(&mut self) -> bool {
        let replacement = matches!(self, Self::Replacement { .. });
        if replacement {
            interrupt::settle(|| *self = Self::Closed);
        }
        replacement
    }
}
