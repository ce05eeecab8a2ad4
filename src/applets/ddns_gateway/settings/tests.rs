//! Flags over file over defaults, conversions, and what is told where they fail.

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A configuration of that text, which is gone when this is.
struct Place {
    directory: PathBuf,
}

impl Place {
    fn with(config: &str) -> Place {
        let mut chance = [0; 8];
        crate::os::random::fill(&mut chance);
        let name = format!("ddnsbox-gateway-{:016x}", u64::from_ne_bytes(chance));
        let directory = std::env::temp_dir().join(name);
        fs::create_dir(&directory).unwrap();
        let path = directory.join("config.toml");
        fs::write(&path, config).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        Place { directory }
    }

    fn read(&self, message: &str) -> Result<Settings, Stop> {
        let config = self.directory.join("config.toml");
        let message = message.split_whitespace().map(OsString::from).collect();
        read_in(message, Some(Path::new("/home/x")), &config)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.directory).unwrap();
    }
}

fn run(config: &str, message: &str) -> Settings {
    match Place::with(config).read(message) {
        Ok(settings) => settings,
        Err(stop) => panic!("{stop:?}"),
    }
}

/// What is wrong, without the path of the file.
fn wrong(config: &str, message: &str) -> String {
    match Place::with(config).read(message) {
        Err(Stop::UsageError(why) | Stop::ConfigError(why)) => {
            why.split_once("/config.toml: ").map(|(_, why)| why.to_string()).unwrap_or(why)
        }
        _ => panic!("taken: {config:?} {message:?}"),
    }
}

fn exposed(tokens: Option<Vec<Secret>>) -> Option<Vec<String>> {
    tokens.map(|all| all.iter().map(|one| one.expose().to_string()).collect())
}

#[test]
fn defaults() {
    let all = run("", "");
    assert_eq!((all.host.to_string(), all.port), ("0.0.0.0".to_string(), 38080));
    assert_eq!((all.get, all.post, all.health), (true, true, false));
    assert_eq!((all.level, all.log_file), (Level::Info, None));
    assert_eq!((all.timeout_seconds, all.workers), (30, 4));
    assert_eq!((all.connections, all.body_bytes), (256, 16_384));
    assert!(all.tokens.is_none() && all.warnings.len() == 1, "{:?}", all.warnings);
    let nowhere = Path::new("/nonexistent/config.toml");
    assert!(read_in(Vec::new(), None, nowhere).is_ok());
    let named = ["--config", "/nonexistent/config.toml"].map(OsString::from).to_vec();
    assert!(matches!(read_in(named, None, nowhere), Err(Stop::ConfigError(_))));
}

#[test]
fn every_key_and_every_flag_above_it() {
    let config = r#"
        [server]
        host = "127.0.0.1"
        port = 8080
        [auth]
        enabled = true
        tokens = ["a", "b"]
        [methods]
        get_enabled = true
        post_enabled = false
        [logging]
        level = "debug"
        file_enabled = true
        file_path = "~/gateway.log"
        [health]
        enabled = true
        [upstream]
        cloudflare_url = "https://c.example/"
        aliyun_url = "http://127.0.0.1:1"
        tencent_url = "http://localhost:2"
        timeout = 7
        [limits]
        connections = 8
        body_bytes = 1024
        workers = 2
    "#;
    let all = run(config, "");
    assert_eq!((all.host.to_string(), all.port), ("127.0.0.1".to_string(), 8080));
    assert_eq!(exposed(all.tokens), Some(vec!["a".into(), "b".into()]));
    assert_eq!((all.get, all.post, all.health), (true, false, true));
    let file = Some("/home/x/gateway.log".to_string());
    assert_eq!((all.level, all.log_file), (Level::Debug, file));
    let urls: Vec<(&str, &str)> =
        all.providers.iter().map(|one| (one.name, one.url.as_str())).collect();
    assert_eq!(
        urls,
        [
            ("cloudflare", "https://c.example"),
            ("aliyun", "http://127.0.0.1:1"),
            ("tencent", "http://127.0.0.1:2")
        ]
    );
    assert_eq!((all.timeout_seconds, all.workers), (7, 2));
    assert_eq!((all.connections, all.body_bytes), (8, 1024));
    assert!(all.warnings.is_empty(), "{:?}", all.warnings);

    let flags = "--host ::1 --port 9000 --log-level ERROR --auth-tokens tk1 tk2 \
        --auth-tokens tk3 --methods POST,get --log-file-path /x --health-disabled";
    let all = run(config, flags);
    assert_eq!((all.host.to_string(), all.port), ("::1".to_string(), 9000));
    assert_eq!(exposed(all.tokens), Some(vec!["tk1".into(), "tk2".into(), "tk3".into()]));
    assert_eq!((all.get, all.post, all.health), (true, true, false));
    assert_eq!((all.level, all.log_file.as_deref()), (Level::Error, Some("/x")));
    let all = run(config, "--auth-disabled --log-file-disabled --methods post");
    assert!(all.tokens.is_none() && all.log_file.is_none() && !all.get && all.post);
    let all = run("", "--auth-enabled --health-enabled --log-file-enabled --host localhost");
    assert!(all.tokens.is_some() && all.health && all.host.is_loopback());
    assert_eq!(all.log_file.as_deref(), Some("/var/log/ddns-gateway.log"));
    assert!(all.warnings.first().unwrap().contains("no tokens"));
}

