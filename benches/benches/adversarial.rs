//! Responses that are meant to be slow, each in two sizes, n and 2n, to see how the cost grows.

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use remote_sessions_benches::adversarial::Kind;
use remote_sessions_benches::{measurement_time, response_bytes};

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
        }
    }
    group.finish();
}

criterion_group!(benches, adversarial);
criterion_main!(benches);
