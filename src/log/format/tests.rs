//! Formats that are understood and those that are refused; what Python writes is in logging.json.

use super::*;
use crate::log::record::Level;

fn told(format: &Format, level: Level, message: &str) -> String {
    let at = Moment { seconds: 1_719_792_000, milliseconds: 42 };
    format.line(&Record { name: "pydyndns", level, message, at })
}

fn line(format: &str) -> String {
    told(&Format::new(format).unwrap(), Level::Info, "it is so")
}

fn refused(format: &str) -> String {
    let message = Format::new(format).unwrap_err();
    message.split_once(" is not supported").map_or(message.clone(), |(what, _)| what.to_string())
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
fn numbers_are_written_as_python_writes_them() {
    assert_eq!(
        line("%(levelno)d|%(levelno)5d|%(levelno)-5s|%(levelno)05d|"),
        "20|   20|20   |00020|"
    );
    assert_eq!(line("%(levelno)f %(levelno).1f"), "20.000000 20.0");
    assert_eq!(line("%(msecs)d|%(msecs)03d|%(msecs)s|%(msecs)7.2f|"), "42|042|42.0|  42.00|");
    assert_eq!(line("%(created)f %(created)d"), "1719792000.042000 1719792000");
    assert_eq!(line("%(created)s %(created).3f"), "1719792000.042 1719792000.042");
    assert_eq!(line("%(created).2f %(created).1f"), "1719792000.04 1719792000.0");
    assert_eq!(line("%(created).0f %(created).9f"), "1719792000 1719792000.042000000");
    assert_eq!(fixed(9, 995, 2), "10.00");
    assert_eq!(fixed(9, 500, 0), "10");
    assert_eq!(
        line("%(filename)s:%(lineno)d %(module)s.%(funcName)s"),
        "pydyndns:0 pydyndns.pydyndns"
    );
    assert_eq!(line("%(process)d"), process::id().to_string());
    assert_eq!(line("[%(levelname).1s|%(message)-5.2s|%(name)4.2s]"), "[I|it   |  py]");
    assert!(Format::new("%(msecs)03d").unwrap().shows_time());
}

#[test]
fn the_other_styles() {
    let brace = |format: &str| {
        Format::in_style(format, Style::Brace)
            .map(|format| told(&format, Level::Warning, "ä"))
            .map_err(|message| message.split(" is not supported").next().unwrap().to_string())
    };
    for (format, text) in [
        ("{levelname}:{name}:{message}", "WARNING:pydyndns:ä"),
        ("{{{message}}} {{name}}", "{ä} {name}"),
        (
            "[{message:3}|{message:>3}|{message:^4}|{message:*^4}|{message:_<3}]",
            "[ä  |  ä| ä  |*ä**|ä__]",
        ),
        ("[{levelname:.4}|{levelname:<8.2s}|{levelname:08}]", "[WARN|WA      |WARNING0]"),
        (
            "{levelno} {levelno:5d}|{levelno:<5}|{levelno:05}|{levelno:*>5}",
            "30    30|30   |00030|***30",
        ),
        ("{msecs} {msecs:03.0f} {msecs:8.2f}|{created:.3f}", "42.0 042    42.00|1719792000.042"),
        ("{created}", "1719792000.042"),
    ] {
        assert_eq!(brace(format).as_deref(), Ok(text), "{format}");
    }
    for (format, named) in [
        ("{nothing}", "'{nothing}'"),
        ("{}", "'{}'"),
        ("{message} {", "'{'"),
        ("{message} }", "'}'"),
        ("{message!r}", "'{message!r}'"),
        ("{message:d}", "'{message:d}'"),
        ("{levelno:s}", "'{levelno:s}'"),
        ("{levelno:.2}", "'{levelno:.2}'"),
        ("{message:10000}", "'{message:10000}'"),
        ("{message:5x}", "'{message:5x}'"),
        ("%(message)s", "has no field such as message"),
    ] {
        assert_eq!(brace(format), Err(named.to_string()), "{format}");
    }
    let dollar = |format: &str| Format::in_style(format, Style::Dollar);
    let text = told(&dollar("$$ $levelname:${name}x $levelno $msecs").unwrap(), Level::Info, "");
    assert_eq!(text, "$ INFO:pydyndnsx 20 42.0");
    for wrong in ["$nothing", "$", "$ message", "${message", "${}", "%(message)s"] {
        assert!(dollar(wrong).is_err(), "{wrong}");
    }
    assert_eq!(told(&dollar("").unwrap(), Level::Info, "m"), "m");
}

#[test]
fn what_is_not_known_is_named() {
    assert_eq!(refused("%(lineno)x %(message)s"), "'%(lineno)x'");
    assert_eq!(refused("%(message)s %(thread)-5s."), "'%(thread)-5s'");
    assert_eq!(refused("%(message)d"), "'%(message)d'");
    assert_eq!(refused("%(message)S"), "'%(message)S'");
    assert_eq!(refused("%(levelno).5d"), "'%(levelno).5d'");
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
    assert_eq!(refused("hello"), "has no field such as message");
    assert_eq!(refused("%%"), "has no field such as message");
}

#[test]
fn times_are_local() {
    let format = Format::new("%(asctime)s").unwrap();
    assert!(format.shows_time());
    let at = clock::local(1_719_792_000).unwrap();
    let local = |format: &str| DateFormat::new(format).unwrap().text(&at);
    let seconds = local("%Y-%m-%d %H:%M:%S");
    assert!(seconds.starts_with("2024-0"));
    assert_eq!(told(&format, Level::Info, ""), format!("{seconds},042"));
    let empty = format.clone().with_date("").unwrap();
    assert_eq!(told(&empty, Level::Info, ""), format!("{seconds},042"));
    let own = format.with_date("%d.%m.%y %-H:%M %_d ä %%").unwrap();
    assert_eq!(told(&own, Level::Info, ""), local("%d.%m.%y %-H:%M %_d ä %%"));
    assert!(!Format::new("%%(asctime)s %(message)s").unwrap().shows_time());
}

#[test]
fn dates_that_are_not_known_are_refused() {
    for (date, message) in [
        ("%Y %f", "unknown conversion '%f'"),
        ("%Y %Q %m", "unknown conversion '%Q'"),
        ("%5Y", "unknown conversion '%5'"),
        ("%Y%", "unknown conversion '%'"),
        ("%Ey", "unknown conversion '%E'"),
        ("%-_d", "unknown conversion '%-_'"),
        ("%-", "unknown conversion '%-'"),
        ("%ä", "unknown conversion '%ä'"),
        ("%Y\0", "must not contain NUL"),
    ] {
        assert_eq!(Format::message_only().with_date(date).unwrap_err(), message);
    }
}
