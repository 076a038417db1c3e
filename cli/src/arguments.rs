//! The command line.

use std::error::Error;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use mock_pam_core::{EnvelopeShape, Failure, Layout, Population};

use crate::exit::CODES;
use crate::mock::CLIENT_ID;

/// Turns the PAM Core list of remote sessions into NDJSON or CSV, in constant memory.
///
/// The list comes from a server (fetch), a file or a pipe (read), or a built-in imitation of a
/// server (demo, mock). Its size does not matter: one session is held at a time.
#[derive(Debug, Parser)]
#[command(name = "remote-sessions", version, after_long_help = overview())]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows the whole path: a mock server, a fetch over HTTP, a table, a summary
    #[command(after_long_help = "Examples:\n  remote-sessions demo\n  remote-sessions demo --items 10000000")]
    Demo(DemoArguments),

    /// Reads a response from a file or standard input
    #[command(after_long_help = read_help())]
    Read(ReadArguments),

    /// Fetches the list from a PAM Core
    ///
    /// The server's own documentation warns that the answer may take a few minutes: there is no
    /// time-out but that of connecting. Sessions come out as they come in.
    #[command(after_long_help = fetch_help())]
    Fetch(FetchArguments),

    /// Serves made-up lists of any size, until it is stopped
    ///
    /// Prints its address on standard output, and on standard error how to ask it. The client
    /// secret is `mock-secret`.
    #[command(after_long_help = MOCK_HELP)]
    Mock(MockArguments),
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// How many sessions the mock server lists
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub(crate) items: u64,
}

#[derive(Debug, Args)]
pub(crate) struct ReadArguments {
    /// The file that holds the response; `-` or nothing: standard input
    #[arg(default_value = "-", hide_default_value = true)]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct FetchArguments {
    /// The server's address, such as https://pam.example
    #[arg(long, value_name = "URL", env = "REMOTE_SESSIONS_URL", hide_env_values = true)]
    pub(crate) url: String,

    /// The client id of this application, from the server's A2A settings
    #[arg(long, value_name = "ID", env = "REMOTE_SESSIONS_CLIENT_ID", hide_env_values = true)]
    pub(crate) client_id: String,

    /// The file that holds the client secret, in place of REMOTE_SESSIONS_CLIENT_SECRET
    ///
    /// One line end at the end of the file does not count. The secret itself is never an
    /// argument: those can be seen by every user of the machine.
    #[arg(long, value_name = "FILE")]
    pub(crate) client_secret_file: Option<PathBuf>,

    /// The path of the list below the address [default: api/pam/session/remotesessions]
    ///
    /// It differs by version: also known are api/session/remotesessions and
    /// iso/session/remotesessions.
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,

    /// The path of the token endpoint below the address [default: iso/oauth2/token]
    #[arg(long, value_name = "PATH")]
    pub(crate) token_path: Option<String>,

    /// How client id and secret are sent to the token endpoint
    #[arg(long, value_enum, value_name = "STYLE", default_value_t = AuthenticationStyle::Form)]
    pub(crate) auth: AuthenticationStyle,

    /// Allows http:// to another machine (not needed for this machine itself)
    ///
    /// Everyone on the way can then read the secret, the token and the list.
    #[arg(long)]
    pub(crate) allow_http: bool,

    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct MockArguments {
    /// Where to listen; port 0 is a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,

    /// How many sessions there are
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) items: u64,

    /// How items are written
    #[arg(long, value_name = "LAYOUT", default_value_t, value_parser = one_of(Layout::ALL, Layout::name))]
    pub(crate) layout: Layout,

    /// How items are wrapped
    #[arg(long, value_name = "SHAPE", default_value_t, value_parser = one_of(EnvelopeShape::ALL, EnvelopeShape::name))]
    pub(crate) envelope: EnvelopeShape,

    /// What decides over everything that looks like chance
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// What the sessions look like
    #[arg(long, value_name = "KIND", default_value_t, value_parser = one_of(Population::ALL, Population::name))]
    pub(crate) population: Population,

    /// How many inner envelopes the shape `pages` has
    #[arg(long, value_name = "N", default_value_t = NonZeroU64::new(4).expect("not zero"))]
    pub(crate) pages: NonZeroU64,

    /// The only client id that it knows
    #[arg(long, value_name = "ID", default_value = CLIENT_ID)]
    pub(crate) client_id: String,

    /// Compresses lists for clients that accept gzip
    #[arg(long)]
    pub(crate) gzip: bool,

    /// Seconds before the first byte of a list
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    pub(crate) latency: Duration,

    /// Answers with this documented error instead of a list (or of a token)
    #[arg(long, value_name = "ERROR", value_parser = one_of(Failure::ALL, Failure::name))]
    pub(crate) failure: Option<Failure>,
}

