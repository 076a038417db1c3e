//! Ours over the rivals'.

use std::fmt::Write as _;

use mock_pam_core::Layout;

use crate::results::Results;
use crate::tables::{POPULATIONS, cells_row, layout_header};

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

/// The tables of ratios, for each population.
pub fn ratios(results: &Results, out: &mut String) {
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
            "AVX-512, borrowed from the slice, unescaped / On-Demand icelake",
            AVX512,
            "ours-slice-unescaped",
            Rival::OnDemand("icelake", "unescaped"),
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
            "AVX2, borrowed from the slice, as sent / On-Demand haswell",
            AVX2,
            "ours-slice-sent",
            Rival::OnDemand("haswell", "sent"),
            "≥ 2",
        ),
        row(
            "portable, borrowed, unescaped / serde_json slice",
            PORTABLE,
            UNESCAPED,
            Rival::Reader("serde_json-slice-borrowed"),
            "≥ 3",
        ),
        row("borrowed, as sent / word sum", NATIVE, SENT, Rival::Reader("memory-word-sum"), "≥ 0.4"),
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
        row(
            "serde, borrowed / serde_json on each item",
            NATIVE,
            "ours-serde-borrowed",
            Rival::Reader("ours-raw-serde_json"),
            "≥ 1.5",
        ),
        row(
            "serde, borrowed / simd-json on each item",
            NATIVE,
            "ours-serde-borrowed",
            Rival::Reader("ours-raw-simd-json"),
            "≥ 1.5",
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
    out.push_str("\n## Ratios\n\nOurs over the rival's, medians of rounds in which both take turns in one process. On-Demand: its best way\nfor that response. Rows that name a path are compiled for any CPU of the kind, all others with `target-cpu=native`, as\nthe rivals' documentation asks.\n");
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
