//! What is taken, from where, and which place goes before which.

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU32, Ordering};

const NEEDED: &str =
    "api_token = 'from-file'\nzone_id = 'filezone'\nrecord_name = 'file.example'\n";

/// A directory with a configuration in it, gone at the end.
struct Place {
    directory: PathBuf,
}

impl Place {
    fn new(config: &str) -> Place {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::SeqCst);
        let name = format!("ddnsbox-settings-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        let place = Place { directory };
        place.write("config", config);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), PermissionsExt::from_mode(0o600)).unwrap();
    }

    fn read(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Settings, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(one, _)| *one == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let config = self.path("config");
        let arguments = arguments.iter().map(OsString::from).collect();
        match read_in(arguments, &variable, &config) {
            Ok(settings) => Ok(settings),
            Err(Stop::ConfigError(message)) => {
                Err(message.replace(self.directory.to_str().unwrap(), "{dir}"))
            }
            _ => panic!("neither settings nor what is wrong with them"),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// The settings of a configuration with what is needed, and this.
fn with(more: &str) -> Settings {
    Place::new(&format!("{NEEDED}{more}")).read(&[], &[]).unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn defaults() {
    let settings = with("");
    assert_eq!(settings.token.expose(), "from-file");
    assert_eq!((&*settings.zone, &*settings.record_name), ("filezone", "file.example"));
    assert_eq!((settings.timeout_seconds, settings.poll_interval_seconds), (30, 60));
    assert_eq!((settings.verbose, settings.multi_record), (false, MultiRecord::Error));
    assert_eq!((settings.allow_loopback, settings.allow_ula), (false, false));
    assert_eq!((settings.health_port, settings.ttl), (None, 1));
    assert_eq!(settings.interfaces, [""; 0]);
    assert_eq!(settings.api_url, "https://api.cloudflare.com/client/v4");
    assert_eq!((settings.upstream_via, settings.warnings), (None, vec![]));
}

#[test]
fn every_key_and_the_edges_of_every_range() {
    assert_eq!([1, 300].map(|n| with(&format!("timeout = {n}")).timeout_seconds), [1, 300]);
    let interval = |n: u32| with(&format!("poll_interval = {n}")).poll_interval_seconds;
    assert_eq!([10, 3600].map(interval), [10, 3600]);
    let port = |n: u32| with(&format!("health_port = {n}")).health_port;
    assert_eq!([0, 1, 65535].map(port), [None, Some(1), Some(65535)]);
    let ttls = [1, 30, 86400];
    assert_eq!(ttls.map(|n| with(&format!("ttl = {n}")).ttl), ttls);
    assert!(with("verbose = true").verbose && !with("verbose = false").verbose);
    assert!(with("allow_loopback = true").allow_loopback);
    assert!(with("allow_ula = true").allow_ula);
    let policy = |word: &str| with(&format!("multi_record = '{word}'")).multi_record;
    let policies = [MultiRecord::Error, MultiRecord::First, MultiRecord::All];
    for message in [
        ["error", "first", "all"],
        ["ERROR", "First", "ALL"],
        ["fail", "update_first", "update_all"],
        ["Reject", "UpdateFirst", "UpdateAll"],
    ] {
        assert_eq!(message.map(policy), policies, "{message:?}");
    }
    assert_eq!(with("provider_type = 'cloudflare'").zone, "filezone");
    assert_eq!(with("interface = 'eth0'").interfaces, ["eth0"]);
    assert_eq!(with("interface = ['wan6', 'eth0.2', 'wan6']").interfaces, ["wan6", "eth0.2"]);
    let url = with("api_url = 'http://LOCALHOST:8080/v4/'").api_url;
    assert_eq!(url, "http://127.0.0.1:8080/v4");
    // A number may be written in every way TOML has.
    assert_eq!(with("timeout = 0x1_e").timeout_seconds, 30);
}

#[test]
fn sixty_four_interfaces_and_no_more() {
    let list = |count: u32| {
        let names: Vec<String> = (0..count).map(|number| format!("'eth{number}'")).collect();
        format!("{NEEDED}interface = [{}]", names.join(","))
    };
    assert_eq!(Place::new(&list(64)).read(&[], &[]).map(|s| s.interfaces.len()), Ok(64));
    let why = Place::new(&list(65)).read(&[], &[]).map(|_| ()).unwrap_err();
    assert_eq!(why, "{dir}/config: line 4: interface: names more than 64 interfaces");
}

#[test]
fn a_name_is_lower_cased() {
    let place = Place::new("");
    let named = |name: &str| {
        let variables = [
            ("CLOUDFLARE_API_TOKEN", "t"),
            ("CLOUDFLARE_ZONE_ID", "z"),
            ("CLOUDFLARE_RECORD_NAME", name),
        ];
        place.read(&[], &variables).map(|settings| settings.record_name)
    };
    assert_eq!(named("Home.Example.COM."), Ok("home.example.com".into()));
    assert_eq!(named("*.example.com"), Ok("*.example.com".into()));
}

/// What each variable gives, over a file that says otherwise.
#[test]
fn every_variable_goes_before_its_key() {
    let place = Place::new(&format!(
        "{NEEDED}multi_record = 'first'\nallow_loopback = true\nhealth_port = 1\n\
         provider_type = 'cloudflare'\napi_url = 'https://file.example'\n"
    ));
    let told = |settings: Settings| {
        vec![
            settings.token.expose().to_string(),
            settings.zone,
            settings.record_name,
            format!("{:?}", settings.multi_record),
            settings.allow_loopback.to_string(),
            settings.health_port.unwrap_or(0).to_string(),
            settings.api_url,
        ]
    };
    place.write("token", "token-in-file\n");
    let token_path = place.path("token");
    let of_file = told(place.read(&[], &[]).unwrap_or_else(|why| panic!("{why}")));
    for (name, value, at, now) in [
        ("CLOUDFLARE_API_TOKEN", "from-variable", 0, "from-variable"),
        ("CLOUDFLARE_API_TOKEN_FILE", token_path.to_str().unwrap(), 0, "token-in-file"),
        ("CLOUDFLARE_ZONE_ID", "variablezone", 1, "variablezone"),
        ("CLOUDFLARE_RECORD_NAME", "variable.example", 2, "variable.example"),
        ("CLOUDFLARE_MULTI_RECORD", "all", 3, "All"),
        ("IPV6DDNS_ALLOW_LOOPBACK", "No", 4, "false"),
        ("IPV6DDNS_HEALTH_PORT", "8080", 5, "8080"),
        ("CLOUDFLARE_API_URL", "https://variable.example/", 6, "https://variable.example"),
    ] {
        let settings = place.read(&[], &[(name, value)]).unwrap_or_else(|why| panic!("{why}"));
        let mut expected = of_file.clone();
        assert_ne!(expected[at], now);
        expected[at] = now.into();
        assert_eq!(told(settings), expected, "{name}");
        // An empty variable is none.
        assert_eq!(place.read(&[], &[(name, "")]).map(told), Ok(of_file.clone()), "{name}");
    }
    assert_eq!(place.read(&[], &[("IPV6DDNS_PROVIDER_TYPE", "cloudflare")]).map(told), Ok(of_file));
}

#[test]
fn a_variable_for_the_token_sets_both_ways_of_the_file_aside() {
    // The file named here is not even looked for.
    let place = Place::new("api_token_file = '/none'\nzone_id = 'z'\nrecord_name = 'a.b'");
    let settings = place.read(&[], &[("CLOUDFLARE_API_TOKEN", "from-variable")]);
    assert_eq!(settings.map(|s| s.token.expose().to_string()), Ok("from-variable".into()));
    let why = place.read(&[], &[]).map(|_| ()).unwrap_err();
    assert!(why.starts_with("{dir}/config: line 1: api_token_file: /none: No such file"), "{why}");
}

#[test]
fn truths_in_variables() {
    let place = Place::new(NEEDED);
    for (message, truth) in
        [(["true", "1", "YES", "On"], true), (["False", "0", "no", "OFF"], false)]
    {
        for word in message {
            let settings = place.read(&[], &[("IPV6DDNS_ALLOW_LOOPBACK", word)]);
            assert_eq!(settings.map(|s| s.allow_loopback), Ok(truth), "{word}");
        }
    }
    let port = |text| place.read(&[], &[("IPV6DDNS_HEALTH_PORT", text)]).map(|s| s.health_port);
    assert_eq!([port("0"), port("1"), port("65535")], [Ok(None), Ok(Some(1)), Ok(Some(65535))]);
}

#[test]
fn the_usual_file_may_be_absent_and_the_named_one_not() {
    let place = Place::new("");
    fs::remove_file(place.path("config")).unwrap();
    let variables = [
        ("CLOUDFLARE_API_TOKEN", "t"),
        ("CLOUDFLARE_ZONE_ID", "z"),
        ("CLOUDFLARE_RECORD_NAME", "a.b"),
    ];
    assert_eq!(place.read(&[], &variables).map(|s| s.timeout_seconds), Ok(30));
    let config = place.path("config");
    let why = place.read(&["-c", config.to_str().unwrap()], &variables).map(|_| ()).unwrap_err();
    assert_eq!(why, "{dir}/config: No such file or directory (os error 2)");
    // One that is there but is no file is a fault of the usual one, too.
    fs::create_dir(place.path("config")).unwrap();
    let why = place.read(&[], &variables).map(|_| ()).unwrap_err();
    assert_eq!(why, "{dir}/config: Is a directory (os error 21)");
}

#[test]
fn the_command_line_goes_before_all() {
    let place = Place::new(&format!("{NEEDED}verbose = false"));
    place.write("other", &format!("{NEEDED}timeout = 7"));
    let other = place.path("other");
    let other = other.to_str().unwrap();
    assert_eq!(place.read(&["-v"], &[]).map(|s| s.verbose), Ok(true));
    assert_eq!(place.read(&["--verbose"], &[]).map(|s| s.verbose), Ok(true));
    let long = format!("--config={other}");
    let short = format!("-c{other}");
    for arguments in [&["-c", other][..], &["--config", other], &[&*long], &["-v", &*short]] {
        let settings = place.read(arguments, &[]).map(|s| s.timeout_seconds);
        assert_eq!(settings, Ok(7), "{arguments:?}");
    }
    let via = place.read(&["--upstream-via", "/usr/bin/qemu-mips-static"], &[]);
    let via = via.map(|settings| settings.upstream_via);
    assert_eq!(via, Ok(Some("/usr/bin/qemu-mips-static".into())));
}

#[test]
fn a_mark_in_front_and_line_ends_of_another_system_are_no_matter() {
    let text = format!("\u{feff}{NEEDED}timeout = 9\n").replace('\n', "\r\n");
    assert_eq!(Place::new(&text).read(&[], &[]).map(|s| s.timeout_seconds), Ok(9));
}

#[test]
fn who_else_can_read_the_token_is_told() {
    let place = Place::new(NEEDED);
    let open = |name: &str| {
        fs::set_permissions(place.path(name), PermissionsExt::from_mode(0o644)).unwrap();
    };
    let warnings = |place: &Place| {
        let settings = place.read(&[], &[]).unwrap_or_else(|why| panic!("{why}"));
        let told = settings.warnings.iter();
        told.map(|message| message.replace(place.directory.to_str().unwrap(), "{dir}")).collect()
    };
    let told = |place: &Place| -> Vec<String> { warnings(place) };
    assert_eq!(told(&place), [""; 0]);
    open("config");
    let exposed = "others can get at the token (mode 0644); chmod 600 it";
    assert_eq!(told(&place), [format!("{{dir}}/config: {exposed}")]);
    // Without a token in it the configuration is no secret; the file it names is.
    place.write("token", "t\n");
    let file = place.path("token");
    let text = format!("api_token_file = '{}'\nzone_id = 'z'\nrecord_name = 'a.b'", file.display());
    place.write("config", &text);
    open("config");
    assert_eq!(told(&place), [""; 0]);
    open("token");
    let origin = "{dir}/config: line 1: api_token_file";
    assert_eq!(told(&place), [format!("{origin}: {{dir}}/token: {exposed}")]);
}
