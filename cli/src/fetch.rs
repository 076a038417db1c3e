//! `fetch`: a response from a server.

use std::env;
use std::fs::File;
use std::future::{Future as _, poll_fn};
use std::io::Read as _;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;

use remote_sessions::client::{Authentication, Body, Client, SecretString};
use remote_sessions::{AsyncReader, Error, ErrorKind, Summary};
use tokio::runtime::{self, Runtime};

use crate::arguments::{AuthenticationStyle, FetchArguments};
use crate::delivery::{Delivery, deliver};
use crate::exit::Failure;
use crate::progress::{Measure, Progress, Start};

/// The variable that may hold the client secret.
pub(crate) const SECRET_VARIABLE: &str = "REMOTE_SESSIONS_CLIENT_SECRET";

/// Bytes of the largest file that is taken for a secret.
const LARGEST_SECRET: u64 = 64 * 1024;

pub(crate) fn run(arguments: &FetchArguments) -> u8 {
    deliver(&arguments.output, |delivery| {
        let prepared = client(arguments).and_then(|client| Ok((client, runtime()?)));
        match prepared {
            Ok((client, runtime)) => runtime.block_on(fetch(&client, arguments, delivery)),
            Err(failure) => (None, Err(failure)),
        }
    })
}

/// A runtime on this thread alone.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    let built = runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| Failure::system("starting the runtime", &error))
}

async fn fetch(
    client: &Client,
    arguments: &FetchArguments,
    delivery: &mut Delivery,
) -> (Option<Summary>, Result<(), Failure>) {
    // Nothing is written before the response is here: whoever waits may see that something waits.
    let mut waiting = Progress::new(Measure::Bytes(None), Start::AtOnce);
    let opened = client.remote_sessions_with(&arguments.output.settings()).await;
    waiting.clear();
    let mut reader = match opened {
        Ok(reader) => reader,
        Err(error) => return (None, Err(error.into())),
    };
    if !delivery.is_on_terminal() {
        delivery.progress = Progress::new(Measure::Bytes(reader.get_ref().wire_length()), Start::Late);
    }
    let ended = drive(&mut reader, delivery).await;
    (Some(reader.summary()), ended)
}

async fn drive(reader: &mut AsyncReader<Body>, delivery: &mut Delivery) -> Result<(), Failure> {
    /// Items between two looks at the counts, where no wait gives an occasion.
    const STRIDE: u64 = 256;
    for count in 1.. {
        let mut waited = false;
        {
            let mut next = pin!(reader.next_item());
            let item = poll_fn(|context| {
                let polled = next.as_mut().poll(context).map_err(Failure::from);
                if polled.is_pending() {
                    waited = true;
                    // Sessions are not held back while the server takes its time.
                    if let Err(failure) = delivery.flush() {
                        return Poll::Ready(Err(failure));
                    }
                }
                polled
            });
            match item.await? {
                Some(item) => delivery.take(item)?,
                None => break,
            }
        }
        if waited || count % STRIDE == 0 {
            delivery.progress.update(reader.get_ref().wire_bytes(), delivery.sessions());
        }
    }
    Ok(())
}

fn client(arguments: &FetchArguments) -> Result<Client, Failure> {
    let secret = secret(arguments.client_secret_file.as_deref())?;
    let style = match arguments.auth {
        AuthenticationStyle::Form => Authentication::Form,
        AuthenticationStyle::Basic => Authentication::Basic,
    };
    let mut builder = Client::builder(&arguments.url)
        .credentials(&arguments.client_id, secret)
        .authentication(style)
        .allow_http(arguments.allow_http);
    if let Some(path) = &arguments.path {
        builder = builder.list_path(path);
    }
    if let Some(path) = &arguments.token_path {
        builder = builder.token_path(path);
    }
    builder.build().map_err(unusable)
}

/// No connection has been made yet: what is refused here is what the command was given.
fn unusable(error: Error) -> Failure {
    if !matches!(error.kind(), ErrorKind::Configuration | ErrorKind::Authentication) {
        // TLS could not be set up.
        return error.into();
    }
    let message = match error.message().contains("found `http`") {
        true => format!("{error}: use https, or --allow-http if everyone on the way may read the secret"),
        false => format!("{error}: see --url, --path, --token-path and --client-id"),
    };
    Failure::Usage(message)
}

fn secret(file: Option<&Path>) -> Result<SecretString, Failure> {
    let secret = match file {
        Some(file) => secret_of_file(file)?,
        None => match env::var(SECRET_VARIABLE) {
            Ok(secret) => secret,
            Err(env::VarError::NotPresent) => String::new(),
            Err(env::VarError::NotUnicode(_)) => {
                return Err(Failure::Usage(format!(
                    "expected UTF-8 text in {SECRET_VARIABLE}, found other bytes"
                )));
            }
        },
    };
    if secret.is_empty() {
        let place = match file {
            Some(file) => format!("an empty file {}", file.display()),
            None => "none".to_owned(),
        };
        return Err(Failure::Usage(format!(
            "expected a client secret in the environment variable {SECRET_VARIABLE} or in the file \
             named by --client-secret-file, found {place}"
        )));
    }
    Ok(secret.into())
}

/// The file's text less one line end, which editors and `echo` put there.
fn secret_of_file(path: &Path) -> Result<String, Failure> {
    if path.as_os_str() == "-" {
        let message =
            "expected a file for --client-secret-file, found `-`: the secret is not read from standard input";
        return Err(Failure::Usage(message.to_owned()));
    }
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST_SECRET + 1).read_to_end(&mut text));
    read.map_err(|error| Failure::local("reading", path, &error))?;
    if text.len() as u64 > LARGEST_SECRET {
        let message =
            format!("expected a secret of at most {LARGEST_SECRET} bytes in {}, found more", path.display());
        return Err(Failure::Local { message, help: None });
    }
    let line = text.strip_suffix(b"\n").map_or(&*text, |line| line.strip_suffix(b"\r").unwrap_or(line));
    let secret = str::from_utf8(line).map_err(|_| Failure::Local {
        message: format!("expected a secret in UTF-8 in {}, found other bytes", path.display()),
        help: None,
    })?;
    Ok(secret.to_owned())
}
