//! `completions` and `man`: what a package of this command brings along.

use std::io::{self, Write as _, stdout};

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::arguments::Arguments;
use crate::exit::Failure;
use crate::messages;

const NAME: &str = "remote-sessions";

/// Prints the completions for a shell.
pub(crate) fn completions(shell: Shell) -> u8 {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), NAME, &mut text);
    print(Ok(text))
}

/// Prints the manual's page of a command, or of all.
pub(crate) fn manual(command: Option<&str>) -> u8 {
    print(page(command))
}

fn page(command: Option<&str>) -> Result<Vec<u8>, Failure> {
    let mut all = Arguments::command();
    // Gives every command the options that they share.
    all.build();
    let page = match command {
        None => all,
        Some(name) => one(&all, name)?,
    };
    let mut text = Vec::new();
    render(page, &mut text).map_err(|error| Failure::system("writing the page", &error))?;
    Ok(text)
}

fn render(command: Command, text: &mut Vec<u8>) -> io::Result<()> {
    let below = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let has_commands = command.get_subcommands().next().is_some();
    let page = Man::new(command);
    page.render_title(text)?;
    page.render_name_section(text)?;
    page.render_synopsis_section(text)?;
    page.render_description_section(text)?;
    page.render_options_section(text)?;
    if has_commands {
        page.render_subcommands_section(text)?;
    }
    sections(&below).to_writer(text)?;
    page.render_version_section(text)
}

/// The texts below the options, whose lines and columns have to stay.
fn sections(texts: &str) -> Roff {
    let mut page = Roff::default();
    for section in texts.split("\n\n") {
        let (title, lines) = section.split_once('\n').unwrap_or((section, ""));
        page.control("SH", [title.trim_end_matches(':').to_uppercase().as_str()]);
        page.control("nf", []);
        for line in lines.lines() {
            page.text([roman(line)]);
        }
        page.control("fi", []);
    }
    page
}

fn one(all: &Command, name: &str) -> Result<Command, Failure> {
    let found = all.find_subcommand(name).filter(|command| command.get_name() != "help");
    let Some(found) = found else {
        let names: Vec<_> =
            all.get_subcommands().map(Command::get_name).filter(|name| *name != "help").collect();
        return Err(Failure::Usage(format!("expected one of {}, found `{name}`", names.join(", "))));
    };
    // Pages are found by this name, as those of git's commands are.
    Ok(found.clone().name(format!("{NAME}-{name}")).version(env!("CARGO_PKG_VERSION")))
}

fn print(text: Result<Vec<u8>, Failure>) -> u8 {
    let printed = text.and_then(|text| {
        let mut output = stdout().lock();
        output.write_all(&text).and_then(|()| output.flush()).map_err(|error| Failure::write(&error))
    });
    match printed {
        Ok(()) | Err(Failure::OutputClosed) => 0,
        Err(failure) => {
            messages::fail(&failure);
            failure.code()
        }
    }
}
