//! `mock`: a PAM Core to try things on.

use std::io::{Write as _, stdout};

use mock_pam_core::{Builder, Failure as Documented, MockPamCore, Response, Tls};

use crate::arguments::{ListArguments, MockArguments, WireArguments};
use crate::connection::runtime;
use crate::exit::Failure;
use crate::interrupt;
use crate::messages;
use crate::output::Replacement;
use crate::secret;
use crate::terminal::escaped;

/// What the mock's client calls itself unless told otherwise, and its secret, which is none.
pub(crate) const CLIENT_ID: &str = "mock-client";
pub(crate) const CLIENT_SECRET: &str = "mock-secret";

pub(crate) fn run(arguments: &MockArguments) -> u8 {
    match serve(arguments) {
        Ok(()) => 0,
        Err(failure) => {
            messages::fail(&failure);
            failure.code()
        }
    }
}

fn serve(arguments: &MockArguments) -> Result<(), Failure> {
    let runtime = runtime()?;
    runtime.block_on(async {
        // Before anyone is told of the server: from here on a signal ends it properly.
        let mut ended =
            interrupt::signals().map_err(|error| Failure::system("waiting for signals", &error))?;
        let listening = server(arguments).start().await;
        let server = listening
            .map_err(|error| Failure::system(&format!("listening on {}", arguments.listen), &error))?;
        let trust = trust(&server, &arguments.wire)?;
        let mut output = stdout().lock();
        // Who started it may have closed its output; it serves all the same.
        let _closed = writeln!(output, "{}", server.url()).and_then(|()| output.flush());
        drop(output);
        let _unread = messages::line(&invitation(&server, &arguments.client_id, &trust));
        ended.wait().await;
        server.stop().await;
        Ok(())
    })
}

fn server(arguments: &MockArguments) -> Builder {
    let ListArguments { items, layout, envelope, seed, population, pages } = arguments.list;
    let response = Response::new(items)
        .seed(seed)
        .layout(layout)
        .envelope(envelope)
        .population(population)
        .pages(pages.into());
    let wire = &arguments.wire;
    let mut builder = MockPamCore::builder()
        .address(arguments.listen)
        .credentials(&arguments.client_id, CLIENT_SECRET)
        .latency(wire.latency)
        .response(response);
    if let Some(encoding) = wire.encoding {
        builder = builder.encoding(encoding);
    }
    if let Some(tls) = wire.tls {
        builder = builder.tls(tls);
    }
    if wire.http2 {
        builder = builder.http2();
    }
    builder = wire.fault.iter().cloned().fold(builder, Builder::fault);
    match wire.failure {
        Some(failure @ Documented::ClientAuthenticationFailed) => builder.token_reply(failure),
        Some(failure) => builder.list_reply(failure),
        None => builder,
    }
}

/// Writes the certificates that a client needs, and gives the arguments that name them.
fn trust(server: &MockPamCore, wire: &WireArguments) -> Result<String, Failure> {
    let mut arguments = String::new();
    let client = server.client_pem().filter(|_| wire.tls == Some(Tls::ClientCertificateRequired));
    let files = [("ca.pem", "--ca-file", server.ca_pem()), ("client.pem", "--client-cert", client)];
    for (name, option, pem) in files {
        let Some(pem) = pem else { continue };
        let path = wire.certificates.join(name);
        let write = || {
            let mut file = Replacement::new(&path, false)?;
            file.write_all(pem.as_bytes())?;
            file.keep()
        };
        write().map_err(|error| Failure::local("writing", &path, &error))?;
        arguments.push_str(&format!(" {option} {}", quoted(&path.display().to_string())));
    }
    Ok(arguments)
}

/// How to ask this server, ready to be pasted.
fn invitation(server: &MockPamCore, client_id: &str, trust: &str) -> String {
    let allow = if server.addr().ip().is_loopback() { "" } else { " --allow-http" };
    format!(
        "the client secret is {CLIENT_SECRET}; try:\n  \
         {}={CLIENT_SECRET} remote-sessions fetch --url {} --client-id {}{allow}{trust}",
        secret::VARIABLE,
        server.url(),
        quoted(client_id)
    )
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let word = escaped(word);
    match word.bytes().all(plain) {
        true => word.into_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}
