//! What is held at a time. Counted by an allocator that notes every allocation of the thread that asks.

use allocation_counter::measure;

/// What a parser may take beside its window and the item in it: growth by whole steps, the quote
/// index, statuses, learned shapes.
pub(crate) const OVERHEAD: usize = 64 * 1024;

/// Most bytes held at a time by `read`, its result aside.
pub(crate) fn peak(read: impl FnOnce()) -> usize {
    usize::try_from(measure(read).bytes_max).expect("fits")
}