#[test]
fn conversions() {
    for (text, port) in [("8080", 8080), ("\"8080\"", 8080)] {
        assert_eq!(run(&format!("[server]\nport = {text}"), "").port, port);
    }
    for text in ["true", "\"true\"", "\"Yes\"", "\"on\"", "1", "\"1\""] {
        assert!(run(&format!("[health]\nenabled = {text}"), "").health, "{text}");
    }
    for text in ["false", "\"no\"", "\"OFF\"", "0"] {
        assert!(!run(&format!("[health]\nenabled = {text}"), "").health, "{text}");
    }
    assert_eq!(exposed(run("[auth]\nenabled=1\ntokens=[12]", "").tokens), Some(vec!["12".into()]));
}

#[test]
fn faults_name_line_key_and_type() {
    for (config, why) in [
        ("[server]\nport = \"x\"", "line 2: server.port: must be a whole number from 1 to 65535"),
        ("[server]\nport = 0", "line 2: server.port: must be a whole number from 1 to 65535"),
        ("[server]\nport = true", "line 2: server.port: must be a whole number from 1 to 65535"),
        ("[logging]\nfile_path = false", "line 2: logging.file_path: must be a string in quotes"),
        ("[server]\nhost = \"x\"", "line 2: server.host: must be an IPv4 or IPv6 address"),
        ("\n[auth]\nenabled = \"maybe\"", "line 3: auth.enabled: must be true or false"),
        ("[auth]\ntokens = \"x\"", "line 2: auth.tokens: must be a list of strings"),
        ("[auth]\ntokens = [[]]", "line 2: auth.tokens: must be a list of strings"),
        ("[methods]\nget_enabled = []", "line 2: methods.get_enabled: must be true or false"),
        (
            "[logging]\nlevel = \"LOUD\"",
            "line 2: logging.level: must be \"DEBUG\", \"INFO\", \"WARNING\", \"ERROR\" or \
             \"CRITICAL\"",
        ),
        ("[logging]\nfile_path = \"\"", "line 2: logging.file_path: is empty"),
        ("[limits]\nworkers = 17", "line 2: limits.workers: must be a whole number from 1 to 16"),
        (
            "[methods]\nget_enabled = false\npost_enabled = false",
            "methods.get_enabled and methods.post_enabled: at least one must be true",
        ),
    ] {
        assert_eq!(wrong(config, ""), why);
    }
    let url = wrong("[upstream]\naliyun_url = \"http://x.example\"", "");
    assert!(url.starts_with("line 2: upstream.aliyun_url: would send the token"), "{url}");
    let token = wrong("[auth]\ntokens = [\"two words\"]", "");
    assert!(
        token.starts_with("line 2: auth.tokens: number 1: a token must")
            && !token.contains("words")
    );
    let below = |table| format!("write [{table}], and its keys on lines of their own below it");
    let small = "write [auth] in small letters".to_string();
    let only = "unknown key; [auth] has only enabled and tokens".to_string();
    for (config, why) in [
        ("auth = {enabled = true}", format!("line 1: auth: {}", below("auth"))),
        ("[[auth]]\nenabled = true", format!("line 1: auth: {}", below("auth"))),
        ("server = 3", format!("line 1: server: {}", below("server"))),
        ("x = {}", format!("line 1: x: {}", below("x"))),
        ("[Auth]\nenabled = true", format!("line 2: Auth.enabled: {small}")),
        ("AUTH = {enabled = true}", format!("line 1: AUTH: {small}")),
        // A slip must not leave the door open.
        ("[auth]\nenable = true", format!("line 2: auth.enable: {only}")),
        ("auth.Enabled = true", format!("line 1: auth.Enabled: {only}")),
        ("[auth]\nenabled = true\ntoken = [\"a\"]", format!("line 3: auth.token: {only}")),
        ("[auth.x]\nenabled = true", format!("line 2: auth.x.enabled: {only}")),
    ] {
        assert_eq!(wrong(config, ""), why, "{config}");
    }
    let all = run("[server]\nprot = 1\n[more]\nx = 1", "--host 127.0.0.1");
    let warned = |key: &str| all.warnings.iter().any(|message| message.contains(key));
    assert!(warned("line 2: server.prot: unknown key") && warned("more.x"));
}

