//! What we have written ourselves, and somebody may have changed: caches, keys, job lines.

use crate::judge;
use crate::record::RecordType;
use crate::store::whole_file::WholeFile;
use crate::store::key_file;
use crate::wire::job::{self, Answer, Called, Task};
use crate::wire::{record_cache, sent_cache, update_call};
use std::path::Path;

/// A cache that is taken is written as it was read.
pub fn caches(data: &[u8]) {
    for kind in [RecordType::A, RecordType::Aaaa] {
        let name = "home.example.com";
        let Some(records) = record_cache::decode(data, kind, name) else { continue };
        for one in &records {
            assert!(one.value.kind() == kind && one.name.eq_ignore_ascii_case(name));
            assert!(one.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        }
        let text = record_cache::encode(1, &records);
        assert_eq!(record_cache::decode(text.as_bytes(), kind, name), Some(records));
    }
    if let Some(sent) = sent_cache::decode(data) {
        let text = sent_cache::encode(&sent);
        assert_eq!(sent_cache::decode(text.as_bytes()), Some(sent));
    }
    let called = Called { status: 200, body: judge::text(data), retry_after: None };
    let key = crate::text::secret::Secret::new("k3y-of-a-host-0123456789".into());
    for status in [200, 403] {
        if let Err(error) = update_call::read(&Called { status, ..called.clone() }, &key) {
            judge::is_line(&error.message);
            judge::hides(key.expose(), &error.message);
        }
    }
}

/// Lines between a daemon and its child: what is understood is the same when it is said again.
pub fn job_lines(data: &[u8]) {
    let text = judge::text(data);
    for line in text.lines() {
        let encode = |task| match task {
            Task::Records(job) => job.encode(),
            Task::Call(call) => call.encode(),
        };
        if let Some(task) = job::decode(line) {
            let once = encode(task);
            assert_eq!(once.find('\n'), Some(once.len() - 1));
            assert_eq!(job::decode(&once).map(encode).as_ref(), Some(&once));
        }
        if let Some(answer) = Answer::decode(line) {
            assert_eq!(Answer::decode(&answer.clone().encode()), Some(answer));
        }
        if let Some(called) = Called::decode(line) {
            assert_eq!(Called::decode(&Called::encode(called.clone())), Some(called));
        }
    }
}

/// The keys of hosts: a file that cannot be read stays as it is, one that can keeps every key.
pub fn keys(data: &[u8]) {
    const WRONG: &str = "zz";
    let path = Path::new("keys");
    std::fs::write(path, data).unwrap();
    let read = match key_file::complete(path, &[]) {
        Ok(keys) => keys,
        Err(why) => {
            judge::is_line(&why);
            assert_eq!(std::fs::read(path).unwrap(), data);
            return;
        }
    };
    assert!(read.made.is_empty() && read.hosts.len() <= key_file::HOSTS_MAX);
    for (name, key) in &read.hosts {
        assert_eq!(crate::text::dns_name::normalize(name).as_ref(), Ok(name));
        assert!(key.expose().chars().count() >= 8);
    }
    let lines: Vec<String> =
        read.hosts.iter().map(|(name, key)| format!("{name} {}\n", key.expose())).collect();
    let name = "new-host.example.com".to_string();
    let Ok(after) = key_file::complete(path, std::slice::from_ref(&name)) else { return };
    for (one, line) in after.hosts.iter().zip(&lines) {
        assert_eq!(format!("{} {}\n", one.0, one.1.expose()), *line);
    }
    assert!(after.hosts.iter().any(|(one, _)| *one == name));
    assert!(std::fs::read(path).unwrap().starts_with(data));
    // What is wrong is told without the key.
    let key = "n0-such-k3y-0123456789";
    for line in [format!("{WRONG} {key} x"), format!("home.example.com {key}\n").repeat(2)] {
        std::fs::write(path, [data, b"\n", line.as_bytes()].concat()).unwrap();
        if let Err(why) = key_file::complete(path, &[]) {
            judge::is_line(&why);
            judge::hides(key, &why);
        }
    }
    let _ = WholeFile::at(path).read();
}
