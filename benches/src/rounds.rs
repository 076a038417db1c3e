//! Readers take turns over the same bytes: what ratios are made of.
//!
//! A machine that others use slows down and speeds up within seconds. Readers that alternate
//! suffer alike; readers that are measured one after another do not.

use std::hint::black_box;
use std::io::{self, Write};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::readers::{Reader, check};
use crate::{Corpus, scan_path, setting};

/// What one reader needed for one response, in one run of this program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Timing {
    /// `rounds`, to tell these lines from others in the same file.
    pub kind: String,
    /// Population and layout.
    pub corpus: String,
    /// Who it was.
    pub reader: String,
    /// Bytes of the response.
    pub bytes: u64,
    /// Seconds of the fastest round.
    pub best: f64,
    /// Seconds of the median round.
    pub median: f64,
    /// How many rounds there were.
    pub rounds: usize,
    /// The CPU path that this project's readers took.
    pub path: String,
    /// How this program was compiled: `generic` or `native`.
    pub build: String,
}

/// What twice the bytes cost, kind by kind: rows of a table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Growth {
    /// `growth`, to tell this line from others in the same file.
    pub kind: String,
    /// The CPU path.
    pub path: String,
    /// Of how many rounds the best counts.
    pub rounds: usize,
    /// Header, line, and one row a kind.
    pub table: Vec<String>,
}

impl Timing {
    /// Billions of bytes a second in the median round.
    pub fn speed(&self) -> f64 {
        self.bytes as f64 / self.median / 1e9
    }

    /// The same in the fastest round.
    pub fn best_speed(&self) -> f64 {
        self.bytes as f64 / self.best / 1e9
    }
}

/// Rounds: `BENCH_ROUNDS`, 7 unless set.
pub fn count() -> usize {
    setting("BENCH_ROUNDS", 7).max(1)
}

/// How this program was compiled: with the instructions of every CPU of its kind, or of this one.
pub fn build() -> &'static str {
    if cfg!(target_feature = "avx2") { "native" } else { "generic" }
}

/// Lets all readers work through the response, in turns, after each one's result was checked.
///
/// ```
/// use mock_pam_core::{Layout, Population};
/// use remote_sessions_benches::{Corpus, readers, rounds};
/// let corpus = Corpus::generate(Population::Varied, Layout::Pretty, 100_000);
/// let timings = rounds::run(&mut readers::ours::all(), &corpus, 3);
/// assert!(timings.iter().all(|timing| timing.best <= timing.median && timing.rounds == 3));
/// ```
pub fn run(readers: &mut [Reader<'_>], corpus: &Corpus, rounds: usize) -> Vec<Timing> {
    check(readers, corpus);
    let mut seconds = vec![Vec::with_capacity(rounds); readers.len()];
    for _ in 0..rounds {
        for (reader, seconds) in readers.iter_mut().zip(&mut seconds) {
            let start = Instant::now();
            black_box(reader.run(black_box(corpus)));
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    readers
        .iter()
        .zip(seconds)
        .map(|(reader, mut seconds)| {
            seconds.sort_by(f64::total_cmp);
            Timing {
                kind: "rounds".to_owned(),
                corpus: corpus.name().to_owned(),
                reader: reader.name().to_owned(),
                bytes: corpus.bytes().len() as u64,
                best: seconds[0],
                median: median(seconds),
                rounds,
                path: scan_path().to_owned(),
                build: build().to_owned(),
            }
        })
        .collect()
}

/// The middle one of so many, of an even number the mean of the two in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
    f64::midpoint(low, high)
}

/// Prints timings, with each one's ratio to the first.
///
/// # Errors
/// Those of the writer.
pub fn print(out: &mut impl Write, timings: &[Timing]) -> io::Result<()> {
    let Some(first) = timings.first() else { return Ok(()) };
    let megabytes = first.bytes as f64 / 1e6;
    let (path, build, rounds) = (&first.path, &first.build, first.rounds);
    writeln!(out, "\n{}: {megabytes:.0} MB, path {path}, {build} build, {rounds} rounds", first.corpus)?;
    writeln!(out, "{:<28}{:>10}{:>10}   first / this (median, best)", "GB/s", "median", "best")?;
    for timing in timings {
        let best = timing.bytes as f64 / timing.best / 1e9;
        let ratios = (timing.median / first.median, timing.best / first.best);
        let speed = timing.speed();
        writeln!(out, "{:<28}{speed:>10.2}{best:>10.2}{:>13.2}{:>8.2}", timing.reader, ratios.0, ratios.1)?;
    }
    Ok(())
}

/// Appends timings to the file that `BENCH_OUT` names, one JSON line each; without it does nothing.
///
/// # Errors
/// Those of the file.
pub fn record(timings: &[impl Serialize]) -> io::Result<()> {
    let Some(path) = std::env::var_os("BENCH_OUT") else { return Ok(()) };
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    for timing in timings {
        writeln!(file, "{}", serde_json::to_string(timing)?)?;
    }
    Ok(())
}
