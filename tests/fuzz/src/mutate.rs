//! A change that libFuzzer does not make by itself: a piece of the input again and again, which
//! finds what costs more than its share.

/// One in so many changes.
const SELDOM: u32 = 1024;

/// The new size, or nothing where this one is for libFuzzer.
pub fn repeated(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> Option<usize> {
    if !seed.is_multiple_of(SELDOM) || size == 0 {
        return None;
    }
    let chance = (seed / SELDOM) as usize;
    let begin = chance % size;
    let length = 1 + chance / 7 % (size - begin).min(64);
    let piece = data.get(begin..begin + length)?.to_vec();
    let mut end = begin;
    while end + length <= max_size {
        data.get_mut(end..end + length)?.copy_from_slice(&piece);
        end += length;
    }
    Some(end.max(size))
}
