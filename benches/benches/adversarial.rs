//! Responses that are meant to be slow, each in two sizes, n and 2n, to see how the cost grows.
//!
//! ```sh
//! cargo bench --bench adversarial                          # short: by criterion, 16 and 32 MB
//! BENCH_GROWTH_MB=256 cargo bench --bench adversarial      # long: every doubling from 16 MB to 256 MB
//! BENCH_GROWTH_MB=256 cargo bench --bench adversarial -- quotes deep
//! ```

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use std::{env, fs};

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group};
use remote_sessions_benches::adversarial::Kind;
use remote_sessions_benches::rounds::{Growth, record};
use serde::de::IgnoredAny;

use remote_sessions_benches::{measurement_time, response_bytes, scan_path, setting};

fn adversarial(criterion: &mut Criterion) {
    let size = response_bytes().min(16_000_000);
    let mut group = criterion.benchmark_group("adversarial");
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(measurement_time() / 8)
        .measurement_time(measurement_time());
    for kind in Kind::ALL {
        for (times, size) in [("n", size), ("2n", 2 * size)] {
            let response = kind.response(size);
            group.throughput(Throughput::Bytes(response.len() as u64));
            group.bench_with_input(BenchmarkId::new(kind.name(), times), &response, |bencher, response| {
                bencher.iter(|| kind.read(response));
            });
            // Not the same work, but a measure of what is in the bytes: the grammar alone.
            if times == "n" && kind != Kind::OneByteChunks {
                let name = BenchmarkId::new(format!("serde_json-ignored-{}", kind.name()), times);
                group.bench_with_input(name, &response, |bencher, response| {
                    bencher.iter(|| serde_json::from_slice::<IgnoredAny>(response).expect("JSON"));
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, adversarial);

fn main() {
    match setting("BENCH_GROWTH_MB", 0) {
        0 => {
            benches();
            Criterion::default().configure_from_args().final_summary();
        }
        largest => growth(largest),
    }
}

/// The long mode: a table of t(2n)/t(n) for every doubling up to that many megabytes. Both sizes
/// of a pair take turns, so that what else the machine does falls on both; the best of each counts.
fn growth(largest: usize) {
    let rounds = setting("BENCH_ROUNDS", 5);
    let asked: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let smallest = setting("BENCH_GROWTH_FROM_MB", 16).min(largest / 2).max(1);
    let mut sizes = vec![smallest];
    while sizes[sizes.len() - 1] * 2 <= largest {
        sizes.push(sizes[sizes.len() - 1] * 2);
    }
    println!("path {}, best of {rounds}; t(2n)/t(n) by n in MB", scan_path());
    let columns: String = sizes[..sizes.len() - 1].iter().map(|size| format!(" {size} |")).collect();
    let mut table = vec![
        format!("| kind |{columns} GB/s at {} MB | of ordinary |", sizes[sizes.len() - 1]),
        format!("|---|{}---:|---:|", "---:|".repeat(sizes.len() - 1)),
    ];
    println!("{}", table.join("\n"));
    let (mut ordinary, mut worst) = (f64::NAN, (0.0, String::new()));
    let wanted = |kind: &Kind| {
        asked.is_empty() || *kind == Kind::Ordinary || asked.iter().any(|word| word == kind.name())
    };
    for kind in Kind::ALL.into_iter().filter(wanted) {
        let mut row = format!("| {} |", kind.name());
        let mut speed = f64::NAN;
        let mut small = kind.response(sizes[0] * 1_000_000);
        for &size in &sizes[1..] {
            let large = kind.response(size * 1_000_000);
            let (mut of_small, mut of_large) = (Duration::MAX, Duration::MAX);
            for _ in 0..rounds {
                of_small = of_small.min(time(kind, &small));
                of_large = of_large.min(time(kind, &large));
            }
            // By the bytes there are: some kinds come in steps of a megabyte.
            let bytes = large.len() as f64 / small.len() as f64;
            let factor = of_large.as_secs_f64() / of_small.as_secs_f64() * 2.0 / bytes;
            row += &format!(" {factor:.2} |");
            if factor > worst.0 {
                worst = (factor, format!("{} from {} MB on", kind.name(), size / 2));
            }
            speed = large.len() as f64 / 1e9 / of_large.as_secs_f64();
            small = large;
        }
        if kind == Kind::Ordinary {
            ordinary = speed;
        }
        row += &format!(" {speed:.2} | {:.2} |", speed / ordinary);
        println!("{row}");
        table.push(row);
    }
    println!("largest: {:.2}, {}", worst.0, worst.1);
    let growth = Growth { kind: "growth".to_owned(), path: scan_path().to_owned(), rounds, table };
    record(&[growth]).expect("a file to write to");
}

/// Time for one reading, over as many as take a fifth of a second.
fn time(kind: Kind, response: &[u8]) -> Duration {
    let (start, mut readings) = (clock(), 0);
    loop {
        black_box(kind.read(black_box(response)));
        readings += 1;
        let elapsed = clock() - start;
        if elapsed > Duration::from_millis(200) {
            return elapsed / readings;
        }
    }
}

/// Time that this thread has spent on a CPU, where the system tells (to a tick): the growth is
/// then the same on a machine that has more to do. Elsewhere the time of day.
fn clock() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let spent = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let spent = spent.and_then(|text| text.split(' ').next()?.parse().ok());
    spent.map_or_else(|| START.elapsed(), Duration::from_nanos)
}
