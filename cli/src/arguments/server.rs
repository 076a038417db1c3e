//! How to reach the server: what `fetch` and `check` have in common.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::values::{duration, ratio, size};

#[derive(Debug, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct ServerArguments {
    /// The server's address, such as https://pam.example
    #[arg(long, value_name = "URL", env = "REMOTE_SESSIONS_URL", hide_env_values = true)]
    pub(crate) url: String,

    /// The path of the list below the address [default: api/pam/session/remotesessions]
    ///
    /// It differs by version: also known are api/session/remotesessions and
    /// iso/session/remotesessions.
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,

    /// The path of the token endpoint below the address [default: iso/oauth2/token]
    #[arg(long, value_name = "PATH")]
    pub(crate) token_path: Option<String>,

    /// A further header of every request: NAME:VALUE, or NAME@FILE to keep its value secret
    ///
    /// May be repeated. The value in FILE is read as --client-secret-file is.
    #[arg(long, value_name = "HEADER")]
    pub(crate) header: Vec<Header>,

    /// Allows http:// to another machine (not needed for this machine itself)
    ///
    /// Everyone on the way can then read the secret, the token and the list.
    #[arg(long)]
    pub(crate) allow_http: bool,

    #[command(flatten)]
    pub(crate) credentials: CredentialArguments,

    #[command(flatten)]
    pub(crate) tls: TlsArguments,

    #[command(flatten)]
    pub(crate) proxy: ProxyArguments,

    #[command(flatten)]
    pub(crate) timeouts: TimeoutArguments,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Credentials")]
pub(crate) struct CredentialArguments {
    /// The client id of this application, from the server's A2A settings
    #[arg(
        long,
        value_name = "ID",
        env = "REMOTE_SESSIONS_CLIENT_ID",
        hide_env_values = true,
        required_unless_present = "token_file"
    )]
    pub(crate) client_id: Option<String>,

    /// The file that holds the client secret, in place of REMOTE_SESSIONS_CLIENT_SECRET
    ///
    /// One line end at the end of the file does not count. Without file and variable it is asked
    /// for, if there is a terminal. The secret itself is never an argument: those can be seen by
    /// every user of the machine.
    #[arg(long, value_name = "FILE")]
    pub(crate) client_secret_file: Option<PathBuf>,

    /// The file that holds an access token, in place of client id and secret
    ///
    /// It is used as it is: when the server refuses it, there is no way to a new one.
    #[arg(long, value_name = "FILE", conflicts_with = "client_secret_file")]
    pub(crate) token_file: Option<PathBuf>,

    /// How client id and secret are sent to the token endpoint
    #[arg(long, value_enum, value_name = "STYLE", default_value_t = AuthenticationStyle::Form)]
    pub(crate) auth: AuthenticationStyle,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "TLS")]
pub(crate) struct TlsArguments {
    /// Certificates (PEM) of authorities to trust besides those of the system
    ///
    /// There is no switch that turns verification off.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// The client certificate (PEM), with its chain, that this application shows the server
    #[arg(long, value_name = "FILE")]
    pub(crate) client_cert: Option<PathBuf>,

    /// The private key (PEM) of --client-cert, unless it is in the same file
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    pub(crate) client_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Proxy")]
pub(crate) struct ProxyArguments {
    /// The proxy to go through [default: that of HTTPS_PROXY, HTTP_PROXY or ALL_PROXY]
    ///
    /// Never used for this machine itself. A user name and password belong into the variable:
    /// arguments can be seen by every user of the machine.
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,

    /// Hosts to reach without --proxy, with commas between; `*`: no proxy at all
    #[arg(long, value_name = "HOSTS")]
    pub(crate) no_proxy: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Time-outs and limits")]
pub(crate) struct TimeoutArguments {
    /// How long connecting may take: name, TCP and TLS
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) connect_timeout: Duration,

    /// How long the server may take to begin its answer
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub(crate) first_byte_timeout: Duration,

    /// How long the answer may pause
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) idle_timeout: Duration,

    /// How long the run may take in all, the wait for named pipes and at the prompt for the secret
    /// included [default: as long as it takes]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) max_time: Option<Duration>,

    /// How slow the answer may be, in bytes a second over the time of --idle-timeout [default: any]
    #[arg(long, value_name = "SIZE", value_parser = size::<NonZeroU64>)]
    pub(crate) minimum_rate: Option<NonZeroU64>,

    /// How large the answer may be, decompressed [default: any size]
    #[arg(long, value_name = "SIZE", value_parser = size::<u64>)]
    pub(crate) max_decoded_size: Option<u64>,

    /// How many times its compressed size the answer may be after its first MiB; `none`: any
    #[arg(long, value_name = "N", default_value = "200", value_parser = ratio)]
    pub(crate) max_ratio: Ratio,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Retries")]
pub(crate) struct RetryArguments {
    /// How often to ask at most, when the server is not to be reached or busy
    ///
    /// Tried again are failed connections and the statuses 429, 502, 503 and 504, with growing
    /// pauses or those that the server asks for, and only before the first session.
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) tries: u32,

    /// How long after the first try to ask again at most
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(crate) retry_within: Duration,
}

/// A limit that can be lifted. Not an `Option`: `clap` would take that for an absent argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ratio(pub(crate) Option<u32>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuthenticationStyle {
    /// As fields of the form
    Form,
    /// As HTTP Basic
    Basic,
}

/// A header as given: where its value is, is settled later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) source: HeaderSource,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeaderSource {
    Value(String),
    File(PathBuf),
}

impl FromStr for Header {
    type Err = String;

    /// Neither sign may stand in a header's name, so the first one decides.
    fn from_str(text: &str) -> Result<Self, String> {
        let Some(at) = text.find([':', '@']).filter(|&at| at > 0) else {
            return Err("expected NAME:VALUE or NAME@FILE".to_owned());
        };
        let (name, rest) = (text[..at].to_owned(), &text[at + 1..]);
        let source = match text.as_bytes()[at] {
            b':' => HeaderSource::Value(rest.trim().to_owned()),
            _ if rest.is_empty() => return Err("expected a file after `@`".to_owned()),
            _ => HeaderSource::File(rest.into()),
        };
        Ok(Self { name, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_has_a_value_or_a_file() {
        let header = |text: &str| text.parse::<Header>().map(|header| (header.name, header.source));
        assert_eq!(header("X-A: b@c:d ").unwrap(), ("X-A".into(), HeaderSource::Value("b@c:d".into())));
        assert_eq!(header("X-A:").unwrap(), ("X-A".into(), HeaderSource::Value(String::new())));
        assert_eq!(header("X-A@/k:1").unwrap(), ("X-A".into(), HeaderSource::File("/k:1".into())));
        for bad in ["", "X-A", ":b", "@f", "X-A@"] {
            assert!(header(bad).is_err(), "{bad}");
        }
    }
}
