//! The command `remote-sessions`: the PAM Core list of remote sessions as NDJSON or CSV.

#![forbid(unsafe_code)]

mod arguments;
mod delivery;
mod demo;
mod exit;
mod fetch;
mod interrupt;
mod mock;
mod output;
mod progress;
mod read;
mod summary;
mod terminal;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser as _;

fn main() -> ExitCode {
    let code = match Arguments::parse().command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Read(arguments) => read::run(&arguments),
        Command::Fetch(arguments) => fetch::run(&arguments),
        Command::Mock(arguments) => mock::run(&arguments),
    };
    ExitCode::from(code)
}
