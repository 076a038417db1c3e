//! `mock`: a PAM Core to try things on.

use std::io::{Write as _, stdout};

use mock_pam_core::{Builder, Failure as Documented, MockPamCore, Response};

use crate::arguments::MockArguments;
use crate::exit::Failure;
use crate::fetch::{SECRET_VARIABLE, runtime};
use crate::interrupt;
use crate::progress::Progress;
use crate::terminal::escaped;

/// What the mock's client calls itself unless told otherwise, and its secret, which is none.
pub(crate) const CLIENT_ID: &str = "mock-client";
pub(crate) const CLIENT_SECRET: &str = "mock-secret";

pub(crate) fn run(arguments: &MockArguments) -> u8 {
    let progress = Progress::hidden();
    match serve(arguments, &progress) {
        Ok(()) => 0,
        Err(failure) => {
            progress.fail(&failure);
            failure.code()
        }
    }
}

fn serve(arguments: &MockArguments, progress: &Progress) -> Result<(), Failure> {
    let runtime = runtime()?;
    runtime.block_on(async {
        // Before anyone is told of the server: from here on a signal ends it properly.
        let ended = interrupt::signals().map_err(|error| Failure::system("waiting for signals", &error))?;
        let listening = server(arguments).start().await;
        let server = listening
            .map_err(|error| Failure::system(&format!("listening on {}", arguments.listen), &error))?;
        let mut output = stdout().lock();
        // Who started it may have closed its output; it serves all the same.
        let _closed = writeln!(output, "{}", server.url()).and_then(|()| output.flush());
        drop(output);
        progress.line(&invitation(&server, &arguments.client_id));
        ended.wait().await;
        server.stop().await;
        Ok(())
    })
}

fn server(arguments: &MockArguments) -> Builder {
    let response = Response::new(arguments.items)
        .seed(arguments.seed)
        .layout(arguments.layout)
        .envelope(arguments.envelope)
        .population(arguments.population)
        .pages(arguments.pages.into());
    let builder = MockPamCore::builder()
        .address(arguments.listen)
        .credentials(&arguments.client_id, CLIENT_SECRET)
        .gzip(arguments.gzip)
        .latency(arguments.latency)
        .response(response);
    match arguments.failure {
        Some(failure @ Documented::ClientAuthenticationFailed) => builder.token_reply(failure),
        Some(failure) => builder.list_reply(failure),
        None => builder,
    }
}

/// How to ask this server, ready to be pasted.
fn invitation(server: &MockPamCore, client_id: &str) -> String {
    let allow = if server.addr().ip().is_loopback() { "" } else { " --allow-http" };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let id = escaped(client_id);
    let quoted = match id.bytes().all(plain) {
        true => id.into_owned(),
        false => format!("'{}'", id.replace('\'', r"'\''")),
    };
    format!(
        "the client secret is {CLIENT_SECRET}; try:\n  \
         {SECRET_VARIABLE}={CLIENT_SECRET} remote-sessions fetch --url {} --client-id {quoted}{allow}",
        server.url()
    )
}
