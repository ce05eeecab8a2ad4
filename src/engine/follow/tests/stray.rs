//! What comes of a record that ended up at another name.

use super::*;

#[test]
fn a_record_at_another_name_is_not_made_again() {
    let mut play = Play::new(&["2001:db8::1"]);
    play.failures = vec![Kind::OtherName];
    play.pass(10_000);
    play.change(&["2001:db8::2"]);
    play.pass(10_000);
    play.follow.asked(play.now);
    play.pass(7 * 86_400_000);
    assert_eq!((play.sent, play.follow.state()), (1, State::Error));
    assert!(play.follow.requested_wait(play.now) > backoff::FOR_EVER / 2);
}
