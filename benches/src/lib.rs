//! What the benchmarks have in common: the data, the work, and everybody who does it.
//!
//! **The work.** Read every item of the response; have `id` as a `u64` and the other thirteen
//! documented members reachable as text; add up ids and lengths ([`Tally`]). Nobody's figure
//! counts before its tally was compared with the generator's own values or, where texts are
//! taken as sent, with everybody else's.
//!
//! **The readers.** [`readers::ours`], [`readers::rivals`]; with simdjson's On-Demand in the
//! package `simdjson/`, which needs a C++ compiler.
//!
//! **The clock.** Criterion in `benches/`; for ratios [`rounds`], in which all readers take turns
//! over the same bytes.

use core::time::Duration;

pub mod adversarial;
pub mod corpus;
pub mod measure;
pub mod memory;
pub mod readers;
pub mod rounds;
pub mod row;
mod tally;

pub use corpus::Corpus;
pub use readers::{Reader, Texts};
pub use tally::Tally;

/// A setting from the environment, or its default.
///
/// # Panics
/// If it is set to something that cannot be understood: a figure under the wrong setting is
/// worse than none.
///
/// ```
/// assert_eq!(remote_sessions_benches::setting("NOT_SET_ANYWHERE", 7), 7);
/// ```
pub fn setting<T: core::str::FromStr>(name: &str, default: T) -> T {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("expected another {name} than {text:?}")),
        Err(_) => default,
    }
}

/// Bytes of a response: `BENCH_MB` megabytes, 100 unless set.
pub fn response_bytes() -> usize {
    setting("BENCH_MB", 100) * 1_000_000
}

/// How long criterion measures one figure, roughly: `BENCH_SECONDS`, 2 unless set.
pub fn measurement_time() -> Duration {
    Duration::from_secs_f64(setting("BENCH_SECONDS", 2.0))
}

/// The CPU path that this project's readers take in this process.
///
/// # Panics
/// If `REMOTE_SESSIONS_SCAN` asks for another: a figure under the wrong name is worse than none.
///
/// ```
/// let path = remote_sessions_benches::scan_path();
/// assert!(["avx512", "avx2", "portable", "scalar"].contains(&path));
/// ```
pub fn scan_path() -> &'static str {
    let path = remote_sessions::ScanPath::detected().as_str();
    let asked = setting("REMOTE_SESSIONS_SCAN", path.to_owned());
    assert_eq!(asked, path, "REMOTE_SESSIONS_SCAN asks for a path that this CPU does not have");
    path
}
