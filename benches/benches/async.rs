//! Sessions from a stream of `Bytes`, which is always ready: the cost of the reader alone.

use std::io;

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use futures::executor::block_on;
use futures::stream;
use remote_sessions::AsyncReader;
use remote_sessions_benches::readers::ours::{borrowed_sent, count_sent};
use remote_sessions_benches::readers::rivals::{chunks_of, http_streams_chunks};
use remote_sessions_benches::{Corpus, Tally, measurement_time, response_bytes};

fn read(bytes: Bytes, chunk: usize, is_in_place: bool) -> Tally {
    let chunks = stream::iter(chunks_of(bytes, chunk).map(Ok::<_, io::Error>));
    let mut reader = AsyncReader::new(chunks);
    if is_in_place {
        reader = reader.in_place();
    }
    let mut tally = Tally::default();
    block_on(async {
        while let Some(item) = reader.next_item().await.expect("a complete response") {
            count_sent(&item.session().expect("a session"), &mut tally);
        }
    });
    tally
}

fn async_reader(criterion: &mut Criterion) {
    let corpus = Corpus::generate(Default::default(), Default::default(), response_bytes().min(32_000_000));
    let expected = borrowed_sent(corpus.bytes());
    let mut group = criterion.benchmark_group("async");
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(measurement_time() / 8)
        .measurement_time(measurement_time())
        .throughput(Throughput::Bytes(corpus.bytes().len() as u64));
    group.bench_function(BenchmarkId::new("ours-sync-reader", "slice"), |bencher| {
        bencher.iter(|| borrowed_sent(corpus.bytes()));
    });
    for chunk in [1 << 10, 16 << 10, 64 << 10, 1 << 20] {
        for (name, is_in_place) in [("ours-borrowed-sent", false), ("ours-in-place-sent", true)] {
            assert_eq!(read(corpus.shared(), chunk, is_in_place), expected);
            group.bench_function(BenchmarkId::new(name, chunk), |bencher| {
                bencher.iter(|| read(corpus.shared(), chunk, is_in_place));
            });
        }
    }
    let list = corpus.list();
    group.bench_function(BenchmarkId::new("http-streams-core-owned", 64 << 10), |bencher| {
        bencher.iter(|| {
            let chunks = chunks_of(list.clone(), 64 << 10).map(Ok::<_, io::Error>);
            http_streams_chunks::<false>(stream::iter(chunks))
        });
    });
    group.finish();
}

criterion_group!(benches, async_reader);
criterion_main!(benches);
