//! Any bytes under small limits: memory stays within what the limits promise, each step makes
//! progress, no item or message is larger than allowed.
//!
//! Where the header's last byte is 224 or more, a part of the bytes comes again until the response is
//! larger than what may be held: who keeps what was read is found out. Byte 4 says where that part begins,
//! byte 5 how long it is, byte 6 how much is given at a time.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use remote_sessions::{Builder, Limits, Parser, Step};
use remote_sessions_fuzz::outcome::fast_paths;
use remote_sessions_fuzz::recipe::Recipe;

/// What a parser takes whatever its limits: the quote index, the names, learned shapes.
const FIXED: u64 = 64 * 1024;

/// Length of a long response: several times what may be held of it.
const LONG: usize = 256 * 1024;

/// The library's smallest window and what it takes beside the bytes asked for.
const BLOCK: usize = 64;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((recipe, bytes)) = Recipe::split(data) else { return Corpus::Reject };
    let mut limits = recipe.limits();
    limits.window = usize::from(recipe.byte(1));
    let is_long = recipe.byte(7) >= 224;
    let (body, at_a_time) = if is_long {
        (limits.item, limits.key, limits.captured_value, limits.envelopes) = (4096, 256, 512, 2);
        (long(recipe, bytes), 57 + 16 * usize::from(recipe.byte(6)))
    } else {
        if recipe.byte(2) >= 128 {
            // Limits that differ from each other by far: none may stand in for another.
            let size = |at: usize| 1 << (recipe.byte(at) & 15);
            (limits.item, limits.key, limits.captured_value) = (size(4), size(5), size(6));
            limits.envelopes = usize::from(recipe.byte(3) & 3);
        }
        // Over and over, so that something could grow.
        (bytes.repeat(1 + usize::from(recipe.byte(7) & 31)), 57)
    };
    for path in fast_paths().chain([remote_sessions::ScanPath::Scalar]) {
        let settings = recipe.settings().limits(limits.clone()).scan_path(path);
        let mut items = 0;
        let info = allocation_counter::measure(|| items = read(&settings, &limits, &body, at_a_time));
        let bound = bound(&limits);
        assert!(
            info.bytes_max <= bound,
            "{path:?}: {} of {bound} bytes, {limits:?}, {items} items",
            info.bytes_max
        );
    }
    Corpus::Keep
});

/// The bytes, a part of them again and again until that is long.
fn long(recipe: Recipe, bytes: &[u8]) -> Vec<u8> {
    let (before, rest) = bytes.split_at(usize::from(recipe.byte(4)).min(bytes.len()));
    let (part, after) = rest.split_at(usize::from(recipe.byte(5)).min(rest.len()));
    [before, &part.repeat(LONG / part.len().max(1)), after].concat()
}

fn largest_window(limits: &Limits) -> usize {
    limits.window.max(BLOCK) + limits.item.max(1).max(limits.captured_value).max(limits.key) + BLOCK
}

/// The window twice (while it moves), the statuses kept, a frame for each level, a status for each envelope that
/// is open: one in two levels.
fn bound(limits: &Limits) -> u64 {
    let window = 2 * (largest_window(limits) + 2 * BLOCK);
    let statuses = limits.envelopes.max(2) * (2 * limits.captured_value + 1024) * 2;
    let frames = limits.depth * 128 + limits.depth / 2 * 512;
    (window + statuses + frames) as u64 + FIXED
}

fn read(settings: &Builder, limits: &Limits, body: &[u8], at_a_time: usize) -> u64 {
    let mut parser = settings.build_parser();
    let mut rest = body;
    let mut steps = 0;
    loop {
        // Each step gives an item, takes a byte or ends: there cannot be more of them.
        steps += 1;
        assert!(steps <= 2 * body.len() + 4, "{steps} steps for {} bytes", body.len());
        match parser.advance() {
            Ok(Step::Item) => {
                let item = parser.item();
                assert!(item.raw().len() <= limits.item.max(1), "{item:?}");
                if let Err(error) = item.session() {
                    assert!(error.found().len() < 1000);
                }
            }
            Ok(Step::End) => break,
            Ok(Step::NeedInput) if rest.is_empty() => parser.end_of_input(),
            Ok(Step::NeedInput) => {
                rest = &rest[fill(&mut parser, limits, &rest[..rest.len().min(at_a_time)])..]
            }
            Err(error) => {
                assert!(error.to_string().len() < 4096 + limits.captured_value, "{error}");
                assert!(error.offset().is_none_or(|offset| offset <= body.len() as u64));
                break;
            }
        }
    }
    parser.summary().items()
}

/// As a reader fills a parser: straight into its space, a part of it at a time.
fn fill(parser: &mut Parser, limits: &Limits, rest: &[u8]) -> usize {
    let space = parser.space();
    assert!(!space.is_empty() && space.len() <= largest_window(limits), "{} bytes of space", space.len());
    let count = space.len().min(rest.len());
    space[..count].copy_from_slice(&rest[..count]);
    // What lies behind must not matter.
    space[count..].fill(b'"');
    parser.filled(count);
    count
}
