//! BENCHMARKS.md.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mock_pam_core::{Layout, Population};
use remote_sessions_benches::rounds::median;

use crate::ratios::ratios;
use crate::results::Results;

pub const POPULATIONS: [Population; 2] = [Population::Varied, Population::Wide];

/// The whole document.
pub fn markdown(results: &Results) -> String {
    let mut out = String::from(
        "# Benchmarks\n\nWritten by `benches/run`; the figures are what that run found, good or bad. A figure\nwithout its rival in the same run means little: read the ratios.\n",
    );
    machine(results, &mut out);
    ratios(results, &mut out);
    for population in POPULATIONS {
        throughput(results, population, &mut out);
    }
    scan(results, &mut out);
    paths(results, &mut out);
    chunks(results, &mut out);
    adversarial(results, &mut out);
    asynchronous(results, &mut out);
    memory(results, &mut out);
    growth(results, &mut out);
    out.push_str(include_str!("notes.md"));
    out
}

fn machine(results: &Results, out: &mut String) {
    out.push_str("\n## Machine, versions, commands\n\n| | |\n|---|---|\n");
    for (name, value) in results.about.iter().filter(|(name, _)| *name != "kind") {
        let _ = writeln!(out, "| {name} | {value} |");
    }
    let mut runs: Vec<String> = Vec::new();
    for timing in &results.timings {
        let megabytes = timing.bytes / 1_000_000;
        let run = format!(
            "{} path, {} build, {} rounds of {megabytes} MB",
            timing.path, timing.build, timing.rounds
        );
        if runs.last() != Some(&run) && !runs.contains(&run) {
            runs.push(run);
        }
    }
    let _ = writeln!(out, "| runs in turns | {} |", runs.join("; "));
}

fn throughput(results: &Results, population: Population, out: &mut String) {
    const RUN: (&str, &str) = ("", "native");
    let _ = writeln!(
        out,
        "\n## Throughput, population `{population}`\n\nGB/s (10⁹ bytes of response a second), median (best); all readers compiled with `target-cpu=native`, our path chosen at run time.\n"
    );
    layout_header("reader", out, "");
    for (kernel, texts) in
        [("icelake", "sent"), ("icelake", "unescaped"), ("haswell", "sent"), ("haswell", "unescaped")]
    {
        let cells = Layout::ALL.map(|layout| {
            let (timing, way) = results.on_demand(RUN, &format!("{population}-{layout}"), kernel, texts)?;
            Some(format!("{:.2} ({:.2}) {way}", timing.speed(), timing.best_speed()))
        });
        cells_row(&format!("On-Demand {kernel}, {texts}"), cells, "", out);
    }
    let mut names: Vec<&str> = Vec::new();
    for timing in &results.timings {
        let name = timing.reader.as_str();
        if !name.starts_with("on-demand") && !names.contains(&name) {
            names.push(name);
        }
    }
    for name in names {
        let cells = Layout::ALL.map(|layout| {
            let timing = results.timing(RUN, &format!("{population}-{layout}"), name)?;
            Some(format!("{:.2} ({:.2})", timing.speed(), timing.best_speed()))
        });
        cells_row(name, cells, "", out);
    }
}

/// The kernels alone.
fn scan(results: &Results, out: &mut String) {
    let mut found = results.group("scan");
    found.sort_by(|a, b| a.function.cmp(&b.function));
    let speed_of = |function: &str| found.iter().find(|estimate| estimate.function == function);
    let Some(memory) = speed_of("memory-word-sum") else { return };
    out.push_str("\n## Kernels alone\n\nCriterion's median, compiled for any CPU of the kind. `quotes`: the quote index over a response, `varied-compact`;\n`minify`: items without the white space between their tokens, one after the other into the same buffer.\n\n| kernel | GB/s | of a word sum |\n|---|---:|---:|\n");
    for estimate in &found {
        let speed = estimate.speed();
        let _ = writeln!(out, "| {} | {speed:.2} | {:.2} |", estimate.function, speed / memory.speed());
    }
}

/// Our readers on every path.
fn paths(results: &Results, out: &mut String) {
    out.push_str("\n## CPU paths\n\nGB/s, median, compiled for any CPU of the kind, path asked for by `REMOTE_SESSIONS_SCAN`; population `varied`.\n\n");
    layout_header("path, reader", out, "");
    for path in ["avx512", "avx2", "portable", "scalar"] {
        for reader in
            ["ours-borrowed-sent", "ours-slice-sent", "ours-owned-sent", "ours-raw", "ours-serde-borrowed"]
        {
            let cells = Layout::ALL.map(|layout| {
                let timing = results.timing((path, "generic"), &format!("varied-{layout}"), reader)?;
                Some(format!("{:.2}", timing.speed()))
            });
            cells_row(&format!("{path}, {reader}"), cells, "", out);
        }
    }
}

pub fn layout_header(first: &str, out: &mut String, last: &str) {
    let names = Layout::ALL.map(|layout| layout.name()).join(" | ");
    let tail = if last.is_empty() { String::new() } else { format!(" {last} |") };
    let _ = writeln!(out, "| {first} | {names} |{tail}");
    let columns = Layout::ALL.len() + usize::from(!last.is_empty());
    let _ = writeln!(out, "|---|{}", "---:|".repeat(columns));
}

/// A row, unless nobody measured any of it.
pub fn cells_row(title: &str, cells: [Option<String>; Layout::ALL.len()], last: &str, out: &mut String) {
    if cells.iter().all(Option::is_none) {
        return;
    }
    let cells = cells.map(|cell| cell.unwrap_or_else(|| "–".to_owned())).join(" | ");
    let tail = if last.is_empty() { String::new() } else { format!(" {last} |") };
    let _ = writeln!(out, "| {title} | {cells} |{tail}");
}

