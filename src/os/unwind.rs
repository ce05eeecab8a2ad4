//! Stand-ins for the unwinder: with `panic = "abort"` nothing unwinds, and a stripped program has
//! no names to show in a backtrace; without these, std's backtrace pulls in the whole unwinder.

/// Says at once that the end of the stack is reached (`_URC_END_OF_STACK`).
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Backtrace(_callback: usize, _argument: usize) -> i32 {
    5
}

#[unsafe(no_mangle)]
extern "C" fn _Unwind_GetIP(_context: usize) -> usize {
    0
}

#[unsafe(no_mangle)]
extern "C" fn _Unwind_GetIPInfo(_context: usize, _before: usize) -> usize {
    0
}

#[unsafe(no_mangle)]
extern "C" fn _Unwind_GetCFA(_context: usize) -> usize {
    0
}

#[unsafe(no_mangle)]
extern "C" fn _Unwind_FindEnclosingFunction(_address: usize) -> usize {
    0
}
