//! Which instructions look at the bytes: what was asked for in the environment, if the CPU has it.
#![cfg(feature = "std")]

mod support;

use std::env;
use std::process::Command;

use remote_sessions::{Builder, ScanPath};

/// Set in the processes that the first test starts.
const EXPECTED: &str = "REMOTE_SESSIONS_TEST_EXPECTS";

/// One process for each: the environment is looked at once.
#[test]
fn the_path_asked_for_is_the_one_that_runs_if_the_cpu_has_it() {
    let available: Vec<_> = ScanPath::ALL.into_iter().filter(|path| path.is_available()).collect();
    let fastest = available[0];
    assert!(available.contains(&ScanPath::Portable) && available.contains(&ScanPath::Scalar));
    let asked = ScanPath::ALL.map(ScanPath::as_str).into_iter().chain(["", "AVX2", "neon"]);
    for name in asked {
        let asked = available.iter().find(|path| path.as_str() == name);
        let expected = asked.copied().unwrap_or(fastest);
        let run = Command::new(env::current_exe().unwrap())
            .args(["--exact", "the_path_of_this_process"])
            .env("REMOTE_SESSIONS_SCAN", name)
            .env(EXPECTED, expected.as_str())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success() && said.contains("1 passed"), "asked for {name:?}: {said}");
    }
}

/// Where the environment of the run itself asks for a path, it runs: so a run under valgrind, say,
/// is about the path that it names.
#[test]
fn the_path_of_this_process() {
    let detected = ScanPath::detected();
    assert!(detected.is_available());
    let asked = env::var("REMOTE_SESSIONS_SCAN").unwrap_or_default();
    let asked = ScanPath::ALL.into_iter().find(|path| path.as_str() == asked && path.is_available());
    assert_eq!(asked.unwrap_or(detected), detected);
    let expected = env::var(EXPECTED).unwrap_or_else(|_| detected.as_str().to_owned());
    assert_eq!(detected.as_str(), expected);
}

/// A path that the CPU lacks is refused before its first instruction.
#[test]
fn a_path_that_the_cpu_lacks_is_refused() {
    for path in ScanPath::ALL {
        let built = std::panic::catch_unwind(|| Builder::new().scan_path(path).build_parser());
        assert_eq!(built.is_ok(), path.is_available(), "{path:?}");
    }
    assert_eq!(
        support::engines().len(),
        ScanPath::ALL.into_iter().filter(|path| path.is_available()).count()
    );
}

#[test]
fn paths_have_the_names_that_are_documented() {
    assert_eq!(ScanPath::ALL.map(ScanPath::as_str), ["avx512", "avx2", "portable", "scalar"]);
}

/// What a path that the CPU lacks is asked for is done by another one.
#[test]
fn white_space_is_left_out_whatever_the_cpu_has() {
    let item = format!("{{ \"id\" : \"1\",\r\n\t\"user\" : \"{} \\\" \" }}", "a b ".repeat(40));
    for path in ScanPath::ALL {
        let mut line = Vec::new();
        path.minify(&item, &mut line);
        let expected = format!("{{\"id\":\"1\",\"user\":\"{} \\\" \"}}", "a b ".repeat(40));
        assert_eq!(String::from_utf8(line).unwrap(), expected, "{path:?}");
    }
}
