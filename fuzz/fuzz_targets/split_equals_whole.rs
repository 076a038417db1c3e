//! Any bytes, in any chunks, with any window and every path: the same as the oracle in one piece.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use remote_sessions::ScanPath;
use remote_sessions_fuzz::outcome::{fast_paths, oracle, outcome_of, outcome_of_slice};
use remote_sessions_fuzz::recipe::Recipe;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((recipe, body)) = Recipe::split(data) else { return Corpus::Reject };
    let expected = oracle(&recipe.settings(), body);
    for path in fast_paths().chain([ScanPath::Scalar]) {
        let settings = recipe.settings().scan_path(path);
        assert_eq!(outcome_of(&settings, recipe.chunks(body)), expected, "{path:?} in chunks");
        let settings = recipe.in_a_small_window().scan_path(path);
        assert_eq!(outcome_of(&settings, recipe.chunks(body)), expected, "{path:?} in a small window");
        assert_eq!(outcome_of(&settings, [body]), expected, "{path:?} in a small window, one piece");
        assert_eq!(outcome_of_slice(&settings, body), expected, "{path:?} as a slice");
    }
    Corpus::Keep
});
