//! The promise of the crate: memory that does not grow with the response.
#![cfg(feature = "std")]

#[path = "support/memory.rs"]
mod memory;
mod support;

use std::io::{self, PipeReader, Read};
use std::thread;

use memory::{OVERHEAD, peak};
use mock_pam_core::{EnvelopeShape, Layout, Population, Response};
use remote_sessions::{Builder, Limits};

/// The response as it is made by another thread, whose memory is not counted here.
fn piped(response: Response) -> PipeReader {
    let (reader, mut writer) = io::pipe().expect("a pipe");
    // The test ends before the writer only if it fails: then the writer's error tells nothing.
    drop(thread::spawn(move || response.write_to(&mut writer)));
    reader
}

/// As much as there is room for in each read. How much memory is taken depends on how much is at hand at
/// a time, and a pipe gives what the other thread had time for: more in one run than in another.
struct Full<R>(R);

impl<R: Read> Read for Full<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count < buffer.len() {
            match self.0.read(&mut buffer[count..])? {
                0 => break,
                more => count += more,
            }
        }
        Ok(count)
    }
}

/// Most bytes held at a time while a generated response is read, and the longest item.
fn peak_of(settings: &Builder, response: &Response) -> (usize, usize) {
    let (source, mut longest) = (Full(piped(response.clone())), 0);
    let taken = peak(|| {
        let mut reader = settings.build(source);
        while let Some(item) = reader.next_item().unwrap() {
            longest = longest.max(item.raw().len());
            assert!(item.session().is_ok());
        }
        assert_eq!(reader.summary().items(), response.items());
    });
    (taken, longest)
}

/// Little in every recipe and engine: what matters is that four times as much takes not a byte more.
#[test]
fn memory_does_not_grow_with_the_response() {
    for settings in support::engines() {
        for (layout, population, shape) in [
            (Layout::Compact, Population::Varied, EnvelopeShape::Flat),
            (Layout::Pretty, Population::Wide, EnvelopeShape::Pages),
            (Layout::Dirty, Population::Varied, EnvelopeShape::Nested),
        ] {
            let response = |items| Response::new(items).layout(layout).population(population).envelope(shape);
            let (few, _) = peak_of(&settings, &response(4_000));
            let (many, longest) = peak_of(&settings, &response(16_000));
            let most = Limits::default().window + longest + OVERHEAD;
            assert!(many <= most, "{many} instead of {most} for {layout} {population}, {settings:?}");
            assert!(many <= few, "{many} after {few} for {layout} {population}, {settings:?}");
        }
    }
}

/// As many layouts as are learned, as many envelopes as are kept, and more members with containers in
/// them than are remembered, each as long as may be.
#[test]
fn memory_is_bounded_though_all_that_can_be_learned_is_there() {
    let containers = |from: usize| {
        let container = |member: usize| {
            let inside: Vec<_> = (0..15).map(|number| format!("\"n{member}{number}\":\"x\"")).collect();
            format!("\"m{member}\":{{{}}}", inside.join(","))
        };
        let all: Vec<_> = (from..from + 9).map(container).collect();
        format!("{{\"id\":1,{}}}", all.join(","))
    };
    let list = |item: &str, count: usize| vec![item; count].join(",");
    let items: Vec<_> = (0..4).map(|layout| list(&containers(layout), 20)).collect();
    let envelope = format!(
        r#"{{"code":200,"response":{{"status":200,"message":"a","detail":"b"}},"tenant":"t","remote_sessions":[{}]}}"#,
        list(&items.join(","), 4)
    );
    let text = format!("{{\"remote_sessions\":[{}]}}", list(&envelope, 20));
    for settings in support::engines() {
        let (mut longest, mut items) = (0, 0);
        let taken = peak(|| {
            let mut reader = settings.build(text.as_bytes());
            while let Some(item) = reader.next_item().unwrap() {
                (longest, items) = (longest.max(item.raw().len()), items + 1);
                assert!(item.session().is_ok());
            }
        });
        assert_eq!(items, 20 * 4 * 80);
        let most = Limits::default().window + longest + OVERHEAD;
        assert!(taken <= most, "{taken} instead of {most}, {settings:?}");
    }
}

/// The same at full size, with the engine that this CPU gets by itself.
#[test]
fn memory_is_the_same_for_100_megabytes_and_for_2_gigabytes() {
    let settings = Builder::new();
    let response =
        |items| Response::new(items).population(Population::Varied).envelope(EnvelopeShape::Nested);
    let sizes = [300_000, 6_000_000].map(|items| {
        let (most, longest) = peak_of(&settings, &response(items));
        assert!(most <= Limits::default().window + longest + OVERHEAD, "{most} for {items} items");
        most
    });
    assert!(sizes[1] <= sizes[0], "{sizes:?}");
}
