//! Sessions from chunks of 16 bytes to 1 MiB, pushed into a parser; and as serde_json reads them, which pulls.

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use std::io::{BufReader, Read, Result};

use remote_sessions_benches::adversarial::read_chunks;
use remote_sessions_benches::readers::rivals::serde_json_reader;
use remote_sessions_benches::{Corpus, measurement_time, response_bytes};

/// Gives so many bytes at a time.
struct Chunks<'b> {
    rest: &'b [u8],
    size: usize,
}

impl Read for Chunks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let length = self.size.min(buffer.len());
        (&mut self.rest).take(length as u64).read(buffer)
    }
}

fn chunks(criterion: &mut Criterion) {
    let corpus = Corpus::generate(Default::default(), Default::default(), response_bytes().min(32_000_000));
    let expected = read_chunks(corpus.bytes(), usize::MAX);
    let mut group = criterion.benchmark_group("chunks");
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(measurement_time() / 8)
        .measurement_time(measurement_time())
        .throughput(Throughput::Bytes(corpus.bytes().len() as u64));
    for size in [16, 64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20] {
        assert_eq!(read_chunks(corpus.bytes(), size), expected);
        group.bench_with_input(BenchmarkId::new("push", size), &size, |bencher, &size| {
            bencher.iter(|| read_chunks(corpus.bytes(), size));
        });
        group.bench_with_input(BenchmarkId::new("serde_json-reader-owned", size), &size, |bencher, &size| {
            bencher.iter(|| {
                let chunks = Chunks { rest: corpus.bytes(), size };
                serde_json_reader::<false>(BufReader::with_capacity(64 << 10, chunks))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, chunks);
criterion_main!(benches);
