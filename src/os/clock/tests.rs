//! The clock now.

use super::*;

#[test]
fn a_moment_is_now() {
    let before = unix_seconds();
    let at = moment();
    assert!(before.0 <= at.seconds && at.seconds <= unix_seconds().0 && at.milliseconds < 1000);
    assert!(before.0 > 1_700_000_000);
}
