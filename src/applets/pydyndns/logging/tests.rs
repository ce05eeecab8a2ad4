//! Configurations as Python understands them, by what it wrote; and each way to be wrong.

use super::*;
use crate::log::sink::tests::Scratch;
use crate::log::stream::tests::listen;
use miniserde::json::Value;
use miniserde::json::{self, Array, Number, Object};
use std::fs;
use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, UNIX_EPOCH};

const PYTHON: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/logging.json"));

fn read_all(config: &str) -> (Logger, Vec<ParseError>) {
    let mut errors = Vec::new();
    let document = crate::text::json_read::Document::read(config).unwrap();
    (read(Some(document.top()), &mut errors), errors)
}

fn understood(config: &str) -> Result<Logger, ParseError> {
    let (log, errors) = read_all(config);
    errors.into_iter().next().map_or(Ok(log), Err)
}

fn parse(text: &str) -> Value {
    json::from_str(text).unwrap()
}

fn text<'a>(object: &'a Object, key: &str) -> &'a str {
    match &object[key] {
        Value::String(text) => text,
        _ => panic!("{key}"),
    }
}

fn list<'a>(object: &'a Object, key: &str) -> &'a Array {
    match &object[key] {
        Value::Array(array) => array,
        _ => panic!("{key}"),
    }
}

fn strings(array: &Array) -> Vec<&str> {
    let string = |value: &'_ Value| matches!(value, Value::String(_));
    assert!(array.iter().all(string));
    array
        .iter()
        .map(|value| if let Value::String(text) = value { text.as_str() } else { "" })
        .collect()
}

fn files(object: &Object, key: &str) -> Vec<(String, String)> {
    match &object[key] {
        Value::Object(files) => {
            files.keys().map(|name| (name.clone(), text(files, name).to_string())).collect()
        }
        _ => panic!("{key}"),
    }
}

fn say(log: &Logger, level: &str, message: &str) {
    match level {
        "DEBUG" => log.debug(message),
        "INFO" => log.info(message),
        "WARNING" => log.warning(message),
        "ERROR" => log.error(message),
        _ => panic!("{level}"),
    }
}

/// Python's clock stood still; what ours shows has as many digits.
fn without_clock(text: &str, has_time: bool) -> String {
    text.chars().map(|c| if has_time && c.is_ascii_digit() { '0' } else { c }).collect()
}

fn datagrams(unix: &UnixDatagram, udp: &UdpSocket) -> Vec<String> {
    unix.set_nonblocking(true).unwrap();
    udp.set_nonblocking(true).unwrap();
    let mut buffer = [0; 1000];
    let mut all = Vec::new();
    while let Ok(length) = unix.recv(&mut buffer).or_else(|_| udp.recv(&mut buffer)) {
        all.push(String::from_utf8(buffer[..length].to_vec()).unwrap());
    }
    all
}

fn is_as_python_has_it(case: &Object) {
    let name = text(case, "name");
    let scratch = Scratch::new();
    for (file, content) in files(case, "before") {
        fs::write(scratch.0.join(file), content).unwrap();
    }
    if let Some(Value::Number(Number::U64(seconds))) = case.get("mtime") {
        let file = fs::File::open(scratch.0.join("x.log")).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(*seconds)).unwrap();
    }
    let unix = UnixDatagram::bind(scratch.0.join("log")).unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = udp.local_addr().unwrap().port().to_string();
    let config = json::to_string(&case["config"]);
    let has_time = config.contains("asctime");
    let config = config.replace("@DIR@", scratch.0.to_str().unwrap()).replace("\"@PORT@\"", &port);
    let log = match understood(&config) {
        Ok(log) => log,
        Err(fault) => panic!("{name}: {fault:?}"),
    };
    let heard = listen(|| {
        for line in list(case, "lines") {
            let Value::Array(line) = line else { panic!("{name}") };
            let [level, message] = strings(line)[..] else { panic!("{name}") };
            say(&log, level, message);
        }
    });
    let heard = heard.map(|text| without_clock(&text, has_time));
    let expected = ["stdout", "stderr"].map(|key| without_clock(text(case, key), has_time));
    assert_eq!(heard, expected, "{name}");
    assert_eq!(datagrams(&unix, &udp), strings(list(case, "datagrams")), "{name}");
    fs::remove_file(scratch.0.join("log")).unwrap();
    let mut found: Vec<(String, String)> = fs::read_dir(&scratch.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|file| (file.clone(), scratch.read(&file)))
        .collect();
    found.sort();
    assert_eq!(found, files(case, "files"), "{name}");
}

