//! The installer, and the sample configurations it installs.

use super::{applets, files, manual_of, none, regex, root};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A directory that is removed with its contents.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("ddnsbox-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_installer_installs_program_links_pages_and_samples() {
    let scratch = Scratch::new("installed");
    let run = |arguments: &[&str], program: &str| {
        let mut command = Command::new(root().join("tools/install"));
        command.args(arguments).env("PROGRAM", program).env("DESTDIR", &scratch.0);
        command.output().unwrap()
    };
    let program = env!("CARGO_BIN_EXE_ddnsbox");
    // Twice: the second time everything exists.
    for _ in 0..2 {
        let output = run(&["/opt/x"], program);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let mut expected = vec!["bin/ddnsbox".to_string(), "share/man/man8/ddnsbox.8".into()];
    for applet in applets() {
        let link = scratch.0.join("opt/x/bin").join(&applet);
        assert_eq!(fs::read_link(&link).unwrap().to_str(), Some("ddnsbox"), "{applet}");
        let said = Command::new(&link).arg("--version").output().unwrap();
        let said = String::from_utf8([said.stdout, said.stderr].concat()).unwrap();
        assert!(said.starts_with(&applet), "{said}");
        expected.push(format!("bin/{applet}"));
        expected.push(format!("share/man/man8/{applet}.8"));
    }
    for name in ["README.md", "CHANGELOG.md", "LICENSE"] {
        expected.push(format!("share/doc/ddnsbox/{name}"));
    }
    for sample in files(&root().join("docs/samples")) {
        let name = sample.file_name().unwrap().to_string_lossy().into_owned();
        expected.push(format!("share/doc/ddnsbox/samples/{name}"));
    }
    expected.sort();
    let prefix = scratch.0.join("opt/x");
    let installed = files(&scratch.0);
    let installed: Vec<_> = installed
        .iter()
        .map(|path| path.strip_prefix(&prefix).unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(installed, expected);

    assert_eq!(run(&["--help"], program).status.code(), Some(2));
    let output = run(&["/opt/x"], "/nonexistent/ddnsbox");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cargo build --release"));
}

/// Every key of a sample is in the manual, commented ones too.
#[test]
fn samples_use_documented_keys() {
    let mut faults = Vec::new();
    let mut seen = 0;
    for sample in files(&root().join("docs/samples")) {
        let applet = sample.file_stem().unwrap().to_string_lossy().into_owned();
        let manual = manual_of(&applet);
        let text = fs::read_to_string(&sample).unwrap();
        let (kind, key) = match sample.extension().unwrap().to_str().unwrap() {
            "env" => ("Ev", regex(r"(?m)^(?:# )?([A-Z_]+)=|^\[([a-z]+)\]$")),
            "toml" => ("Cm", regex(r"(?m)^(?:# )?([a-z_]+) = |^\[([a-z]+)\]$")),
            _ => ("Cm", regex(r#"(?m)^    "([a-z_0-9]+)": |^\[([a-z]+)\]$"#)),
        };
        let mut section = String::new();
        for found in key.captures_iter(&text) {
            if let Some(name) = found.get(2) {
                section = format!("{}.", name.as_str());
                continue;
            }
            seen += 1;
            let name = format!("{section}{}", &found[1]);
            let names = manual.names(kind);
            // A JSON object's members have entries of their own.
            let is_there = names.iter().any(|one| {
                *one == name || one.strip_prefix(&name).is_some_and(|rest| rest.starts_with('.'))
            });
            if !is_there {
                faults.push(format!("{applet}: {name} of the sample is not in the manual"));
            }
        }
    }
    none(faults);
    assert!(seen > 20, "only {seen} keys were found");
}

/// What the programs themselves say of the samples: the next thing that is missing is not a key.
#[test]
fn samples_are_accepted() {
    let scratch = Scratch::new("samples");
    let run = |applet: &str, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ddnsbox"));
        command.arg(applet).args(arguments).current_dir(&scratch.0).env_clear();
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let sample = |name: &str| root().join("docs/samples").join(name).display().to_string();
    let (status, said) = run("ipv6ddns", &["-c", &sample("ipv6ddns.toml")]);
    assert_eq!(status, Some(2));
    assert!(said.contains("/etc/ipv6ddns/token: "), "{said}");
    let config = sample("pydyndns.conf");
    let arguments = ["-c", config.as_str(), "--hostname", "h.example.com", "nosuch0"];
    let (status, said) = run("pydyndns", &arguments);
    assert_eq!(status, Some(1));
    assert!(said.contains("nosuch0"), "{said}");
    // This one makes the keys and ends.
    let keys = scratch.0.join("keys");
    let text = fs::read_to_string(sample("hetzner-dyndns.env")).unwrap();
    let text = text.replace("/var/lib/hetzner-dyndns/keys", keys.to_str().unwrap());
    fs::write(scratch.0.join("env"), text).unwrap();
    let (status, said) = run("hetzner-dyndns", &["--env-file", "env", "--make-keys"]);
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(fs::read_to_string(keys).unwrap().lines().count(), 2);
    // An address of a network for documentation: it cannot be listened on.
    let config = sample("ddns-gateway.toml");
    let (status, said) = run("ddns-gateway", &["--config", &config, "--host", "192.0.2.1"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(!said.contains("unknown"), "{said}");
}
