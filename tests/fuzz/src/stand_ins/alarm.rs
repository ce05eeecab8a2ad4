//! In the place of the real alarm, which would take the fuzzer's own timer.

pub struct Alarm;

impl Alarm {
    pub fn arm(_seconds: u32, _subject: &str) -> Alarm {
        Alarm
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {}
}
