//! What every target has to keep to: steps and memory, and words that carry nothing foreign.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Steps for one input of up to 64 KiB: some eight hundred a byte. They are counted and not timed,
/// so that the verdict is the same on every machine, busy or not. What only spends time within the
/// standard library, which is not instrumented, is left to libFuzzer's own limit of time.
const STEPS_MAX: u64 = 50_000_000;
/// Steps that an allocation counts for.
const ALLOCATION_STEPS: u64 = 50;
/// Memory that one input may take, whatever it says: a child has 48 MiB in all.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// What separates the parts of an input; it cannot be part of any text.
const SEPARATOR: u8 = 0xff;

/// Counts what is allocated.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);
static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
/// The most steps that an input has taken.
static WORST: AtomicU64 = AtomicU64::new(0);
/// Steps of others' code, which is not judged.
static ASIDE: AtomicU64 = AtomicU64::new(0);

unsafe extern "C" {
    /// Of `steps.c`.
    static mut fuzz_steps: u64;
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is handed on to the system's allocator; the counters are only numbers.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller has promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller has promised.
        unsafe { System.dealloc(place, layout) }
    }
}

/// Runs a target on an input, and judges what that costs.
pub fn bounded(data: &[u8], run: fn(&[u8])) {
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let begin = steps();
    run(data);
    let taken = steps() - begin;
    let most = MOST.load(Ordering::Relaxed).saturating_sub(before);
    assert!(most <= BYTES_MAX, "took {most} bytes for {} bytes", data.len());
    assert!(taken <= STEPS_MAX, "took {taken} steps for {} bytes", data.len());
    if taken > WORST.fetch_max(taken, Ordering::Relaxed) {
        eprintln!("INFO: steps: {taken} for {} bytes", data.len());
    }
}

/// All steps so far.
fn steps() -> u64 {
    // SAFETY: the targets have one thread.
    let counted = unsafe { fuzz_steps };
    let allocated = ALLOCATIONS.load(Ordering::Relaxed) as u64 * ALLOCATION_STEPS;
    counted + allocated - ASIDE.load(Ordering::Relaxed)
}

/// What an oracle says; what that costs is not judged.
pub fn aside<T>(oracle: impl FnOnce() -> T) -> T {
    let begin = steps();
    let said = oracle();
    ASIDE.fetch_add(steps() - begin, Ordering::Relaxed);
    said
}

/// The parts of an input.
pub fn parts(data: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    data.split(|&byte| byte == SEPARATOR)
}

/// The text, with what is none replaced.
pub fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

/// Words for a log or a caller: one line at a time, without what drives a terminal.
pub fn is_plain(message: &str) {
    let foreign = message.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(foreign, None, "in {message:?}");
}

/// Words of one line.
pub fn is_line(message: &str) {
    is_plain(message);
    assert!(!message.contains('\n'), "several lines: {message:?}");
}

/// Fails where a secret stands in words.
pub fn hides(secret: &str, message: &str) {
    assert!(!message.contains(secret), "a secret is told: {message:?}");
}

/// Cuts a text into pieces whose sizes follow from `seed`, and hands them out one by one.
pub fn in_pieces(bytes: &[u8], seed: u8, mut take: impl FnMut(&[u8])) {
    let mut state = u32::from(seed) | 1;
    let mut rest = bytes;
    while !rest.is_empty() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let most = if seed & 1 == 0 { 4 } else { 512 };
        let size = (1 + (state >> 16) as usize % most).min(rest.len());
        let (piece, behind) = rest.split_at(size);
        take(piece);
        rest = behind;
    }
}
