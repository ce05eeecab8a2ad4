//! Stubs for C symbols whose real definitions are not needed and would take flash.
//!
//! With `panic = "abort"` nothing unwinds, and a stripped program has no symbols for a backtrace;
//! without these stubs std's backtrace links the whole unwinder. Every entry point that std refers
//! to has to be here: if one is missing, the linker takes the real unwinder too.

/// Reports the end of the stack at once (`_URC_END_OF_STACK`).
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Backtrace(_callback: usize, _argument: usize) -> i32 {
    5
}

/// Entry points that only an unwinder or a backtrace would call.
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

/// Thread names are not used. musl's own formats a path in /proc, which links printf (13 KB).
#[unsafe(no_mangle)]
extern "C" fn pthread_setname_np(_thread: usize, _name: usize) -> i32 {
    0
}
