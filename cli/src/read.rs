//! `read`: a response from a file or standard input.

use std::fs::File;
use std::io::{ErrorKind, Read, stdin};
use std::path::Path;

use remote_sessions::{Parser, Step};

use crate::arguments::ReadArguments;
use crate::delivery::{Delivery, deliver};
use crate::exit::Failure;
use crate::interrupt;
use crate::precautions;
use crate::progress::{Measure, Progress, Start};

pub(crate) fn run(arguments: &ReadArguments) -> u8 {
    deliver(
        &arguments.output,
        || precautions::input(&arguments.output, &arguments.file),
        || Ok(None),
        |mut delivery| {
            let mut input = match Input::open(&arguments.file) {
                Ok(input) => input,
                Err(failure) => return (delivery, None, Err(failure)),
            };
            if !delivery.is_on_terminal() {
                delivery.progress = Progress::new(Measure::Bytes(input.length), Start::Late);
            }
            let mut parser = arguments.output.settings().build_parser();
            let ended = drive(&mut input, &mut parser, &mut delivery);
            (delivery, Some(parser.summary()), ended)
        },
    )
}

/// The reader's loop, written out: it alone knows the moment before a wait.
fn drive(input: &mut Input<'_>, parser: &mut Parser, delivery: &mut Delivery) -> Result<(), Failure> {
    /// Bytes between two notes of a regular file, which one need not wait for.
    const STRIDE: u64 = 16 * 1024 * 1024;
    let (mut taken, mut noted) = (0, 0);
    loop {
        match parser.advance()? {
            Step::Item => delivery.take(parser.batch())?,
            Step::End => return Ok(()),
            Step::NeedInput => {
                // Only a regular file never lets one wait; elsewhere that costs one write a read.
                if input.length.is_none() {
                    delivery.flush()?;
                }
                interrupt::check()?;
                if input.length.is_none() || taken >= noted + STRIDE {
                    noted = taken;
                    delivery.note(parser.summary());
                }
                match input.fill(parser)? {
                    0 => parser.end_of_input(),
                    count => taken += count as u64,
                }
                delivery.progress.update(taken, delivery.sessions());
            }
        }
    }
}

/// Where the response comes from.
struct Input<'a> {
    source: Box<dyn Read>,
    name: &'a Path,
    /// Bytes of a regular file.
    length: Option<u64>,
}

impl<'a> Input<'a> {
    fn open(path: &'a Path) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            return Ok(Self {
                source: Box::new(stdin().lock()),
                name: Path::new("standard input"),
                length: None,
            });
        }
        let failed = |error| Failure::local("reading", path, &error);
        let file = interrupt::waiting(|| File::open(path)).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let length = metadata.is_file().then_some(metadata.len());
        Ok(Self { source: Box::new(file), name: path, length })
    }

    /// Reads once into the parser; 0 at the end.
    fn fill(&mut self, parser: &mut Parser) -> Result<usize, Failure> {
        loop {
            let read = match self.length {
                Some(_) => self.source.read(parser.space()),
                None => interrupt::waiting(|| self.source.read(parser.space())),
            };
            match read {
                Ok(count) => {
                    parser.filled(count);
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::local("reading", self.name, &error)),
            }
        }
    }
}
