//! Every reader over every layout of two populations.
//!
//! `REMOTE_SESSIONS_SCAN` chooses the CPU path of this project's readers, once per process;
//! `-- ours` runs those alone. For ratios see `remote_sessions_benches::rounds`.

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use mock_pam_core::{Layout, Population};
use remote_sessions_benches::{Corpus, measurement_time, readers, response_bytes};

fn sessions(criterion: &mut Criterion) {
    let mut readers = readers::all();
    for population in [Population::Varied, Population::Wide] {
        for layout in Layout::ALL {
            let corpus = Corpus::generate(population, layout, response_bytes());
            readers::check(&mut readers, &Corpus::generate(population, layout, 1_000_000));
            let mut group = criterion.benchmark_group(format!("sessions-{}", corpus.name()));
            group
                .sample_size(10)
                .sampling_mode(SamplingMode::Flat)
                .warm_up_time(measurement_time() / 8)
                .measurement_time(measurement_time())
                .throughput(Throughput::Bytes(corpus.bytes().len() as u64));
            for reader in &mut readers {
                group.bench_function(reader.name(), |bencher| bencher.iter(|| reader.run(&corpus)));
            }
            group.finish();
        }
    }
}

criterion_group!(benches, sessions);
criterion_main!(benches);
