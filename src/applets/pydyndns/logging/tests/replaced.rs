//! What takes the place of handlers that cannot be had.

use super::*;

/// What standard error gets of a line, and how many errors there are.
fn replaced(config: &str) -> (String, usize) {
    let (log, errors) = read_all(config);
    let [output, error] = listen(|| log.warning("w"));
    assert_eq!(output, "", "{config}");
    (error, errors.len())
}

#[test]
fn standard_error_takes_the_place_of_what_is_wrong() {
    let basic = "WARNING:pydyndns:w\n";
    let root = r#""root": {"handlers": ["h"]}"#;
    for handler in [
        r#""class": "logging.handlers.SMTPHandler", "mailhost": "x""#,
        r#""class": "logging.handlers.NTEventLogHandler""#,
        r#""class": "logging.NullHandler", "filters": ["x"]"#,
        r#""class": "logging.NullHandler", "level": "LOUD""#,
        r#""class": "logging.NullHandler", "formatter": "none""#,
        r#""class": "logging.FileHandler", "filename": "/no/such/directory""#,
        r#""class": "logging.FileHandler", "filename": "/x", "mode": "x""#,
        r#""class": "logging.handlers.SysLogHandler", "socktype": "ext://socket.SOCK_STREAM""#,
    ] {
        let config = format!(r#"{{"version": 1, "handlers": {{"h": {{{handler}}}}}, {root}}}"#);
        assert_eq!(replaced(&config), (basic.into(), 1), "{config}");
    }
    for format in ["\"format\": \"%(thread)s\"", "\"style\": \"*\"", "\"datefmt\": \"%Q\""] {
        let handler = r#"{"class": "logging.NullHandler", "formatter": "f"}"#;
        let handlers = format!(r#""handlers": {{"h": {handler}}}, {root}"#);
        let config =
            format!(r#"{{"version": 1, "formatters": {{"f": {{{format}}}}}, {handlers}}}"#);
        assert_eq!(replaced(&config), (basic.into(), 1), "{config}");
    }
    assert_eq!(replaced("[]"), (basic.into(), 1));
    // One that is named and not there.
    assert_eq!(replaced(&format!(r#"{{"version": 1, {root}}}"#)), (basic.into(), 1));
    // Several of them are told once.
    let file = r#"{"class": "logging.FileHandler", "filename": "/no/such/directory"}"#;
    let both = format!(r#""handlers": {{"x": {{"class": "x"}}, "f": {file}}}"#);
    let own = r#""loggers": {"pydyndns": {"handlers": ["f", "none"]}}"#;
    let root = r#""root": {"handlers": ["x", "f"]}"#;
    let config = format!(r#"{{"version": 1, {both}, {own}, {root}}}"#);
    assert_eq!(replaced(&config), (basic.into(), 3));
    // What is right beside it goes on.
    let out = r#""o": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}"#;
    let handlers = format!(r#""handlers": {{"x": {{"class": "x"}}, {out}}}"#);
    let root = r#""root": {"level": "x", "handlers": ["x", "o"], "filters": ["y"]}"#;
    let (log, errors) = read_all(&format!(r#"{{"version": 2, {handlers}, {root}}}"#));
    let heard = listen(|| {
        log.info("i");
        log.error("e");
    });
    assert_eq!((heard, errors.len()), (["e\n".into(), "ERROR:pydyndns:e\n".into()], 4));
}
