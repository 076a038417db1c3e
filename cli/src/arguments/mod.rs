//! The command line.

mod help;
mod messages;
mod mock;
mod output;
mod server;
mod values;

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::Styles;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use crate::exit::USAGE;
use crate::terminal::escaped;

pub(crate) use messages::{LogFormat, MessageArguments};
pub(crate) use mock::{ListArguments, MockArguments, WireArguments};
pub(crate) use output::{Format, OnBadItem, OutputArguments, SummaryFormat};
pub(crate) use server::{
    AuthenticationStyle, CredentialArguments, Header, HeaderSource, ProxyArguments, RetryArguments,
    ServerArguments, TimeoutArguments, TlsArguments,
};

/// The arguments of this process, or the exit code where there is nothing to be done with them. Help is
/// shown by the way.
pub(crate) fn parse() -> Result<Arguments, u8> {
    let error = match Arguments::try_parse() {
        Ok(arguments) => return Ok(arguments),
        Err(error) => error,
    };
    // These repeat no argument.
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        error.exit();
    }
    // Once more in plain letters, for what is left to escape then is what the arguments bring along.
    let plain = Arguments::command().styles(Styles::plain()).try_get_matches_from(env::args_os());
    let text = plain.err().unwrap_or(error).render().ansi().to_string();
    let lines: Vec<_> = text.trim_end().lines().map(escaped).collect();
    // Nobody can be told if that fails.
    let _unread = crate::messages::line(&lines.join("\n"));
    Err(USAGE)
}

/// Turns the PAM Core list of remote sessions into NDJSON or CSV, in constant memory.
///
/// The list comes from a server (fetch), a file or a pipe (read), or a built-in imitation of a
/// server (demo, mock). Its size does not matter: one session is held at a time.
#[derive(Debug, Parser)]
#[command(name = "remote-sessions", version, after_long_help = help::overview())]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) messages: MessageArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows the whole path: a mock server, a fetch over HTTP, a table, a summary
    #[command(after_long_help = "Examples:\n  remote-sessions demo\n  remote-sessions demo --items 10000000")]
    Demo(DemoArguments),

    /// Reads a response from a file or standard input
    #[command(after_long_help = help::read())]
    Read(ReadArguments),

    /// Fetches the list from a PAM Core
    ///
    /// The server's own documentation warns that the answer may take a few minutes: there is no
    /// time-out over all unless --max-time sets one. Sessions come out as they come in.
    #[command(after_long_help = help::fetch())]
    Fetch(Box<FetchArguments>),

    /// Tries the way to a PAM Core step by step, as far as the first session
    ///
    /// Looks up the name, connects, agrees on TLS, asks for a token, asks for the list and reads
    /// its first session, then stops. Says which step failed, why, and whom to ask.
    #[command(after_long_help = help::check())]
    Check(Box<ServerArguments>),

    /// Serves made-up lists of any size, with faults on request, until it is stopped
    ///
    /// Prints its address on standard output, and on standard error how to ask it. The client
    /// secret is `mock-secret`.
    #[command(after_long_help = help::mock())]
    Mock(Box<MockArguments>),

    /// Prints the completions for a shell
    #[command(after_long_help = help::COMPLETIONS)]
    Completions {
        /// The shell that they are for
        shell: Shell,
    },

    /// Prints a page of the manual, in roff
    #[command(after_long_help = help::MAN)]
    Man {
        /// The command that it is about; nothing: the page of all
        command: Option<String>,
    },
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
    #[command(flatten)]
    pub(crate) server: ServerArguments,

    #[command(flatten)]
    pub(crate) retries: RetryArguments,

    #[command(flatten)]
    pub(crate) output: OutputArguments,

    #[command(flatten)]
    pub(crate) resumption: ResumptionArguments,
}

/// What was delivered before, and what will have been.
#[derive(Debug, Args)]
#[command(next_help_heading = "Resumption")]
pub(crate) struct ResumptionArguments {
    /// Writes to FILE what has been delivered, at the end of the run, however it ended
    ///
    /// FILE is replaced as a whole, after the sessions are safe where they go. With -o FILE a
    /// failed run delivers nothing (see --append), and so leaves it as it was; what --keep-partial
    /// keeps does not count. So does a run whose reader went away. It is not the file of -o.
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,

    /// How often to do so during the run as well, for a run that may be killed
    ///
    /// With --append, and with standard output that is a file: what went into a pipe may be lost
    /// with its reader. What came after the last time comes again.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = values::duration)]
    pub(crate) checkpoint_every: Duration,

    /// Passes over what FILE, written by --checkpoint, says was delivered
    ///
    /// The whole list is fetched again: the server has no way to ask for less. May be the file of
    /// --checkpoint, which then need not exist yet: together they ship only what is new. A session
    /// that was delivered while in progress is not delivered again when it has ended. A file of -o
    /// that holds something is not replaced by what is new alone: that needs --append.
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<PathBuf>,
}
