//! Random bytes from the kernel.

/// Fills `into` without waiting for the kernel's generator to be seeded: query ids and jitter must
/// work in the first second after boot, too.
pub fn fill(into: &mut [u8]) {
    for chunk in into.chunks_mut(256) {
        // SAFETY: pointer and length are of one slice; up to 256 bytes come whole or not at all.
        let got =
            unsafe { libc::getrandom(chunk.as_mut_ptr().cast(), chunk.len(), libc::GRND_NONBLOCK) };
        if usize::try_from(got) != Ok(chunk.len()) {
            fill_from_clock(chunk);
        }
    }
}

/// Not secret, but different each time: nanoseconds and process id through a mixing function.
fn fill_from_clock(into: &mut [u8]) {
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let mut state =
        time.map_or(1, |time| time.as_nanos() as u64) ^ (u64::from(super::process::id()) << 32);
    for byte in into {
        // The finalizer of splitmix64 (Steele, Lea, Flood 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        *byte = (mixed >> 56) as u8;
    }
}

/// Fills `into` with bytes fit for keys, waiting until the kernel's generator is seeded.
///
/// # Errors
/// There is no getrandom(2) (before Linux 3.17).
pub fn fill_secret(into: &mut [u8]) -> std::io::Result<()> {
    let mut filled = 0;
    while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        // SAFETY: pointer and length are of one slice.
        let got = unsafe { libc::getrandom(rest.as_mut_ptr().cast(), rest.len(), 0) };
        match usize::try_from(got) {
            Ok(count) => filled += count,
            Err(_) => {
                let error = std::io::Error::last_os_error();
                if error.kind() != std::io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
        }
    }
    Ok(())
}
