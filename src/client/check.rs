//! Step by step to the first item: what works, what does not, and whom to ask.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::Url;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};

use super::body::Body;
use super::clock::Timeout;
use super::proxy_fault::ProxyFault;
use super::request::List;
use super::retry::{Failed, is_busy};
use super::tls::Refusal;
use super::trace;
use crate::error::{Error, ErrorKind, escaped};
use crate::pam::ApiErrorKind;
use crate::parser::Builder;

/// A step on the way to the first item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CheckStep {
    /// From the name of the server, or of the proxy, to its addresses.
    NameLookup,
    /// A TCP connection to one of them.
    Connect,
    /// TLS, with the server's certificate and ours.
    Tls,
    /// An access token.
    Token,
    /// The right to the list: the server begins to answer.
    Permission,
    /// The first item of the list. No more is read.
    FirstItem,
}

impl CheckStep {
    /// All steps, in the order in which they are taken.
    pub const ALL: [Self; 6] =
        [Self::NameLookup, Self::Connect, Self::Tls, Self::Token, Self::Permission, Self::FirstItem];

    /// The stable lower-case name.
    ///
    /// ```
    /// assert_eq!(remote_sessions::client::CheckStep::FirstItem.as_str(), "first_item");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NameLookup => "name_lookup",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Token => "token",
            Self::Permission => "permission",
            Self::FirstItem => "first_item",
        }
    }

    /// Whom to ask when it fails and nothing more is known; see [`Checked::whom_to_ask`].
    #[must_use]
    pub const fn whom_to_ask(self) -> &'static str {
        match self {
            Self::NameLookup => "whoever runs the network here (DNS), after a look at the address",
            Self::Connect => "whoever runs the network here: routes, firewalls, the proxy",
            Self::Tls => {
                "whoever runs the server (its certificate), or this machine (its clock, the CA file, the client certificate)"
            }
            Self::Token => {
                "the PAM administrator: the application in A2A, its client id and secret, the source addresses it may come from"
            }
            Self::Permission => {
                "the PAM administrator: the permission to access Web Proxy Session resources in A2A, and the path of the list"
            }
            Self::FirstItem => {
                "the PAM administrator: the load of the server and the time-outs of the gateway"
            }
        }
    }
}

impl fmt::Display for CheckStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameLookup => "name lookup",
            Self::Connect => "connect",
            Self::Tls => "TLS",
            Self::Token => "access token",
            Self::Permission => "permission",
            Self::FirstItem => "first item",
        })
    }
}

/// What a step came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CheckOutcome {
    /// It worked; with a word on what was found.
    Passed(String),
    /// There was nothing to do; with the reason.
    Skipped(&'static str),
    /// It did not work, and no further step is taken.
    Failed(Error),
}

/// A step that was taken.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Checked {
    /// Which one.
    pub step: CheckStep,
    /// What it came to.
    pub outcome: CheckOutcome,
    /// How long it took.
    pub elapsed: Duration,
}

impl Checked {
    /// Whom to ask if it failed: by what went wrong, else by the [step](CheckStep::whom_to_ask).
    #[must_use]
    pub fn whom_to_ask(&self) -> Option<&'static str> {
        match &self.outcome {
            CheckOutcome::Failed(error) => Some(whom_to_ask(self.step, error)),
            _ => None,
        }
    }
}

fn whom_to_ask(step: CheckStep, error: &Error) -> &'static str {
    const BETWEEN: &str =
        "whoever runs the server, or the gateway or proxy before it: its load, its time-outs, its rules";
    if let Some(fault) = error.cause::<ProxyFault>() {
        return fault.whom_to_ask();
    }
    let Some(reported) = error.api_error() else {
        return match error.kind() {
            // The way was good up to here: what is wrong now is no right and no secret.
            ErrorKind::Transport | ErrorKind::Timeout if step > CheckStep::Tls => BETWEEN,
            ErrorKind::Truncated | ErrorKind::Interrupted => BETWEEN,
            ErrorKind::Syntax | ErrorKind::Shape => {
                "whoever runs the gateway or proxy before the server, which may answer in its place; or look at the address and the path: something else is there"
            }
            ErrorKind::Item => {
                "the PAM administrator, who may ask the vendor's support: with the item that is not as documented"
            }
            _ => step.whom_to_ask(),
        };
    };
    let code = reported.http_status().map(i64::from).or(reported.code());
    match reported.kind() {
        ApiErrorKind::Unexpected => {
            "the PAM administrator, who may ask the vendor's support: with the time of this check"
        }
        ApiErrorKind::InvalidSignature => "the PAM administrator: the address of this application in A2A",
        ApiErrorKind::RequestTimedOut | ApiErrorKind::NoRoute => BETWEEN,
        ApiErrorKind::Other if code.is_some_and(|code| (300..400).contains(&code) || is_busy(code)) => {
            BETWEEN
        }
        _ => step.whom_to_ask(),
    }
}

type Step = Result<CheckOutcome, Error>;

/// What a step does, for the errors of time-outs.
const LOOKING_UP: &str = "looking up the name";
const CONNECTING: &str = "connecting";
const SETTING_UP_TLS: &str = "setting up TLS";

