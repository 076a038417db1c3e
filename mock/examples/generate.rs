//! Measures how fast each population and layout is generated on one core.
//!
//! ```text
//! cargo run --release -p mock-pam-core --example generate [GIGABYTES]
//! ```
#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use mock_pam_core::{Layout, Population, Response};

/// Takes everything, and keeps the compiler from leaving anything out.
struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        black_box(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let gigabytes: f64 = std::env::args().nth(1).map_or(Ok(0.5), |text| text.parse())?;
    println!("population  layout    bytes/item   GB/s (best of 5)   ns/item");
    for population in Population::ALL {
        for layout in Layout::ALL {
            let recipe = |items| Response::new(items).population(population).layout(layout);
            let bytes_per_item = recipe(10_000).byte_count() as f64 / 10_000.0;
            let response = recipe((gigabytes * 1e9 / bytes_per_item) as u64);
            let (mut best, mut bytes) = (Duration::MAX, 0);
            for _ in 0..5 {
                let start = Instant::now();
                bytes = response.write_to(&mut Sink)?;
                best = best.min(start.elapsed());
            }
            let speed = bytes as f64 / best.as_secs_f64() / 1e9;
            let time = best.as_secs_f64() * 1e9 / response.items().max(1) as f64;
            println!("{population:<10}  {layout:<8}  {bytes_per_item:>10.1}  {speed:>17.2}  {time:>8.0}");
        }
    }
    Ok(())
}
