//! The parser's own buffer: bytes are appended at its end, and dropped from its start once
//! nobody needs them.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::scan::BLOCK;

/// The bytes at hand and where they stand in the response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) bytes: &'a [u8],
    /// The same and whatever is behind them: at least [`PADDING`] bytes more.
    pub(crate) padded: &'a [u8],
    /// Offset in the response of the first of `bytes`.
    pub(crate) base: u64,
}

impl<'a> View<'a> {
    /// The first `filled` of these bytes; the rest is padding.
    #[inline]
    pub(crate) fn new(padded: &'a [u8], filled: usize, base: u64) -> Self {
        debug_assert!(filled + PADDING <= padded.len(), "wide loads near the end stay inside");
        Self { bytes: &padded[..filled], padded, base }
    }

    /// How many bytes are at hand.
    #[inline]
    pub(crate) fn filled(self) -> usize {
        self.bytes.len()
    }

    /// Offset in the response just after the last byte at hand.
    #[inline]
    pub(crate) fn end(self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    /// Index into `bytes` of an offset in the response.
    #[inline]
    pub(crate) fn index(self, offset: u64) -> usize {
        debug_assert!(offset >= self.base, "the window keeps what is still needed");
        usize::try_from(offset - self.base).unwrap_or(usize::MAX)
    }

    #[inline]
    pub(crate) fn byte(self, offset: u64) -> Option<u8> {
        self.bytes.get(self.index(offset)).copied()
    }

    /// The bytes between two offsets, both of which the window holds.
    #[inline]
    pub(crate) fn slice(self, from: u64, to: u64) -> &'a [u8] {
        &self.bytes[self.index(from)..self.index(to)]
    }
}

/// Bytes behind those at hand, so that wide loads near the end stay inside the buffer.
pub(crate) const PADDING: usize = 2 * BLOCK;

/// A growable buffer over a stretch of the response.
pub(crate) struct Window {
    /// The bytes at hand, the space behind them, and the padding.
    buffer: Vec<u8>,
    filled: usize,
    base: u64,
    size: usize,
    largest: usize,
}