#[test]
fn tokens_that_are_not_asked_for() {
    let tokens = "[auth]\ntokens = [\"a-long-enough-token\"]";
    for (config, flags, warned) in [
        (tokens, "--host 127.0.0.1", true),
        (tokens, "--host 127.0.0.1 --auth-disabled", true),
        (tokens, "--host 127.0.0.1 --auth-enabled", false),
        ("", "--host 127.0.0.1 --auth-tokens a-long-enough-token", true),
        ("[auth]\ntokens = []", "--host 127.0.0.1", false),
    ] {
        let found = run(config, flags).warnings;
        let is_it = |one: &String| one.starts_with("the tokens are not asked for");
        assert_eq!(found.iter().any(is_it), warned, "{config} {flags}: {found:?}");
    }
}

#[test]
fn a_config_that_others_can_write() {
    let place = Place::with("[server]\nhost = \"127.0.0.1\"");
    let config = place.directory.join("config.toml");
    let warned = |mode, message: &[&str]| {
        fs::set_permissions(&config, fs::Permissions::from_mode(mode)).unwrap();
        let message = message.iter().map(OsString::from).collect();
        read_in(message, None, &config).unwrap_or_else(|stop| panic!("{stop:?}")).warnings
    };
    if crate::os::file::own_user() != 0 {
        return;
    }
    for (mode, is_warned) in [(0o644, false), (0o664, true), (0o602, true), (0o600, false)] {
        let found = warned(mode, &[]);
        assert_eq!(found.len(), is_warned.into(), "{mode:o}: {found:?}");
        // Whoever names a file means it.
        assert_eq!(warned(mode, &["--config", config.to_str().unwrap()]), [""; 0]);
    }
    std::os::unix::fs::chown(&config, Some(65_534), None).unwrap();
    let found = warned(0o600, &[]);
    assert!(found[0].contains("belongs to user 65534"), "{found:?}");
}

#[test]
fn a_command_line_that_makes_no_sense() {
    for (message, why) in [
        ("--auth-enabled --auth-disabled", "--auth-enabled and --auth-disabled exclude"),
        ("--health-disabled --health-enabled", "--health-enabled and --health-disabled exclude"),
        ("--log-file-enabled --log-file-disabled", "--log-file-enabled and --log-file-disabled"),
        ("--port", "--port needs a value"),
        ("--port x", "--port must be a whole number from 1 to 65535, not \"x\""),
        ("--methods put", "--methods must be get, post"),
        ("--methods ,", "--methods names no method"),
        ("--auth-tokens", "--auth-tokens needs a value"),
        ("--nonsense", "unknown option '--nonsense'"),
        ("-x", "unknown option '-x'"),
        ("x", "unexpected argument 'x'"),
    ] {
        let told = wrong("", message);
        assert!(told.starts_with(why), "{message}: {told}");
    }
    let told = read_in(vec!["--port".into(), "5 ".into()], None, Path::new("none"));
    assert!(told.is_err(), "only values of the file are converted");
}
