//! Standard output, a file that is replaced as a whole, or one that grows.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::append::Appended;
use super::replacement::{Replacement, behind_links, is_writable};
use super::standard_output::{self, StandardOutput};
use crate::arguments::{Format, OutputArguments};
use crate::exit::Failure;
use crate::interrupt;
use crate::messages;
use crate::terminal::escaped;

#[derive(Debug)]
pub(super) enum Destination {
    StandardOutput(StandardOutput),
    /// A regular file: written beside its place, put there at the end.
    Replacement(Replacement),
    /// A regular file that only grows.
    Appended(Appended),
    /// A device or a pipe, which cannot be replaced.
    Special {
        path: PathBuf,
        file: File,
    },
    /// A replacement that was put in its place or dropped.
    Closed,
}

/// What is left of an output that was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Everything,
    Nothing,
}

impl Destination {
    pub(super) fn new(arguments: &OutputArguments) -> Result<Self, Failure> {
        let path = arguments.output.as_deref().filter(|path| path.as_os_str() != "-");
        let Some(path) = path else {
            let useless = [(arguments.append, "--append"), (arguments.keep_partial, "--keep-partial")];
            return match useless.iter().find(|(given, _)| *given) {
                Some((_, name)) => {
                    Err(Failure::Usage(format!("expected a file for {name}, found standard output")))
                }
                None if arguments.format != Format::None && standard_output::is_closed() => {
                    Err(Failure::Local {
                        message: "writing the output failed: standard output is closed".to_owned(),
                        help: Some(
                            "open it (the null device for writing only), name a file by -o, or use --format none",
                        ),
                    })
                }
                None => Ok(Self::StandardOutput(StandardOutput::new())),
            };
        };
        let failed = |error| Failure::local("creating", path, &error);
        match kind(path).map_err(failed)? {
            Kind::Special => {
                // A named pipe waits for its reader.
                let file =
                    interrupt::waiting(|| OpenOptions::new().write(true).open(path)).map_err(failed)?;
                Ok(Self::Special { path: path.to_owned(), file })
            }
            Kind::Regular if arguments.append => {
                is_writable(path).map_err(failed)?;
                Ok(Self::Appended(Appended::open(path, arguments.format)?))
            }
            Kind::Regular => {
                // Of a symbolic link the target is replaced, not the link.
                let target = behind_links(path).map_err(failed)?;
                is_writable(&target).map_err(failed)?;
                let replacement = Replacement::new(&target, arguments.keep_partial).map_err(failed)?;
                Ok(Self::Replacement(replacement))
            }
        }
    }

    pub(super) fn is_standard_output(&self) -> bool {
        matches!(self, Self::StandardOutput(_))
    }

    /// Whether what was written is all there is, lines of an earlier run included.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Appended(file) => file.is_empty(),
            _ => true,
        }
    }

    /// Whether what was written has arrived, before it is known how the run will end.
    pub(super) fn is_final(&self) -> bool {
        !matches!(self, Self::Replacement(_))
    }

    /// Whether what was written can be made safe.
    pub(super) fn is_durable(&self) -> bool {
        match self {
            Self::StandardOutput(_) => standard_output::is_regular(),
            Self::Appended(_) => true,
            _ => false,
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::StandardOutput(output) => {
                interrupt::writing(|| output.write(bytes)).map_err(|error| Failure::write(&error))
            }
            Self::Replacement(file) => {
                file.write_all(bytes).map_err(|error| Failure::local("writing", file.target(), &error))
            }
            Self::Appended(file) => file.write(bytes),
            Self::Special { path, file } => {
                let written = interrupt::writing(|| file.write_all(bytes));
                written.map_err(|error| match error.kind() {
                    io::ErrorKind::BrokenPipe => Failure::OutputClosed,
                    _ => Failure::local("writing", path, &error),
                })
            }
            Self::Closed => Ok(()),
        }
    }

    /// The end of a run that went well: a replacement takes its place, lines are synced.
    pub(super) fn keep(&mut self) -> Result<(), Failure> {
        match std::mem::replace(self, Self::Closed) {
            Self::Replacement(file) => {
                let target = file.target().to_owned();
                file.keep().map_err(|error| Failure::local("replacing", &target, &error))
            }
            mut other => {
                let synced = other.sync();
                *self = other;
                synced
            }
        }
    }

    /// The end of a run that failed: a replacement is removed, or kept as what it is.
    pub(super) fn give_up(&mut self) -> Result<Left, Failure> {
        match std::mem::replace(self, Self::Closed) {
            Self::Replacement(file) => {
                let target = file.target().to_owned();
                let kept = file.keep_partial();
                let kept = kept.map_err(|error| Failure::local("keeping a part of", &target, &error))?;
                if let Some(path) = &kept {
                    let path = path.display().to_string();
                    messages::warn(&format!("what came before the error is in {}", escaped(&path)));
                }
                Ok(if kept.is_some() { Left::Everything } else { Left::Nothing })
            }
            mut other => {
                let synced = other.sync();
                *self = other;
                synced.map(|()| Left::Everything)
            }
        }
    }

    /// Comes back when what was written is as safe as it can be made.
    pub(super) fn make_safe(&mut self) -> Result<(), Failure> {
        match self {
            Self::StandardOutput(_) => standard_output::sync(),
            Self::Special { file, .. } if standard_output::has_no_reader(file) => Err(Failure::OutputClosed),
            Self::Appended(file) => file.sync(),
            _ => Ok(()),
        }
    }

    fn sync(&mut self) -> Result<(), Failure> {
        match self {
            Self::Appended(file) => file.sync(),
            _ => Ok(()),
        }
    }
}

enum Kind {
    Regular,
    Special,
}

fn kind(path: &Path) -> io::Result<Kind> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(found) if found.is_file() => Ok(Kind::Regular),
        Ok(_) => Ok(Kind::Special),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Kind::Regular),
        Err(error) => Err(error),
    }
}
