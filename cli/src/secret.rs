//! Secrets: from a file, a variable or a prompt, never from an argument.

use std::env;
use std::fs::File;
use std::io::{ErrorKind, IsTerminal as _, Read as _, stderr, stdin};
use std::path::Path;

use remote_sessions::client::SecretString;

use crate::arguments::{Header, HeaderSource};
use crate::exit::Failure;
use crate::interrupt;
use crate::messages;
use crate::terminal::escaped;

/// The variable that may hold the client secret.
pub(crate) const VARIABLE: &str = "REMOTE_SESSIONS_CLIENT_SECRET";

/// The variable that names systemd's directory of credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Bytes of the largest file that is taken for a secret.
const LARGEST: u64 = 64 * 1024;

/// The client secret, wherever it is.
pub(crate) fn client_secret(file: Option<&Path>) -> Result<SecretString, Failure> {
    let found = match file {
        Some(file) => of_file(file, "--client-secret-file")?,
        None => match env::var(VARIABLE) {
            Ok(secret) => secret,
            Err(env::VarError::NotPresent) => prompt()?,
            Err(env::VarError::NotUnicode(_)) => {
                return Err(Failure::Usage(format!("expected UTF-8 text in {VARIABLE}, found other bytes")));
            }
        },
    };
    if found.is_empty() {
        let place = match file {
            Some(file) => format!("an empty file {}", shown(file)),
            None => "none".to_owned(),
        };
        return Err(Failure::Usage(format!(
            "expected a client secret in the environment variable {VARIABLE}, in the file named by \
             --client-secret-file or typed at a terminal, found {place}"
        )));
    }
    Ok(found.into())
}

/// The access token in a file.
pub(crate) fn token(file: &Path) -> Result<SecretString, Failure> {
    let token = of_file(file, "--token-file")?;
    match token.is_empty() {
        true => Err(Failure::Usage(format!("expected an access token in {}, found none", shown(file)))),
        false => Ok(token.into()),
    }
}

/// The value of a header, wherever it is.
pub(crate) fn header(header: &Header) -> Result<SecretString, Failure> {
    match &header.source {
        HeaderSource::Value(value) => Ok(value.clone().into()),
        HeaderSource::File(file) => of_file(file, "--header").map(SecretString::from),
    }
}

/// The bytes of a file that others should not see.
pub(crate) fn bytes_of(path: &Path, option: &str) -> Result<Vec<u8>, Failure> {
    read(path, option, true)
}

/// The bytes of a file that everyone may see.
pub(crate) fn public_bytes_of(path: &Path, option: &str) -> Result<Vec<u8>, Failure> {
    read(path, option, false)
}

/// The file's text less one line end, which editors and `echo` put there.
fn of_file(path: &Path, option: &str) -> Result<String, Failure> {
    let text = read(path, option, true)?;
    let line = text.strip_suffix(b"\n").map_or(&*text, |line| line.strip_suffix(b"\r").unwrap_or(line));
    let secret = str::from_utf8(line).map_err(|_| Failure::Local {
        message: format!("expected a secret in UTF-8 in {}, found other bytes", shown(path)),
        help: None,
    })?;
    Ok(secret.to_owned())
}

fn read(path: &Path, option: &str, is_secret: bool) -> Result<Vec<u8>, Failure> {
    if path.as_os_str() == "-" {
        return Err(Failure::Usage(format!(
            "expected a file for {option}, found `-`: nothing of this kind is read from standard input"
        )));
    }
    // A certificate bundle can be larger than any secret.
    let most = if is_secret { LARGEST } else { 16 * 1024 * 1024 };
    let failed = |error| Failure::local("reading", path, &error);
    let file = interrupt::waiting(|| File::open(path)).map_err(failed)?;
    if is_secret {
        warn_of_readers(path, &file);
    }
    let mut text = Vec::new();
    interrupt::waiting(|| file.take(most + 1).read_to_end(&mut text)).map_err(failed)?;
    if text.len() as u64 > most {
        let message = format!("expected at most {most} bytes in {}, found more", shown(path));
        return Err(Failure::Local { message, help: None });
    }
    Ok(text)
}

/// Whoever can read the file has the secret.
#[cfg(unix)]
fn warn_of_readers(path: &Path, file: &File) {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(metadata) = file.metadata() else { return };
    let mode = metadata.permissions().mode() & 0o777;
    // systemd lets the service in by an access control list, which shows as a mode for a group.
    let is_credential = env::var_os(CREDENTIALS).is_some_and(|directory| path.starts_with(directory));
    if metadata.is_file() && mode & 0o077 != 0 && !is_credential {
        messages::warn(&format!(
            "{} holds a secret and is open to others than its owner (mode {mode:04o}): chmod 600 it",
            shown(path)
        ));
    }
}

#[cfg(not(unix))]
fn warn_of_readers(_: &Path, _: &File) {}

/// Asks whoever sits at the terminal; an empty text if nobody does.
fn prompt() -> Result<String, Failure> {
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return Ok(String::new());
    }
    let _echo = restore_the_terminal_at_the_end();
    let typed = interrupt::waiting(|| rpassword::prompt_password("Client secret: "));
    typed.map_err(|error| match error.kind() {
        // Ctrl-C is read, while one types, and no signal comes of it.
        ErrorKind::Interrupted => Failure::Signal(130),
        _ => Failure::system("asking for the client secret", &error),
    })
}

/// A signal while a secret is typed must not leave a terminal that shows nothing.
#[cfg(unix)]
fn restore_the_terminal_at_the_end() -> Option<interrupt::AtEnd> {
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    let before = tcgetattr(stdin()).ok()?;
    Some(interrupt::at_end(move || {
        let _restored = tcsetattr(stdin(), OptionalActions::Now, &before);
    }))
}

#[cfg(not(unix))]
fn restore_the_terminal_at_the_end() -> Option<interrupt::AtEnd> {
    None
}

fn shown(path: &Path) -> String {
    escaped(&path.display().to_string()).into_owned()
}
