//! The quote index alone, on every path that this CPU has; and what the memory can do, the ceiling
//! of whoever looks at every byte.

use std::hint::black_box;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use remote_sessions::ScanPath;
use remote_sessions_benches::memory::{copy_through, word_sum};
use remote_sessions_benches::{Corpus, measurement_time, response_bytes};

fn memory(criterion: &mut Criterion) {
    let corpus = Corpus::generate(Default::default(), Default::default(), response_bytes());
    let mut group = criterion.benchmark_group("scan");
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(measurement_time() / 8)
        .measurement_time(measurement_time())
        .throughput(Throughput::Bytes(corpus.bytes().len() as u64));
    group.bench_function("memory-word-sum", |bencher| bencher.iter(|| word_sum(black_box(corpus.bytes()))));
    let mut window = vec![0; 64 * 1024];
    group.bench_function("memory-copy-64KiB", |bencher| {
        bencher.iter(|| copy_through(black_box(corpus.bytes()), &mut window));
    });
    for path in ScanPath::ALL.into_iter().filter(|path| path.is_available() && *path != ScanPath::Scalar) {
        group.bench_function(format!("quotes-{}", path.as_str()), |bencher| {
            bencher.iter(|| path.count_quotes(black_box(corpus.bytes())));
        });
    }
    group.finish();
}

criterion_group!(benches, memory);
criterion_main!(benches);
