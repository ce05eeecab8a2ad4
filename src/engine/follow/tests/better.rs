//! What is done while a better address is being checked for duplicates.

use super::*;

#[test]
fn a_better_address_is_waited_for_but_not_for_ever() {
    let mut follow = Follow::new(0, None);
    let better = Some(address("2001:db8::2"));
    assert_eq!(follow.due(0), Some(Do::Look));
    assert!(follow.awaits(0, better));
    assert_eq!((follow.due(0), follow.wake_at()), (None, 3_000));
    follow.event(1_000);
    assert_eq!(follow.due(1_500), Some(Do::Look));
    assert!(follow.awaits(1_500, better));
    assert_eq!((follow.wake_at(), follow.due(3_000)), (3_000, Some(Do::Look)));
    assert!(!follow.awaits(3_000, better));
    // It is not waited for again, but another one is.
    assert!(!follow.awaits(5_500, better));
    assert!(follow.awaits(5_500, Some(address("2001:db8::3"))));
    assert!(!follow.awaits(5_600, None));
    assert!(follow.awaits(5_700, better));
}
