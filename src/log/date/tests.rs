//! Every conversion beside what `date` says of the same seconds.

use super::*;
use crate::os::clock;
use crate::os::process::{self, Limits};
use std::path::Path;

/// A line for each of the times.
fn date(times: &[String], format: &str) -> String {
    let limits = Limits { seconds: 10, output_bytes: 100_000, keep_stderr: true };
    // Children get no TZ; an operator's own would be in our environment alone.
    let zone = std::env::var("TZ").map_or(String::new(), |zone| format!("export TZ='{zone}';"));
    let times = times.join(" ");
    let fake = format!("{zone} for t in {times}; do LC_ALL=C date -d @$t '+{format}'; done");
    let child = process::start(Path::new("/bin/sh"), &["-c", &fake], limits).unwrap();
    let done = process::collect(vec![child]).unwrap().pop().unwrap();
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn every_conversion_is_what_date_says() {
    let all = "%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %m %M %p %r %R %s %S %T %u %U %V \
        %w %W %x %X %y %Y %z %Z %% %-d %_H %0e %-j %_m \u{e4}";
    let format = DateFormat::new(all).unwrap();
    let day = 86_400;
    let mut times: Vec<u64> = vec![0, 951_782_399, 1_719_792_000, 4_102_444_799, 1 << 33];
    // The turns of some years, where weeks and years disagree.
    for year in 0..12 {
        let turn = 1_577_836_800 + year * 365 * day + u64::div_ceil(year, 4) * day;
        times.extend((0..8).map(|n| turn + n * day - 4 * day + 3_601));
    }
    let fake: Vec<String> = times.iter().map(u64::to_string).collect();
    let said = date(&fake, all);
    for (seconds, said) in times.iter().zip(said.lines()) {
        assert_eq!(format.text(&clock::local(*seconds).unwrap()), said, "{seconds}");
    }
    assert_eq!(said.lines().count(), times.len());
}

#[test]
fn lines_and_tabs() {
    let format = DateFormat::new("a%nb%t").unwrap();
    assert_eq!(format.text(&Local::default()), "a\nb\t");
    assert_eq!(clock::local(u64::MAX / 2), None);
}
