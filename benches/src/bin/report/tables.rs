//! BENCHMARKS.md.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mock_pam_core::{Layout, Population};

use crate::results::Results;

const POPULATIONS: [Population; 2] = [Population::Varied, Population::Wide];

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
    paths(results, &mut out);
    chunks(results, &mut out);
    adversarial(results, &mut out);
    asynchronous(results, &mut out);
    memory(results, &mut out);
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

/// A row of ratios: in which run, whose speed, over whose, and the goal.
struct Ratio {
    title: &'static str,
    run: (&'static str, &'static str),
    ours: &'static str,
    rival: Rival,
    goal: &'static str,
}

enum Rival {
    OnDemand(&'static str, &'static str),
    Reader(&'static str),
}

fn ratios(results: &Results, out: &mut String) {
    const AVX512: (&str, &str) = ("avx512", "generic");
    const AVX2: (&str, &str) = ("avx2", "generic");
    const PORTABLE: (&str, &str) = ("portable", "generic");
    const NATIVE: (&str, &str) = ("", "native");
    const SENT: &str = "ours-borrowed-sent";
    const UNESCAPED: &str = "ours-borrowed-unescaped";
    let on_demand = "≥ 2.5 compact, ≥ 2 others";
    let row = |title, run, ours, rival, goal| Ratio { title, run, ours, rival, goal };
    let rows = [
        row(
            "AVX-512, borrowed, as sent / On-Demand icelake",
            AVX512,
            SENT,
            Rival::OnDemand("icelake", "sent"),
            on_demand,
        ),
        row(
            "AVX-512, borrowed, unescaped / On-Demand icelake",
            AVX512,
            UNESCAPED,
            Rival::OnDemand("icelake", "unescaped"),
            on_demand,
        ),
        row(
            "AVX-512, borrowed from the slice, as sent / On-Demand icelake",
            AVX512,
            "ours-slice-sent",
            Rival::OnDemand("icelake", "sent"),
            on_demand,
        ),
        row(
            "AVX2, borrowed, as sent / On-Demand haswell",
            AVX2,
            SENT,
            Rival::OnDemand("haswell", "sent"),
            "≥ 2",
        ),
        row(
            "AVX2, borrowed, unescaped / On-Demand haswell",
            AVX2,
            UNESCAPED,
            Rival::OnDemand("haswell", "unescaped"),
            "≥ 2",
        ),
        row(
            "portable, borrowed, unescaped / serde_json slice",
            PORTABLE,
            UNESCAPED,
            Rival::Reader("serde_json-slice-borrowed"),
            "≥ 3",
        ),
        row("AVX-512, borrowed, as sent / word sum", AVX512, SENT, Rival::Reader("memory-word-sum"), "≥ 0.4"),
        row(
            "owned, as sent / sonic-rs owned",
            NATIVE,
            "ours-owned-sent",
            Rival::Reader("sonic-rs-owned"),
            "≥ 3",
        ),
        row(
            "owned, unescaped / sonic-rs owned",
            NATIVE,
            "ours-owned-unescaped",
            Rival::Reader("sonic-rs-owned"),
            "≥ 3",
        ),
        row(
            "serde, borrowed / sonic-rs borrowed",
            NATIVE,
            "ours-serde-borrowed",
            Rival::Reader("sonic-rs-borrowed"),
            "≥ 2.5",
        ),
        row(
            "serde, borrowed from the slice / sonic-rs borrowed",
            NATIVE,
            "ours-slice-serde",
            Rival::Reader("sonic-rs-borrowed"),
            "≥ 2.5",
        ),
        row("borrowed, unescaped / simd-json", NATIVE, UNESCAPED, Rival::Reader("simd-json-borrowed"), ""),
        row(
            "borrowed, unescaped / serde_json reader",
            NATIVE,
            UNESCAPED,
            Rival::Reader("serde_json-reader-owned"),
            "≥ 20",
        ),
        row(
            "borrowed, unescaped / http-streams-core",
            NATIVE,
            UNESCAPED,
            Rival::Reader("http-streams-core-owned"),
            "≥ 20",
        ),
        row("borrowed, unescaped / struson", NATIVE, UNESCAPED, Rival::Reader("struson-reader"), "≥ 20"),
        row("borrowed, unescaped / actson", NATIVE, UNESCAPED, Rival::Reader("actson-slice"), "≥ 20"),
        row("borrowed, as sent / bufjson slice", NATIVE, SENT, Rival::Reader("bufjson-slice"), "≥ 20"),
        row("borrowed, as sent / bufjson reader", NATIVE, SENT, Rival::Reader("bufjson-reader"), "≥ 20"),
    ];
    out.push_str("\n## Ratios\n\nOurs over the rival's, medians of rounds in which both take turns in one process. On-Demand: its best way\nfor that response. Rivals written in Rust run as their documentation asks, with `target-cpu=native`.\n");
    for population in POPULATIONS {
        let _ = writeln!(out, "\n### Population `{population}`\n");
        layout_header("", out, "goal");
        for row in &rows {
            let cells = Layout::ALL.map(|layout| {
                let corpus = format!("{population}-{layout}");
                let ours = results.timing(row.run, &corpus, row.ours)?;
                let rival = match row.rival {
                    Rival::OnDemand(kernel, texts) => results.on_demand(row.run, &corpus, kernel, texts)?.0,
                    Rival::Reader(name) => results.timing(row.run, &corpus, name)?,
                };
                let ratio = rival.median / ours.median;
                Some(if ratio < 0.095 { format!("{ratio:.3}") } else { format!("{ratio:.2}") })
            });
            cells_row(row.title, cells, row.goal, out);
        }
    }
}

fn throughput(results: &Results, population: Population, out: &mut String) {
    const RUN: (&str, &str) = ("", "native");
    let _ = writeln!(
        out,
        "\n## Throughput, population `{population}`\n\nGB/s (10⁹ bytes of response a second), median; all readers compiled with `target-cpu=native`, our path chosen at run time.\n"
    );
    layout_header("reader", out, "");
    for (kernel, texts) in
        [("icelake", "sent"), ("icelake", "unescaped"), ("haswell", "sent"), ("haswell", "unescaped")]
    {
        let cells = Layout::ALL.map(|layout| {
            let (timing, way) = results.on_demand(RUN, &format!("{population}-{layout}"), kernel, texts)?;
            Some(format!("{:.2} ({way})", timing.speed()))
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
            Some(format!("{:.2}", timing.speed()))
        });
        cells_row(name, cells, "", out);
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

fn layout_header(first: &str, out: &mut String, last: &str) {
    let names = Layout::ALL.map(|layout| layout.name()).join(" | ");
    let tail = if last.is_empty() { String::new() } else { format!(" {last} |") };
    let _ = writeln!(out, "| {first} | {names} |{tail}");
    let columns = Layout::ALL.len() + usize::from(!last.is_empty());
    let _ = writeln!(out, "|---|{}", "---:|".repeat(columns));
}

/// A row, unless nobody measured any of it.
fn cells_row(title: &str, cells: [Option<String>; Layout::ALL.len()], last: &str, out: &mut String) {
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
    out.push_str("\n## Chunks pushed into the parser\n\nBorrowed sessions, texts as sent, `varied-compact`; criterion's median.\n\n| bytes of a chunk | GB/s |\n|---:|---:|\n");
    for estimate in found {
        let _ = writeln!(out, "| {} | {:.3} |", estimate.value, estimate.speed());
    }
}

fn adversarial(results: &Results, out: &mut String) {
    let found = results.group("adversarial");
    let speed_of = |function: &str, value: &str| {
        let found = found.iter().find(|estimate| estimate.function == function && estimate.value == value);
        found.map(|estimate| (estimate.speed(), estimate.median / estimate.bytes))
    };
    let ordinary = speed_of("ordinary", "n").map_or(f64::NAN, |(speed, _)| speed);
    out.push_str("\n## Responses meant to be slow\n\nGoals: at least 0.25 of ordinary speed (input in whole chunks); cost of twice the bytes at most 2.2 times.\nCriterion's median.\n\n| kind | GB/s | of ordinary | t(2n) / t(n) |\n|---|---:|---:|---:|\n");
    for kind in remote_sessions_benches::adversarial::Kind::ALL {
        let (Some((speed, cost)), Some((_, double))) =
            (speed_of(kind.name(), "n"), speed_of(kind.name(), "2n"))
        else {
            continue;
        };
        let _ = writeln!(
            out,
            "| {} | {speed:.2} | {:.2} | {:.2} |",
            kind.name(),
            speed / ordinary,
            2.0 * double / cost
        );
    }
}

fn asynchronous(results: &Results, out: &mut String) {
    out.push_str("\n## Stream of `Bytes`\n\nA stream that is always ready; criterion's median.\n\n| reader | bytes of a chunk | GB/s |\n|---|---:|---:|\n");
    let mut found = results.group("async");
    found.sort_by_key(|estimate| {
        (estimate.function.clone(), estimate.value.parse::<u64>().unwrap_or_default())
    });
    for estimate in found {
        let _ = writeln!(out, "| {} | {} | {:.2} |", estimate.function, estimate.value, estimate.speed());
    }
}

/// Seconds and peaks of all runs, by megabytes.
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
        reader.entry(megabytes).or_default().push((measured.seconds, measured.peak));
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
            let mut seconds: Vec<f64> = runs.iter().map(|run| run.0).collect();
            seconds.sort_by(f64::total_cmp);
            let peak = runs.iter().map(|run| run.1).max().unwrap_or_default() as f64 / 1024.0;
            let speed = *size as f64 / 1e3 / seconds[seconds.len() / 2];
            let _ = match reader {
                "nothing" => write!(out, " {peak:.1} |"),
                _ => write!(out, " {peak:.1} ({speed:.2}) |"),
            };
        }
        out.push('\n');
    }
}
