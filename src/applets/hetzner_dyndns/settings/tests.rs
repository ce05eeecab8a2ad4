//! What is taken, from where, and what is said of what cannot be taken.

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU32, Ordering};

/// A file of variables in a directory of its own, gone at the end.
struct Place {
    directory: PathBuf,
}

impl Place {
    fn new(text: &str) -> Place {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::SeqCst);
        let name = format!("ddnsbox-host-settings-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("env"), text).unwrap();
        let place = Place { directory };
        place.set_mode(0o600);
        place
    }

    fn set_mode(&self, mode: u32) {
        let mode = PermissionsExt::from_mode(mode);
        fs::set_permissions(self.directory.join("env"), mode).unwrap();
    }

    fn read(&self, variables: &[(&str, &str)]) -> Result<Settings, String> {
        let path = self.directory.join("env");
        let told = read_with(&["--env-file", path.to_str().unwrap()], variables);
        let shown = |text: String| text.replace(self.directory.to_str().unwrap(), "{dir}");
        match told {
            Ok(mut settings) => {
                settings.warnings = settings.warnings.into_iter().map(shown).collect();
                Ok(settings)
            }
            Err(why) => Err(shown(why)),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn read_with(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Settings, String> {
    let variable = |name: &str| {
        let found = variables.iter().find(|(one, _)| *one == name);
        found.map(|(_, value)| OsString::from(value))
    };
    match read_in(arguments.iter().map(OsString::from).collect(), &variable) {
        Ok(settings) => Ok(settings),
        Err(Stop::ConfigError(message)) => Err(message),
        _ => panic!("neither settings nor what is wrong with them"),
    }
}

const NEEDED: [(&str, &str); 3] = [
    ("HETZNER_TOKEN", "token"),
    ("REGISTERED_FQDNS", "a.example.com,b.example.com"),
    ("ALLOWED_FQDNS", "b.example.com,a.example.com"),
];

/// The settings with what is needed, and these.
fn try_with(more: &[(&str, &str)]) -> Result<Settings, String> {
    let all: Vec<(&str, &str)> = more.iter().chain(&NEEDED).copied().collect();
    read_with(&[], &all)
}

fn with(more: &[(&str, &str)]) -> Settings {
    try_with(more).unwrap_or_else(|why| panic!("{why}"))
}

fn why(more: &[(&str, &str)]) -> String {
    try_with(more).map(|_| ()).unwrap_err()
}

#[test]
fn defaults() {
    let settings = with(&[]);
    assert_eq!(settings.token.map(|token| token.expose().to_string()), Some("token".into()));
    assert_eq!(settings.api_url, "https://api.hetzner.cloud/v1");
    assert_eq!(settings.registered, ["a.example.com", "b.example.com"]);
    assert_eq!(settings.allowed, ["b.example.com", "a.example.com"]);
    assert_eq!(settings.key_file, PathBuf::from("/pre-shared-key"));
    assert_eq!((settings.makes_keys, settings.debug), (false, false));
    assert_eq!(settings.listen.to_string(), "0.0.0.0:80");
    assert_eq!((settings.proxies, settings.master.is_none()), (None, true));
    assert_eq!(
        (settings.record_ttl, settings.zone_cache, settings.request_cache),
        (21600, 86400, 300)
    );
    assert_eq!((settings.lost_after, settings.check_every), (10800, 60));
    assert!(settings.ntfy.is_none() && settings.log.is_none() && settings.upstream_via.is_none());
    assert_eq!(settings.warnings, [""; 0]);
}

/// Something that only this variable changes.
fn told(settings: &Settings) -> Vec<String> {
    let pair = |pair: &Option<(String, Secret)>| {
        pair.as_ref().map(|(user, password)| format!("{user} {}", password.expose()))
    };
    // `{:?}` is not what it is elsewhere in what is built for routers.
    let either = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let log = settings.log.as_ref();
    let ntfy = settings.ntfy.as_ref();
    vec![
        settings.token.as_ref().map_or("", Secret::expose).to_string(),
        settings.api_url.clone(),
        settings.registered.join(" "),
        settings.allowed.join(" "),
        settings.key_file.display().to_string(),
        either(pair(&settings.master)),
        settings.listen.to_string(),
        either(settings.proxies.as_ref().map(|all| all.len().to_string())),
        settings.record_ttl.to_string(),
        settings.zone_cache.to_string(),
        settings.request_cache.to_string(),
        settings.lost_after.to_string(),
        settings.check_every.to_string(),
        either(ntfy.map(|ntfy| format!("{} {}", ntfy.url, either(pair(&ntfy.credentials))))),
        either(log.map(|log| format!("{} {} {}", log.path, log.bytes_max, log.backups))),
        settings.debug.to_string(),
    ]
}

#[test]
fn every_variable_from_either_place() {
    let base = "HETZNER_TOKEN=t\nREGISTERED_FQDNS=a.b\nALLOWED_FQDNS=a.b\nBASIC_AUTH_USERNAME=u\n\
                BASIC_AUTH_PASSWORD=p\nNTFY_URL=https://n.example\nNTFY_TOPIC=t\n\
                NTFY_USERNAME=n\nNTFY_PASSWORD=q\nLOG_FILE=/l\n";
    let place = Place::new(base);
    let before = told(&place.read(&[]).unwrap_or_else(|why| panic!("{why}")));
    let cases = [
        ("HETZNER_TOKEN", "other", 0, "other"),
        ("HETZNER_API_URL", "https://x.example/v1/", 1, "https://x.example/v1"),
        ("REGISTERED_FQDNS", " A.b. , c.d,,a.b", 2, "a.b c.d"),
        ("ALLOWED_FQDNS", "a.b,*.C.d", 3, "a.b *.c.d"),
        ("PRE_SHARED_KEY_FILE", "/etc/keys", 4, "/etc/keys"),
        ("BASIC_AUTH_USERNAME", "v", 5, "v p"),
        ("BASIC_AUTH_PASSWORD", "p:w w", 5, "u p:w w"),
        ("LISTEN_HOST", "::1", 6, "[::1]:80"),
        ("LISTEN_PORT", "65535", 6, "0.0.0.0:65535"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8", 7, "2"),
        ("RECORD_TTL", "60", 8, "60"),
        ("ZONE_CACHE_TTL", "0", 9, "0"),
        ("REQUEST_CACHE_TTL", "1", 10, "1"),
        ("LOST_CONNECTION_TIMEOUT", "7", 11, "7"),
        ("CONNECTION_CHECK_INTERVAL", "8", 12, "8"),
        ("NTFY_URL", "https://m.example/x/", 13, "https://m.example/x/t n q"),
        ("NTFY_TOPIC", "T-1_", 13, "https://n.example/T-1_ n q"),
        ("NTFY_USERNAME", "m", 13, "https://n.example/t m q"),
        ("NTFY_PASSWORD", "r", 13, "https://n.example/t n r"),
        ("LOG_FILE", "/m", 14, "/m 1048576 3"),
        ("LOG_MAX_BYTES", "0", 14, "/l 0 3"),
        ("LOG_BACKUP_COUNT", "0", 14, "/l 1048576 0"),
        ("DEBUG_LOGGING", "1", 15, "true"),
    ];
    for (name, value, at, now) in cases {
        let mut expected = before.clone();
        assert_ne!(expected[at], now);
        expected[at] = now.into();
        let in_environment = place.read(&[(name, value)]).map(|settings| told(&settings));
        assert_eq!(in_environment, Ok(expected.clone()), "{name}");
        let in_file = Place::new(&format!("{base}{name}={value}\n"));
        assert_eq!(in_file.read(&[]).map(|settings| told(&settings)), Ok(expected), "{name}");
        // An empty variable says nothing.
        assert_eq!(place.read(&[(name, "")]).map(|settings| told(&settings)), Ok(before.clone()));
    }
}

#[test]
fn numbers_that_are_none() {
    for (name, usual) in [
        ("LISTEN_PORT", 80),
        ("LOG_MAX_BYTES", 1_048_576),
        ("LOG_BACKUP_COUNT", 3),
        ("RECORD_TTL", 21600),
        ("ZONE_CACHE_TTL", 86400),
        ("REQUEST_CACHE_TTL", 300),
        ("LOST_CONNECTION_TIMEOUT", 10800),
        ("CONNECTION_CHECK_INTERVAL", 60),
    ] {
        for bad in ["x", "-1", "1.5", "+7", "99999999999", "0x10"] {
            let log = ("LOG_FILE", "/l");
            let settings = with(&[(name, bad), log]);
            let LogSettings { bytes_max, backups, .. } = settings.log.unwrap();
            let value = match name {
                "LISTEN_PORT" => settings.listen.port().into(),
                "LOG_MAX_BYTES" => bytes_max as u32,
                "LOG_BACKUP_COUNT" => backups,
                "RECORD_TTL" => settings.record_ttl,
                "ZONE_CACHE_TTL" => settings.zone_cache,
                "REQUEST_CACHE_TTL" => settings.request_cache,
                "LOST_CONNECTION_TIMEOUT" => settings.lost_after,
                _ => settings.check_every,
            };
            assert_eq!(value, usual, "{name} {bad}");
            let [warning] = &settings.warnings[..] else { panic!("{:?}", settings.warnings) };
            let begins = format!("{name}: must be a whole number from ");
            assert!(warning.starts_with(&begins), "{warning}");
            assert!(warning.ends_with(&format!(", not \"{bad}\"; using {usual}")), "{warning}");
        }
    }
    for port in ["0", "65536"] {
        let settings = with(&[("LISTEN_PORT", port)]);
        assert_eq!((settings.listen.port(), settings.warnings.len()), (80, 1));
    }
    let settings = with(&[("RECORD_TTL", "59")]);
    assert_eq!(settings.record_ttl, 60);
    assert_eq!(settings.warnings, ["RECORD_TTL is less than 60; using 60"]);
    assert_eq!(with(&[("RECORD_TTL", " 2147483647 ")]).record_ttl, 2_147_483_647);
}

#[test]
fn what_ends_it() {
    let host = "has an empty label";
    for (name, value, message) in [
        ("REGISTERED_FQDNS", "a.b,c..d", format!("'c..d' {host}")),
        ("ALLOWED_FQDNS", "a..b", format!("'a..b' {host}")),
        ("LISTEN_HOST", "localhost", "'localhost' is not an IPv4 or IPv6 address".into()),
        (
            "TRUSTED_PROXIES",
            "10.0.0.0/8,10/8",
            "'10/8' is not a network such as 10.0.0.0/8 or fd00::/8".into(),
        ),
        (
            "HETZNER_TOKEN",
            "a b",
            "is not a token: character 2 (' ') cannot be in one (only letters, digits, - . _ ~ + / \
             and = at the end)".into(),
        ),
        (
            "HETZNER_API_URL",
            "http://api.example",
            "would send the token unencrypted; http is for this machine only".into(),
        ),
    ] {
        assert_eq!(why(&[(name, value)]), format!("{name}: {message}"));
    }
    let ntfy = |base, topic| why(&[("NTFY_URL", base), ("NTFY_TOPIC", topic)]);
    assert_eq!(ntfy("ntfy.example", "t"), "NTFY_URL: must begin with https:// or http://");
    let topic = "is not a topic: 1 to 64 letters, digits, hyphens and underscores";
    assert_eq!(ntfy("https://n.example", "a/b"), format!("NTFY_TOPIC: 'a/b' {topic}"));
    let many: Vec<String> = (0..4097).map(|number| format!("h{number}.example")).collect();
    let message = "ALLOWED_FQDNS: names more than 4096 hosts";
    assert_eq!(why(&[("ALLOWED_FQDNS", &many.join(","))]), message);
}

#[test]
fn what_is_worth_a_warning() {
    let lone = "is not in REGISTERED_FQDNS, and cannot be updated";
    let pair = "BASIC_AUTH_USERNAME and BASIC_AUTH_PASSWORD have to be set together; ignoring both";
    let n = ("NTFY_URL", "http://n.example");
    for (more, message) in [
        (
            vec![("ALLOWED_FQDNS", "a.example.com,b.example.com,x.y")],
            format!("x.y of ALLOWED_FQDNS {lone}"),
        ),
        (
            vec![("ALLOWED_FQDNS", "a.example.com,x.y,b.example.com,z.y,w.y")],
            format!("x.y (and 2 more) of ALLOWED_FQDNS {lone}"),
        ),
        (
            vec![("ALLOWED_FQDNS", "a.example.com")],
            "b.example.com of REGISTERED_FQDNS is not in ALLOWED_FQDNS, and cannot be updated"
                .into(),
        ),
        (
            vec![("ALLOWED_FQDNS", " , ")],
            "ALLOWED_FQDNS is not set; no host can be updated: set \
             ALLOWED_FQDNS=a.example.com,b.example.com"
                .into(),
        ),
        (
            vec![("HETZNER_TOKEN", " ")],
            "HETZNER_TOKEN is not set; every update will be refused".into(),
        ),
        (vec![("BASIC_AUTH_USERNAME", "u")], pair.into()),
        (vec![("BASIC_AUTH_PASSWORD", "p")], pair.into()),
        (vec![n], "NTFY_URL names no topic; nothing will be sent: set NTFY_TOPIC".into()),
        (
            vec![("NTFY_TOPIC", "no topic")],
            "NTFY_TOPIC is set, but NTFY_URL is not; nothing will be sent".into(),
        ),
        (vec![n, ("NTFY_TOPIC", "t")], "NTFY_URL is not https: messages go unencrypted".into()),
        (
            vec![n, ("NTFY_TOPIC", "t"), ("NTFY_PASSWORD", "p")],
            "NTFY_URL is not https: the password and messages go unencrypted".into(),
        ),
        (
            vec![("NTFY_URL", "https://n.example"), ("NTFY_TOPIC", "t"), ("NTFY_USERNAME", "u")],
            "NTFY_USERNAME is ignored without NTFY_PASSWORD".into(),
        ),
        (
            vec![("DEBUG_LOGGING", "maybe")],
            "DEBUG_LOGGING: must be true or false, not \"maybe\"; using false".into(),
        ),
    ] {
        assert_eq!(with(&more).warnings, [message]);
    }
    for (text, truth) in [("1", true), ("True", true), ("on", true), ("0", false), ("No", false)] {
        let settings = with(&[("DEBUG_LOGGING", text)]);
        assert_eq!((settings.debug, settings.warnings.len()), (truth, 0));
    }
}

#[test]
fn forms_of_lines() {
    for (line, token) in [
        ("HETZNER_TOKEN=abc", "abc"),
        ("  HETZNER_TOKEN = abc  ", "abc"),
        ("export HETZNER_TOKEN=abc\r", "abc"),
        ("HETZNER_TOKEN=\"abc\"", "abc"),
        ("HETZNER_TOKEN='abc' # why", "abc"),
        ("HETZNER_TOKEN=abc # why", "abc"),
        ("HETZNER_TOKEN=abc== ", "abc=="),
        ("HETZNER_TOKEN=x\nHETZNER_TOKEN=abc", "abc"),
        ("# HETZNER_TOKEN=x\n\n# x\nHETZNER_TOKEN=", ""),
        ("HETZNER_TOKEN= # none", ""),
        ("HETZNER_TOKEN=\"\"", ""),
    ] {
        let settings = Place::new(line).read(&[]).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(settings.token.as_ref().map_or("", Secret::expose), token, "{line}");
    }
    let text = "BASIC_AUTH_USERNAME=u\nBASIC_AUTH_PASSWORD=\" a#b'=\" ";
    let master = Place::new(text).read(&[]).map(|settings| settings.master.unwrap());
    assert_eq!(master.map(|(_, password)| password.expose().to_string()), Ok(" a#b'=".into()));
    let quote = "a quote is not closed";
    let behind = "unexpected text after the closing quote";
    for (text, message) in [
        ("A=1\nsecret", "line 2: must be NAME=value"),
        ("=secret", "line 1: must be NAME=value"),
        ("A B=secret", "line 1: must be NAME=value"),
        ("HETZNER_TOKEN=\"secret", &format!("line 1: {quote}")),
        ("HETZNER_TOKEN='secret'x", &format!("line 1: {behind}")),
    ] {
        let why = Place::new(text).read(&[]).map(|_| ()).unwrap_err();
        assert_eq!(why, format!("{{dir}}/env: {message}"));
    }
}

#[test]
fn what_is_said_of_the_file() {
    let place =
        Place::new("HETZNER_TOKEN=t\nHETZNER_TOKN=secret\nALLOWED_FQDNS=a.b\nREGISTERED_FQDNS=a.b");
    let misspelled = "{dir}/env: line 2: HETZNER_TOKN: unknown variable";
    let warnings = |place: &Place| place.read(&[]).map(|settings| settings.warnings);
    assert_eq!(warnings(&place), Ok(vec![misspelled.to_string()]));
    place.set_mode(0o644);
    let exposed = "{dir}/env: others can get at the token (mode 0644); chmod 600 it";
    assert_eq!(warnings(&place), Ok(vec![exposed.to_string(), misspelled.to_string()]));
    let open = Place::new("ALLOWED_FQDNS=a.b\nREGISTERED_FQDNS=a.b\nNTFY_PASSWORD=");
    open.set_mode(0o644);
    assert_eq!(warnings(&open).map(|all| all.len()), Ok(1));
    let missing = read_with(&["--env-file", "/none"], &[]).map(|_| ()).unwrap_err();
    assert_eq!(missing, "/none: No such file or directory (os error 2)");
}

#[test]
fn command_line() {
    let settings = read_with(&["--make-keys", "--upstream-via=/usr/bin/qemu"], &NEEDED)
        .map(|s| (s.makes_keys, s.upstream_via));
    assert_eq!(settings, Ok((true, Some("/usr/bin/qemu".into()))));
    let stopped = |arguments: &[&str]| {
        read_in(arguments.iter().map(OsString::from).collect(), &|_| None).err()
    };
    assert_eq!(["-h", "--help"].map(|flag| stopped(&[flag])), [Some(Stop::Help), Some(Stop::Help)]);
    assert_eq!(stopped(&["-V"]), Some(Stop::Version));
    for (arguments, message) in [
        (&["-x"][..], "unknown option '-x'"),
        (&["--x"], "unknown option '--x'"),
        (&["x"], "unexpected argument 'x'"),
        (&["--make-keys=1"], "--make-keys takes no value"),
        (&["--env-file"], "--env-file needs a value"),
        (&["--env-file="], "--env-file is empty"),
    ] {
        assert_eq!(stopped(arguments), Some(Stop::UsageError(message.into())));
    }
}

#[test]
fn where_messages_go() {
    for (base, topic, url) in [
        ("https://n.example/x/", "t", Some("https://n.example/x/t")),
        ("https://n.example/x/topic/", "", Some("https://n.example/x/topic")),
        ("https://n.example/", "", None),
    ] {
        let found = with(&[("NTFY_URL", base), ("NTFY_TOPIC", topic)]).ntfy.map(|ntfy| ntfy.url);
        assert_eq!(found.as_deref(), url);
    }
}
