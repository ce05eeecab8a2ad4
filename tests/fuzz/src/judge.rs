//! What every target has to keep to: time and memory, and words that carry nothing foreign.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Processor time for one input of up to 64 KiB, in milliseconds.
const MILLISECONDS_MAX: u64 = 50;
/// Times that an input that took too long is tried again: the machine is not ours alone.
const TRIES: u32 = 3;
/// Memory that one input may take, whatever it says: a child has 48 MiB in all.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// What separates the parts of an input; it cannot be part of any text.
const SEPARATOR: u8 = 0xff;

/// Counts what is allocated.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is handed on to the system's allocator; the counters are only numbers.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
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
    let mut least = cost(data, run);
    let most = MOST.load(Ordering::Relaxed).saturating_sub(before);
    assert!(most <= BYTES_MAX, "took {most} bytes for {} bytes", data.len());
    for _ in 1..TRIES {
        if least > MILLISECONDS_MAX {
            least = least.min(cost(data, run));
        }
    }
    assert!(least <= MILLISECONDS_MAX, "took {least} ms for {} bytes", data.len());
}

/// Processor time in milliseconds.
fn cost(data: &[u8], run: fn(&[u8])) -> u64 {
    let begin = processor_milliseconds();
    run(data);
    processor_milliseconds() - begin
}

fn processor_milliseconds() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the struct lives as long as the call.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1000 + time.tv_nsec as u64 / 1_000_000
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
pub fn is_plain(words: &str) {
    let foreign = words.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(foreign, None, "in {words:?}");
}

/// Words of one line.
pub fn is_line(words: &str) {
    is_plain(words);
    assert!(!words.contains('\n'), "several lines: {words:?}");
}

/// Fails where a secret stands in words.
pub fn hides(secret: &str, words: &str) {
    assert!(!words.contains(secret), "a secret is told: {words:?}");
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
