//! Memory that ends where a page begins that nobody may touch.

use core::cell::Cell;
use core::ptr::{self, NonNull};
use core::slice;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

fn page() -> usize {
    static PAGE: OnceLock<usize> = OnceLock::new();
    // SAFETY: `sysconf` only answers a question.
    *PAGE.get_or_init(|| usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap())
}

const FLAGS: libc::c_int = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;

/// Reserves addresses that nothing can be read from or written to.
fn reserve(length: usize) -> NonNull<u8> {
    // SAFETY: a new mapping at an address of the system's choice touches no other memory.
    let start = unsafe { libc::mmap(ptr::null_mut(), length, libc::PROT_NONE, FLAGS, -1, 0) };
    assert_ne!(start, libc::MAP_FAILED, "{}", std::io::Error::last_os_error());
    NonNull::new(start.cast()).unwrap()
}

/// Some bytes, the last of which lies just before a page that cannot be touched.
pub(super) struct Guarded {
    start: NonNull<u8>,
    length: usize,
}

impl Guarded {
    /// At least `room` bytes, zeroed.
    pub(super) fn new(room: usize) -> Self {
        let length = room.next_multiple_of(page());
        let start = reserve(length + page());
        // SAFETY: these are the first pages of the mapping just made; the last one stays as it is.
        let opened =
            unsafe { libc::mprotect(start.as_ptr().cast(), length, libc::PROT_READ | libc::PROT_WRITE) };
        assert_eq!(opened, 0);
        Self { start, length }
    }

    /// The address just behind the last byte.
    pub(super) fn end(&self) -> *const u8 {
        self.start.as_ptr().wrapping_add(self.length)
    }

    pub(super) fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the mapping has so many bytes open for reading and writing, zeroed by the
        // system, until it is dropped; they are borrowed as long as the slice lives.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }

    /// So many bytes, the last ones there are.
    pub(super) fn last_bytes(&mut self, count: usize) -> &mut [u8] {
        let from = self.length - count;
        &mut self.bytes()[from..]
    }

    /// The same with words.
    pub(super) fn last_words(&mut self, count: usize) -> &mut [u32] {
        // SAFETY: any four bytes are a `u32`; `align_to_mut` sees to the alignment.
        let (before, words, behind) = unsafe { self.last_bytes(4 * count).align_to_mut::<u32>() };
        assert!(before.is_empty() && behind.is_empty());
        words
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own, and no slice of it is borrowed any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.length + page()) };
    }
}

std::thread_local! {
    static GUARDING: Cell<bool> = const { Cell::new(false) };
}

/// Runs something all of whose allocations end at such pages, and are unmapped when given back.
pub(super) fn guarding<T>(run: impl FnOnce() -> T) -> T {
    struct Off;
    impl Drop for Off {
        fn drop(&mut self) {
            GUARDING.set(false);
        }
    }
    GUARDING.set(true);
    let _off = Off;
    run()
}

/// Gives out allocations while [`guarding`], and leaves all others to the system's allocator.
struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Addresses, not memory, for all allocations that end at such a page: none is used twice.
const REGION: usize = 1 << 35;

static START: AtomicUsize = AtomicUsize::new(0);
static USED: AtomicUsize = AtomicUsize::new(0);

fn region() -> *mut u8 {
    let start = START.load(Ordering::Acquire);
    if start != 0 {
        return ptr::with_exposed_provenance_mut(start);
    }
    let new = reserve(REGION).as_ptr();
    match START.compare_exchange(0, new.expose_provenance(), Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => new,
        // Another thread was faster; what was reserved here costs nothing.
        Err(start) => ptr::with_exposed_provenance_mut(start),
    }
}

/// Ends the process at once: to report that there is no memory takes memory.
fn give_up() -> ! {
    let text = b"no more pages for allocations that end at one\n";
    // SAFETY: the system reads so many bytes of the text.
    unsafe { libc::write(2, text.as_ptr().cast(), text.len()) };
    std::process::abort()
}

// SAFETY: `alloc` gives memory of the layout's size and alignment that nothing else uses: pages of
// the region from a counter that only grows, or what the system's allocator gives. `dealloc` gives
// each back where it came from, which its address tells.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // (To report a panic takes thousands of allocations.)
        let guarding = GUARDING.try_with(Cell::get).unwrap_or(false) && !std::thread::panicking();
        if !guarding || layout.align() > page() {
            // SAFETY: the caller's promise is passed on.
            return unsafe { System.alloc(layout) };
        }
        let length = layout.size().next_multiple_of(page());
        let at = USED.fetch_add(length + page(), Ordering::Relaxed);
        if at + length + page() > REGION {
            give_up();
        }
        let first = region().wrapping_add(at);
        // SAFETY: these pages lie in the region and were given to nobody else.
        if unsafe { libc::mprotect(first.cast(), length, libc::PROT_READ | libc::PROT_WRITE) } != 0 {
            give_up();
        }
        // As late as the alignment lets it: a size that is a multiple of it ends with the page.
        let place = (length - layout.size()) / layout.align() * layout.align();
        first.wrapping_add(place)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let start = START.load(Ordering::Acquire);
        let inside = start != 0 && (start..start + REGION).contains(&pointer.addr());
        if !inside {
            // SAFETY: it did not come from the region, so it came from the system's allocator.
            return unsafe { System.dealloc(pointer, layout) };
        }
        let into = pointer.addr() % page();
        let length = (into + layout.size()).next_multiple_of(page());
        let first = pointer.wrapping_sub(into);
        // A new mapping in its place, not only another protection: mappings that were written to
        // are never joined again, and a process may have only so many.
        // SAFETY: whole pages that `alloc` opened for this allocation alone, which is over: it
        // begins in the first of them.
        let closed =
            unsafe { libc::mmap(first.cast(), length, libc::PROT_NONE, FLAGS | libc::MAP_FIXED, -1, 0) };
        if closed == libc::MAP_FAILED {
            give_up();
        }
    }
}
