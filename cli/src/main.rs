//! The command `remote-sessions`: the PAM Core list of remote sessions as NDJSON or CSV.

#![forbid(unsafe_code)]

mod arguments;
mod check;
mod connection;
mod delivery;
mod demo;
mod exit;
mod fetch;
mod generate;
mod interrupt;
mod lock;
mod messages;
mod mock;
mod output;
mod precautions;
mod progress;
mod read;
mod resumption;
mod secret;
mod summary;
mod terminal;

use std::process::ExitCode;

use arguments::Command;

fn main() -> ExitCode {
    let arguments = match arguments::parse() {
        Ok(arguments) => arguments,
        Err(code) => return ExitCode::from(code),
    };
    messages::start(&arguments.messages);
    let code = match arguments.command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Read(arguments) => read::run(&arguments),
        Command::Fetch(arguments) => fetch::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Mock(arguments) => mock::run(&arguments),
        Command::Completions { shell } => generate::completions(shell),
        Command::Man { command } => generate::manual(command.as_deref()),
    };
    ExitCode::from(code)
}
