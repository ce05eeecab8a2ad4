//! Empty stand-ins for C symbols that the linker would bring real ones for, which nobody needs.
//!
//! With `panic = "abort"` nothing unwinds, and a stripped program has no names to show in a
//! backtrace; without these, std's backtrace pulls in the whole unwinder.
//! All its entry points that std mentions are here: one missing, and the real ones come too.

/// Says at once that the end of the stack is reached (`_URC_END_OF_STACK`).
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Backtrace(_callback: usize, _argument: usize) -> i32 {
    5
}

/// Entry points that only an unwinder or the backtrace it never begins would call.
macro_rules! never_called {
    ($($name:ident)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name() -> usize {
            0
        }
    )*};
}

never_called! {
    _Unwind_DeleteException _Unwind_FindEnclosingFunction _Unwind_GetCFA _Unwind_GetDataRelBase
    _Unwind_GetGR _Unwind_GetIP _Unwind_GetIPInfo _Unwind_GetLanguageSpecificData
    _Unwind_GetRegionStart _Unwind_GetTextRelBase _Unwind_RaiseException _Unwind_Resume
    _Unwind_SetGR _Unwind_SetIP
}

/// Nobody looks at the names of threads; for the path of the file they are in, the C library's own
/// brings all of printf, 13 KB.
#[unsafe(no_mangle)]
extern "C" fn pthread_setname_np(_thread: usize, _name: usize) -> i32 {
    0
}
