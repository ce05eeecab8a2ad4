//! Lets a test hear what its thread says on the two streams.

use super::Stream;
use std::cell::RefCell;

thread_local! {
    static HEARD: RefCell<Option<[String; 2]>> = const { RefCell::new(None) };
}

/// Takes the line if this thread is listened to.
pub fn hear(stream: Stream, line: &str) -> bool {
    HEARD.with_borrow_mut(|heard| match heard {
        Some(heard) => {
            heard[usize::from(stream == Stream::Error)].push_str(line);
            true
        }
        None => false,
    })
}

/// What `action` says on standard output and on standard error.
pub fn listen(action: impl FnOnce()) -> [String; 2] {
    HEARD.set(Some(Default::default()));
    action();
    HEARD.take().unwrap()
}