/// Where it stands, and none of its bytes.
impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Window")
            .field("base", &self.base)
            .field("filled", &self.filled)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl Window {
    /// `size` bytes, taken at first use; up to `kept` more while one item needs them.
    pub(crate) fn new(size: usize, kept: usize) -> Self {
        let largest = size.saturating_add(kept).saturating_add(BLOCK);
        Self { buffer: Vec::new(), filled: 0, base: 0, size, largest }
    }

    #[inline]
    pub(crate) fn view(&self) -> View<'_> {
        if self.buffer.is_empty() {
            return View { bytes: &[], padded: &[0; PADDING], base: self.base };
        }
        View::new(&self.buffer, self.filled, self.base)
    }

    /// Offset in the response just after the last byte at hand.
    #[inline]
    pub(crate) fn end(&self) -> u64 {
        self.base + self.filled as u64
    }

    /// Room for more bytes. All before `keep` may be dropped (in whole blocks, so that what is
    /// known of a block stays true). Empty only while the buffer is full of bytes from `keep` on
    /// and has its largest size.
    ///
    /// Cost: a byte is moved at most once for each time that at least as many bytes were freed,
    /// or that its item outgrew the room after it; growth is geometric. So the cost is linear
    /// whatever the chunk size. That counts on nothing but one item being kept: as long as others are
    /// ready behind it, it is for [`spare`](Self::spare).
    pub(crate) fn space(&mut self, keep: u64) -> &mut [u8] {
        self.room(keep, true)
    }

    /// The same while nobody waits for more: at its largest size it is empty also where more would have to be moved
    /// than is freed. (Items are ready: each that is taken would have all others moved for its own few bytes.)
    pub(crate) fn spare(&mut self, keep: u64) -> &mut [u8] {
        self.room(keep, false)
    }

    fn room(&mut self, keep: u64, is_waited_for: bool) -> &mut [u8] {
        if self.buffer.is_empty() {
            // Zeroed pages come from the system at no cost.
            self.buffer = vec![0; self.size + PADDING];
        }
        let dead = self.view().index(keep).min(self.filled) / BLOCK * BLOCK;
        let kept = self.filled - dead;
        let size = self.buffer.len() - PADDING;
        let room = size - self.filled;
        let pays = room < size / 2 && kept <= dead;
        if dead > 0 && (pays || (room == 0 && is_waited_for)) {
            self.buffer.copy_within(dead..self.filled, 0);
            self.filled = kept;
            self.base += dead as u64;
        }
        if self.filled == size {
            self.grow();
        }
        let end = self.buffer.len() - PADDING;
        &mut self.buffer[self.filled..end]
    }

    /// Takes over the first `count` bytes of [`space`](Self::space).
    pub(crate) fn fill(&mut self, count: usize) {
        let room = self.buffer.len().saturating_sub(PADDING) - self.filled;
        assert!(count <= room, "more bytes filled than there was space");
        self.filled += count;
    }

    /// Drops everything and goes on at this offset, which is that of a whole block.
    #[cfg(feature = "async")]
    pub(crate) fn begin_at(&mut self, base: u64) {
        debug_assert!(base.is_multiple_of(BLOCK as u64), "what is known of a block stays true");
        (self.base, self.filled) = (base, 0);
    }

    /// By 64 KiB, and by a sixteenth once that is more: the overshoot over the largest item stays
    /// small, and the number of moves of a byte too.
    fn grow(&mut self) {
        let size = self.buffer.len() - PADDING;
        let step = (64 * 1024).min(self.size).max(size / 16);
        let target = (size + step).min(self.largest) + PADDING;
        self.buffer.reserve_exact(target - self.buffer.len());
        self.buffer.resize(target, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(window: &mut Window, keep: u64, bytes: &[u8]) -> usize {
        let space = window.space(keep);
        let count = bytes.len().min(space.len());
        space[..count].copy_from_slice(&bytes[..count]);
        window.fill(count);
        count
    }

    #[test]
    fn where_it_stands_is_shown_and_none_of_its_bytes() {
        let mut window = Window::new(4096, 0);
        push(&mut window, 0, b"secret");
        let shown = alloc::format!("{window:?}");
        assert_eq!(shown, "Window { base: 0, filled: 6, size: 4096, .. }");
    }

    #[test]
    fn what_is_kept_stays_at_its_offset() {
        let mut window = Window::new(128, 8);
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(push(&mut window, 0, &bytes), 128);
        assert_eq!(push(&mut window, 70, &bytes[128..]), 64);
        assert_eq!(window.view().slice(70, 192), &bytes[70..192]);
        assert_eq!((window.end(), window.view().base), (192, 64));
    }

    #[test]
    fn grows_only_up_to_its_largest_size() {
        let mut window = Window::new(64, 100);
        let mut taken = 0;
        while let count @ 1.. = push(&mut window, 0, &[7; 5]) {
            taken += count;
        }
        assert_eq!(taken, 64 + 100 + BLOCK);
        assert!(window.space(63).is_empty());
        assert_eq!(window.space(64).len(), 64);
    }

    #[test]
    fn growth_adds_at_most_64_kib_up_to_a_mebibyte() {
        let mut window = Window::new(64 * 1024, 1024 * 1024);
        let (mut before, mut taken) = (0, 0);
        while taken < 1024 * 1024 {
            taken += push(&mut window, 0, &[0; 1000]);
            let size = window.buffer.capacity();
            assert!(size - before <= 64 * 1024 + PADDING, "grew from {before} to {size}");
            before = size;
        }
    }

    #[test]
    fn grows_by_64_kib_and_by_a_sixteenth_from_a_mebibyte_on() {
        for (first, largest) in [(256, 2048), (64 * 1024, 4 * 1024 * 1024)] {
            let mut window = Window::new(first, largest);
            let mut size = 0;
            while size < largest {
                let step = window.space(0).len();
                let expected = if size == 0 { first } else { first.max(size / 16) };
                assert_eq!(step, expected.min(window.largest - size), "after {size} bytes");
                window.fill(step);
                size += step;
            }
        }
    }

    /// Moving more often would cost more than linear time; moving later would take memory.
    #[test]
    fn what_is_kept_is_moved_when_room_is_short_and_more_is_dropped_than_kept() {
        for (filled, keep, base) in [
            (128, 64, 0),    // Half of the window is free.
            (128, 128, 0),   // The same, with nothing to keep.
            (129, 128, 128), // Less than half is free, one byte is kept.
            (192, 64, 0),    // More is kept than dropped: not worth it yet.
            (192, 63, 0),    // No whole block to drop.
            (192, 128, 128), // As is worth it.
            (256, 64, 64),   // Full: there is no other way.
        ] {
            let mut window = Window::new(256, 0);
            assert_eq!(push(&mut window, 0, &[7; 256][..filled]), filled);
            let room = window.space(keep).len();
            assert_eq!((window.view().base, room), (base, 256 - filled + base as usize), "{filled} {keep}");
        }
    }

    /// Who pushes whatever there is room for while items are ready pays no more than who waits.
    #[test]
    fn what_is_kept_is_not_moved_for_less_than_is_dropped_while_nobody_waits() {
        let mut window = Window::new(1024, 16 * 1024);
        let (mut keep, mut taken, mut moved) = (0, 0, 0);
        while keep < 1_000_000 {
            let base = window.view().base;
            let count = window.spare(keep).len();
            window.fill(count);
            taken += count;
            if window.view().base > base {
                moved += window.view().filled() - count;
            }
            keep = (keep + 20).min(window.end());
        }
        assert!(taken > 900_000 && moved <= taken, "{moved} moved for {taken}");
    }

    /// It grows instead, to its largest size; then whoever waits has room made for anything.
    #[test]
    fn while_nobody_waits_it_grows_before_it_is_full() {
        let mut window = Window::new(256, 1024);
        while let count @ 1.. = window.spare(100).len() {
            window.fill(count);
        }
        assert_eq!((window.view().base, window.view().filled()), (0, 256 + 1024 + BLOCK));
        assert_eq!(window.space(100).len(), BLOCK);
        assert_eq!(window.view().base, BLOCK as u64);
    }

    #[test]
    #[should_panic = "more bytes filled than there was space"]
    fn no_more_is_taken_over_than_the_room_that_is_left() {
        let mut window = Window::new(128, 0);
        push(&mut window, 0, &[7; 100]);
        window.fill(29);
    }

    #[test]
    fn there_is_always_padding_behind_the_bytes() {
        let mut window = Window::new(64, 64);
        while push(&mut window, 0, &[1; 64]) > 0 {
            assert!(window.view().padded.len() >= window.view().filled() + PADDING);
        }
    }
}
