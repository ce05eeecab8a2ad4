//! Formats that are understood and those that are refused; what Python writes is in logging.json.

use super::*;

fn told(format: &Format, level: Level, message: &str) -> String {
    let at = Moment { seconds: 1_719_792_000, milliseconds: 42 };
    format.line(&Record { name: "pydyndns", level, message, at })
}

fn line(format: &str) -> String {
    told(&Format::new(format).unwrap(), Level::Info, "it is so")
}

fn refused(format: &str) -> String {
    let words = Format::new(format).unwrap_err();
    words.split_once(" is not known here").map_or(words.clone(), |(what, _)| what.to_string())
}

#[test]
fn fields_are_filled_in() {
    assert_eq!(line("%(levelname)s:%(name)s:%(message)s"), "INFO:pydyndns:it is so");
    assert_eq!(line("%(message)s%(message)s"), "it is soit is so");
    assert_eq!(line("100%% ä\n%(name)s%%(name)s"), "100% ä\npydyndns%(name)s");
    assert_eq!(line(""), "it is so");
    assert_eq!(told(&Format::message_only(), Level::Error, "x % %s"), "x % %s");
}

#[test]
fn widths_fill_up_and_never_cut() {
    assert_eq!(line("[%(levelname)-8s]"), "[INFO    ]");
    assert_eq!(line("[%(levelname)8s|%(levelname)08s|%(levelname)0-8s]"), {
        "[    INFO|    INFO|INFO    ]"
    });
    assert_eq!(line("[%(message)2s]"), "[it is so]");
    assert_eq!(line("%(levelname)999s").len(), 999);
    let format = Format::new("%(message)5s|%(message)-5s|").unwrap();
    assert_eq!(told(&format, Level::Debug, "äö"), "   äö|äö   |");
}

#[test]
fn what_is_not_known_is_named() {
    assert_eq!(refused("%(lineno)d %(message)s"), "'%(lineno)d'");
    assert_eq!(refused("%(message)s %(process)-5s."), "'%(process)-5s'");
    assert_eq!(refused("%(message)d"), "'%(message)d'");
    assert_eq!(refused("%(message)S"), "'%(message)S'");
    assert_eq!(refused("%(message).5s"), "'%(message).'");
    assert_eq!(refused("%(message)+5s"), "'%(message)+'");
    assert_eq!(refused("%(message)1000s"), "'%(message)1000s'");
    assert_eq!(
        refused("%(message)99999999999999999999999s"),
        "'%(message)99999999999999999999999s'"
    );
    assert_eq!(refused("%(message)*s"), "'%(message)*'");
    assert_eq!(refused("%(message)s %"), "'%'");
    assert_eq!(refused("%(message)s %s"), "'%s'");
    assert_eq!(refused("%(message"), "'%('");
    assert_eq!(refused("%(message)"), "'%(message)'");
    assert_eq!(refused("%(message)-"), "'%(message)-'");
    assert_eq!(refused("%()s"), "'%()s'");
    assert_eq!(refused("%(ä)ö"), "'%(ä)ö'");
    assert_eq!(refused("%\u{1b}[31m %(name)s"), "'%\u{fffd}'");
    assert_eq!(refused("hello"), "has no field, such as %(message)s");
    assert_eq!(refused("%%"), "has no field, such as %(message)s");
}

#[test]
fn times_are_local() {
    let format = Format::new("%(asctime)s").unwrap();
    assert!(format.tells_time());
    let at = clock::local(1_719_792_000).unwrap();
    let local = |format: &str| DateFormat::new(format).unwrap().text(&at);
    let seconds = local("%Y-%m-%d %H:%M:%S");
    assert!(seconds.starts_with("2024-0"));
    assert_eq!(told(&format, Level::Info, ""), format!("{seconds},042"));
    let empty = format.clone().with_date("").unwrap();
    assert_eq!(told(&empty, Level::Info, ""), format!("{seconds},042"));
    let own = format.with_date("%d.%m.%y %-H:%M %_d ä %%").unwrap();
    assert_eq!(told(&own, Level::Info, ""), local("%d.%m.%y %-H:%M %_d ä %%"));
    assert!(!Format::new("%%(asctime)s %(message)s").unwrap().tells_time());
}

#[test]
fn dates_that_are_not_known_are_refused() {
    for (date, words) in [
        ("%Y %f", "'%f' is not known here"),
        ("%Y %Q %m", "'%Q' is not known here"),
        ("%5Y", "'%5' is not known here"),
        ("%Y%", "'%' is not known here"),
        ("%Ey", "'%E' is not known here"),
        ("%-_d", "'%-_' is not known here"),
        ("%-", "'%-' is not known here"),
        ("%ä", "'%ä' is not known here"),
        ("%Y\0", "must be without NUL"),
    ] {
        assert_eq!(Format::message_only().with_date(date).unwrap_err(), words);
    }
}
