//! All readers in turns over the same bytes: this project's, On-Demand, the fast rivals, the
//! memory itself; with `BENCH_SLOW=1` the streaming rivals too.
//!
//! Arguments are parts of the names of the responses to run, such as `varied` or `php`.
//! `BENCH_MB`, `BENCH_ROUNDS`, `BENCH_OUT` as in `remote_sessions_benches`;
//! `REMOTE_SESSIONS_SCAN` chooses the CPU path of this project's readers.

use std::io::{Result, stdout};

use mock_pam_core::{Layout, Population};
use remote_sessions_benches::readers::{ours, rivals};
use remote_sessions_benches::{Corpus, memory, response_bytes, rounds, setting};
use remote_sessions_benches_simdjson::{About, readers};

fn main() -> Result<()> {
    // `cargo bench` adds `--bench`.
    let parts: Vec<String> = std::env::args().skip(1).filter(|part| !part.starts_with('-')).collect();
    let about = About::new();
    println!("simdjson {} ({})", about.simdjson, about.compiler);
    rounds::record(&[about])?;
    for population in [Population::Varied, Population::Wide] {
        for layout in Layout::ALL {
            let name = format!("{population}-{layout}");
            if !parts.is_empty() && !parts.iter().any(|part| name.contains(part.as_str())) {
                continue;
            }
            let corpus = Corpus::generate(population, layout, response_bytes());
            let mut all = ours::all();
            all.extend(readers(&corpus));
            all.extend(rivals::fast());
            if setting("BENCH_SLOW", 0) == 1 {
                all.extend(rivals::slow());
            }
            all.extend(memory::all());
            let timings = rounds::run(&mut all, &corpus, rounds::count());
            rounds::print(&mut stdout(), &timings)?;
            rounds::record(&timings)?;
        }
    }
    Ok(())
}
