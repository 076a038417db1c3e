//! From arguments to a client.

use std::time::{Duration, Instant};

use remote_sessions::client::{
    Authentication, BodyLimits, Client, ClientBuilder, Proxies, Retries, Timeouts,
};
use remote_sessions::{Error, ErrorKind};
use tokio::runtime::{self, Runtime};

use crate::arguments::{
    AuthenticationStyle, CredentialArguments, ProxyArguments, RetryArguments, ServerArguments,
    TimeoutArguments, TlsArguments,
};
use crate::exit::Failure;
use crate::secret;

/// A runtime on this thread alone.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    let built = runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| Failure::system("starting the runtime", &error))
}

/// The client that the arguments describe. Nothing is sent yet. `since` is when the run began.
pub(crate) fn client(
    arguments: &ServerArguments,
    retries: Retries,
    since: Instant,
) -> Result<Client, Failure> {
    let limits = &arguments.timeouts;
    let mut builder = Client::builder(&arguments.url)
        .allow_http(arguments.allow_http)
        .proxies(proxies(&arguments.proxy)?)
        .body_limits(body_limits(limits))
        .retries(retries);
    if let Some(path) = &arguments.path {
        builder = builder.list_path(path);
    }
    if let Some(path) = &arguments.token_path {
        builder = builder.token_path(path);
    }
    for header in &arguments.header {
        builder = builder.header(&header.name, secret::header(header)?);
    }
    builder = with_certificates(builder, &arguments.tls)?;
    let builder = with_credentials(builder, &arguments.credentials)?;
    // Last: whatever took its time before counts.
    builder.timeouts(timeouts(limits, since)).build().map_err(unusable)
}

fn with_credentials(
    builder: ClientBuilder,
    arguments: &CredentialArguments,
) -> Result<ClientBuilder, Failure> {
    if let Some(file) = &arguments.token_file {
        return Ok(builder.token(secret::token(file)?));
    }
    // Required unless there is a token.
    let id = arguments.client_id.as_deref().unwrap_or_default();
    let style = match arguments.auth {
        AuthenticationStyle::Form => Authentication::Form,
        AuthenticationStyle::Basic => Authentication::Basic,
    };
    let secret = secret::client_secret(arguments.client_secret_file.as_deref())?;
    Ok(builder.credentials(id, secret).authentication(style))
}

fn with_certificates(mut builder: ClientBuilder, arguments: &TlsArguments) -> Result<ClientBuilder, Failure> {
    if let Some(file) = &arguments.ca_file {
        builder = builder.ca_certificates(&secret::public_bytes_of(file, "--ca-file")?);
    }
    let Some(certificate) = &arguments.client_cert else { return Ok(builder) };
    let pem = match &arguments.client_key {
        Some(key) => {
            let mut pem = secret::public_bytes_of(certificate, "--client-cert")?;
            pem.push(b'\n');
            pem.extend(secret::bytes_of(key, "--client-key")?);
            pem
        }
        None => secret::bytes_of(certificate, "--client-cert")?,
    };
    Ok(builder.client_certificate(&pem))
}

fn proxies(arguments: &ProxyArguments) -> Result<Proxies, Failure> {
    match (&arguments.proxy, arguments.no_proxy.as_deref().map(str::trim)) {
        (_, Some("*")) => Ok(Proxies::Direct),
        (Some(url), hosts) => Ok(Proxies::Url { url: url.clone(), no_proxy: hosts.map(str::to_owned) }),
        (None, None) => Ok(Proxies::Environment),
        (None, Some(_)) => Err(Failure::Usage(
            "expected --proxy beside the hosts of --no-proxy, found none: with a proxy from the \
             environment, put them into NO_PROXY"
                .to_owned(),
        )),
    }
}

fn timeouts(arguments: &TimeoutArguments, since: Instant) -> Timeouts {
    /// No wait for anybody: not worth an odd number in a message.
    const NO_TIME: Duration = Duration::from_millis(100);
    let waited = Some(since.elapsed()).filter(|waited| *waited >= NO_TIME).unwrap_or_default();
    let mut timeouts = Timeouts::default();
    timeouts.connect = arguments.connect_timeout;
    timeouts.first_byte = arguments.first_byte_timeout;
    timeouts.idle = arguments.idle_timeout;
    timeouts.total = arguments.max_time.map(|limit| limit.saturating_sub(waited));
    timeouts.minimum_rate = arguments.minimum_rate;
    timeouts
}

fn body_limits(arguments: &TimeoutArguments) -> BodyLimits {
    let mut limits = BodyLimits::default();
    limits.decoded_bytes = arguments.max_decoded_size;
    limits.ratio = arguments.max_ratio.0;
    limits
}

/// How often a request is made again.
pub(crate) fn retries(arguments: &RetryArguments) -> Retries {
    let mut retries = Retries::default();
    retries.tries = arguments.tries;
    retries.within = arguments.retry_within;
    retries
}

/// No connection has been made yet: what is refused here is what the command was given.
fn unusable(error: Error) -> Failure {
    if !matches!(error.kind(), ErrorKind::Configuration | ErrorKind::Authentication) {
        // TLS could not be set up.
        return error.into();
    }
    let message = match error.message().contains("found `http`") {
        true => format!("{error}: use https, or --allow-http if everyone on the way may read the secret"),
        false => error.to_string(),
    };
    Failure::Usage(message)
}