#[test]
fn everything_is_written_as_python_writes_it() {
    let Value::Array(cases) = parse(PYTHON) else { panic!() };
    assert!(cases.len() > 80);
    for case in &cases {
        let Value::Object(case) = case else { panic!() };
        is_as_python_has_it(case);
    }
}

#[test]
fn without_the_key_all_goes_to_standard_error() {
    let log = read(None, &mut Vec::new());
    let heard = listen(|| {
        log.debug("a");
        log.error("b");
    });
    assert_eq!(heard, ["", "DEBUG:pydyndns:a\nERROR:pydyndns:b\n"]);
}

fn fault(config: &str) -> (String, String) {
    match understood(config) {
        Ok(_) => panic!("accepted: {config}"),
        Err(fault) => (fault.path, fault.message),
    }
}

/// `more` is what stands beside the version.
fn assert_fault(more: &str, path: &str, message: &str) {
    let (found_path, found_words) = fault(&format!(r#"{{"version": 1{more}}}"#));
    assert_eq!(found_path, path, "{more}: {found_words}");
    assert!(found_words.contains(message), "{more}: {found_words}");
}

#[test]
fn what_is_wrong_at_the_top() {
    for wrong in ["null", "[]", "\"x\"", "true", "1"] {
        assert_eq!(fault(wrong), ("logging".into(), "must be an object".into()));
    }
    for wrong in ["{}", r#"{"version": 2}"#, r#"{"version": 0}"#] {
        assert_eq!(fault(wrong), ("logging.version".into(), "must be 1".into()));
    }
    assert_eq!(fault(r#"{"version": null}"#).1, "must not be null");
    for wrong in ["\"1\"", "1.5", "-1", "[]"] {
        let said = fault(&format!(r#"{{"version": {wrong}}}"#));
        assert_eq!(said, ("logging.version".into(), "must be a whole number, 0 or more".into()));
    }
    let truth = "must be true or false";
    for wrong in ["2", "\"no\"", "[]", "-1", "0.5"] {
        let more = format!(r#", "disable_existing_loggers": {wrong}"#);
        assert_fault(&more, "logging.disable_existing_loggers", truth);
    }
    let unknown = "unknown key (known keys: version, formatters, filters, handlers, ";
    assert_fault(r#", "incremental": true"#, "logging.incremental", unknown);
    assert_fault(r#", "a\u001b[31m": 1"#, "logging.a\u{fffd}[31m", unknown);
    for key in ["formatters", "handlers", "loggers", "root"] {
        let path = format!("logging.{key}");
        assert_fault(&format!(r#", "{key}": []"#), &path, "must be an object");
        if key != "root" {
            assert_fault(&format!(r#", "{key}": null"#), &path, "must not be null");
            assert_fault(&format!(r#", "{key}": {{"x": 1}}"#), &format!("{path}.x"), "object");
        }
    }
}

#[test]
fn what_is_wrong_in_formatters() {
    let wrong = |inside: &str, key: &str, message: &str| {
        let more = format!(r#", "formatters": {{"f": {{{inside}}}}}"#);
        assert_fault(&more, &format!("logging.formatters.f{key}"), message);
    };
    wrong(r#""format": 1"#, ".format", "must be a string");
    wrong(r#""format": "%(lineno)x""#, ".format", "'%(lineno)x' is not supported");
    wrong(r#""format": "hello""#, ".format", "has no field");
    wrong(r#""format": "{message}""#, ".format", "has no field");
    wrong(r#""datefmt": 1"#, ".datefmt", "must be a string");
    wrong(r#""datefmt": "%Q""#, ".datefmt", "unknown conversion '%Q'");
    wrong(r#""datefmt": "a\u0000""#, ".datefmt", "must not contain NUL");
    wrong(r#""style": "*""#, ".style", "must be %, { or $");
    wrong(r#""style": null"#, ".style", "must not be null");
    let known = "(known keys: style, validate, class, format, datefmt)";
    wrong(r#""defaults": {}"#, ".defaults", known);
    wrong(r#""class": "x""#, ".class", "only logging.Formatter is supported");
    wrong(r#""()": "x""#, ".()", "unknown key");
}

/// A handler of that class, which no logger uses.
fn wrong_handler(class: &str, inside: &str, key: &str, message: &str) {
    let more = format!(r#", "handlers": {{"h": {{"class": "{class}"{inside}}}}}"#);
    assert_fault(&more, &format!("logging.handlers.h.{key}"), message);
}

const STREAM: &str = "logging.StreamHandler";
const FILE: &str = "logging.FileHandler";
const ROTATING: &str = "logging.handlers.RotatingFileHandler";
const SYSLOG: &str = "logging.handlers.SysLogHandler";
const NULL: &str = "logging.NullHandler";

#[test]
fn what_is_wrong_in_every_handler() {
    assert_fault(r#", "handlers": {"h": {}}"#, "logging.handlers.h.class", "is missing");
    for (value, why) in [("null", "is missing"), ("1", "must be a string")] {
        let handlers = format!(r#", "handlers": {{"h": {{"class": {value}}}}}"#);
        assert_fault(&handlers, "logging.handlers.h.class", why);
    }
    wrong_handler("", "", "class", "must not be empty");
    let known = "(known: logging.StreamHandler, ";
    for class in ["StreamHandler", "logging.handlers.SMTPHandler", "logging.streamhandler", "x.Y"] {
        wrong_handler(class, "", "class", known);
    }
    let needed = r#", "filename": "/x""#;
    for class in [STREAM, FILE, ROTATING, SYSLOG, NULL] {
        let more = if class.contains("File") { needed } else { "" };
        let wrong = |inside: &str, key: &str, message: &str| {
            wrong_handler(class, &format!("{more}, {inside}"), key, message);
        };
        wrong(r#""level": "info""#, "level", "must be DEBUG, INFO, ");
        for level in ["-1", "1.5", "true", "[]", "\"\""] {
            wrong(&format!(r#""level": {level}"#), "level", "or a whole number");
        }
        wrong(r#""formatter": "f""#, "formatter", "'f' is not defined in logging.formatters");
        wrong(r#""formatter": 1"#, "formatter", "must be a string");
        wrong(r#""filters": ["f"]"#, "filters", "are not supported");
        wrong(r#""()": "x""#, "()", "unknown key");
        wrong(r#""appname": "x""#, "appname", "unknown key");
    }
}

#[test]
fn what_is_wrong_in_a_handler_of_its_class() {
    let streams = "must be ext://sys.stdout or ext://sys.stderr";
    wrong_handler(STREAM, r#", "stream": "ext://sys.stdin""#, "stream", streams);
    wrong_handler(STREAM, r#", "stream": "/dev/null""#, "stream", streams);
    wrong_handler(STREAM, r#", "stream": 1"#, "stream", "must be a string");
    wrong_handler(NULL, r#", "stream": null"#, "stream", "unknown key");
    for class in [FILE, ROTATING] {
        wrong_handler(class, "", "filename", "is missing");
        wrong_handler(class, r#", "filename": """#, "filename", "must not be empty");
        wrong_handler(class, r#", "filename": null"#, "filename", "must not be null");
        wrong_handler(class, r#", "filename": "a\u0000b""#, "filename", "must not contain NUL");
        let wrong = |inside: &str, key: &str, message: &str| {
            wrong_handler(class, &format!(r#", "filename": "/x", {inside}"#), key, message);
        };
        wrong(r#""mode": "x""#, "mode", "must be a or w");
        wrong(r#""mode": null"#, "mode", "must not be null");
        wrong(r#""encoding": "latin-1""#, "encoding", "must be utf-8");
        wrong(r#""encoding": 8"#, "encoding", "must be a string");
        wrong(r#""delay": "yes""#, "delay", "must be true or false");
        wrong(r#""errors": 1"#, "errors", "must be a string");
    }
    let file = r#", "filename": "/x""#;
    wrong_handler(FILE, &format!("{file}, \"maxBytes\": 1"), "maxBytes", "unknown key");
    for (wrong, message) in
        [("-1", "whole"), ("1.5", "whole"), ("null", "null"), ("\"1\"", "whole")]
    {
        let max = format!("{file}, \"maxBytes\": {wrong}");
        wrong_handler(ROTATING, &max, "maxBytes", message);
        let count = format!("{file}, \"backupCount\": {wrong}");
        wrong_handler(ROTATING, &count, "backupCount", message);
    }
    let many = format!("{file}, \"backupCount\": 10000");
    wrong_handler(ROTATING, &many, "backupCount", "a whole number from 0 to 9999");
}

#[test]
fn what_is_wrong_in_a_syslog_handler() {
    let address = "must be the path of a socket, or [host, UDP port]";
    for wrong in [
        "\"\"",
        "1",
        "{}",
        "[]",
        "[\"h\"]",
        "[\"h\", 514, 1]",
        "[\"h\", \"514\"]",
        "[\"h\", 0]",
        "[\"h\", 65536]",
        "[\"h\", -1]",
        "[\"h\", 1.5]",
        "[\"\", 514]",
        "[514, \"h\"]",
    ] {
        wrong_handler(SYSLOG, &format!(", \"address\": {wrong}"), "address", address);
    }
    wrong_handler(SYSLOG, ", \"address\": null", "address", "must not be null");
    for wrong in ["\"\"", "\"LOCAL0\"", "\"local8\"", "24", "128", "-1", "1.5", "true", "256"] {
        let facility = format!(", \"facility\": {wrong}");
        wrong_handler(SYSLOG, &facility, "facility", "must be a name, such as daemon or local0");
    }
    wrong_handler(SYSLOG, ", \"facility\": null", "facility", "must not be null");
    for wrong in ["\"ext://socket.SOCK_STREAM\"", "\"SOCK_DGRAM\""] {
        let socktype = format!(", \"socktype\": {wrong}");
        wrong_handler(SYSLOG, &socktype, "socktype", "must be ext://socket.SOCK_DGRAM");
    }
    wrong_handler(SYSLOG, ", \"socktype\": 2", "socktype", "must be a string");
}

#[test]
fn what_is_wrong_in_loggers() {
    for (around, path) in [
        (r#", "root": {@}"#, "logging.root."),
        (r#", "loggers": {"pydyndns": {@}}"#, "logging.loggers.pydyndns."),
        (r#", "loggers": {"other": {@}}"#, "logging.loggers.other."),
        (r#", "loggers": {"": {@}}"#, "logging.loggers.\"\"."),
    ] {
        let wrong = |inside: &str, key: &str, message: &str| {
            assert_fault(&around.replace('@', inside), &format!("{path}{key}"), message);
        };
        wrong(r#""level": "LOUD""#, "level", "must be DEBUG, INFO, ");
        wrong(r#""handlers": ["h"]"#, "handlers", "'h' is not defined in logging.handlers");
        wrong(r#""handlers": "h""#, "handlers", "must be a list of strings");
        wrong(r#""handlers": [1]"#, "handlers", "must be a list of strings");
        wrong(r#""filters": ["f"]"#, "filters", "are not supported");
        wrong(r#""filter": []"#, "filter", "unknown key (known keys: level, handlers");
        if path == "logging.root." {
            wrong(r#""propagate": true"#, "propagate", "unknown key");
        } else {
            wrong(r#""propagate": "no""#, "propagate", "must be true or false");
        }
    }
}

#[test]
fn the_windows_example_is_told_what_it_is() {
    let example = r#"{
        "version": 1,
        "formatters": {"eventlog": {"format": "%(message)s"}},
        "handlers": {
            "eventlog": {
                "class": "logging.handlers.NTEventLogHandler",
                "appname": "PyDynDNS",
                "formatter": "eventlog"
            }
        },
        "root": {"level": "WARNING", "handlers": ["eventlog"]}
    }"#;
    assert_eq!(
        fault(example),
        (
            "logging.handlers.eventlog.class".to_string(),
            "NTEventLogHandler is Windows only; standard error is used instead".to_string()
        )
    );
}

#[test]
fn only_files_that_are_used_are_opened_and_one_that_cannot_be_is_a_fault() {
    let scratch = Scratch::new();
    let config = |path: &str, user: &str| {
        let handler = format!(r#"{{"class": "{FILE}", "filename": "{path}"}}"#);
        format!(r#"{{"version": 1, "handlers": {{"h": {handler}}}, {user}}}"#)
    };
    let root = r#""root": {"handlers": ["h"]}"#;
    let (path, message) = fault(&config(&scratch.path("no/x"), root));
    assert_eq!(path, "logging.handlers.h.filename");
    assert!(message.starts_with("cannot be opened: No such file"), "{message}");
    let (_, message) = fault(&config(scratch.0.to_str().unwrap(), root));
    assert!(message.starts_with("cannot be opened: Is a directory"), "{message}");
    for user in [
        r#""loggers": {"other": {"handlers": ["h"]}}"#,
        r#""root": {"handlers": ["h"]}, "loggers": {"pydyndns": {"propagate": false}}"#,
    ] {
        assert!(understood(&config(&scratch.path("x"), user)).is_ok());
        assert!(!scratch.0.join("x").exists());
    }
    assert!(understood(&config(&scratch.path("x"), root)).is_ok());
    assert_eq!(scratch.read("x"), "");
}

mod replaced;
