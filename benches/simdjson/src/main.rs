//! `on-demand FILE`: reads a response with On-Demand and prints what that took, as one JSON line.

use std::error::Error;
use std::path::PathBuf;

use remote_sessions_benches::measure::measure;
use remote_sessions_benches::{Corpus, Texts};
use remote_sessions_benches_simdjson::{Kernel, OnDemand, Way};

fn main() -> Result<(), Box<dyn Error>> {
    let path = PathBuf::from(std::env::args_os().nth(1).ok_or("expected the path of a response")?);
    let parser = OnDemand::new(Kernel::Icelake).or_else(|| OnDemand::new(Kernel::Haswell));
    let mut parser = parser.ok_or("expected a CPU with AVX2 or AVX-512")?;
    let (measured, tally) = measure("on-demand-sent", &path, || {
        let corpus = Corpus::load(&path)?;
        Ok(parser.read(&corpus, Way::Documented, &[0; 14], Texts::AsSent))
    })?;
    if tally.items == 0 {
        return Err("expected items, found none".into());
    }
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}