fn chunks(results: &Results, out: &mut String) {
    let mut found = results.group("chunks");
    found.sort_by_key(|estimate| estimate.value.parse::<u64>().unwrap_or_default());
    out.push_str("\n## Chunks pushed into the parser\n\nBorrowed sessions, texts as sent, `varied-compact`; criterion's median. serde_json reads owned structs through a\n`BufReader` of 64 KiB from a reader that gives so many bytes at a time.\n\n| bytes of a chunk | GB/s | serde_json's reader |\n|---:|---:|---:|\n");
    for estimate in found.iter().filter(|estimate| estimate.function == "push") {
        let rival = found.iter().find(|rival| rival.function != "push" && rival.value == estimate.value);
        let rival = rival.map_or("–".to_owned(), |rival| format!("{:.3}", rival.speed()));
        let _ = writeln!(out, "| {} | {:.3} | {rival} |", estimate.value, estimate.speed());
    }
}

fn adversarial(results: &Results, out: &mut String) {
    let found = results.group("adversarial");
    let speed_of = |function: &str, value: &str| {
        let found = found.iter().find(|estimate| estimate.function == function && estimate.value == value);
        found.map(|estimate| (estimate.speed(), estimate.median / estimate.bytes))
    };
    let ordinary = speed_of("ordinary", "n").map_or(f64::NAN, |(speed, _)| speed);
    out.push_str("\n## Responses meant to be slow\n\nGoals: at least 0.25 of ordinary speed; cost of twice the bytes at most 2.2 times. Criterion's median, the whole response in one\nchunk, but for `one-byte-chunks`. The last column is serde_json passing over the same bytes (`IgnoredAny`), which is less work: no\nitem comes out of that.\n\n| kind | GB/s | of ordinary | t(2n) / t(n) | serde_json, ignored, GB/s |\n|---|---:|---:|---:|---:|\n");
    for kind in remote_sessions_benches::adversarial::Kind::ALL {
        let (Some((speed, cost)), Some((_, double))) =
            (speed_of(kind.name(), "n"), speed_of(kind.name(), "2n"))
        else {
            continue;
        };
        let rival = speed_of(&format!("serde_json-ignored-{}", kind.name()), "n");
        let rival = rival.map_or("–".to_owned(), |(speed, _)| format!("{speed:.2}"));
        let _ = writeln!(
            out,
            "| {} | {speed:.2} | {:.2} | {:.2} | {rival} |",
            kind.name(),
            speed / ordinary,
            2.0 * double / cost
        );
    }
}

fn asynchronous(results: &Results, out: &mut String) {
    out.push_str("\n## Stream of `Bytes`\n\nA stream that is always ready; criterion's median. `in-place`: large chunks are read where they are (feature `bytes`), as\nthe client does.\n\n| reader | bytes of a chunk | GB/s |\n|---|---:|---:|\n");
    let mut found = results.group("async");
    found.sort_by_key(|estimate| {
        (estimate.function.clone(), estimate.value.parse::<u64>().unwrap_or_default())
    });
    for estimate in found {
        let _ = writeln!(out, "| {} | {} | {:.2} |", estimate.function, estimate.value, estimate.speed());
    }
}

/// How the cost grows, if that was run.
fn growth(results: &Results, out: &mut String) {
    let Some(growth) = &results.growth else { return };
    let _ = writeln!(
        out,
        "\n## Growth\n\nWhat twice the bytes cost, from so many MB on, and the speed of the largest beside that of ordinary sessions:\nbest of {} by the thread's own CPU time, {} path. At most 2.2 is the goal.\n\n{}",
        growth.rounds,
        growth.path,
        growth.table.join("\n")
    );
}

/// GB/s and peaks of all runs, by megabytes.
type BySize = BTreeMap<u64, Vec<(f64, u64)>>;

fn memory(results: &Results, out: &mut String) {
    out.push_str("\n## Memory and throughput against the size of the response\n\n`varied-compact` in a file, one process per reader and size; peak resident memory of the whole process, median\ntime from opening the file. `nothing` is what a process needs to exist.\n\n![throughput](benches/plots/throughput.svg)\n\n![memory](benches/plots/memory.svg)\n\n");
    let mut sizes: Vec<u64> = Vec::new();
    let mut readers: BTreeMap<&str, BySize> = BTreeMap::new();
    for measured in &results.measured {
        let megabytes = (measured.bytes as f64 / 1e6).round() as u64;
        if !sizes.contains(&megabytes) {
            sizes.push(megabytes);
        }
        let reader = readers.entry(&measured.reader).or_default();
        reader.entry(megabytes).or_default().push((measured.speed(), measured.peak));
    }
    sizes.sort_unstable();
    let columns: String = sizes.iter().map(|size| format!(" {size} MB |")).collect();
    let _ = writeln!(out, "| reader: MiB (GB/s) |{columns}\n|---|{}", "---:|".repeat(sizes.len()));
    for (reader, by_size) in readers {
        let _ = write!(out, "| {reader} |");
        for size in &sizes {
            let Some(runs) = by_size.get(size) else {
                out.push_str(" – |");
                continue;
            };
            let speed = median(runs.iter().map(|run| run.0).collect());
            let peak = runs.iter().map(|run| run.1).max().unwrap_or_default() as f64 / 1024.0;
            let _ = match reader {
                "nothing" => write!(out, " {peak:.1} |"),
                _ => write!(out, " {peak:.1} ({speed:.2}) |"),
            };
        }
        out.push('\n');
    }
}
