//! The allocator of the C library, with a sentence instead of a core dump when memory runs out.

use super::alarm;
use std::alloc::{GlobalAlloc, Layout, System};

/// See the module.
struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

// SAFETY: every call is handed to the system allocator as it is; a null result never returns.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the callee's.
        given(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the callee's.
        given(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promises are the callee's.
        given(unsafe { System.realloc(old, layout, size) })
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are the callee's.
        unsafe { System.dealloc(old, layout) }
    }
}

fn given(memory: *mut u8) -> *mut u8 {
    if memory.is_null() {
        alarm::out_of_memory();
    }
    memory
}

/// What a process may take that talks to strangers, in bytes.
const ADDRESS_SPACE_BYTES_MAX: u64 = 48 * 1024 * 1024;

/// Limits the address space of this process (RLIMIT_AS), for good, before it talks to strangers.
///
/// Set it only when no child will be started any more: children inherit it.
pub fn limit_address_space() {
    let bytes = ADDRESS_SPACE_BYTES_MAX as libc::rlim_t;
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    // SAFETY: the struct is valid. A refusal leaves the process as it was, without this net.
    unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) };
}
