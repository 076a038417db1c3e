//! What the memory itself can do: the ceiling of every reader.

use std::hint::black_box;

use crate::{Reader, Tally, Texts};

/// Sum of all words of the buffer.
///
/// ```
/// assert_eq!(remote_sessions_benches::memory::word_sum(&[1, 0, 0, 0, 0, 0, 0, 0, 2]), 3);
/// ```
pub fn word_sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    // Left to the compiler, which makes several sums of it, as wide as the build's CPU allows.
    let words = words.iter().fold(0u64, |sum, word| sum.wrapping_add(u64::from_le_bytes(*word)));
    rest.iter().fold(words, |sum, &byte| sum.wrapping_add(byte.into()))
}

/// Copies the buffer piece by piece into one window, as a parser must that owns its window.
pub fn copy_through(bytes: &[u8], window: &mut [u8]) {
    for piece in bytes.chunks(window.len()) {
        window[..piece.len()].copy_from_slice(piece);
        black_box(&mut *window);
    }
}

/// Both as readers, for comparison with those that do the work.
pub fn all() -> Vec<Reader<'static>> {
    let mut window = vec![0; 64 * 1024];
    vec![
        Reader::new("memory-word-sum", Texts::Nothing, |c| {
            black_box(word_sum(c.bytes()));
            Tally::default()
        }),
        Reader::new("memory-copy-64KiB", Texts::Nothing, move |c| {
            copy_through(c.bytes(), &mut window);
            Tally::default()
        }),
    ]
}
