//! The C library's allocator, with an error message instead of a core dump when memory runs out.

use super::alarm;
use std::alloc::{GlobalAlloc, Layout, System};

/// Exits with a message if an allocation fails.
struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

// SAFETY: every call is handed to the system allocator as it is; a null result never returns.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the contract is the same.
        given(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the contract is the same.
        given(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the contract is the same.
        given(unsafe { System.realloc(old, layout, size) })
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: the contract is the same.
        unsafe { System.dealloc(old, layout) }
    }
}

fn given(memory: *mut u8) -> *mut u8 {
    if memory.is_null() {
        alarm::out_of_memory();
    }
    memory
}

/// Limit of a process that reads data from the network, in bytes.
const ADDRESS_SPACE_BYTES_MAX: u64 = 48 * 1024 * 1024;

/// Limits the address space of this process (RLIMIT_AS) permanently, before it reads data from the
/// network.
///
/// Call it after the last child was started: children inherit the limit.
pub fn limit_address_space() {
    let bytes = ADDRESS_SPACE_BYTES_MAX as libc::rlim_t;
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    // SAFETY: the struct is valid. If it fails the process runs without this limit.
    unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) };
}
