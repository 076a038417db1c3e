//! JSONTestSuite through this project and its rivals: how many files each gets right, as the
//! tables of `docs/conformance.md`.
//!
//! ```sh
//! cargo run --release --manifest-path benches/Cargo.toml --bin conformance
//! ```
#![allow(clippy::print_stdout, reason = "the tables are what it is for")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::{env, fs};

use remote_sessions::{Builder, ScanPath};
use serde::de::IgnoredAny;

/// Someone who takes a text for JSON or not.
struct Reader {
    name: &'static str,
    package: &'static str,
    accepts: fn(&[u8]) -> bool,
}

/// As a tree of values, and as something that nobody wants to have: whether what is skipped is
/// checked too.
const READERS: [Reader; 8] = [
    Reader { name: "remote-sessions, item as sent", package: "remote-sessions", accepts: as_sent },
    Reader { name: "remote-sessions, item as a value", package: "remote-sessions", accepts: as_value },
    Reader {
        name: "serde_json, `Value`",
        package: "serde_json",
        accepts: |text| serde_json::from_slice::<serde_json::Value>(text).is_ok(),
    },
    Reader {
        name: "serde_json, `IgnoredAny`",
        package: "serde_json",
        accepts: |text| serde_json::from_slice::<IgnoredAny>(text).is_ok(),
    },
    Reader {
        name: "simd-json, `OwnedValue`",
        package: "simd-json",
        accepts: |text| simd_json::to_owned_value(&mut text.to_vec()).is_ok(),
    },
    Reader {
        name: "simd-json, `IgnoredAny`",
        package: "simd-json",
        accepts: |text| simd_json::from_slice::<IgnoredAny>(&mut text.to_vec()).is_ok(),
    },
    Reader {
        name: "sonic-rs, `Value`",
        package: "sonic-rs",
        accepts: |text| sonic_rs::from_slice::<sonic_rs::Value>(text).is_ok(),
    },
    Reader {
        name: "sonic-rs, `IgnoredAny`",
        package: "sonic-rs",
        accepts: |text| sonic_rs::from_slice::<IgnoredAny>(text).is_ok(),
    },
];

/// The text as the one item of a response, with every way of looking at bytes that this CPU has:
/// they must agree.
fn ours(text: &[u8], accept: fn(remote_sessions::Item<'_>) -> bool) -> bool {
    let mut verdicts = ScanPath::ALL.into_iter().filter(|path| path.is_available()).map(|path| {
        let mut reader = Builder::new().root_item().scan_path(path).build(text);
        let one = matches!(reader.next_item(), Ok(Some(item)) if accept(item));
        one && matches!(reader.next_item(), Ok(None))
    });
    let first = verdicts.next().expect("there is always a path");
    assert!(verdicts.all(|verdict| verdict == first), "the paths disagree");
    first
}

fn as_sent(text: &[u8]) -> bool {
    ours(text, |_| true)
}

fn as_value(text: &[u8]) -> bool {
    ours(text, |item| item.deserialize::<serde_json::Value>().is_ok())
}

/// What cargo knows of the packages here.
fn metadata() -> serde_json::Value {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--manifest-path", manifest])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo's metadata")
}

const ACCEPTED: u8 = 10;
const REFUSED: u8 = 20;

/// The verdict of a reader, by its number, in a process of its own: on deep nesting some overflow
/// the stack, which nobody can catch. None: it crashed.
fn judge(reader: usize, file: &Path) -> Option<bool> {
    let status = Command::new(env::current_exe().expect("this program"))
        .arg(reader.to_string())
        .arg(file)
        .stderr(Stdio::null())
        .status()
        .expect("this program runs");
    match status.code() {
        Some(code) if code == i32::from(ACCEPTED) => Some(true),
        Some(code) if code == i32::from(REFUSED) => Some(false),
        _ => None,
    }
}

fn main() -> ExitCode {
    if let [_, reader, file] = &env::args_os().collect::<Vec<_>>()[..] {
        let reader: usize = reader.to_str().and_then(|text| text.parse().ok()).expect("a reader's number");
        let accepted = (READERS[reader].accepts)(&fs::read(file).expect("a file of the suite"));
        return ExitCode::from(if accepted { ACCEPTED } else { REFUSED });
    }
    let metadata = metadata();
    let package = |name: &str| {
        let all = metadata["packages"].as_array().expect("packages");
        all.iter().find(|package| package["name"] == name).unwrap_or_else(|| panic!("no package {name}"))
    };
    let manifest = PathBuf::from(package("actson")["manifest_path"].as_str().expect("a path"));
    let suite = manifest.with_file_name("tests").join("json_test_suite").join("test_parsing");
    let files: BTreeMap<String, PathBuf> = fs::read_dir(&suite)
        .unwrap_or_else(|error| panic!("{}: {error}", suite.display()))
        .map(|entry| entry.expect("an entry of the suite"))
        .map(|entry| (entry.file_name().into_string().expect("a plain name"), entry.path()))
        .filter(|(name, _)| name.ends_with(".json"))
        .collect();
    let verdicts: Vec<BTreeMap<&str, Option<bool>>> = (0..READERS.len())
        .map(|reader| files.iter().map(|(name, file)| (&**name, judge(reader, file))).collect())
        .collect();

    let count = |prefix: &str| files.keys().filter(|name| name.starts_with(prefix)).count();
    let (yes, no, either) = (count("y_"), count("n_"), count("i_"));
    println!(
        "| reader | version | accepted of {yes} `y_` | refused of {no} `n_` | accepted of {either} `i_` | crashes |"
    );
    println!("|---|---|---|---|---|---|");
    for (reader, verdicts) in READERS.iter().zip(&verdicts) {
        let with = |prefix: &str, verdict| {
            verdicts.iter().filter(|(name, found)| name.starts_with(prefix) && **found == verdict).count()
        };
        println!(
            "| {} | {} | {} | {} | {} | {} |",
            reader.name,
            package(reader.package)["version"].as_str().expect("a version"),
            with("y_", Some(true)),
            with("n_", Some(false)),
            with("i_", Some(true)),
            with("", None),
        );
    }

    println!("\n| wrong verdict on | by |");
    println!("|---|---|");
    for (name, right) in files.keys().filter_map(|name| match name.get(..2)? {
        "y_" => Some((name, true)),
        "n_" => Some((name, false)),
        _ => None,
    }) {
        let wrong = READERS.iter().zip(&verdicts).filter(|(_, verdicts)| verdicts[&**name] != Some(right));
        let crashed = |verdicts: &BTreeMap<&str, Option<bool>>| verdicts[&**name].is_none();
        let wrong: Vec<_> = wrong
            .map(|(reader, verdicts)| {
                format!("{}{}", reader.name, if crashed(verdicts) { " (crash)" } else { "" })
            })
            .collect();
        if !wrong.is_empty() {
            println!("| `{name}` | {} |", wrong.join("; "));
        }
    }

    // Rows that are alike are one row.
    let mut alike: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for name in files.keys().filter(|name| name.starts_with("i_")) {
        let marks = verdicts.iter().map(|verdicts| match verdicts[&**name] {
            Some(true) => "yes",
            Some(false) => "no",
            None => "crash",
        });
        alike.entry(marks.collect()).or_default().push(name);
    }
    println!(
        "\n| left open by the grammar: accepted by | {} |",
        READERS.map(|reader| reader.name).join(" | ")
    );
    println!("|---|{}", "---|".repeat(READERS.len()));
    for (marks, names) in alike {
        println!("| `{}` | {} |", names.join("`, `"), marks.join(" | "));
    }
    ExitCode::SUCCESS
}
