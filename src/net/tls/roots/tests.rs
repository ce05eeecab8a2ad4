//! Lists of authorities: whole, empty, bent, large, in directories, and twice.

use super::*;
use rcgen::{CertificateParams, DnType, KeyPair};
use std::os::unix::fs::symlink;
use std::path::PathBuf;

struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let path = std::env::temp_dir().join(format!("ddnsbox-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        Directory(path)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn pem(name: &str, key: &KeyPair) -> String {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.self_signed(key).unwrap().pem()
}

fn roots_of(file: Option<PathBuf>, directories: Vec<PathBuf>) -> RootCertStore {
    let directories: Vec<&[u8]> =
        directories.iter().map(|one| one.as_os_str().as_bytes()).collect();
    read(file.as_deref(), &directories.join(&b':')).0
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let at = Directory::new("unread-roots");
    let (roots, unread) = read(Some(&at.0.join("gone.pem")), at.0.as_os_str().as_bytes());
    let message = unread.unwrap();
    assert!(
        roots.is_empty() && message.starts_with("cannot read the certificates in /"),
        "{message}"
    );
    assert!(message.contains("gone.pem: No such file"), "{message}");
}

#[test]
fn files_and_directories_together_and_each_root_once() {
    let key = KeyPair::generate().unwrap();
    let at = Directory::new("roots");
    let [one, two, three] = ["one", "two", "three"].map(|name| pem(name, &key));
    let bundle = at.file("ca-certificates.crt", format!("# one\n{one}\n{two}{one}"));
    at.file("three.crt", &three);
    symlink("three.crt", at.0.join("0123abcd.0")).unwrap();
    symlink("nowhere", at.0.join("4567abcd.0")).unwrap();
    at.file("two.crt", &two);
    at.file("README", "no certificate");
    fs::create_dir(at.0.join("deeper")).unwrap();
    assert_eq!(roots_of(Some(bundle.clone()), vec![]).len(), 2);
    assert_eq!(roots_of(None, vec![at.0.clone()]).len(), 3);
    assert_eq!(roots_of(Some(bundle.clone()), vec![at.0.clone(), at.0.clone()]).len(), 3);
    // A link to a list is one of those who set the variable.
    let link = at.0.join("link.pem");
    symlink(&bundle, &link).unwrap();
    assert_eq!(roots_of(Some(link), vec![]).len(), 2);
}

#[test]
fn what_is_no_list_of_roots_holds_none_and_spoils_none() {
    let key = KeyPair::generate().unwrap();
    let at = Directory::new("no-roots");
    let good = pem("good", &key);
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
    for (content, count) in [
        (b"".to_vec(), 0),
        (b"no PEM at all\n".to_vec(), 0),
        (vec![0, 159, 146, 150], 0),
        (vec![0xff; 100_000], 0),
        (no_certificate.into(), 0),
        (format!("{no_certificate}{good}").into(), 1),
        ([vec![0xff, b'\n'], good.clone().into()].concat(), 1),
        (good.get(..good.len() - 10).unwrap().into(), 0),
        (format!("{}{good}", good.get(..28 + 65).unwrap()).into(), 1),
        (key.serialize_pem().into(), 0),
    ] {
        let file = at.file("list.pem", &content);
        assert_eq!(roots_of(Some(file), vec![]).len(), count, "{}", content.escape_ascii());
    }
    assert!(roots_of(Some(at.0.join("missing")), vec![at.0.join("missing, too")]).is_empty());
    assert!(roots_of(Some(at.0.clone()), vec![]).is_empty());
    assert!(roots_of(None, vec![]).is_empty());
}

#[test]
fn lists_are_bounded() {
    let key = KeyPair::generate().unwrap();
    let at = Directory::new("many-roots");
    let many: Vec<String> = (0..=ROOTS_MAX).map(|number| pem(&number.to_string(), &key)).collect();
    let file = at.file("many.pem", many.concat());
    assert_eq!(roots_of(Some(file), vec![]).len(), ROOTS_MAX);
    let blank = vec![b'\n'; BYTES_MAX as usize - many[0].len()];
    let file = at.file("large.pem", [&blank, many[0].as_bytes(), many[1].as_bytes()].concat());
    assert_eq!(roots_of(Some(file), vec![]).len(), 1);
}