/// Takes all steps up to the one that fails; each once, without retries.
pub(super) async fn check(list: &List, mut report: impl FnMut(&Checked)) -> Result<(), Error> {
    let total = list.total();
    let mut since = Instant::now();
    let mut told = |step: CheckStep, outcome: Step| {
        let (outcome, failed) = match outcome {
            Ok(outcome) => (outcome, None),
            Err(error) => (CheckOutcome::Failed(error.clone()), Some(error)),
        };
        trace::check_step(step.as_str(), failed.as_ref());
        report(&Checked { step, outcome, elapsed: since.elapsed() });
        since = Instant::now();
        failed.map_or(Ok(()), Err)
    };
    // Each step has its part of the time for all, so that the one that takes too long is told.
    let target = list.http.proxy().unwrap_or_else(|| list.http.base());
    let mut addresses = Vec::new();
    let found = name_lookup(list, target, &mut addresses);
    told(CheckStep::NameLookup, list.in_time(total, LOOKING_UP, found).await)?;
    told(CheckStep::Connect, list.in_time(total, CONNECTING, connect(list, &addresses)).await)?;
    told(CheckStep::Tls, list.in_time(total, SETTING_UP_TLS, tls(list)).await)?;
    let token = list.token(total).await.map_err(|failed| failed.error);
    told(CheckStep::Token, token.as_ref().map_err(Error::clone).map(|_| token_outcome(list)))?;
    let body = match token {
        Ok(token) => match list.ask(&token, total).await {
            Ok(answer) => list.body(answer, &token, total).await,
            Err(failed) => Err(failed),
        },
        Err(error) => Err(error.into()),
    };
    let (outcome, body) = match body {
        Ok(body) => (Ok(CheckOutcome::Passed("the list begins".into())), Some(body)),
        Err(failed) => (Err(failed.error), None),
    };
    told(CheckStep::Permission, outcome)?;
    let Some(body) = body else { return Ok(()) };
    told(CheckStep::FirstItem, first_item(body).await)
}

async fn name_lookup(list: &List, target: &Url, addresses: &mut Vec<SocketAddr>) -> Step {
    let (Some(name), Some(port)) = (target.host_str(), target.port_or_known_default()) else {
        return Err(Error::new(ErrorKind::Configuration, "expected an address with a host, found none"));
    };
    let number: Result<IpAddr, _> = name.trim_start_matches('[').trim_end_matches(']').parse();
    if let Ok(number) = number {
        addresses.push((number, port).into());
        return Ok(CheckOutcome::Skipped("the address is a number"));
    }
    let timeouts = list.http.timeouts();
    let found = match timeout(timeouts.connect, lookup_host((name, port))).await {
        Err(_) => return Err(Timeout::Connect.fired(LOOKING_UP, timeouts)),
        Ok(Err(error)) => {
            return Err(failed(LOOKING_UP, &error)
                .advise("check the name in the address, and DNS")
                .because(error));
        }
        Ok(Ok(found)) => found,
    };
    addresses.extend(found);
    if addresses.is_empty() {
        let message = format!("failed while {LOOKING_UP}: expected an address, found none");
        return Err(
            Error::new(ErrorKind::Transport, message).advise("check the name in the address, and DNS")
        );
    }
    let shown: Vec<_> = addresses.iter().take(4).map(|address| address.ip().to_string()).collect();
    Ok(CheckOutcome::Passed(shown.join(", ")))
}

async fn connect(list: &List, addresses: &[SocketAddr]) -> Step {
    let timeouts = list.http.timeouts();
    match timeout(timeouts.connect, TcpStream::connect(addresses)).await {
        Err(_) => Err(Timeout::Connect.fired(CONNECTING, timeouts)),
        Ok(Err(error)) => Err(failed(CONNECTING, &error).because(error)),
        Ok(Ok(stream)) => Ok(CheckOutcome::Passed(match stream.peer_addr() {
            Ok(address) => address.to_string(),
            Err(_) => "connected".into(),
        })),
    }
}

/// By a request for nothing in particular, whose answer does not matter.
async fn tls(list: &List) -> Step {
    let base = list.http.base();
    if base.scheme() == "http" {
        return Ok(CheckOutcome::Skipped("the address is plain http"));
    }
    let deadlines = list.http.deadlines(None);
    let sent = list.http.send(list.http.head(base), SETTING_UP_TLS, deadlines);
    // Connecting has its own time-out; what comes after it is no matter of TLS.
    let patience = list.http.timeouts().connect.saturating_mul(2);
    Ok(CheckOutcome::Passed(match timeout(patience, sent).await {
        Ok(Ok(answer)) => format!("{:?}", answer.response.version()),
        Ok(Err(failed)) if is_of_connection(&failed) => {
            let mask = list.tokens.secrets(None).into_mask();
            return Err(failed.hiding(&mask).error);
        }
        Ok(Err(_)) | Err(_) => "the certificate is good; no answer to a HEAD request".into(),
    }))
}

/// Whether the request came to nothing before anything was sent to the server.
fn is_of_connection(failed: &Failed) -> bool {
    failed.again.is_some()
        || Refusal::of(&failed.error).is_some()
        || failed.error.cause::<ProxyFault>().is_some()
}

/// Decoded as well: an item that is no session is one that a run would fail at.
async fn first_item(body: Body) -> Step {
    let mut reader = body.read_by(&Builder::new());
    Ok(CheckOutcome::Passed(match reader.next_item().await? {
        Some(item) => {
            item.session()?;
            format!("an item of {} bytes", item.raw().len())
        }
        None => "the list is empty".into(),
    }))
}

fn token_outcome(list: &List) -> CheckOutcome {
    match list.tokens.is_renewable() {
        true => CheckOutcome::Passed("the server gave one".into()),
        false => CheckOutcome::Skipped("a token was given"),
    }
}

fn failed(doing: &str, error: &io::Error) -> Error {
    Error::new(ErrorKind::Transport, format!("failed while {doing}: {}", escaped(&error.to_string())))
}
