//! What `benches/run` is made of: data in files, one reader's memory, all readers in turns, and
//! the tables and plots of it all.

#![allow(clippy::print_stdout, reason = "a command that prints results")]

mod plots;
mod ratios;
mod results;
mod tables;

use std::error::Error;
use std::io::stdout;
use std::path::{Path, PathBuf};

use mock_pam_core::{Layout, Population};
use remote_sessions_benches::measure::{self, measure};
use remote_sessions_benches::{Corpus, memory, readers, response_bytes, rounds};

use results::Results;

const USAGE: &str = "expected one of:
  report generate FILE MEGABYTES      writes a response
  report readers                      names the readers that `measure` knows
  report measure READER FILE          reads it; prints seconds and peak memory as one JSON line
  report rounds                       all readers but On-Demand in turns; see BENCH_OUT, BENCH_MB, BENCH_ROUNDS
  report write LINES CRITERION MARKDOWN PLOTS
                                      tables and plots from JSON lines and criterion's directory";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["generate", file, megabytes] => {
            measure::generate(Path::new(file), megabytes.parse::<u64>()? * 1_000_000)?;
        }
        ["readers"] => println!("{}", measure::READERS.join("\n")),
        ["measure", reader, file] => print_measured(reader, Path::new(file))?,
        ["rounds"] => run_rounds()?,
        ["write", lines, criterion, markdown, plots] => {
            let results = Results::load(Path::new(lines), Path::new(criterion))?;
            let directory = PathBuf::from(plots);
            std::fs::create_dir_all(&directory)?;
            plots::draw(&results, &directory)?;
            std::fs::write(markdown, tables::markdown(&results))?;
        }
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

fn print_measured(reader: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    let (measured, tally) = measure(reader, file, || measure::read(reader, file))?;
    let tally = tally.ok_or_else(|| format!("expected a reader that is known, found {reader:?}"))?;
    if tally.items == 0 && reader != "nothing" {
        return Err("expected items, found none".into());
    }
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

fn run_rounds() -> Result<(), Box<dyn Error>> {
    for population in [Population::Varied, Population::Wide] {
        for layout in Layout::ALL {
            let corpus = Corpus::generate(population, layout, response_bytes());
            let mut all = readers::all();
            all.extend(memory::all());
            let timings = rounds::run(&mut all, &corpus, rounds::count());
            rounds::print(&mut stdout(), &timings)?;
            rounds::record(&timings)?;
        }
    }
    Ok(())
}
