//! The kernels alone, on every path that this CPU has: the quote index, and leaving out white space, where
//! there is some and where there is none; and what the memory can do, the ceiling of whoever looks at every byte.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use mock_pam_core::Layout;
use remote_sessions::{ScanPath, SliceReader};
use remote_sessions_benches::memory::{copy_through, word_sum};
use remote_sessions_benches::{Corpus, measurement_time, response_bytes};

/// The paths that have kernels, of those that this CPU has.
fn fast_paths() -> impl Iterator<Item = ScanPath> {
    ScanPath::ALL.into_iter().filter(|path| path.is_available() && *path != ScanPath::Scalar)
}

fn group(criterion: &mut Criterion, bytes: usize) -> BenchmarkGroup<'_, WallTime> {
    let mut group = criterion.benchmark_group("scan");
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(measurement_time() / 8)
        .measurement_time(measurement_time())
        .throughput(Throughput::Bytes(bytes as u64));
    group
}

fn memory(criterion: &mut Criterion) {
    let corpus = Corpus::generate(Default::default(), Default::default(), response_bytes());
    let mut group = group(criterion, corpus.bytes().len());
    group.bench_function("memory-word-sum", |bencher| bencher.iter(|| word_sum(black_box(corpus.bytes()))));
    let mut window = vec![0; 64 * 1024];
    group.bench_function("memory-copy-64KiB", |bencher| {
        bencher.iter(|| copy_through(black_box(corpus.bytes()), &mut window));
    });
    for path in fast_paths() {
        group.bench_function(format!("quotes-{}", path.as_str()), |bencher| {
            bencher.iter(|| path.count_quotes(black_box(corpus.bytes())));
        });
    }
    group.finish();
}

fn minify(criterion: &mut Criterion) {
    for layout in [Layout::Compact, Layout::Pretty] {
        let corpus = Corpus::generate(Default::default(), layout, response_bytes().min(32_000_000));
        let items: Vec<&str> =
            SliceReader::new(corpus.bytes()).map(|item| item.expect("an item").raw()).collect();
        let mut group = group(criterion, items.iter().map(|item| item.len()).sum());
        // Line by line, as the command does it: whole responses would be about how fast memory grows.
        let mut line = Vec::with_capacity(1 << 20);
        for path in fast_paths() {
            group.bench_function(format!("minify-{}-{layout}", path.as_str()), |bencher| {
                bencher.iter(|| {
                    for item in &items {
                        line.clear();
                        path.minify(item, &mut line);
                        black_box(&line);
                    }
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, memory, minify);
criterion_main!(benches);
