//! What is taken, from where, and what is refused.

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU32, Ordering};

/// A file that goes with the value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(text: &str, mode: u32) -> Scratch {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::SeqCst);
        let name = format!("ddnsbox-update-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        Scratch(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

type Variables<'a> = &'a [(&'a str, &'a str)];

fn ask(arguments: &[&str], variables: Variables) -> Result<Settings, Stop> {
    // The last one counts, so that tests can replace what is needed.
    let variable = |name: &str| {
        let found = variables.iter().rev().find(|(one, _)| *one == name);
        found.map(|(_, value)| OsString::from(value))
    };
    read_in(arguments.iter().map(OsString::from).collect(), &variable)
}

const NEEDED: Variables =
    &[("BACKEND_URL", "https://b.example"), ("FQDN", "a.example"), ("PRE_SHARED_KEY", "key")];

/// The settings with what is needed, and this.
fn with(more: Variables) -> Result<Settings, String> {
    match ask(&[], &[NEEDED, more].concat()) {
        Ok(settings) => Ok(settings),
        Err(Stop::ConfigError(message)) => Err(message),
        _ => panic!("neither settings nor what is wrong with them"),
    }
}

fn bad(more: Variables) -> String {
    with(more).err().unwrap()
}

#[test]
fn defaults() {
    let settings = with(&[]).unwrap();
    assert_eq!((&*settings.url, &*settings.name), ("https://b.example/update", "a.example"));
    assert_eq!((settings.address, settings.key.expose()), (None, "key"));
    assert_eq!((settings.interval_seconds, settings.is_unverified), (60, false));
    assert_eq!((settings.ca_bundle, settings.upstream_via), (None, None));
    assert_eq!(settings.warnings, [""; 0]);
    // What is set to nothing is not set.
    let empty = ["IP", "INTERVAL", "CA_BUNDLE", "VERIFY_SSL"].map(|name| (name, ""));
    assert_eq!(with(&empty).unwrap().interval_seconds, 60);
}

#[test]
fn the_command_line_goes_before_the_environment() {
    let file = Scratch::new("from-file\n", 0o600);
    let arguments = ["http://c.example/x/", "--key-file", file.path(), "B.Example.", "192.0.2.1"];
    let variables = [NEEDED, &[("IP", "2001:db8::1")]].concat();
    let Ok(settings) = ask(&arguments, &variables) else { panic!() };
    assert_eq!((&*settings.url, &*settings.name), ("http://c.example/x/update", "b.example"));
    assert_eq!(settings.address, Some("192.0.2.1".parse().unwrap()));
    assert_eq!(settings.key.expose(), "from-file");
    assert_eq!(settings.warnings, ["BACKEND_URL is http: the key is sent unencrypted"]);
    let Ok(settings) = ask(&arguments[..4], &variables) else { panic!() };
    assert_eq!(settings.address, Some("2001:db8::1".parse().unwrap()));
}

#[test]
fn what_makes_no_sense_on_the_command_line() {
    for (arguments, message) in [
        (&["https://b.example"][..], "FQDN is missing after BACKEND_URL"),
        (&["a", "b", "c", "d"], "unexpected argument 'd'"),
        (&["-x"], "unknown option '-x'"),
        (&["--interval", "3"], "unknown option '--interval'"),
        (&["--key-file"], "--key-file needs a value"),
        (&["--key-file", ""], "--key-file is empty"),
    ] {
        let Err(Stop::UsageError(why)) = ask(arguments, NEEDED) else { panic!("{arguments:?}") };
        assert_eq!(why, message);
    }
    for (flag, is_help) in [("-h", true), ("--help", true), ("-V", false), ("--version", false)] {
        let asked = ask(&[flag], &[]);
        assert!(matches!(asked, Err(Stop::Help)) == is_help);
        assert!(matches!(asked, Err(Stop::Version)) != is_help);
    }
}

#[test]
fn urls_lead_to_update() {
    for (base, url) in [
        ("https://b.example:8443/", "https://b.example:8443/update"),
        ("https://b.example/dns", "https://b.example/dns/update"),
        ("https://b.example/update", "https://b.example/update"),
        ("https://b.example/update/", "https://b.example/update"),
        ("https://b.example/noupdate", "https://b.example/noupdate/update"),
        ("https://update", "https://update/update"),
        ("http://localhost:5000", "http://127.0.0.1:5000/update"),
        ("http://[::1]:8080", "http://[::1]:8080/update"),
        ("https://[2001:DB8::1]/dns/", "https://[2001:DB8::1]/dns/update"),
    ] {
        assert_eq!(with(&[("BACKEND_URL", base)]).unwrap().url, url);
    }
    for (base, why) in [
        ("b.example", ": 'b.example': must begin with https:// or http://"),
        ("ftp://b.example", ": 'ftp://b.example': must begin with https:// or http://"),
        (
            "https://b.example/?x",
            ": 'https://b.example/?x': must not hold a user, a query or a fragment",
        ),
        // A password may stand before the @.
        ("https://u:pass@b.example", ": must not hold a user, a query or a fragment"),
    ] {
        assert_eq!(bad(&[("BACKEND_URL", base)]), format!("BACKEND_URL{why}"));
    }
}

#[test]
fn values_and_what_is_none() {
    for (text, seconds) in [("0", 0), ("3600", 3600), (" 60\n", 60), ("4294967295", u32::MAX)] {
        let settings = with(&[("INTERVAL", text)]).unwrap();
        assert_eq!((settings.interval_seconds, settings.warnings.len()), (seconds, 0));
    }
    for text in ["-1", "+1", "1.5", "60s", "soon", "4294967296"] {
        let settings = with(&[("INTERVAL", text)]).unwrap();
        let why = format!(
            "INTERVAL: must be a whole number from 0 to 4294967295, not \"{text}\"; using 60"
        );
        assert_eq!((settings.interval_seconds, settings.warnings), (60, vec![why]));
    }
    for text in ["192.0.2.256", "1", "a.example", "192.0.2.1 ", "2001:db8::1%eth0"] {
        assert!(bad(&[("IP", text)]).ends_with("is not an address"), "{text}");
    }
    assert_eq!(bad(&[("FQDN", "a..b")]), "FQDN: has an empty label");
    let nothing = |name| bad(&[(name, "")]);
    assert_eq!(nothing("BACKEND_URL"), "BACKEND_URL is not set");
    assert_eq!(nothing("FQDN"), "FQDN is not set");
    assert_eq!(nothing("PRE_SHARED_KEY"), "PRE_SHARED_KEY (or --key-file) is not set");
    let all = bad(&[("BACKEND_URL", ""), ("FQDN", ""), ("PRE_SHARED_KEY", "")]);
    assert_eq!(all, "BACKEND_URL, FQDN, PRE_SHARED_KEY (or --key-file) are not set");
    let two = bad(&[("FQDN", ""), ("PRE_SHARED_KEY", "")]);
    assert_eq!(two, "FQDN, PRE_SHARED_KEY (or --key-file) are not set");
}

#[test]
fn only_0_turns_verification_off() {
    for (text, is_off, warnings) in [
        ("0", true, 1),
        ("1", false, 0),
        ("True", false, 0),
        ("off", false, 1),
        ("no", false, 1),
        ("false", false, 1),
        ("00", false, 1),
        ("0 ", false, 1),
        ("2\n", false, 1),
    ] {
        let settings = with(&[("VERIFY_SSL", text)]).unwrap();
        let found = (settings.is_unverified, settings.warnings.len());
        assert_eq!(found, (is_off, warnings), "{text:?}");
    }
    let warnings = with(&[("VERIFY_SSL", "off")]).unwrap().warnings;
    assert_eq!(warnings, ["VERIFY_SSL: 'off' is not exactly 0; the server is verified"]);
    // CA_BUNDLE wins.
    let file = Scratch::new("-----BEGIN CERTIFICATE-----\n", 0o600);
    let settings = with(&[("VERIFY_SSL", "0"), ("CA_BUNDLE", file.path())]).unwrap();
    assert!(!settings.is_unverified && settings.ca_bundle.is_some());
    let why = "VERIFY_SSL=0 has no effect: CA_BUNDLE is set, and the server is verified";
    assert_eq!(settings.warnings, [why]);
}

#[test]
fn keys_are_sendable_and_never_shown() {
    for key in ["se cret", "secret\r\nX: y", "secr\u{e4}t", "secret\0", &"secret".repeat(700)] {
        let message = bad(&[("PRE_SHARED_KEY", key)]);
        assert!(
            message.starts_with("PRE_SHARED_KEY: is ") && !message.contains("secr"),
            "{message}"
        );
    }
    let file = |text: &str, mode| -> Result<(String, Vec<String>), String> {
        let file = Scratch::new(text, mode);
        match ask(&["--key-file", file.path()], NEEDED) {
            Ok(settings) => {
                let warnings = settings.warnings.iter().map(|one| one.replace(file.path(), "FILE"));
                Ok((settings.key.expose().to_string(), warnings.collect()))
            }
            Err(Stop::ConfigError(message) | Stop::UsageError(message)) => {
                Err(message.replace(file.path(), "FILE"))
            }
            _ => panic!(),
        }
    };
    assert_eq!(file("a!b\r\n", 0o600), Ok(("a!b".into(), vec![])));
    let warning = "--key-file FILE: others can get at the key (mode 0644); chmod 600 it";
    assert_eq!(file("a", 0o644), Ok(("a".into(), vec![warning.into()])));
    assert_eq!(file("", 0o600), Err("--key-file FILE: is empty".into()));
    assert_eq!(file("a\nb", 0o600), Err("--key-file FILE: has more than one line".into()));
    assert!(file("a b", 0o600).unwrap_err().starts_with("--key-file FILE: is not a key"));
}

#[test]
fn certificates_must_be_there() {
    let file = Scratch::new("x\n-----BEGIN CERTIFICATE-----\n", 0o600);
    let settings = with(&[("CA_BUNDLE", file.path())]).unwrap();
    assert_eq!(settings.ca_bundle.as_deref(), Some(file.path()));
    assert!(bad(&[("CA_BUNDLE", "/nowhere/x")]).starts_with("CA_BUNDLE: /nowhere/x: No such file"));
    assert_eq!(bad(&[("CA_BUNDLE", "/")]), "CA_BUNDLE: /: Is a directory (os error 21)");
    let empty = Scratch::new("certificate", 0o600);
    assert!(bad(&[("CA_BUNDLE", empty.path())]).ends_with("holds no certificate in PEM"));
}
