//! Local time beside what `date` says of the same seconds.

use super::*;
use crate::os::process::{self, Limits};
use std::path::Path;

fn date(seconds: u64, format: &str) -> String {
    let limits = Limits { seconds: 10, output_bytes: 1000, keep_stderr: true };
    // Children get no TZ; an operator's own would be in our environment alone.
    let zone = std::env::var("TZ").map_or(String::new(), |zone| format!("export TZ='{zone}';"));
    let script = format!("{zone} LC_ALL=C date -d @{seconds} '+{format}'");
    let child = process::start(Path::new("/bin/sh"), &["-c", &script], limits).unwrap();
    let done = process::collect(vec![child]).unwrap().pop().unwrap();
    String::from_utf8(done.stdout).unwrap().trim_end_matches('\n').to_string()
}

#[test]
fn local_time_is_what_date_says() {
    for seconds in [0, 951_782_399, 1_719_792_000, 1_795_219_200, 4_102_444_799, 1 << 33] {
        for (format, same) in [
            (c"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"),
            (c"%b %e %H:%M:%S %Z", "%b %e %H:%M:%S %Z"),
            (c"%a %j %U %y %I %p %z %% \xc3\xa4", "%a %j %U %y %I %p %z %% ä"),
            (c"%c", "%c"),
        ] {
            let said = local(seconds, format);
            assert_eq!(said, date(seconds, same), "{seconds} {same}");
            assert!(!said.is_empty());
        }
    }
}

#[test]
fn long_formats_find_room_and_years_without_end_do_not() {
    let format = std::ffi::CString::new("%c".repeat(200)).unwrap();
    let one = local(1_719_792_000, c"%c");
    assert_eq!(local(1_719_792_000, &format), one.repeat(200));
    assert_eq!(local(u64::MAX / 2, c"%Y"), "");
    assert_eq!(local(0, c""), "");
}

#[test]
fn a_moment_is_now() {
    let before = now();
    let at = moment();
    assert!(before <= at.seconds && at.seconds <= now() && at.milliseconds < 1000);
    assert!(before > 1_700_000_000);
}