/// What `read` and `fetch` have in common: how to parse and where to put the sessions.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArguments {
    /// What to write for each session
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Ndjson)]
    pub(crate) format: Format,

    /// Writes to FILE instead of standard output, as a whole or not at all
    ///
    /// A regular file is replaced only after a run that ends with exit code 0, by a new one that
    /// only its owner may read; until then, and after a failure, what was there stays. It may be
    /// the input itself. Anything else (a device, a named pipe) is written to directly. `-` is
    /// standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// What to do when an item is not a session as documented
    #[arg(long, value_enum, value_name = "ACTION", default_value_t = OnBadItem::Fail)]
    pub(crate) on_bad_item: OnBadItem,

    /// Does not put `'` before CSV cells that a spreadsheet would take for a formula
    ///
    /// Without it cells that begin with = + - @, a tab or a carriage return get a leading `'`.
    #[arg(long)]
    pub(crate) raw_csv: bool,

    /// Prints a summary as the last line of standard error, whatever the exit code but 2
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) summary: Option<SummaryFormat>,

    /// Refuses a response without its two outer closing brackets (exit code 4)
    ///
    /// The vendor's own sample ends like that, so it is accepted with a warning otherwise. A
    /// first page that was cut just after its end looks the same: use this where nobody watches.
    #[arg(long, help_heading = "Input")]
    pub(crate) strict: bool,

    /// Skips text before the JSON, such as a PHP warning
    #[arg(long, help_heading = "Input")]
    pub(crate) skip_leading_text: bool,

    /// Says on standard error which CPU instructions look at the bytes
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Each item's own JSON on a line of its own, nothing lost or reordered
    Ndjson,
    /// The documented members as columns (RFC 4180)
    Csv,
    /// Nothing: only check
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnBadItem {
    /// Stop there, exit code 3
    Fail,
    /// Warn, count, go on
    Skip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SummaryFormat {
    /// One JSON object on one line
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuthenticationStyle {
    /// As fields of the form
    Form,
    /// As HTTP Basic
    Basic,
}

/// A parser of the mock's names that lists them in `--help`.
fn one_of<T, const N: usize>(all: [T; N], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Clone + Copy + Send + Sync + 'static + FromStr,
    T::Err: Error + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.map(name)).try_map(|text| text.parse::<T>())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn overview() -> String {
    format!(
        "{CODES}\n\n{ENVIRONMENT}\n\nExamples:\n  remote-sessions demo\n{READ_EXAMPLES}\n{FETCH_EXAMPLES}"
    )
}

fn read_help() -> String {
    format!("{SUMMARY}\n\n{CODES}\n\nExamples:\n{READ_EXAMPLES}")
}

fn fetch_help() -> String {
    format!("{SUMMARY}\n\n{CODES}\n\n{ENVIRONMENT}\n\nExamples:\n{FETCH_EXAMPLES}")
}

const ENVIRONMENT: &str = "\
Environment of fetch:
  REMOTE_SESSIONS_URL            as --url
  REMOTE_SESSIONS_CLIENT_ID      as --client-id
  REMOTE_SESSIONS_CLIENT_SECRET  the client secret, unless --client-secret-file is given";

const READ_EXAMPLES: &str = "  remote-sessions read saved.json > sessions.ndjson
  remote-sessions read --format csv -o sessions.csv saved.json
  gunzip -c saved.json.gz | remote-sessions read --strict --summary json > sessions.ndjson";

const FETCH_EXAMPLES: &str = "  remote-sessions fetch --url https://pam.example --client-id agent \\
      --client-secret-file secret.txt --strict -o sessions.ndjson
  remote-sessions fetch --format csv > sessions.csv   (all of it from the environment)";

const MOCK_HELP: &str = "\
Exit codes:
  0  stopped by a signal (SIGINT, SIGTERM)
  1  the address cannot be listened on
  2  usage

Examples:
  remote-sessions mock --items 10000000
  remote-sessions mock --layout pretty --envelope unclosed --listen 127.0.0.1:8080
  remote-sessions mock --failure not-authorized";

const SUMMARY: &str = "\
The summary is one JSON object with these members:
  schema           1
  sessions         sessions delivered (0 if -o FILE was left as it was)
  skipped          bad items passed over
  bytes            bytes of the response, after decompression
  completeness     complete, unclosed_envelope, truncated, or failed: any other end,
                   such as an output that was closed early
  tolerated        what was accepted although undocumented: kind, count, first_offset
  envelopes        the first 15 and the last: code, status, tenant, message, error
  envelopes_total  how many there were
  error            null, or kind, message, offset, item";
