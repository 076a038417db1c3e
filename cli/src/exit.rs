//! Why a run ended, and the exit code that says so.

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use remote_sessions::{ApiError, Error, ErrorKind, ItemError};

use crate::terminal::escaped;

/// What the exit codes mean, for `--help`.
pub(crate) const CODES: &str = "\
Exit codes:
  0    complete (an unclosed envelope as in the vendor's sample warns; see --strict)
  1    local failure: a file, the disk, a summary that cannot be written
  2    usage
  3    malformed: no JSON, no list, over a limit, or a bad item
  4    truncated, or interrupted after the first session (or, with --strict, unclosed)
  5    the server reported an error, redirected, or refused the credentials
  6    not reached: the connection, a time-out or a busy server, before the first session
  130  ended by SIGINT; 143: by SIGTERM";

/// The exit code of a failure that has to do with this machine alone.
pub(crate) const LOCAL: u8 = 1;

/// The exit code of a command that was asked for something that cannot be; also that of `clap`.
pub(crate) const USAGE: u8 = 2;

/// Why a run did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command was asked for something that cannot be.
    Usage(String),
    /// The library's errors: of the stream, of one item, of the client.
    Response(Error),
    /// The server was too busy to answer, however often it was asked.
    Busy(Error),
    /// A file or the disk.
    Local { message: String, help: Option<&'static str> },
    /// Whoever reads standard output does not want more: no error.
    OutputClosed,
    /// A signal asked for the end, with this exit code.
    Signal(u8),
    /// The time for all was over while nobody read the output.
    Unread(Duration),
    /// The time for all was over while the run waited for a file, before it had asked for anything.
    Unopened(Duration),
}

impl Failure {
    /// A failure to `act` ("reading", "creating") on a file.
    pub(crate) fn local(act: &str, path: &Path, error: &io::Error) -> Self {
        let message = format!("{act} {} failed: {error}", escaped(&path.display().to_string()));
        Self::Local { message, help: help_on(error) }
    }

    /// A failure that has nothing to do with a file of the user's.
    pub(crate) fn system(act: &str, error: &io::Error) -> Self {
        Self::Local { message: format!("{act} failed: {error}"), help: None }
    }

    /// An error that came in place of a response.
    pub(crate) fn without_response(error: Error) -> Self {
        // What is tried again is no verdict of the server's.
        const BUSY: [i64; 4] = [429, 502, 503, 504];
        // Of the response first: its body may have a code of its own.
        let status = error.api_error().and_then(|error| error.http_status().map(i64::from));
        let code = status.or_else(|| error.api_error().and_then(ApiError::code));
        match code.is_some_and(|code| BUSY.contains(&code)) {
            true => Self::Busy(error),
            false => Self::Response(error),
        }
    }

    /// The library's error, if it is one.
    pub(crate) fn error(&self) -> Option<&Error> {
        match self {
            Self::Response(error) | Self::Busy(error) => Some(error),
            _ => None,
        }
    }

    /// A failed write to standard output.
    pub(crate) fn write(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Local { message: format!("writing the output failed: {error}"), help: help_on(error) },
        }
    }

    /// The stable name of the error's kind; none where nothing went wrong.
    pub(crate) fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Usage(_) => Some("usage"),
            Self::Response(error) | Self::Busy(error) => Some(error.kind().as_str()),
            Self::Local { .. } => Some(ErrorKind::Io.as_str()),
            Self::OutputClosed => None,
            Self::Signal(_) => Some("signal"),
            Self::Unread(_) => Some(ErrorKind::Interrupted.as_str()),
            Self::Unopened(_) => Some(ErrorKind::Timeout.as_str()),
        }
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            Self::Response(error) if error.kind() == ErrorKind::Item => {
                Some("skip such items with --on-bad-item skip, or report the item to the vendor".to_owned())
            }
            Self::Response(error) | Self::Busy(error) => error.remedy().map(str::to_owned),
            Self::Local { help, .. } => help.map(str::to_owned),
            Self::Usage(_) => Some("see --help".to_owned()),
            Self::OutputClosed | Self::Signal(_) => None,
            Self::Unread(_) => Some("look at what reads the output, or raise --max-time".to_owned()),
            Self::Unopened(_) => Some(
                "look at what should read the named pipe of -o or write those of other options, give the secret by --client-secret-file, or raise --max-time"
                    .to_owned(),
            ),
        }
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => USAGE,
            Self::Response(error) => code_of(error.kind()),
            Self::Busy(_) => 6,
            Self::Local { .. } => LOCAL,
            Self::OutputClosed => 0,
            Self::Signal(code) => *code,
            Self::Unread(_) => code_of(ErrorKind::Interrupted),
            Self::Unopened(_) => code_of(ErrorKind::Timeout),
        }
    }
}

/// What to do about an error of the system.
fn help_on(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Some("make room on the disk, or choose another place by -o")
        }
        io::ErrorKind::FileTooLarge => Some("raise the limit of the file size (ulimit -f, LimitFSIZE=)"),
        io::ErrorKind::ReadOnlyFilesystem => Some("choose a place that can be written to"),
        io::ErrorKind::PermissionDenied => Some("look at the permissions of the file and its directory"),
        io::ErrorKind::NotFound => Some("look at the path: the file or its directory does not exist"),
        _ => None,
    }
}

fn code_of(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Syntax | ErrorKind::Shape | ErrorKind::Limit | ErrorKind::Item => 3,
        ErrorKind::Truncated | ErrorKind::Unclosed | ErrorKind::Interrupted => 4,
        ErrorKind::Api | ErrorKind::Authentication => 5,
        ErrorKind::Transport | ErrorKind::Timeout => 6,
        // `ErrorKind` may grow: what is not known is a local failure.
        _ => LOCAL,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Local { message, .. } => f.write_str(message),
            Self::Response(error) if error.kind() == ErrorKind::Truncated => write!(f, "truncated: {error}"),
            Self::Response(error) | Self::Busy(error) => error.fmt(f),
            Self::OutputClosed => f.write_str("the output was closed"),
            Self::Signal(130) => f.write_str("ended by SIGINT"),
            Self::Signal(_) => f.write_str("ended by SIGTERM"),
            Self::Unopened(limit) => {
                write!(
                    f,
                    "total time-out after {limit:?}, before the request: a file, a named pipe or the prompt for the client secret keeps the run waiting"
                )
            }
            Self::Unread(limit) => {
                write!(f, "total time-out after {limit:?}, in a write: nobody reads the output")
            }
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Response(error)
    }
}

impl From<ItemError> for Failure {
    fn from(error: ItemError) -> Self {
        Self::Response(error.into())
    }
}
